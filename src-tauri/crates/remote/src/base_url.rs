//! Where a service is, and that nothing is ever sent to it in the clear.

use std::{fmt, net::IpAddr};

use http::Uri;

/// The base of a service: `https`, or `http` on this computer only (the sandbox).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https://host[:port]`
    origin: String,
    /// Empty, or `/path` without a slash at its end.
    path: String,
    loopback: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBase {
    #[error("the address is not a URL")]
    NotAUrl,
    #[error("the address must begin with https; plain http is accepted for this computer only")]
    NotSecure,
    #[error("the address must not contain a user name, a query or a fragment")]
    HasExtras,
}

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, BadBase> {
        if text.contains('#') {
            return Err(BadBase::HasExtras);
        }
        let uri: Uri = text.trim().parse().map_err(|_| BadBase::NotAUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(BadBase::NotAUrl) };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(BadBase::HasExtras);
        }
        if authority.host().is_empty() {
            return Err(BadBase::NotAUrl);
        }
        let loopback = is_for_loopback(authority.host());
        if !(scheme == "https" || scheme == "http" && loopback) {
            return Err(BadBase::NotSecure);
        }
        let origin = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
        Ok(Self { origin, path: uri.path().trim_end_matches('/').to_owned(), loopback })
    }

    /// The sandbox's place: this computer, which no proxy can reach.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// `path_and_query` begins with a slash and is percent-encoded already.
    pub fn with(&self, path_and_query: &str) -> Option<Uri> {
        path_and_query.starts_with('/').then(|| format!("{}{}{path_and_query}", self.origin, self.path).parse().ok()).flatten()
    }

    /// An absolute address the service gave (a next page), made relative again;
    /// `None` when it leads out of this base.
    pub fn within(&self, absolute: &str) -> Option<String> {
        let uri: Uri = absolute.parse().ok()?;
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str().to_ascii_lowercase());
        let rest = uri.path_and_query()?.as_str().strip_prefix(&self.path)?;
        (origin == self.origin && rest.starts_with('/')).then(|| rest.to_owned())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Also `anything.localhost`, a name of nobody else (RFC 6761 §6.3), for services without
/// sockets. Real requests go only to [`is_loopback`], which no resolver can lead astray.
fn is_for_loopback(host: &str) -> bool {
    is_loopback(host) || host.to_ascii_lowercase().ends_with(".localhost")
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_computer_only() {
        for (text, expected) in [
            ("https://api.stripe.com", Ok(false)),
            ("http://127.0.0.1:4010/", Ok(true)),
            ("http://localhost:4010", Ok(true)),
            ("http://[::1]:4010", Ok(true)),
            ("http://stripe.sandbox.localhost", Ok(true)),
            ("http://api.stripe.com", Err(BadBase::NotSecure)),
            ("http://127.0.0.1.evil.example", Err(BadBase::NotSecure)),
            ("http://localhost.evil.example", Err(BadBase::NotSecure)),
            ("ftp://127.0.0.1", Err(BadBase::NotSecure)),
            ("https://user:pass@api.stripe.com", Err(BadBase::HasExtras)),
            ("https://api.stripe.com/?a=b", Err(BadBase::HasExtras)),
            ("https://api.stripe.com/#x", Err(BadBase::HasExtras)),
            ("api.stripe.com", Err(BadBase::NotAUrl)),
            ("", Err(BadBase::NotAUrl)),
        ] {
            assert_eq!(BaseUrl::parse(text).map(|base| base.is_loopback()), expected, "{text}");
        }
    }

    #[test]
    fn a_next_page_may_not_lead_elsewhere() {
        let base = BaseUrl::parse("https://api.example.com/v2.0/").expect("a base");
        assert_eq!(base.within("https://API.example.com/v2.0/items?$skip=2").as_deref(), Some("/items?$skip=2"));
        for elsewhere in
            ["https://evil.example/v2.0/items", "http://api.example.com/v2.0/items", "https://api.example.com/v2.0evil", "/v2.0/items", "x"]
        {
            assert_eq!(base.within(elsewhere), None, "{elsewhere}");
        }
    }
}
