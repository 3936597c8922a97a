//! Text made without the formatting machinery, which would cost kilobytes of WebAssembly.

/// A server's own word, cut and cleaned so that it can stand in an error: at most 200 characters, and
/// only such as a URL or an error code holds (C-30).
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\'' | b'`') && out.len() < 200 {
            out.push(char::from(byte));
        }
    }
    out
}

/// A number in decimal.
pub fn decimal(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut out = String::new();
    loop {
        out.insert(0, char::from(b'0' + (rest % 10) as u8));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.insert(0, '-');
    }
    out
}

/// A number of decimal digits, and nothing else.
pub fn number(text: &str) -> Option<i64> {
    if text.is_empty() { None } else { integer(text, false) }
}

/// The number of these digits, below zero or not. Counted down, because there is one number more below zero.
pub fn integer(digits: &str, negative: bool) -> Option<i64> {
    let mut number: i64 = 0;
    for byte in digits.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || number < i64::MIN / 10 {
            return None;
        }
        number = (number * 10).wrapping_sub(digit.into());
        if number > 0 {
            return None;
        }
    }
    if negative { Some(number) } else { number.checked_neg() }
}

/// What stands before the first `mark`, and what after it; all of it and `None` where there is no mark. By bytes:
/// the searches of the standard library are 2 kB of code.
#[inline(never)]
pub fn cut(text: &str, mark: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == mark) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        None => (text, None),
    }
}

/// An address without the slashes at its end.
pub fn without_slashes(mut text: &str) -> &str {
    while let Some(shorter) = text.strip_suffix("/") {
        text = shorter;
    }
    text
}

/// These bytes as text; `None` where they are not UTF-8 (RFC 3629 section 3). By hand, because the standard library's
/// reader is built for speed: 1 kB of code and tables.
pub fn utf8(bytes: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        let length = first.leading_ones();
        let mut code = u32::from(*first) & 0x7f >> length;
        for _ in 1..length {
            let byte = *rest.next()?;
            if byte & 0xc0 != 0x80 {
                return None;
            }
            code = code << 6 | u32::from(byte & 0x3f);
        }
        // No surrogate, nothing above U+10FFFF, nothing longer than it has to be, and no byte that only continues.
        let letter = char::from_u32(code)?;
        if length == 1 || letter.len_utf8() != length.max(1) as usize {
            return None;
        }
        out.push(letter);
    }
    Some(out)
}

/// Whether a word is one of these, which stand with spaces between. One loop for all such questions: written out,
/// each comparison would cost 30 bytes.
#[inline(never)]
pub fn is_one_of(word: &str, words: &str) -> bool {
    let mut rest = Some(words);
    while let Some(words) = rest {
        let (own, after) = cut(words, b' ');
        if own == word && !word.is_empty() {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{decimal, shown, utf8};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn utf8_agrees_with_the_standard_library(bytes: Vec<u8>, text: String) {
            prop_assert_eq!(utf8(&bytes), String::from_utf8(bytes).ok());
            prop_assert_eq!(utf8(text.as_bytes()), Some(text));
        }
    }

    #[test]
    fn utf8_of_any_four_bytes_agrees_with_the_standard_library() {
        let edges = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee];
        let edges = [edges.as_slice(), &[0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfc, 0xfe, 0xff]].concat();
        for first in &edges {
            for second in &edges {
                for third in &edges {
                    for fourth in &edges {
                        for length in 1..=4 {
                            let bytes =
                                [*first, *second, *third, *fourth].into_iter().take(length).collect::<Vec<u8>>();
                            assert_eq!(utf8(&bytes), String::from_utf8(bytes.clone()).ok(), "{bytes:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn c_30_hostile_text_is_cut_and_cleaned() {
        assert_eq!(shown("<b onload='x'>\u{202e}ok\n"), "bonload=xok");
        assert_eq!(shown(&"a".repeat(5000)).len(), 200);
    }

    #[test]
    fn decimal_agrees_with_the_standard_library() {
        for number in [0, 7, -1, 10, 1_764_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
