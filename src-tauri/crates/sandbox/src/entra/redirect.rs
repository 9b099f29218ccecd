//! Which redirect addresses a registration covers.
//!
//! entra-docs, reply-url.md: for `http://localhost` the port is ignored, the path is not;
//! `127.0.0.1` must be registered as such; `[::1]` is not supported.

/// Scheme, host, port and path of an address.
struct Parts<'u> {
    scheme: &'u str,
    host: &'u str,
    port: &'u str,
    path: &'u str,
}

pub fn allowed(registered: &[String], wanted: &str) -> bool {
    let Some(wanted) = parts(wanted) else { return false };
    registered.iter().filter_map(|uri| parts(uri)).any(|known| {
        let loopback = known.scheme == "http" && matches!(known.host, "localhost" | "127.0.0.1");
        known.scheme == wanted.scheme && known.host == wanted.host && known.path == wanted.path && (loopback || known.port == wanted.port)
    })
}

/// The address with an answer; one without a path comes back with `/`.
pub fn answered(uri: &str, query: &str) -> String {
    let bare = parts(uri).is_some_and(|parts| !uri.ends_with('/') && parts.path == "/" && !uri.contains('?'));
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{}{separator}{query}", if bare { "/" } else { "" })
}

fn parts(uri: &str) -> Option<Parts<'_>> {
    if uri.contains(['#', ' ', '\r', '\n']) {
        return None;
    }
    let (scheme, rest) = uri.split_once("://")?;
    let before_query = rest.split('?').next().unwrap_or_default();
    let (authority, path) = before_query.find('/').map_or((before_query, "/"), |at| before_query.split_at(at));
    if authority.contains('@') || authority.starts_with('[') {
        return None;
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(Parts { scheme, host, port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_ignores_the_port_but_not_the_path() {
        let registered = vec!["http://localhost".to_string(), "https://app.example/back".to_string()];
        for (uri, expected) in [
            ("http://localhost", true),
            ("http://localhost:53682/", true),
            ("http://localhost:53682/callback", false),
            ("http://127.0.0.1:53682/", false),
            ("http://[::1]:53682/", false),
            ("https://localhost:53682/", false),
            ("http://localhost.evil.example/", false),
            ("http://user@localhost:1/", false),
            ("https://app.example/back", true),
            ("https://app.example:8443/back", false),
            ("nonsense", false),
        ] {
            assert_eq!(allowed(&registered, uri), expected, "{uri}");
        }
        assert_eq!(answered("http://localhost:1", "code=x"), "http://localhost:1/?code=x");
        assert_eq!(answered("http://localhost:1/a", "code=x"), "http://localhost:1/a?code=x");
    }
}
