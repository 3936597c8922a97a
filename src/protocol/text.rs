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
