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

#[cfg(test)]
mod tests {
    use super::{decimal, shown};

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
