//! What a page and an administrator can hold the package's files against: `integrity.json`, with the value of a
//! script's attribute `integrity` for each (Subresource Integrity), and `SHA256SUMS`, for `sha256sum --check`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, SHA384, digest};
use serde_json::{Map, Value, to_string_pretty};

/// The two files.
pub const FILES: [&str; 2] = ["integrity.json", "SHA256SUMS"];

/// Writes both for what is in the folder.
pub fn write(folder: &Path) -> Result<()> {
    let [integrity, sums] = of(folder)?;
    fs::write(folder.join(FILES[0]), integrity)?;
    fs::write(folder.join(FILES[1]), sums)?;
    Ok(())
}

/// What both have to say of the folder.
pub fn of(folder: &Path) -> Result<[String; 2]> {
    let names = fs::read_dir(folder)?.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !FILES.contains(&name.as_str())).collect();
    names.sort();
    let mut integrity = Map::new();
    let mut sums = String::new();
    for name in names {
        let bytes = fs::read(folder.join(&name))?;
        let value = format!("sha384-{}", STANDARD.encode(digest(&SHA384, &bytes)));
        let sum: String = digest(&SHA256, &bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        sums.push_str(&format!("{sum}  {name}\n"));
        integrity.insert(name, Value::String(value));
    }
    Ok([to_string_pretty(&Value::Object(integrity))? + "\n", sums])
}

#[cfg(test)]
mod tests {
    use super::{FILES, of, write};

    #[test]
    fn both_name_every_other_file() {
        let folder = std::env::temp_dir().join(format!("otrs-auth-integrity-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.js"), "abc").unwrap();
        write(&folder).unwrap();
        let written = FILES.map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
        // FIPS 180-4, the published examples for "abc".
        assert_eq!(written[1], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.js\n");
        let sri = "sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn";
        assert_eq!(written[0], format!("{{\n  \"a.js\": \"{sri}\"\n}}\n"));
        assert_eq!(of(&folder).unwrap(), written);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
