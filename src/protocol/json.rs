//! A strict JSON reader (RFC 8259) for answers of a server that may be hostile.
//!
//! Own code because `serde_json` adds 20 kB to the download: its errors print floats. It refuses
//! more than the RFC asks: a name twice in one object (RFC 8259 section 4 leaves its meaning open, RFC
//! 7515 section 4 forbids it), deep nesting, and documents larger than any real answer.

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
    let mut reader = Reader { rest: core::str::from_utf8(bytes).ok()? };
    let value = reader.value(MAX_DEPTH)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        self.rest = chars.as_str();
        Some(first)
    }

    /// Steps over the text if it comes next, and tells whether it did.
    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `levels` is how many more arrays and objects may open.
    fn value(&mut self, levels: usize) -> Option<Json> {
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'"' => Some(Json::Text(self.string()?)),
            b'{' => self.object(levels.checked_sub(1)?),
            b'[' => self.array(levels.checked_sub(1)?),
            b'n' => self.take("null").then_some(Json::Null),
            b't' => self.take("true").then_some(Json::Bool(true)),
            b'f' => self.take("false").then_some(Json::Bool(false)),
            _ => self.number(),
        }
    }

    fn array(&mut self, levels: usize) -> Option<Json> {
        let mut values = Vec::new();
        self.next()?;
        self.skip_space();
        if self.take("]") {
            return Some(Json::Array(values));
        }
        loop {
            values.push(self.value(levels)?);
            self.skip_space();
            match self.next()? {
                ',' => {}
                ']' => return Some(Json::Array(values)),
                _ => return None,
            }
        }
    }

    fn object(&mut self, levels: usize) -> Option<Json> {
        let mut members: Vec<(String, Json)> = Vec::new();
        self.next()?;
        self.skip_space();
        if self.take("}") {
            return Some(Json::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            if members.len() >= MAX_MEMBERS || members.iter().any(|(known, _)| *known == name) {
                return None;
            }
            self.skip_space();
            if !self.take(":") {
                return None;
            }
            members.push((name, self.value(levels)?));
            self.skip_space();
            match self.next()? {
                ',' => {}
                '}' => return Some(Json::Object(members)),
                _ => return None,
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.take("\"") {
            return None;
        }
        let mut out = String::new();
        loop {
            match self.next()? {
                '"' => return Some(out),
                '\\' => out.push(self.escape()?),
                // RFC 8259 section 7: control characters must be escaped.
                '\0'..='\x1f' => return None,
                plain => out.push(plain),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            same @ ('"' | '\\' | '/') => same,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.code_point(),
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
        if !self.take("\\u") {
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
            unit = unit << 4 | self.next()?.to_digit(16)?;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.rest;
        self.take("-");
        // RFC 8259 section 6: no zero before other digits.
        if !self.take("0") && !self.digits() {
            return None;
        }
        let whole = start.strip_suffix(self.rest)?;
        if self.take(".") && !self.digits() {
            return None;
        }
        if self.take("e") || self.take("E") {
            let _sign = self.take("+") || self.take("-");
            return self.digits().then_some(Json::Number(None));
        }
        Some(Json::Number(whole.parse().ok()))
    }

    /// Steps over decimal digits, and tells whether there was one.
    fn digits(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let some = rest.len() < self.rest.len();
        self.rest = rest;
        some
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
