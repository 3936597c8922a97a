//! application/x-www-form-urlencoded, lenient as servers are.

pub use otrs_auth_tools::http::encode;

/// Takes it apart.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decode(n), decode(v))).collect()
}

/// Puts it together. A value that begins with a NUL is written as it is, for what no honest writer would send.
pub fn print(pairs: &[(String, String)]) -> String {
    let all = pairs.iter().map(|(name, value)| match value.strip_prefix('\0') {
        Some(raw) => format!("{name}={raw}"),
        None => format!("{}={}", encode(name), encode(value)),
    });
    all.collect::<Vec<_>>().join("&")
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte.unwrap_or(b'x')).to_digit(16);
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => (high * 16 + low) as u8,
                _ => b'?',
            },
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
