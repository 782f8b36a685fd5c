//! The credential with which a server is called.

use std::path::PathBuf;

use bailiwick_server::SESSION_COOKIE;
use reqwest::RequestBuilder;
use reqwest::header::{COOKIE, HeaderValue};
use zeroize::Zeroizing;

/// The credential with which a server is called.
pub(crate) enum Credential {
    /// None.
    None,
    /// A key.
    Key {
        /// The key itself.
        key: Zeroizing<String>,
        /// Where it comes from, in words.
        origin: String,
    },
    /// The session of a person who has logged in.
    Session {
        /// The token that is the value of the session's cookie.
        token: Zeroizing<String>,
        /// The e-mail address of the person.
        email: String,
        /// When it expires, as the server said.
        expires_at: String,
        /// The file that it was read from.
        file: PathBuf,
    },
}

impl Credential {
    /// What is sent, in words.
    pub(crate) const fn noun(&self) -> &'static str {
        match self {
            Self::None => "request",
            Self::Key { .. } => "key",
            Self::Session { .. } => "session",
        }
    }

    /// Which credential it is and where it comes from.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Key { origin, .. } => format!("the key of {origin}"),
            Self::Session { email, expires_at, file, .. } => {
                format!("the session of {email} until {expires_at}, in {}", file.display())
            }
        }
    }

    /// Adds the credential to a request.
    pub(super) fn add(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Key { key, .. } => request.bearer_auth(key.as_str()),
            Self::Session { token, .. } => {
                let cookie = Zeroizing::new(format!("{SESSION_COOKIE}={}", token.as_str()));
                match HeaderValue::from_str(&cookie) {
                    Ok(mut cookie) => {
                        cookie.set_sensitive(true);
                        request.header(COOKIE, cookie)
                    }
                    // A file that somebody edited. The server answers that there is no credential.
                    Err(_) => request,
                }
            }
        }
    }
}
