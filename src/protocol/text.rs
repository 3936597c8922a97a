//! Text made without the formatting machinery, which would cost kilobytes of WebAssembly.

/// A server's own word, cut and cleaned so that it can stand in an error: at most 200 characters, and
/// only such as a URL or an error code holds (C-30).
pub fn shown(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\'' | '`');
    text.chars().filter(plain).take(200).collect()
}

/// A number in decimal.
pub fn decimal(number: i64) -> String {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    loop {
        digits.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push(b'-');
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

/// A number of decimal digits, and nothing else.
pub fn number(text: &str) -> Option<i64> {
    let mut number: i64 = 0;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    (!text.is_empty()).then_some(number)
}

/// Whether a word is one of these, which stand with spaces between. One loop for all such questions: written out,
/// each comparison would cost 30 bytes.
#[inline(never)]
pub fn is_one_of(word: &str, words: &str) -> bool {
    !word.is_empty() && words.split(' ').any(|own| own == word)
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
