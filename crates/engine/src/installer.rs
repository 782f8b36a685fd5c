//! What the server hands out to machines that are to be added: the program of the agent.

use std::path::PathBuf;

/// What a server hands out.
#[derive(Clone, Debug, Default)]
pub struct Installer {
    /// The programs, one for each platform.
    pub programs: Vec<AgentProgram>,
    /// The certificate that the server made itself, if it did.
    pub own_certificate: Option<OwnCertificate>,
}

/// A certificate that the server made itself, which no machine trusts unless it is told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The certificate, in PEM.
    pub pem: String,
    /// The pin of its public key: `sha256//` and the SHA-256 of its SubjectPublicKeyInfo in Base64, as
    /// `curl --pinnedpubkey` takes it (the hash of RFC 7469, section 2.4).
    pub pin: String,
}

/// A program of the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentProgram {
    /// The operating system and the processor, as in `linux-x86_64`.
    pub platform: String,
    /// The file.
    pub path: PathBuf,
    /// The SHA-256 of the file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The size of the file in bytes.
    pub bytes: u64,
}
