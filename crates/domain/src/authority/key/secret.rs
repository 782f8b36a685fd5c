//! Digests of key secrets: HMAC-SHA-256 (RFC 2104) under a pepper that is not in the database.
//!
//! A key's secret has 256 bits of randomness, so a slow password hash would add cost and no
//! safety. The pepper makes a stolen database useless. Peppers have versions: a new one is added, keys
//! move to it when they are next used, and the old one is dropped when no key needs it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Key, KeyText};
use crate::time::Timestamp;
use crate::time::outside::Entropy;

/// Which pepper a digest was made with: 1, 2, …; the highest is the one in use.
pub type PepperVersion = u32;

/// One pepper: an HMAC that is initialized with the pepper's bytes, ready for the message.
#[derive(Clone)]
pub struct Pepper {
    bytes: Zeroizing<[u8; 32]>,
    mac: Hmac<Sha256>,
}

impl Pepper {
    fn new(bytes: [u8; 32]) -> Self {
        // An HMAC takes a key of any length, so this cannot fail; the default is never used.
        let mac = Hmac::new_from_slice(&bytes).unwrap_or_else(|_| Hmac::new(&Default::default()));
        Self { bytes: Zeroizing::new(bytes), mac }
    }

    /// A fresh HMAC under this pepper, ready for the message.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }

    /// The digest of a key's secret. The key's kind and id are part of the message, so that a digest
    /// that is moved to another row of the database matches nothing.
    fn digest(&self, key: &KeyText) -> SecretDigest {
        let mut mac = self.mac.clone();
        mac.update(key.kind().as_str().as_bytes());
        mac.update(b"_");
        mac.update(key.id().as_bytes());
        mac.update(b"_");
        mac.update(key.secret());
        SecretDigest(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper([secret])")
    }
}

/// The peppers of a server.
#[derive(Clone, Debug)]
pub struct Peppers {
    current: PepperVersion,
    newest: Pepper,
    by_version: BTreeMap<PepperVersion, Pepper>,
}

/// Why a text cannot be read as peppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeppersError {
    /// The text holds no pepper.
    #[error("there is no pepper: expected a line such as 1:<64 hexadecimal digits>")]
    None,
    /// The pepper at this position (from 1) is malformed.
    #[error("pepper {0} is malformed: expected VERSION:<64 hexadecimal digits>")]
    Form(usize),
    /// A version occurs twice.
    #[error("pepper version {0} occurs twice")]
    Twice(PepperVersion),
}

impl Peppers {
    /// A set with one new, random pepper, of version 1.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        let newest = Pepper::new(bytes);
        Self { current: 1, newest: newest.clone(), by_version: BTreeMap::from([(1, newest)]) }
    }

    /// These peppers and a new one, which becomes the current one.
    #[must_use]
    pub fn with_new(&self, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        let newest = Pepper::new(bytes);
        let current = self.current + 1;
        let mut by_version = self.by_version.clone();
        by_version.insert(current, newest.clone());
        Self { current, newest, by_version }
    }

    /// The version that new digests are made with.
    pub const fn current(&self) -> PepperVersion {
        self.current
    }

    /// The current pepper, which has the highest version.
    pub(super) const fn newest(&self) -> &Pepper {
        &self.newest
    }

    /// The pepper of a version.
    pub(super) fn get(&self, version: PepperVersion) -> Option<&Pepper> {
        self.by_version.get(&version)
    }

    /// All versions, ascending.
    pub fn versions(&self) -> impl Iterator<Item = PepperVersion> {
        self.by_version.keys().copied()
    }

    /// These peppers without all but the current one.
    #[must_use]
    pub fn only_current(&self) -> Self {
        Self {
            current: self.current,
            newest: self.newest.clone(),
            by_version: BTreeMap::from([(self.current, self.newest.clone())]),
        }
    }

    /// These peppers and those of another set. The error is a version of which the two have different peppers.
    pub fn joined_with(&self, other: &Self) -> Result<Self, PepperVersion> {
        let mut by_version = self.by_version.clone();
        for (version, pepper) in &other.by_version {
            let known = by_version.entry(*version).or_insert_with(|| pepper.clone());
            if *known.bytes != *pepper.bytes {
                return Err(*version);
            }
        }
        let (current, newest) = if self.current >= other.current {
            (self.current, self.newest.clone())
        } else {
            (other.current, other.newest.clone())
        };
        Ok(Self { current, newest, by_version })
    }

    /// The peppers as the text of a file: one line `VERSION:HEX` each. The text is secret.
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for (version, pepper) in &self.by_version {
            text.push_str(&format!("{version}:"));
            for byte in pepper.bytes.iter() {
                text.push_str(&format!("{byte:02x}"));
            }
            text.push('\n');
        }
        text
    }

    /// A fingerprint that tells a pepper from another one of the same version and reveals nothing else:
    /// an HMAC of a fixed text, in hexadecimal.
    pub fn fingerprint(&self, version: PepperVersion) -> Option<String> {
        let mut mac = self.by_version.get(&version)?.mac.clone();
        mac.update(b"bailiwick pepper fingerprint");
        Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A blinded form of a text: equal texts have equal forms, and even an easily guessed text cannot
    /// be recovered without the pepper. It is `VERSION:` and an HMAC, in hexadecimal.
    pub fn blind(&self, version: PepperVersion, text: &str) -> Option<String> {
        let mut mac = self.by_version.get(&version)?.mac.clone();
        mac.update(b"bailiwick blinded text");
        mac.update(text.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        Some([format!("{version}:")].into_iter().chain(digits).collect())
    }

    /// The digest of a key's secret under the current pepper.
    pub fn digest(&self, key: &KeyText) -> DigestedSecret {
        DigestedSecret { pepper: self.current, digest: self.newest.digest(key) }
    }

    /// Whether `key` holds the secret that `digested` was made of. The comparison takes constant time.
    /// False if the pepper is not known.
    pub fn verify(&self, key: &KeyText, digested: &DigestedSecret) -> bool {
        let pepper = if digested.pepper == self.current {
            Some(&self.newest)
        } else {
            self.by_version.get(&digested.pepper)
        };
        pepper.is_some_and(|pepper| pepper.digest(key).0.ct_eq(&digested.digest.0).into())
    }
}

impl FromStr for Peppers {
    type Err = PeppersError;

    /// Parses lines, or parts between commas, of the form `VERSION:HEX`; lines that begin with `#` are
    /// skipped.
    fn from_str(text: &str) -> Result<Self, PeppersError> {
        let mut by_version = BTreeMap::new();
        let lines = text.split(['\n', ',']).map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        for (n, line) in lines.enumerate() {
            let (version, hex) = line.split_once(':').ok_or(PeppersError::Form(n + 1))?;
            let version: PepperVersion = version.parse().map_err(|_| PeppersError::Form(n + 1))?;
            let bytes = parse_hex(hex).ok_or(PeppersError::Form(n + 1))?;
            if by_version.insert(version, Pepper::new(bytes)).is_some() {
                return Err(PeppersError::Twice(version));
            }
        }
        let (current, newest) = by_version.last_key_value().ok_or(PeppersError::None)?;
        Ok(Self { current: *current, newest: newest.clone(), by_version })
    }
}

fn parse_hex(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

/// The digest of a secret, as the database holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest(pub [u8; 32]);

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}

/// A digest and the version of the pepper that it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestedSecret {
    /// The pepper's version.
    pub pepper: PepperVersion,
    /// The digest.
    pub digest: SecretDigest,
}

