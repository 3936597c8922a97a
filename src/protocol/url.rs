//! Addresses, as the browser's own parser took them apart, and the one rule for return addresses.

use super::text::{cut, is_one_of, shown};
use super::{AuthError, ErrorCode};

/// An absolute URL after the WHATWG parser; made by the browser, never by our own parsing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole address, normalized.
    pub href: String,
    /// Scheme, host and port; `"null"` for schemes without one.
    pub origin: String,
    /// With the colon: `"https:"`.
    pub protocol: String,
    /// Host without port.
    pub hostname: String,
    /// Whether a user name or password is in it.
    pub has_credentials: bool,
}

/// Parses a URL, relative ones against the page: the browser's `URL`, or a stand-in in tests.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<Url>;
/// The same, to be kept.
pub type Resolver = Box<dyn Fn(&str) -> Option<Url>>;

impl Url {
    /// Whether what is sent there stays on this machine (RFC 6761 section 6.3, RFC 8252 section 8.3).
    pub fn is_loopback(&self) -> bool {
        is_one_of(&self.hostname, "localhost 127.0.0.1 [::1]") || self.hostname.ends_with(".localhost")
    }

    /// Whether both are of one site, as far as that can be told without the list of public suffixes: the same host, one
    /// the other's domain, or both below one domain. What might be a public suffix (`co.uk`, `com.br`) is none, and
    /// neither are the parts of an IP address. Who is taken for a stranger wrongly is only asked by a redirect.
    #[cfg(feature = "full")]
    pub fn is_same_site(&self, other: &Url) -> bool {
        let (one, two) = (self.hostname.as_str(), other.hostname.as_str());
        let ends = |text: &str, wanted: fn(&u8) -> bool| text.as_bytes().last().is_some_and(wanted);
        let is_domain = |host: &str| {
            let (first, rest) = cut(host, b'.');
            first.len() > 3 && rest.is_some() && !ends(host, u8::is_ascii_digit)
        };
        let is_below = |host: &str, domain: &str| {
            host.strip_suffix(domain).is_some_and(|rest| ends(rest, |last| *last == b'.')) && is_domain(domain)
        };
        let parent = cut(one, b'.').1;
        let are_neighbours = parent.is_some_and(is_domain) && parent == cut(two, b'.').1;
        self.protocol == other.protocol && (one == two || is_below(one, two) || is_below(two, one) || are_neighbours)
    }

    /// Whether it is an address of the web at all, and not `javascript:`, `data:` or `blob:`.
    pub fn is_web(&self) -> bool {
        is_one_of(&self.protocol, "https: http:")
    }
}

/// The absolute address to return to, if it is safe to navigate to.
///
/// The check is made on the parsed address and the answer is its `href`, because path and query
/// rebuilt from parts can name another origin (`/..//evil` has the path `//evil`).
/// Fails with [`ErrorCode::ReturnUrlRefused`].
pub fn return_url(text: &str, page_origin: &str, resolve: Resolve<'_>) -> Result<String, AuthError> {
    match resolve(text) {
        Some(url) if url.is_web() && url.origin == page_origin && !url.has_credentials => Ok(url.href),
        _ => Err(ErrorCode::ReturnUrlRefused.into()),
    }
}

/// The address without query and fragment.
pub fn without_query(href: &str) -> &str {
    cut(without_fragment(href), b'?').0
}

/// The address without its fragment.
pub fn without_fragment(href: &str) -> &str {
    cut(href, b'#').0
}

/// Whether the access token may be sent to this address (C-83): its origin is one of `origins` (with spaces
/// between), exactly.
/// Fails with [`ErrorCode::ApiOriginRefused`], naming the origin.
pub fn api_address(url: Option<&Url>, origins: &str) -> Result<(), AuthError> {
    match url {
        Some(url) if url.is_web() && !url.has_credentials && is_one_of(&url.origin, origins) => Ok(()),
        Some(url) => Err(AuthError::about(ErrorCode::ApiOriginRefused, &shown(&url.origin))),
        None => Err(ErrorCode::ApiOriginRefused.into()),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::session::tests::world::resolve;
    use super::*;

    #[test]
    fn c_30_a_refused_api_origin_is_shown_cut_and_cleaned() {
        let url = resolve(&["https://evil\"", &"a".repeat(5000), ".example/"].concat());
        let subject = api_address(url.as_ref(), "").err().map(|error| error.subject().to_owned());
        assert_eq!(subject.map(|subject| (subject.len(), subject.contains('"'))), Some((200, false)));
    }
}
