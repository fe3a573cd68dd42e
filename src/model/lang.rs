//! Languages as two letters.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language as BCP 47 writes it, two letters, or `und`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang(&'static str);

impl Lang {
    /// English.
    pub const EN: Self = Self("en");
    /// German.
    pub const DE: Self = Self("de");
    /// Spanish.
    pub const ES: Self = Self("es");
    /// French.
    pub const FR: Self = Self("fr");
    /// Undetermined: too short, too mixed, or a language we do not know.
    pub const UND: Self = Self("und");

    /// All languages that can be told apart, `und` last.
    pub const ALL: [Self; 17] = [
        Self("ar"),
        Self("de"),
        Self("en"),
        Self("es"),
        Self("fr"),
        Self("hi"),
        Self("it"),
        Self("ja"),
        Self("ko"),
        Self("nl"),
        Self("pt"),
        Self("ru"),
        Self("sv"),
        Self("tr"),
        Self("vi"),
        Self("zh"),
        Self("und"),
    ];

    /// The two letters, or `und`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The language with this code (its first subtag counts: `de-AT` is German); `None` for one we do not know.
    pub fn from_code(code: &str) -> Option<Self> {
        let first = code.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.0.eq_ignore_ascii_case(first))
    }

    /// The language with this code, `und` for one we do not know.
    pub fn new(code: &str) -> Self {
        Self::from_code(code).unwrap_or(Self::UND)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for Lang {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Lang {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(d)?))
    }
}
