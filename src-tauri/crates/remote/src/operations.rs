//! The closed list of what a client may ask for or do. There is no way to name anything else.

use http::Method;
use percent_encoding::percent_decode_str;

/// One operation: a method and a path template such as `/v1/invoices/{id}/lines`.
///
/// A segment is text, with at most one variable in it: `{id}` stands for letters,
/// digits, `-` and `_`; `{name}` also for a point (a domain, an environment).
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    pub path: &'static str,
}

impl Operation {
    pub const fn get(path: &'static str) -> Self {
        Self { method: Method::GET, path }
    }

    pub const fn post(path: &'static str) -> Self {
        Self { method: Method::POST, path }
    }

    pub const fn put(path: &'static str) -> Self {
        Self { method: Method::PUT, path }
    }

    pub const fn patch(path: &'static str) -> Self {
        Self { method: Method::PATCH, path }
    }
}

/// All operations of one client.
#[derive(Clone, Copy, Debug)]
pub struct Operations(pub &'static [Operation]);

impl Operations {
    /// The operation that this request is, if it is one of the list. `path` is relative
    /// to the base and percent-encoded; a query is ignored. Reads may differ in case
    /// (a service's own next link may), writes may not.
    pub fn find(self, method: &Method, path: &str) -> Option<&'static Operation> {
        let segments = segments(path)?;
        let exact = method != Method::GET;
        self.0.iter().find(|operation| operation.method == *method && matches(operation.path, &segments, exact))
    }
}

fn matches(template: &str, segments: &[String], exact: bool) -> bool {
    let mut parts = template.split('/').skip(1);
    segments.iter().all(|segment| parts.next().is_some_and(|part| segment_matches(part, segment, exact))) && parts.next().is_none()
}

fn segment_matches(part: &str, segment: &str, exact: bool) -> bool {
    let same = |a: &str, b: &str| if exact { a == b } else { a.eq_ignore_ascii_case(b) };
    let Some((before, rest)) = part.split_once('{') else { return same(part, segment) };
    let Some((kind, after)) = rest.split_once('}') else { return false };
    let Some(start) = segment.get(..before.len()) else { return false };
    let Some(end) = segment.len().checked_sub(after.len()).filter(|end| *end > before.len()) else { return false };
    let (Some(variable), Some(tail)) = (segment.get(before.len()..end), segment.get(end..)) else { return false };
    let points = kind == "name";
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || points && c == '.';
    same(before, start) && same(after, tail) && variable.chars().all(legal)
}

/// The decoded segments of a path, or `None` for a path that could mean something else
/// to the other side: wrong or double escapes, an escaped slash, dots, empty segments.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.split('?').next()?;
    path.strip_prefix('/')?.split('/').map(decoded).collect()
}

fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
    let misleading =
        text.is_empty() || text == "." || text == ".." || text.contains(['/', '\\', '%', '?', '#', ';']) || text.chars().any(char::is_control);
    (!misleading).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: Operations = Operations(&[
        Operation::get("/v1/invoices"),
        Operation::get("/v1/invoices/{id}/lines"),
        Operation::post("/v1/invoices/{id}"),
        Operation::get("/v2.0/{name}/companies({id})/salesInvoices"),
    ]);

    #[test]
    fn only_what_is_listed_passes() {
        for (method, path, passes) in [
            (Method::GET, "/v1/invoices?limit=1", true),
            (Method::GET, "/v1/%69nvoices", true),
            (Method::GET, "/V1/Invoices", true),
            (Method::POST, "/v1/invoices/in_1", true),
            (Method::POST, "/V1/invoices/in_1", false),
            (Method::POST, "/v1/invoices", false),
            (Method::DELETE, "/v1/invoices/in_1", false),
            (Method::POST, "/v1/invoices/in_1/finalize", false),
            (Method::POST, "/v1/invoices/in_1%2Ffinalize", false),
            (Method::POST, "/v1/invoices/in_1%252Ffinalize", false),
            (Method::POST, "/v1/invoices/../customers", false),
            (Method::POST, "/v1/invoices/%2e%2e", false),
            (Method::POST, "/v1/invoices/in_1/", false),
            (Method::POST, "/v1//invoices/in_1", false),
            (Method::POST, "/v1/invoices/in.1", false),
            (Method::GET, "/v2.0/contoso.example/companies(1a-2b)/salesInvoices", true),
            (Method::GET, "/v2.0/x/companies()/salesInvoices", false),
            (Method::GET, "/v2.0/x/companies(1)/Microsoft.NAV.post", false),
            (Method::GET, "v1/invoices", false),
            (Method::GET, "/v1/\u{e5}", false),
        ] {
            assert_eq!(LIST.find(&method, path).is_some(), passes, "{method} {path}");
        }
    }

    /// A write in every spelling that escapes, case and separators allow.
    fn spelled() -> impl Strategy<Value = String> {
        let start = prop::sample::select(vec!["/v1/invoices/", "/v1/%69nvoices/", "/V1/invoices/", "/v1/customers/"]);
        let piece = prop::sample::select(vec![
            "in_1",
            "%69n",
            "-2",
            "/",
            "//",
            "\\",
            "..",
            ".",
            "%2e",
            "%2F",
            "%252F",
            "%5c",
            "%00",
            "%zz",
            "finalize",
            "Microsoft.NAV.post",
            "%4dicrosoft.nav.post",
            "(1)",
            ";",
            "?",
            "#",
            "%3F",
            "å",
            "$batch",
        ]);
        (start, prop::collection::vec(piece, 1..4)).prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
    }

    proptest! {
        #[test]
        fn whatever_passes_means_the_same_to_everybody(path in spelled()) {
            if LIST.find(&Method::POST, &path).is_some() {
                let path = path.split('?').next().unwrap_or_default();
                let id = percent_decode_str(path).decode_utf8().expect("text").strip_prefix("/v1/invoices/").expect("the listed place").to_owned();
                prop_assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{}", path);
            }
        }
    }
}
