//! Sessions: how the server recognizes a person who has logged in.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::id::{SessionId, UserId};
use crate::time::Timestamp;
use crate::time::outside::Entropy;

/// How long a session lasts, in seconds: a day.
pub const SESSION_SECONDS: i64 = 86_400;
/// The most sessions of one user. Another login ends the oldest.
pub const SESSIONS_MAX: usize = 20;

const TOKEN_BYTES: usize = 32;

/// An opaque secret that is handed out once and recognized by its digest: 256 random bits, written in
/// hexadecimal. The SHA-256 of so much randomness needs no salt and no slow hash.
#[derive(Clone)]
pub struct Token(Zeroizing<[u8; TOKEN_BYTES]>);

/// The digest of a token, as the database holds it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

/// The error for a text that is not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NotAToken;

impl Token {
    /// A new, random token.
    pub fn mint(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Parses the text that a client sent.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        if text.len() != 2 * TOKEN_BYTES || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NotAToken);
        }
        for (n, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).map_err(|_| NotAToken)?;
        }
        Ok(Self(bytes))
    }

    /// The text that its owner presents.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The digest, which is stored.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_slice()).into())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

/// A login of one person in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Session {
    /// Its id, which is public; the session's token is what proves it.
    pub id: SessionId,
    /// The user who logged in.
    pub user_id: UserId,
    /// The address from which they logged in.
    pub address: IpAddr,
    /// The `User-Agent` of their browser, cut to 200 characters.
    pub user_agent: Option<String>,
    /// When they logged in.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_session_token_is_parsed_and_hidden_in_debug_output() {
        let token = Token::mint(&Bytes(0xab));
        assert_eq!(token.reveal().as_str(), "ab".repeat(32));
        assert_eq!(Token::parse(&token.reveal()).unwrap().digest(), token.digest());
        assert_ne!(Token::mint(&Bytes(0xac)).digest(), token.digest());
        assert!(!format!("{token:?}{:?}", token.digest()).contains("ab"));
        for text in ["", "ab", &"g".repeat(64), &"ä".repeat(32)] {
            assert_eq!(Token::parse(text).unwrap_err(), NotAToken);
        }
    }
}