/// A key as the database holds it: the key itself and the digests of its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDigests {
    /// The key.
    pub key: Key,
    /// The digest of its secret.
    pub current: DigestedSecret,
    /// The digest of the secret before the last rotation, and until when that secret works.
    pub previous: Option<(DigestedSecret, Timestamp)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::key::KeyKind;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_secret_is_verified_only_under_its_own_pepper() {
        let key = KeyText::mint(KeyKind::Org, &Bytes(7));
        let other = KeyText::mint_secret(KeyKind::Org, key.id(), &Bytes(8));
        let peppers = Peppers::generate(&Bytes(1));
        let digest = peppers.digest(&key);
        assert!(peppers.verify(&key, &digest));
        assert!(!peppers.verify(&other, &digest));

        let newer = peppers.with_new(&Bytes(2));
        assert!(newer.verify(&key, &digest), "the old pepper no longer verifies the key");
        assert_eq!(newer.digest(&key).pepper, 2);
        assert_ne!(newer.digest(&key).digest, digest.digest);
        assert!(!newer.only_current().verify(&key, &digest), "a dropped pepper still verifies the key");
    }

    #[test]
    fn peppers_are_parsed_from_their_text_and_hidden_in_debug_output() {
        let peppers = Peppers::generate(&Bytes(0xab)).with_new(&Bytes(0xcd));
        let text = peppers.reveal();
        let read: Peppers = text.parse().unwrap();
        assert_eq!((read.current(), read.reveal()), (2, text));
        assert!(!format!("{peppers:?}").contains("abab"));
    }

    #[test]
    fn equal_texts_have_equal_blinded_forms_under_one_pepper() {
        let old = Peppers::generate(&Bytes(1));
        let both = old.with_new(&Bytes(2));
        let blind = |version, text| both.blind(version, text).unwrap();
        assert_eq!(blind(1, "hunter2"), old.blind(1, "hunter2").unwrap());
        assert_ne!(blind(1, "hunter2"), blind(1, "hunter3"));
        assert_ne!(blind(1, "hunter2").split_once(':'), blind(2, "hunter2").split_once(':'));
        assert!(blind(2, "hunter2").starts_with("2:") && blind(2, "x").len() == 66);
        assert_eq!(old.blind(2, "hunter2"), None);
    }

    #[test]
    fn invalid_peppers_are_refused() {
        let good = "ab".repeat(32);
        for (text, error) in [
            (String::new(), PeppersError::None),
            ("# nothing\n".into(), PeppersError::None),
            (good.clone(), PeppersError::Form(1)),
            (format!("1:{good}\n2:xyz"), PeppersError::Form(2)),
            (format!("1:{good}\n1:{good}"), PeppersError::Twice(1)),
        ] {
            assert_eq!(text.parse::<Peppers>().unwrap_err(), error);
        }
    }
}
