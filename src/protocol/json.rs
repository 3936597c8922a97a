//! A strict JSON reader (RFC 8259) for answers of a server that may be hostile.
//!
//! Own code because `serde_json` adds 20 kB to the download: its errors print floats. It refuses
//! more than the RFC asks: a name twice in one object (RFC 8259 section 4 leaves its meaning open, RFC
//! 7515 section 4 forbids it), deep nesting, and documents larger than any real answer.

use super::encoding::hex_digit;
use super::text::{integer, utf8};

/// The largest document read, in bytes.
pub const MAX_LENGTH: usize = 256 * 1024;

/// How deep arrays and objects may lie in one another; it bounds the stack.
pub const MAX_DEPTH: usize = 32;

/// The most names in one object. It bounds the time that the search for repeated names takes.
pub const MAX_MEMBERS: usize = 2048;

/// A JSON value. It has no `Debug` in the product, as it may hold tokens.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number: its integer part (NumericDate allows fractions, RFC 7519 section 2), or `None`
    /// where it has an exponent or does not fit.
    Number(Option<i64>),
    /// A string
    Text(String),
    /// An array
    Array(Vec<Json>),
    /// An object, its members in their order; no name comes twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of this name. `None` where there is none or this is no object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let (_, value) = self.object()?.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The string. `None` for every other type.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number's integer part. `None` for every other type, an exponent, or a number out of range.
    pub fn number(&self) -> Option<i64> {
        match self {
            Json::Number(number) => *number,
            _ => None,
        }
    }

    /// The array's values. `None` for every other type.
    pub fn array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The object's members in their order. `None` for every other type.
    pub fn object(&self) -> Option<&[(String, Json)]> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// Reads one JSON document. `None` when it is not exactly that (also for a byte order mark, text
/// behind it, bytes that are not UTF-8, or half a surrogate pair), repeats a name in an object, or
/// exceeds [`MAX_LENGTH`], [`MAX_DEPTH`] or [`MAX_MEMBERS`].
pub fn parse(bytes: &[u8]) -> Option<Json> {
    if bytes.len() > MAX_LENGTH {
        return None;
    }
    let text = utf8(bytes)?;
    let mut reader = Reader { text: &text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    reader.skip_space();
    (reader.at == bytes.len()).then_some(value)
}

/// Reads by bytes: what JSON is made of is ASCII, and what is not stands in strings, which are copied.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The next byte; at the end 0, which is nowhere allowed.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// Steps over the byte if it comes next, and tells whether it did.
    fn take(&mut self, byte: u8) -> bool {
        let comes = self.peek() == byte;
        self.at += usize::from(comes);
        comes
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        let comes = word.bytes().all(|byte| self.take(byte));
        comes.then_some(value)
    }

    /// `levels` is how many more arrays and objects may open.
    fn value(&mut self, levels: usize) -> Option<Json> {
        self.skip_space();
        match self.peek() {
            b'"' => Some(Json::Text(self.string()?)),
            b'{' => self.object(levels.checked_sub(1)?),
            b'[' => self.array(levels.checked_sub(1)?),
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            _ => self.number(),
        }
    }

    /// Steps over the byte that opens an array or object. Tells whether something is in there.
    fn open(&mut self, close: u8) -> bool {
        self.at += 1;
        self.skip_space();
        !self.take(close)
    }

    /// Steps over what follows a value. Tells whether another one comes.
    fn more(&mut self, close: u8) -> Option<bool> {
        self.skip_space();
        let more = self.take(b',');
        (more || self.take(close)).then_some(more)
    }

    fn array(&mut self, levels: usize) -> Option<Json> {
        let mut values = Vec::new();
        let mut more = self.open(b']');
        while more {
            values.push(self.value(levels)?);
            more = self.more(b']')?;
        }
        Some(Json::Array(values))
    }

    fn object(&mut self, levels: usize) -> Option<Json> {
        let mut object = Json::Object(Vec::new());
        let mut more = self.open(b'}');
        while more {
            self.skip_space();
            let name = self.string()?;
            let known = object.get(&name).is_some();
            self.skip_space();
            let Json::Object(members) = &mut object else { return None };
            if known || members.len() >= MAX_MEMBERS || !self.take(b':') {
                return None;
            }
            members.push((name, self.value(levels)?));
            more = self.more(b'}')?;
        }
        Some(object)
    }

    fn string(&mut self) -> Option<String> {
        if !self.take(b'"') {
            return None;
        }
        let mut out = String::new();
        loop {
            let start = self.at;
            // RFC 8259 section 7: control characters must be escaped.
            while !matches!(self.peek(), b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at)?);
            match self.next() {
                b'"' => return Some(out),
                b'\\' => out.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next() {
            same @ (b'"' | b'\\' | b'/') => char::from(same),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return None,
        })
    }

    /// One `\uXXXX`, or two that make a surrogate pair; half a pair is no character.
    fn code_point(&mut self) -> Option<char> {
        let unit = self.four_digits()?;
        let high = unit.wrapping_sub(0xd800);
        if high >= 0x400 {
            return char::from_u32(unit);
        }
        if !(self.take(b'\\') && self.take(b'u')) {
            return None;
        }
        let low = self.four_digits()?.wrapping_sub(0xdc00);
        if low >= 0x400 {
            return None;
        }
        char::from_u32(0x1_0000 + (high << 10 | low))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | u32::from(hex_digit(self.next())?);
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Json> {
        let negative = self.take(b'-');
        let start = self.at;
        // RFC 8259 section 6: no zero before other digits.
        if !self.take(b'0') && !self.digits() {
            return None;
        }
        let mut number = integer(self.text.get(start..self.at)?, negative);
        if self.take(b'.') && !self.digits() {
            return None;
        }
        if self.take(b'e') || self.take(b'E') {
            number = None;
            let _sign = self.take(b'+') || self.take(b'-');
            if !self.digits() {
                return None;
            }
        }
        Some(Json::Number(number))
    }

    /// Steps over decimal digits, and tells whether there was one.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
