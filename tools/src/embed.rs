//! The WebAssembly as text in a script, for `src/npm/embedded.js`. Each of the more frequent bytes is one character,
//! the others are two: what repeats in the bytes repeats in the text, so that it is 4 % more to download (brotli).
//! With base64 it is 28 % more.

/// Characters that a string between double quotes holds as they are, in any charset and inside of HTML.
fn alphabet() -> Vec<char> {
    (' '..='~').filter(|character| !['"', '<', '\\'].contains(character)).collect()
}

/// Characters that begin a pair.
const PAIRS: usize = 2;

/// A module with `text`; `table`, the bytes by their codes; `size`, the number of bytes.
pub fn module(bytes: &[u8]) -> String {
    let alphabet = alphabet();
    let mut counts = [0_usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let mut table: Vec<u8> = (0..=255).collect();
    table.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    let singles = alphabet.len() - PAIRS;
    // Those in pairs, and those that are not, each in their order: so the table is less to download.
    table[singles..].sort_unstable();
    table[..singles].sort_unstable();
    let mut words = vec![String::new(); 256];
    for (code, byte) in table.iter().enumerate() {
        words[usize::from(*byte)] = match code.checked_sub(singles) {
            None => alphabet[code + PAIRS].to_string(),
            Some(rest) => [alphabet[rest / alphabet.len()], alphabet[rest % alphabet.len()]].iter().collect(),
        };
    }
    let text: String = bytes.iter().map(|byte| words[usize::from(*byte)].as_str()).collect();
    format!(
        "export const size = {};\nexport const table = {table:?};\nexport const text =\n  \"{text}\";\n",
        bytes.len()
    )
}

#[cfg(test)]
mod tests {
    use super::{PAIRS, alphabet, module};

    /// The same as `src/npm/embedded.js`.
    fn decoded(text: &str, table: &[u8]) -> Vec<u8> {
        let alphabet = alphabet();
        let mut codes = text.chars().map(|character| alphabet.iter().position(|other| *other == character).unwrap());
        let mut bytes = Vec::new();
        while let Some(code) = codes.next() {
            let single = code.checked_sub(PAIRS);
            let code = single.unwrap_or_else(|| alphabet.len() - PAIRS + code * alphabet.len() + codes.next().unwrap());
            bytes.push(table[code]);
        }
        bytes
    }

    #[test]
    fn every_byte_comes_back() {
        let bytes: Vec<u8> = (0..=255).chain([0, 7, 7, 7, 255]).collect();
        let made = module(&bytes);
        assert!(made.starts_with("export const size = 261;\n"));
        let (_, table) = made.split_once("table = [").unwrap();
        let (table, rest) = table.split_once("];").unwrap();
        let table: Vec<u8> = table.split(", ").map(|byte| byte.parse().unwrap()).collect();
        let text = rest.split_once("  \"").unwrap().1.trim_end_matches("\";\n");
        assert!(
            table[..90].contains(&7)
                && table[..90].contains(&255)
                && !text.contains(['"', '<', '\\'])
                && text.is_ascii()
        );
        assert_eq!(decoded(text, &table), bytes);
    }
}
