//! Password hashes: argon2id, computed on blocking threads, with limited concurrency.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use bailiwick_domain::outside::Entropy;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// How many passwords are hashed at once. Each takes 19 MiB and a processor for tens of milliseconds.
const AT_ONCE: usize = 2;
/// How many may wait for their turn. More are refused, so that a flood of logins does not fill the
/// memory.
const WAITING_MAX: usize = 64;

/// Hashes a password to a PHC string: argon2id with the library's default parameters, the first choice
/// of OWASP's Password Storage Cheat Sheet. Slow: do not call it on a thread that answers requests.
pub(crate) fn hash(password: &str, entropy: &dyn Entropy) -> Result<Zeroizing<String>> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    hash_with(password, &salt)
}

fn hash_with(password: &str, salt: &[u8; 16]) -> Result<Zeroizing<String>> {
    let hashed = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(Zeroizing::new(hashed.to_string()))
}

/// The queue for hashing passwords.
pub(crate) struct Passwords {
    turns: Semaphore,
    waiting: AtomicUsize,
    /// A hash to verify the passwords of unknown users against, so that they take the same time.
    nobody: OnceLock<Zeroizing<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0), nobody: OnceLock::new() }
    }
}

/// A position in the queue, counted until it is dropped.
struct QueuePosition<'a>(&'a AtomicUsize);

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Passwords {
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = QueuePosition(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            return Err(Error::Unavailable);
        }
        let turn = self.turns.acquire().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(work).await.map_err(Error::internal);
        drop((turn, place));
        done
    }

    /// Hashes a password to a PHC string.
    pub(crate) async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<Zeroizing<String>> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let password = Zeroizing::new(password.to_owned());
        self.run(move || hash_with(&password, &salt)).await?
    }

    /// Whether a password matches a hash. Takes the same time if there is no hash.
    pub(crate) async fn verify(&self, password: &str, hashed: Option<&str>) -> Result<bool> {
        let password = Zeroizing::new(password.to_owned());
        let is_known = hashed.is_some();
        let hashed = match (hashed, self.nobody.get()) {
            (Some(hashed), _) => Zeroizing::new(hashed.to_owned()),
            (None, Some(nobody)) => nobody.clone(),
            (None, None) => {
                let made = self.run(|| hash_with("nobody's", &[0; 16])).await??;
                self.nobody.get_or_init(|| made).clone()
            }
        };
        let is_right = self
            .run(move || Argon2::default().verify_password(password.as_bytes(), hashed.as_str()).is_ok())
            .await?;
        Ok(is_right && is_known)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::outside::SystemEntropy;

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let passwords = Passwords::default();
        let hashed = passwords.hash("correct horse", &SystemEntropy).await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", *hashed);
        assert!(passwords.verify("correct horse", Some(&hashed)).await.unwrap());
        assert!(!passwords.verify("incorrect horse", Some(&hashed)).await.unwrap());
        assert!(
            !passwords.verify("nobody's", None).await.unwrap(),
            "an account without a password hash accepted a password"
        );
    }

    #[tokio::test]
    async fn password_hashing_beyond_the_queue_limit_is_refused() {
        let passwords = Arc::new(Passwords::default());
        let all = futures::future::join_all((0..=WAITING_MAX).map(|_| passwords.run(|| ()))).await;
        assert_eq!(all.iter().filter(|done| done.is_err()).count(), 1);
        passwords.run(|| ()).await.unwrap();
        assert_eq!(passwords.waiting.load(Ordering::Acquire), 0);
    }
}
