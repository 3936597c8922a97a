//! Texts by name: options, attempts, records and what the front end sees of a user are all of this kind. One
//! list for all, because each structure with readers and writers of its own costs a kilobyte.

use super::encoding::{parse_form, push_form};
use super::text::number;

/// Texts by name, in their order, each name once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// Names only: the texts may be secret.
impl core::fmt::Debug for Fields {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Fields {
    /// From form data; `None` if it is none, or a name stands twice.
    pub fn parse(form: &str) -> Option<Self> {
        let mut fields = Fields::default();
        for (name, value) in parse_form(form)? {
            if fields.get(&name).is_some() {
                return None;
            }
            fields.0.push((name, value));
        }
        Some(fields)
    }

    /// As form data.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            push_form(&mut out, name, value);
        }
        out
    }

    /// All of them, in their order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Sets a text.
    pub fn put(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a text away.
    pub fn remove(&mut self, name: &str) {
        if let Some(place) = self.0.iter().position(|(own, _)| own == name) {
            self.0.remove(place);
        }
    }

    /// Sets a text, if there is one.
    pub fn put_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// The text under a name, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The text under a name; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// The text under a name, or another one.
    pub fn or(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or(default).to_owned()
    }

    /// Whether `1` stands under a name.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("1")
    }

    /// The number under a name, if there is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        number(self.get(name)?)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Fields;

    #[test]
    fn texts_survive_and_are_not_shown() {
        let mut fields = Fields::default();
        fields.put("token", "first");
        fields.put("token", "ca&na=ry ü");
        assert_eq!(Fields::parse(&fields.to_text()), Some(fields.clone()));
        assert_eq!(format!("{fields:?}"), r#"["token"]"#);
        assert_eq!(Fields::parse("a=1&a=2"), None);
        assert_eq!(Fields::parse("a=%ff"), None);
    }
}
