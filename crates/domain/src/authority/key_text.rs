//! The text of a key: `blw_<kind>_<id>_<secret><check>`.
//!
//! It uses the alphabet `0-9A-Za-z`, so that one double-click selects it. The id has 12 characters and
//! is public. The secret has 43 (256 bits in base 62). The check has 6: the CRC-32 (ISO 3309, as in
//! zlib) of everything before it, in base 62, most significant digit first. So a mistyped key is
//! refused without a look into the database.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::authority::key_kind::KeyKind;
use crate::text::text_type::text_type;
use crate::time::outside::Entropy;

/// A regular expression that finds keys, for secret scanners.
pub const KEY_PATTERN: &str = "blw_(root|org|agent|enrol)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}";

const PREFIX: &str = "blw_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 12;
const SECRET: usize = 43;
const CHECK: usize = 6;

/// A key's public id: 12 characters of `0-9A-Za-z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; ID]);

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Only characters of the alphabet are ever stored in it.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as ASCII bytes.
    pub const fn as_bytes(&self) -> &[u8; ID] {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a key, or not a key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// The text does not have the form of a key.
    #[error("expected a key of the form blw_<kind>_<id>_<secret>")]
    Form,
    /// The text has the form of a key, but the check does not match: a character is wrong.
    #[error("the key is mistyped or cut off: its checksum is wrong")]
    Mistyped,
    /// The text is not a key's id.
    #[error("expected a key's id: 12 letters and digits, the third part of the key")]
    Id,
}

impl FromStr for KeyId {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bytes: [u8; ID] = text.as_bytes().try_into().map_err(|_| BadKey::Id)?;
        bytes.iter().all(u8::is_ascii_alphanumeric).then_some(Self(bytes)).ok_or(BadKey::Id)
    }
}

text_type!(KeyId, "minLength": ID, "maxLength": ID, "pattern": "^[0-9A-Za-z]{12}$", "examples": ["7Jk2mQx0Zr4T"]);

/// A whole key with its secret. It is wiped from memory when dropped, and `Debug` hides the secret.
#[derive(Clone)]
pub struct KeyText {
    kind: KeyKind,
    id: KeyId,
    secret: Zeroizing<[u8; SECRET]>,
}

impl KeyText {
    /// A new key: a random id and a random secret.
    pub fn mint(kind: KeyKind, entropy: &dyn Entropy) -> Self {
        Self::mint_secret(kind, KeyId(characters(entropy)), entropy)
    }

    /// An existing key with a new secret.
    pub fn mint_secret(kind: KeyKind, id: KeyId, entropy: &dyn Entropy) -> Self {
        Self { kind, id, secret: Zeroizing::new(characters(entropy)) }
    }

    /// The key's kind.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key's public id.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The secret part, as ASCII bytes.
    pub fn secret(&self) -> &[u8] {
        self.secret.as_slice()
    }

    /// The whole text. It is shown to its owner once, and never logged or stored.
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(80));
        text.push_str(PREFIX);
        text.push_str(self.kind.as_str());
        text.push('_');
        text.push_str(self.id.as_str());
        text.push('_');
        text.push_str(str::from_utf8(self.secret.as_slice()).unwrap_or_default());
        let check = check(text.as_bytes());
        text.push_str(str::from_utf8(&check).unwrap_or_default());
        text
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}_[secret]", self.kind.as_str(), self.id.as_str())
    }
}

impl FromStr for KeyText {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let (kind, rest) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .and_then(|(kind, rest)| Some((KeyKind::parse(kind)?, rest)))
            .ok_or(BadKey::Form)?;
        let (id, tail) = rest.split_once('_').ok_or(BadKey::Form)?;
        let id: KeyId = id.parse().map_err(|_| BadKey::Form)?;
        if tail.len() != SECRET + CHECK || !tail.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(BadKey::Form);
        }
        let body = text.len() - CHECK;
        let (body, found) = text.as_bytes().split_at(body);
        if check(body) != found {
            return Err(BadKey::Mistyped);
        }
        let mut secret = Zeroizing::new([0; SECRET]);
        secret.copy_from_slice(&tail.as_bytes()[..SECRET]);
        Ok(Self { kind, id, secret })
    }
}

/// Random characters of the alphabet, all equally likely: bytes from 248 (4 × 62) on are skipped.
fn characters<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut characters = [b'0'; N];
    let mut random = Zeroizing::new([0_u8; 64]);
    let mut at = random.len();
    for character in &mut characters {
        loop {
            if at == random.len() {
                entropy.fill(random.as_mut_slice());
                at = 0;
            }
            let byte = random[at];
            at += 1;
            if byte < 248 {
                *character = ALPHABET[usize::from(byte % 62)];
                break;
            }
        }
    }
    characters
}

