//! Recovery codes: single-use replacements for a lost second factor.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::time::outside::Entropy;

/// How many codes a user gets.
pub const RECOVERY_CODES: usize = 10;

/// Characters that are hard to confuse; each stands for 5 bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The number of characters in a code. It has 80 bits, so its SHA-256 needs no salt and no slow hash.
const LENGTH: usize = 16;
const GROUP: usize = 4;

/// A new code, in groups of four: `abcd-efgh-jkmn-pqrs`.
pub fn mint(entropy: &dyn Entropy) -> Zeroizing<String> {
    let mut random = Zeroizing::new([0_u8; LENGTH]);
    entropy.fill(random.as_mut_slice());
    let mut code = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
    for (n, byte) in random.iter().enumerate() {
        if n > 0 && n % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// The digest that is stored. Hyphens, spaces and capitals in `code` do not matter.
pub fn digest(code: &str) -> [u8; 32] {
    let plain: Zeroizing<String> = Zeroizing::new(
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect(),
    );
    Sha256::digest(plain.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            for (n, byte) in bytes.iter_mut().enumerate() {
                *byte = self.0.wrapping_add(n as u8);
            }
        }
    }

    #[test]
    fn a_recovery_code_matches_in_any_spelling() {
        let code = mint(&Bytes(0));
        assert_eq!(*code, "abcd-efgh-ijkm-npqr");
        assert_eq!(digest(&code), digest(" ABCD EFGH ijkmnpqr"));
        assert_ne!(digest(&code), digest(&mint(&Bytes(1))));
    }
}
