//! The machine id, by which the server recognizes the machine.

use std::fs;
#[cfg(any(windows, target_os = "macos"))]
use std::process::Command;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The text that makes Bailiwick's machine ids differ from those of other programs. The operating
/// system's own id would identify the machine to every program that learns it, so only an id derived
/// for this use is sent.
const APPLICATION: &[u8] = b"dev.bailiwick.agent machine id 1";

/// The machine id, derived from the operating system's id; `None` if it has none.
pub(super) fn id() -> Option<String> {
    system_id().map(|raw| derive(&raw))
}

fn derive(raw: &str) -> String {
    // An HMAC takes a key of any length, so this cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(raw.as_bytes())
        .unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    mac.update(APPLICATION);
    hex(&mac.finalize().into_bytes()[..16])
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(not(any(windows, target_os = "macos")))]
fn system_id() -> Option<String> {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"].iter().find_map(|path| {
        let text = fs::read_to_string(path).ok()?.trim().to_ascii_lowercase();
        // Until their first start, images contain an empty id or the word `uninitialized`.
        let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id && text.bytes().any(|byte| byte != b'0')).then_some(text)
    })
}

/// The last word of the line that contains `name` in a program's output.
#[cfg(any(windows, target_os = "macos"))]
fn printed(program: &str, arguments: &[&str], name: &str) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains(name))?;
    let word = line.split_whitespace().last()?.trim_matches('"').to_ascii_lowercase();
    (word.len() >= 16).then_some(word)
}

#[cfg(windows)]
fn system_id() -> Option<String> {
    let arguments = ["query", r"HKLM\SOFTWARE\Microsoft\Cryptography", "/v", "MachineGuid"];
    printed("reg", &arguments, "MachineGuid")
}

#[cfg(target_os = "macos")]
fn system_id() -> Option<String> {
    printed("ioreg", &["-rd1", "-c", "IOPlatformExpertDevice"], "IOPlatformUUID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_id_is_stable_and_hides_the_id_of_the_system() {
        let raw = "0123456789abcdef0123456789abcdef";
        assert_eq!(derive(raw), derive(raw));
        assert_ne!(derive(raw), derive("1123456789abcdef0123456789abcdef"));
        assert!(derive(raw).len() == 32 && derive(raw) != raw);
    }
}
