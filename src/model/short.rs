//! A short text inside its owner: ids are many, and small.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest text that needs no memory of its own.
const INSIDE: usize = 22;

/// A text that never changes: up to 22 bytes stand where a longer one's address would.
#[derive(Clone)]
pub(super) enum Short {
    Inside { length: u8, bytes: [u8; INSIDE] },
    Outside(Box<str>),
}

impl Short {
    pub(super) fn as_str(&self) -> &str {
        match self {
            // What stands inside was a text when it was put there.
            Self::Inside { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Outside(text) => text,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inside { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Outside(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for Short {
    fn from(text: &str) -> Self {
        let mut bytes = [0; INSIDE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Inside { length, bytes }
            }
            (None, _) | (_, Err(_)) => Self::Outside(text.into()),
        }
    }
}

impl From<String> for Short {
    fn from(text: String) -> Self {
        if text.len() <= INSIDE { Self::from(text.as_str()) } else { Self::Outside(text.into()) }
    }
}

impl PartialEq for Short {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Short {}

impl Ord for Short {
    fn cmp(&self, other: &Self) -> Ordering {
        // Texts are ordered as their bytes are.
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Short {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Short {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Serialize for Short {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::from(String::deserialize(d)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_takes_no_more_room_than_the_address_of_a_text() {
        assert_eq!(size_of::<Short>(), size_of::<String>());
        assert!(matches!(Short::from("0123456789abcdef"), Short::Inside { .. }));
    }

    proptest! {
        #[test]
        fn it_is_the_text_it_was_made_of(a in "\\PC{0,30}", b in "\\PC{0,30}") {
            let (one, two) = (Short::from(a.as_str()), Short::from(b.clone()));
            prop_assert_eq!((one.as_str(), two.as_str()), (a.as_str(), b.as_str()));
            prop_assert_eq!(one.cmp(&two), a.cmp(&b));
            prop_assert_eq!(one == two, a == b);
            prop_assert_eq!(format!("{:?}", one), format!("{:?}", a));
            prop_assert_eq!(serde_json::to_string(&two).unwrap(), serde_json::to_string(&b).unwrap());
        }
    }
}
