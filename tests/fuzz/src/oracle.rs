//! JSON by serde_json, read without our own reader's rules but told whether they are kept.

use std::fmt;

use otrs_auth::protocol::json::{Json, MAX_DEPTH, MAX_MEMBERS};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value with all members, also those of a repeated name.
#[derive(Debug, PartialEq)]
pub enum Tree {
    Null,
    Bool(bool),
    Whole(i64),
    Float(f64),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// Reads a document. `None` where it is no JSON, or has a number beyond f64.
pub fn parse(bytes: &[u8]) -> Option<Tree> {
    serde_json::from_slice(bytes).ok()
}

impl Tree {
    /// The only member of this name.
    pub fn get(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Object(members) => members.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn array(&self) -> Option<&[Tree]> {
        match self {
            Tree::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The member of this name, if it is a text.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// The member of this name as a number.
    pub fn number_of(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Tree::Whole(number) => Some(*number as f64),
            Tree::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether the strict rules are kept: depth, members, no name twice.
    pub fn is_strict(&self, levels: usize) -> bool {
        match self {
            Tree::Array(values) => levels > 0 && values.iter().all(|value| value.is_strict(levels - 1)),
            Tree::Object(members) => {
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                levels > 0
                    && members.len() <= MAX_MEMBERS
                    && names.len() == members.len()
                    && members.iter().all(|(_, value)| value.is_strict(levels - 1))
            }
            _ => true,
        }
    }

    /// Whether our reader read the same.
    pub fn agrees(&self, ours: &Json) -> bool {
        match (self, ours) {
            (Tree::Null, Json::Null) => true,
            (Tree::Bool(theirs), Json::Bool(ours)) => theirs == ours,
            (Tree::Text(theirs), Json::Text(ours)) => theirs == ours,
            (Tree::Whole(theirs), Json::Number(ours)) => Some(*theirs) == *ours,
            // With an exponent or beyond i64 we say nothing, of a fraction the integer part.
            (Tree::Float(_), Json::Number(None)) => true,
            (Tree::Float(theirs), Json::Number(Some(ours))) => {
                (theirs - *ours as f64).abs() <= 1.0 + theirs.abs() * 1e-15
            }
            (Tree::Array(theirs), Json::Array(ours)) => {
                theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(theirs, ours)| theirs.agrees(ours))
            }
            (Tree::Object(theirs), Json::Object(ours)) => {
                let same = |((name, value), (own, ours)): (&(String, Tree), &(String, Json))| {
                    name == own && value.agrees(ours)
                };
                theirs.len() == ours.len() && theirs.iter().zip(ours).all(same)
            }
            _ => false,
        }
    }
}

/// How deep our own reader goes.
pub const LEVELS: usize = MAX_DEPTH;

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map_or(Tree::Float(value as f64), Tree::Whole))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Tree::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = members.next_entry()? {
            list.push(member);
        }
        Ok(Tree::Object(list))
    }
}
