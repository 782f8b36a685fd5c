//! The files that the server hands out.

use std::path::Path;

use bailiwick_engine::installer::{AgentProgram, Installer, OwnCertificate};
use bailiwick_files::Given;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _};
use sha2::{Digest as _, Sha256};

use crate::tls::OwnFiles;

/// The name of a program, before its platform.
const PREFIX: &str = "bailiwick-agent-";

/// What there is to hand out: the programs in a directory, and the certificate that the server made itself. A directory
/// that does not exist has no programs. Files that others could change are left out, and the log says so.
pub(crate) fn find(directory: &Path, own: Option<&OwnFiles>) -> Installer {
    let mut programs: Vec<AgentProgram> = Vec::new();
    match std::fs::read_dir(directory) {
        Ok(entries) => programs.extend(entries.flatten().filter_map(|entry| program(&entry.path()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(%error, directory = %directory.display(), "the programs of the agent cannot be listed");
        }
    }
    programs.sort_by(|a, b| a.platform.cmp(&b.platform));
    Installer { programs, own_certificate: own.and_then(certificate) }
}

fn program(path: &Path) -> Option<AgentProgram> {
    let platform = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.to_owned();
    let is_platform = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if platform.is_empty() || !platform.chars().all(is_platform) {
        return None;
    }
    match bailiwick_files::read_given(path, Given::TrustedFile) {
        Ok(content) => Some(AgentProgram {
            platform,
            path: path.to_owned(),
            sha256: hexadecimal(&Sha256::digest(&content.bytes)),
            bytes: content.bytes.len() as u64,
        }),
        Err(error) => {
            tracing::warn!(%error, "a program of the agent is not handed out");
            None
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The certificate, with the pin of its key.
fn certificate(own: &OwnFiles) -> Option<OwnCertificate> {
    let key = KeyPair::from_pem(std::str::from_utf8(&own.private_key).ok()?).ok()?;
    let pin = format!("sha256//{}", STANDARD.encode(Sha256::digest(key.subject_public_key_info())));
    Some(OwnCertificate { pem: String::from_utf8(own.certificate.clone()).ok()?, pin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_their_names_and_those_that_others_could_change_are_left_out() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, mode: u32| {
            let path = directory.path().join(name);
            std::fs::write(&path, "abc").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let good = file("bailiwick-agent-linux-x86_64", 0o755);
        file("bailiwick-agent-linux-aarch64", 0o777);
        file("bailiwick-agent-", 0o755);
        file("bailiwick-agent-Linux x", 0o755);
        file("README", 0o644);
        let found = find(directory.path(), None).programs;
        // The digest is the example of FIPS 180-2, appendix B.1.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        let expected = AgentProgram { platform: "linux-x86_64".to_owned(), path: good, sha256, bytes: 3 };
        assert_eq!(found, [expected]);
        assert!(find(&directory.path().join("none"), None).programs.is_empty());
    }
}
