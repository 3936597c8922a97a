//! The text and hash encodings that the protocol is made of: base64url, form data, SHA-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::block_api::compress256;

use super::text::{cut, utf8};

/// Encodes bytes as base64url without padding (RFC 7515 section 2).
///
/// Three bytes at a time: the crate's fast path for long texts is 1 kB of code, which the compiler leaves out
/// where it sees that no text is long.
pub fn base64url(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let (mut group, mut letters) = ([0; 3], [0; 4]);
        for (to, from) in group.iter_mut().zip(chunk) {
            *to = *from;
        }
        let _ = URL_SAFE_NO_PAD.encode_slice(group, &mut letters);
        // Two letters hold one byte, three hold two; what the filling made of the others is not wanted.
        for letter in letters.iter().take(chunk.len() + 1) {
            out.push(char::from(*letter));
        }
    }
    out
}

/// Decodes base64url without padding. `None` for padding, white space, any other foreign character
/// and for bits left over in the last character: one value has exactly one accepted spelling, so
/// that no two different texts pass for the same signature (RFC 4648 section 3.5).
///
/// By hand, because the crate's decoder costs 1 kB of the package and its encoder half of that.
pub fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // A lone last character has six bits, of which none makes a byte.
    (bits == 0 && count < 6).then_some(out)
}

/// Appends `name=value` to form data or to a URL query, with a `&` before it where one is needed.
///
/// A space becomes `%20`, which a form reader and a URL query reader both understand; `+` would
/// only be right in the first.
pub fn push_form(out: &mut String, name: &str, value: &str) {
    if !matches!(out.as_bytes().last(), None | Some(b'?' | b'&')) {
        out.push('&');
    }
    push_encoded(out, name);
    out.push('=');
    push_encoded(out, value);
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                let letter = if digit < 10 { b'0' } else { b'A' - 10 };
                out.push(char::from(letter + digit));
            }
        }
    }
}

/// Whether the byte is one of the unreserved characters of RFC 3986 section 2.3.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Reads form data or a URL query (without its `?`) into names and values, in their order and with
/// every repetition: whether a name may come twice is for the caller to decide.
///
/// `None` where a percent sequence is broken or the bytes are not UTF-8. Text without any pair is
/// an empty list; a part without `=` is a name with an empty value.
pub fn parse_form(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (part, after) = cut(text, b'&');
        rest = after;
        let (name, value) = cut(part, b'=');
        if !part.is_empty() {
            pairs.push((decode_component(name)?, decode_component(value.unwrap_or_default())?));
        }
    }
    Some(pairs)
}

fn decode_component(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            _ => byte,
        });
    }
    utf8(&out)
}

/// The value of a hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Compares without telling by its duration where the two differ. Their lengths are no secret.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let difference = a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y));
    // Without the barrier the compiler may leave the loop at the first difference.
    core::hint::black_box(difference) == 0
}

/// The SHA-256 hash. Done here and not by the browser, because plain http pages have no WebCrypto.
///
/// The crate compresses, and the padding (FIPS 180-4 section 5.1.1) is made here: the crate's own, for texts that
/// come in pieces, is 1 kB of code more.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    // FIPS 180-4 section 5.3.3.
    let mut state =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19_u32];
    compress256(&mut state, padded.as_chunks().0);
    let mut hash = [0; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        let word = state.get(index / 4).copied().unwrap_or_default();
        *byte = (word >> (24 - index % 4 * 8)) as u8;
    }
    hash
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use base64::Engine;
    use proptest::prelude::*;

    #[test]
    fn base64url_of_rfc_7515_appendix_c() {
        let bytes = [3, 236, 255, 224, 193];
        assert_eq!(base64url(&bytes), "A-z_4ME");
        assert_eq!(decode_base64url("A-z_4ME").unwrap(), bytes);
        assert_eq!(decode_base64url("").unwrap(), []);
    }

    proptest! {
        #[test]
        fn the_decoder_agrees_with_the_crate(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            prop_assert_eq!(decode_base64url(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }

    #[test]
    fn base64url_has_one_spelling_per_value() {
        let refused = [
            "A-z_4ME=",
            "A-z_4ME==",
            "A+z/4ME",
            " A-z_4ME",
            "A-z_4ME\n",
            "A-z\r\n_4ME",
            "A-z_4MF",
            "A",
            "AAAAA",
            "=",
            "====",
            "AB",
            "Ä-z_",
            "A-z_4M\0",
        ];
        for text in refused {
            assert_eq!(decode_base64url(text), None, "{text:?}");
        }
    }

    #[test]
    fn form_text_is_right_in_a_body_and_in_a_query() {
        let mut out = String::new();
        push_form(&mut out, "scope", "openid profile");
        push_form(&mut out, "state", "a+b&c=d/e~ü");
        assert_eq!(out, "scope=openid%20profile&state=a%2Bb%26c%3Dd%2Fe~%C3%BC");

        let mut url = String::from("https://iam.example.com/auth?");
        push_form(&mut url, "a", "");
        push_form(&mut url, "b", "1");
        assert_eq!(url, "https://iam.example.com/auth?a=&b=1");
    }

    #[test]
    fn form_text_is_read_in_order_with_repetitions() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let read = parse_form("code=1&code=2&&flag&a%20b=c+d%2b&x=y=z&").unwrap();
        let expected = [pair("code", "1"), pair("code", "2"), pair("flag", ""), pair("a b", "c d+"), pair("x", "y=z")];
        assert_eq!(read, expected);
        assert_eq!(parse_form("").unwrap(), []);
    }

    #[test]
    fn broken_form_text_is_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "%4=1", "a=%ff", "a=%c3", "a=%+1", "a=%ed%a0%80", "a=%c0%af"] {
            assert_eq!(parse_form(text), None, "{text}");
        }
    }

    #[test]
    fn sha256_of_fips_180_4() {
        let hash = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        assert_eq!(base64url(&sha256(b"abc")), hash);
    }

    proptest! {
        #[test]
        fn base64url_round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(decode_base64url(&base64url(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn accepted_base64url_is_what_would_be_written(text in "[A-Za-z0-9_-]{0,12}") {
            if let Some(bytes) = decode_base64url(&text) {
                prop_assert_eq!(base64url(&bytes), text);
            }
        }

        #[test]
        fn form_round_trip(pairs: Vec<(String, String)>) {
            let mut out = String::new();
            for (name, value) in &pairs {
                push_form(&mut out, name, value);
            }
            prop_assert_eq!(parse_form(&out).unwrap(), pairs);
        }

        #[test]
        fn form_reader_never_panics(text: String) {
            let _ = parse_form(&text);
        }

        #[test]
        fn constant_time_eq_is_equality(a: Vec<u8>, b: Vec<u8>) {
            prop_assert_eq!(constant_time_eq(&a, &b), a == b);
            prop_assert!(constant_time_eq(&a, &a));
        }
    }
}
