//! Options of the front end, checked by tables: which names there are, and what each may hold.

use super::encoding::push_form;
use super::fields::Fields;
use super::json::Json;
use super::text::{cut, decimal, is_one_of, without_slashes};
use super::url::Resolve;
use super::{AuthError, ErrorCode};

/// What an option may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of these words, separated by spaces.
    Choice(&'static str),
    /// A text that is not empty.
    Text,
    /// A text or `null`, which is kept as an empty one.
    TextOrNull,
    /// Becomes part of a path or of a claim comparison, so only characters that need no escaping pass.
    Name,
    /// Yes or no.
    Flag,
    /// A number from 0 on.
    Number,
    /// An address on this page's origin, without a fragment and without `*`: one exact redirect URI (C-15;
    /// RFC 6749 section 3.1.2).
    Page,
    /// A server's absolute base address.
    Server,
    /// Origins: exact, no path, plain http only where nothing else is possible (C-83). Kept with spaces between.
    Origins,
    /// Texts by name, other than these. Kept as form data.
    Parameters(&'static str),
    /// Numbers by name, of these. Kept under `<option>.<name>`.
    Numbers(&'static str),
    /// Anything; read elsewhere.
    Any,
}

/// A table of options.
pub type Table = [(&'static str, Kind)];

/// Reads an object; `null` is one without members. `origin` is the page's.
///
/// Fails with [`ErrorCode::OptionUnknown`], [`ErrorCode::OptionInvalid`] or [`ErrorCode::ClientSecretRefused`],
/// naming the option.
pub fn read(object: &Json, table: &Table, origin: &str, resolve: Resolve<'_>) -> Result<Fields, AuthError> {
    let mut options = Fields::default();
    let fields = match object {
        Json::Null => return Ok(options),
        other => other.object().ok_or_else(|| AuthError::about(ErrorCode::OptionInvalid, "options"))?,
    };
    for (name, value) in fields {
        // A browser cannot keep a secret (RFC 9700 section 2.5).
        if is_one_of(name, "clientSecret client_secret secret") {
            return Err(AuthError::about(ErrorCode::ClientSecretRefused, name));
        }
        let Some((_, kind)) = table.iter().find(|(own, _)| own == name) else {
            return Err(AuthError::about(ErrorCode::OptionUnknown, name));
        };
        let reader = Reader { origin, resolve };
        if take(&mut options, &reader, name, *kind, value).is_none() {
            return Err(AuthError::about(ErrorCode::OptionInvalid, name));
        }
    }
    Ok(options)
}

fn take(options: &mut Fields, reader: &Reader<'_>, name: &str, kind: Kind, value: &Json) -> Option<()> {
    if let Kind::Numbers(names) = kind {
        for (member, value) in value.object()? {
            if !is_one_of(member, names) {
                return None;
            }
            options.put(&[name, ".", member].concat(), &decimal(value.number().filter(|number| *number >= 0)?));
        }
        return Some(());
    }
    options.put(name, &reader.text(kind, value)?);
    Some(())
}

struct Reader<'a> {
    /// The page's.
    origin: &'a str,
    resolve: Resolve<'a>,
}

impl Reader<'_> {
    /// The text of a value of this kind; `None` if it is of another.
    fn text(&self, kind: Kind, value: &Json) -> Option<String> {
        match (kind, value) {
            (Kind::Any, _) | (Kind::TextOrNull, Json::Null) | (Kind::Flag, Json::Bool(false)) => Some(String::new()),
            (Kind::Flag, Json::Bool(true)) => Some("1".to_owned()),
            (Kind::Flag, _) => None,
            (Kind::Number, value) => value.number().filter(|number| *number >= 0).map(decimal),
            (Kind::Origins, value) => self.origins(value.array()?),
            (Kind::Parameters(reserved), value) => parameters(value.object()?, reserved),
            (kind, value) => self.word(kind, value.text().filter(|text| !text.is_empty())?),
        }
    }

    fn word(&self, kind: Kind, text: &str) -> Option<String> {
        let href = match kind {
            Kind::Choice(words) => return is_one_of(text, words).then(|| text.to_owned()),
            Kind::Name => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
                return (text.bytes().all(plain) && !text.starts_with('.')).then(|| text.to_owned());
            }
            Kind::Page | Kind::Server => (self.resolve)(text)?,
            _ => return Some(text.to_owned()),
        };
        // By the address itself: the browser counts an empty query or fragment as none, but its mark stays.
        let has = |mark| cut(&href.href, mark).1.is_some();
        let plain = href.is_web() && !href.has_credentials && !has(b'#');
        let fits = match kind {
            // Keycloak takes `*` for a pattern when registered; sent as a value it is always a mistake.
            Kind::Page => href.origin == self.origin && !has(b'*'),
            // A relative address would silently mean this page's own server.
            _ => (text.starts_with("https://") || text.starts_with("http://")) && !has(b'?'),
        };
        (plain && fits).then(|| href.href.clone())
    }

    fn origins(&self, list: &[Json]) -> Option<String> {
        let mut origins = String::new();
        for item in list {
            let text = item.text()?;
            let url = (self.resolve)(text)?;
            let bare = url.origin == without_slashes(text);
            let safe = url.protocol == "https:" || url.is_loopback() || url.origin == self.origin;
            if !(bare && safe && url.is_web()) {
                return None;
            }
            origins.push_str(&url.origin);
            origins.push(' ');
        }
        Some(origins)
    }
}

fn parameters(fields: &[(String, Json)], reserved: &str) -> Option<String> {
    let mut form = String::new();
    for (name, value) in fields {
        if is_one_of(name, reserved) {
            return None;
        }
        push_form(&mut form, name, value.text()?);
    }
    Some(form)
}
