//! Pins: references to a fixed version of a saved script, as schedules and command limits hold them.

use std::borrow::Cow;
use std::str::FromStr;

use crate::id::ScriptId;
use crate::text::text_type::text_type;

/// The most versions of one script.
pub const VERSIONS_MAX: u32 = 1_000;

/// A fixed version of a script: its id and the version's number, as in `ID@3`. If a client gives only
/// the id, the version that is the latest at that moment is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScriptPin {
    /// The script.
    pub id: ScriptId,
    /// The version; `None` until the latest one has been filled in. Without a version, the pin allows
    /// nothing.
    pub version: Option<u32>,
}

impl ScriptPin {
    /// The pin of a version of a script.
    pub const fn of(id: ScriptId, version: u32) -> Self {
        Self { id, version: Some(version) }
    }

    fn as_text(&self) -> Cow<'_, str> {
        match self.version {
            Some(version) => format!("{}@{version}", self.id).into(),
            None => self.id.to_string().into(),
        }
    }
}

/// The error for a text that names no version of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a script's id, or its id and a version, as in 01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f@3")]
pub struct NotAPin;

impl FromStr for ScriptPin {
    type Err = NotAPin;

    fn from_str(text: &str) -> Result<Self, NotAPin> {
        let (id, version) = match text.split_once('@') {
            Some((id, version)) if version.bytes().all(|b| b.is_ascii_digit()) => {
                let version = version.parse().ok().filter(|version| (1..=VERSIONS_MAX).contains(version));
                (id, Some(version.ok_or(NotAPin)?))
            }
            Some(_) => return Err(NotAPin),
            None => (text, None),
        };
        Ok(Self { id: id.parse().map_err(|_| NotAPin)?, version })
    }
}

text_type!(
    ScriptPin,
    "pattern": "^[0-9a-fA-F-]{36}(@[1-9][0-9]{0,3})?$",
    "examples": ["01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f@3"],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_version_is_written_as_id_and_number() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        let pin = |text: &str| text.parse::<ScriptPin>();
        assert_eq!(pin(&format!("{id}@3")), Ok(ScriptPin::of(id.parse().unwrap(), 3)));
        assert_eq!(pin(id).unwrap().version, None);
        assert_eq!(pin(&format!("{id}@3")).unwrap().to_string(), format!("{id}@3"));
        for bad in ["", "@3", "restart-web@3", &format!("{id}@"), &format!("{id}@0"), &format!("{id}@+3")] {
            assert_eq!(pin(bad), Err(NotAPin), "{bad}");
        }
    }
}
