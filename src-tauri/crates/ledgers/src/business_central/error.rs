//! Business Central's refusals. Decisions are made on status and code only; the words
//! are translated by the service and shown as they are.

use drafts::Refusal;
use http::{Response, StatusCode};
use serde::Deserialize;

/// Longer words are not for people.
const LONGEST_MESSAGE: usize = 2_000;
/// Where an answer is no error of the API: a gateway's page, say.
const NO_CODE: &str = "Unknown";

#[derive(Deserialize)]
struct Body {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

pub(super) fn refusal(answer: &Response<impl AsRef<[u8]>>) -> Refusal {
    let body = String::from_utf8_lossy(answer.body().as_ref());
    let (code, words) = match serde_json::from_str::<Body>(&body) {
        Ok(Body { error }) => (error.code, error.message),
        // A wrong environment name is answered in XML whatever was asked for.
        Err(_) => (element(&body, "code").unwrap_or_default(), element(&body, "message").unwrap_or_default()),
    };
    let (message, reference) = split_correlation(&words);
    Refusal {
        status: answer.status().as_u16(),
        code: if code.is_empty() { NO_CODE.to_owned() } else { code },
        message: if message.is_empty() { reason(answer.status()) } else { message.chars().take(LONGEST_MESSAGE).collect() },
        reference,
    }
}

/// The record does not exist; the status for that has been seen as 404 and as 400.
pub(super) fn is_not_found(refusal: &Refusal) -> bool {
    refusal.status == 404 || refusal.code == "Internal_RecordNotFound"
}

fn reason(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("no reason given").to_owned()
}

/// `… CorrelationId:  <guid>.` stands at the end of every message.
fn split_correlation(words: &str) -> (String, Option<String>) {
    match words.rsplit_once("CorrelationId:") {
        Some((message, id)) => (message.trim().to_owned(), Some(id.trim().trim_end_matches('.').to_owned())),
        None => (words.trim().to_owned(), None),
    }
}

/// The text of the first `<name>` or `<m:name>`.
fn element(xml: &str, name: &str) -> Option<String> {
    let at = [format!("<{name}"), format!("<m:{name}")].iter().find_map(|open| Some(xml.find(open)? + open.len()))?;
    let rest = xml.get(at..)?;
    let text = rest.get(rest.find('>')? + 1..)?;
    Some(text.get(..text.find('<')?)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Refusal {
        let mut response = Response::new(body.to_owned());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        refusal(&response)
    }

    #[test]
    fn refusals_come_in_json_xml_and_html() {
        let json =
            answer(400, r#"{"error":{"code":"Application_DialogException","message":"No.  CorrelationId:  7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d."}}"#);
        assert_eq!((json.code.as_str(), json.message.as_str()), ("Application_DialogException", "No."));
        assert_eq!(json.reference.as_deref(), Some("7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d"));

        let xml = answer(
            404,
            r#"<?xml version="1.0"?><m:error xmlns:m="x"><m:code>NoEnvironment</m:code><m:message xml:lang="en">Gone</m:message></m:error>"#,
        );
        assert_eq!((xml.code.as_str(), xml.message.as_str()), ("NoEnvironment", "Gone"));

        for body in ["<html><body>Bad gateway</body></html>", "", "null", "[]", "{\"error\":5}", "<code", "<code>"] {
            let other = answer(502, body);
            assert_eq!((other.status, other.code.as_str(), other.message.as_str()), (502, "Unknown", "Bad Gateway"), "{body}");
        }
    }
}