fn check(body: &[u8]) -> [u8; CHECK] {
    let mut rest = crc32fast::hash(body);
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// The range of the first part of `text` that starts with the prefix and a kind, up to the end of its
/// letters, digits and underscores.
fn find(text: &str) -> Option<std::ops::Range<usize>> {
    let mut from = 0;
    while let Some(start) = text.get(from..)?.find(PREFIX).map(|at| from + at) {
        let tail = &text[start + PREFIX.len()..];
        let kind = KeyKind::ALL
            .into_iter()
            .find(|k| tail.strip_prefix(k.as_str()).is_some_and(|rest| rest.starts_with('_')));
        if kind.is_some() {
            let length = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
            return Some(start..start + PREFIX.len() + length);
        }
        from = start + PREFIX.len();
    }
    None
}

/// Whether `text` contains anything that looks like a key, valid or not.
pub fn contains_key(text: &str) -> bool {
    find(text).is_some()
}

/// `text` with everything that looks like a key replaced by `[key]`, for logs and for responses that
/// repeat what a client sent.
pub fn redact(text: &str) -> Cow<'_, str> {
    let Some(first) = find(text) else {
        return text.into();
    };
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = Some(first);
    while let Some(range) = found {
        clean.push_str(&rest[..range.start]);
        clean.push_str("[key]");
        rest = &rest[range.end..];
        found = find(rest);
    }
    clean.push_str(rest);
    clean.into()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    /// A linear congruential generator (Knuth's MMIX constants): the same keys in each run.
    struct Seeded(Mutex<Cell<u64>>);
    impl Entropy for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            let state = self.0.lock().unwrap();
            for byte in bytes {
                state.set(
                    state
                        .get()
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407),
                );
                *byte = (state.get() >> 56) as u8;
            }
        }
    }
    fn mint(seed: u64, kind: KeyKind) -> KeyText {
        KeyText::mint(kind, &Seeded(Mutex::new(Cell::new(seed))))
    }

    #[test]
    fn a_key_has_the_documented_form() {
        let key = mint(1, KeyKind::Org);
        let text = key.reveal();
        assert_eq!(text.len(), "blw_org_".len() + 12 + 1 + 43 + 6);
        assert!(text.starts_with(&format!("blw_org_{}_", key.id())));
        assert!(!format!("{key:?}").contains(str::from_utf8(key.secret()).unwrap()));
        // CRC-32 of "123456789" is 0xCBF43926 (the check value of ISO 3309's CRC).
        assert_eq!(&check(b"123456789"), b"3jZRME");
    }

    #[test]
    fn keys_in_a_text_are_found_and_redacted() {
        let key = mint(2, KeyKind::Root).reveal();
        assert!(contains_key(&key));
        assert_eq!(redact(&format!("/v1/sites?key={}&x={}", *key, *key)), "/v1/sites?key=[key]&x=[key]");
        assert_eq!(redact(&format!("a {} b", &key[..40])), "a [key] b");
        for text in ["", "blw_", "blw_other_x", "nothing"] {
            assert_eq!(redact(text), text);
        }
    }

    proptest! {
        #[test]
        fn parsing_a_key_never_panics(text in any::<String>()) {
            let _ = text.parse::<KeyText>();
            let _ = redact(&text);
        }

        #[test]
        fn parsing_an_almost_valid_key_never_panics(text in "blw_(org|root|x)?_?[0-9A-Za-zé]{0,13}_?[0-9A-Za-zé]{0,50}") {
            let _ = text.parse::<KeyText>();
            let _ = redact(&text);
        }

        #[test]
        fn a_key_is_parsed_from_its_text(seed in any::<u64>(), kind in prop::sample::select(KeyKind::ALL.to_vec())) {
            let key = mint(seed, kind);
            let read: KeyText = key.reveal().parse().unwrap();
            prop_assert_eq!((read.kind(), read.id(), read.secret()), (key.kind(), key.id(), key.secret()));
        }

        #[test]
        fn one_wrong_character_in_a_key_is_always_detected(seed in any::<u64>(), at in 0_usize..70, to in 0_usize..62) {
            let key = mint(seed, KeyKind::Org).reveal();
            let mut wrong = key.as_bytes().to_vec();
            let at = at % wrong.len();
            wrong[at] = ALPHABET[to];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(wrong.parse::<KeyText>().is_ok(), wrong == *key);
        }
    }
}
