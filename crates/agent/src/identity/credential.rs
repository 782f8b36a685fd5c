//! The agent's credential, as OpAMP's flow for connection settings requires: an offered credential is a
//! candidate until a connection with it succeeds, and the old one is kept until then. Both are in one
//! file, which is replaced as a whole, so that a crash at any point leaves a credential that works.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{IdentityError, io_error, read, write};
use crate::session::Offer;

/// A credential with which the agent connects.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The hash of the offer that it came with.
    pub hash: Vec<u8>,
    /// The value of the `Authorization` header.
    pub authorization: Zeroizing<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential([secret])")
    }
}

/// The most bytes of a credential: servers accept no longer headers.
const AUTHORIZATION_MAX: usize = 8 << 10;

/// Whether a text can be sent as the value of the `Authorization` header.
pub fn is_sendable(authorization: &str) -> bool {
    // A header value may contain other bytes, but some servers and proxies refuse them.
    authorization.is_ascii()
        && authorization.len() <= AUTHORIZATION_MAX
        && http::HeaderValue::from_str(authorization).is_ok()
}

/// The contents of the file `credential.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The URL of the server that the credentials are for; they are sent to no other server.
    server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid: Option<Credential>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    candidate: Option<Credential>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heartbeat_seconds: Option<u64>,
}

/// The credentials in a data directory.
#[derive(Debug)]
pub struct Credentials {
    path: PathBuf,
    kept: Kept,
}

impl Credentials {
    /// Reads the file, and changes nothing.
    pub(super) fn glance(directory: &Path) -> Result<Self, IdentityError> {
        let path = directory.join("credential.json");
        let kept: Kept = read(&path)?.unwrap_or_default();
        Ok(Self { path, kept })
    }

    pub(super) fn open(directory: &Path) -> Result<Self, IdentityError> {
        let mut credentials = Self::glance(directory)?;
        // A candidate that an earlier version of the agent stored would otherwise be tried for ever.
        if credentials.candidate().is_some_and(|candidate| !is_sendable(&candidate.authorization)) {
            credentials.reject()?;
        }
        Ok(credentials)
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of the server that the credentials are for; `None` while there are none.
    pub fn server(&self) -> Option<&str> {
        let kept = &self.kept;
        (kept.valid.is_some() || kept.candidate.is_some()).then_some(kept.server.as_str())
    }

    /// The credential that works.
    pub const fn valid(&self) -> Option<&Credential> {
        self.kept.valid.as_ref()
    }

    /// The offered credential with which no connection has succeeded yet.
    pub const fn candidate(&self) -> Option<&Credential> {
        self.kept.candidate.as_ref()
    }

    /// How often to send a heartbeat, if the server said so.
    pub fn heartbeat(&self) -> Option<Duration> {
        self.kept.heartbeat_seconds.map(Duration::from_secs)
    }

    /// Stores what a server offers. True if there is a new candidate to try.
    pub fn offered(&mut self, server: &str, offer: &Offer) -> Result<bool, IdentityError> {
        let mut kept = self.kept.clone();
        kept.heartbeat_seconds = offer.heartbeat.map(|every| every.as_secs()).or(kept.heartbeat_seconds);
        let is_held = |held: &Option<Credential>, authorization: &Zeroizing<String>| {
            held.as_ref().is_some_and(|held| held.authorization == *authorization)
        };
        let mut is_new = false;
        if let Some(authorization) = &offer.authorization
            && !is_held(&kept.valid, authorization)
        {
            kept.server = server.to_owned();
            let (hash, authorization) = (offer.hash.clone(), authorization.clone());
            kept.candidate = Some(Credential { hash, authorization });
            is_new = true;
        }
        self.keep(kept)?;
        Ok(is_new)
    }

    /// Makes the candidate the valid credential, after a connection with it succeeded. The old one is
    /// dropped.
    pub fn accept(&mut self) -> Result<(), IdentityError> {
        let mut kept = self.kept.clone();
        if let Some(candidate) = kept.candidate.take() {
            kept.valid = Some(candidate);
            self.keep(kept)?;
        }
        Ok(())
    }

    /// Drops the candidate, after the server refused it. The old credential stays.
    pub fn reject(&mut self) -> Result<(), IdentityError> {
        let mut kept = self.kept.clone();
        kept.candidate = None;
        self.keep(kept)
    }

    /// Deletes the file: the server does not know this agent any more.
    pub fn delete(self) -> Result<(), IdentityError> {
        std::fs::remove_file(&self.path).map_err(io_error(&self.path))
    }

    fn keep(&mut self, kept: Kept) -> Result<(), IdentityError> {
        if kept != self.kept {
            write(&self.path, &kept)?;
            self.kept = kept;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://bailiwick.example:8443";

    fn offer(n: u8) -> Offer {
        Offer {
            hash: vec![n],
            destination: String::new(),
            authorization: Some(Zeroizing::new(format!("Bearer secret-{n}"))),
            heartbeat: Some(Duration::from_secs(30)),
        }
    }

    #[test]
    fn a_candidate_key_becomes_valid_or_the_old_key_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Credentials::open(directory.path()).unwrap();
        let mut credentials = open();
        assert_eq!((credentials.server(), credentials.valid()), (None, None));
        assert!(credentials.offered(SERVER, &offer(1)).unwrap());
        // After a crash at any point, the stored state is found.
        assert_eq!(open().candidate().unwrap().hash, [1]);
        assert_eq!((open().server(), open().valid()), (Some(SERVER), None));
        credentials.accept().unwrap();
        assert_eq!((open().candidate(), open().valid().unwrap().hash.as_slice()), (None, &[1][..]));
        assert!(!open().offered(SERVER, &offer(1)).unwrap(), "the accepted key was taken as a new offer");
        assert!(credentials.offered(SERVER, &offer(2)).unwrap());
        assert_eq!(open().valid().unwrap().hash, [1]);
        credentials.reject().unwrap();
        assert_eq!((open().candidate(), open().valid().unwrap().hash.as_slice()), (None, &[1][..]));
        assert_eq!(open().heartbeat(), Some(Duration::from_secs(30)));
        assert!(!format!("{credentials:?}").contains("secret-"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(credentials.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_candidate_key_that_cannot_be_sent_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Credentials::open(directory.path()).unwrap();
        let mut credentials = open();
        assert!(credentials.offered(SERVER, &offer(1)).unwrap());
        credentials.accept().unwrap();
        let unsendable = Some(Zeroizing::new("Bearer a\nb".to_owned()));
        assert!(credentials.offered(SERVER, &Offer { authorization: unsendable, ..offer(2) }).unwrap());
        assert_eq!((open().candidate(), open().valid().unwrap().hash.as_slice()), (None, &[1][..]));
        for (text, expected) in
            [("Bearer x", true), ("Bearer ü", false), ("Bearer \r\nx: y", false), ("Bearer \0", false)]
        {
            assert_eq!(is_sendable(text), expected, "{text:?}");
        }
        assert!(!is_sendable(&"x".repeat(AUTHORIZATION_MAX + 1)));
    }
}
