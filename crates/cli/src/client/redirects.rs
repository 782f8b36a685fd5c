//! Redirects: which are followed, and why others are not.

use std::error::Error as _;

use bailiwick_domain::excerpt::excerpt;
use reqwest::redirect::{Attempt, Policy};

/// How many redirects are followed, all within the same server.
const REDIRECTS_MAX: usize = 3;
/// How many characters are shown of the address of a redirect.
const SHOWN_MAX: usize = 300;

/// Why a redirect was not followed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Redirected {
    /// It leads to another server, which would get the passwords and secrets of the request.
    #[error(
        "the server redirects to {0}, which is another address; if you trust that one, name it with --url"
    )]
    Elsewhere(String),
    /// It is one too many.
    #[error("the server redirects again and again, the last time to {0}")]
    Endless(String),
}

/// Follows redirects within the server that was named.
pub(super) fn policy() -> Policy {
    Policy::custom(|attempt| match refuse(&attempt) {
        Ok(()) => attempt.follow(),
        Err(refused) => attempt.error(refused),
    })
}

fn refuse(attempt: &Attempt<'_>) -> Result<(), Redirected> {
    let to = attempt.url();
    // Without a query or credentials, which may be secret.
    let shown = excerpt(&format!("{}{}", to.origin().ascii_serialization(), to.path()), SHOWN_MAX);
    match attempt.previous() {
        [first, ..] if first.origin() != to.origin() => Err(Redirected::Elsewhere(shown)),
        previous if previous.len() > REDIRECTS_MAX => Err(Redirected::Endless(shown)),
        _ => Ok(()),
    }
}

/// Why a redirect was not followed, if that is what an error is about.
pub(super) fn redirected(error: &reqwest::Error) -> Option<&Redirected> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(redirected) = error.downcast_ref() {
            return Some(redirected);
        }
        cause = error.source();
    }
    None
}
