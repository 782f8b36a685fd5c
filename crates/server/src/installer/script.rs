//! The script that installs the agent.

use bailiwick_domain::key::KeyText;
use bailiwick_engine::installer::Installer;
use zeroize::Zeroizing;

/// The script, without the values of this server.
const SCRIPT: &str = include_str!("install.sh");
/// The systemd unit of the agent, for the place where the package puts the program.
const UNIT: &str = include_str!("../../../../packaging/bailiwick-agent.service");
/// Where the package puts the program, and where the script does.
const PLACES: (&str, &str) = ("/usr/bin/bailiwick-agent", "/usr/local/bin/bailiwick-agent");

/// The script with the values of this server. It contains the caller's key, because it downloads the program with it
/// and gives it to the agent to enrol with.
pub(super) fn text(installer: &Installer, key: Option<&KeyText>) -> String {
    let mut programs = String::new();
    for program in &installer.programs {
        programs.push_str(&format!("{} {}\n", program.platform, program.sha256));
    }
    let own = installer.own_certificate.as_ref();
    let key = key.map_or_else(|| Zeroizing::new(String::new()), KeyText::reveal);
    let values = [
        ("key", key.as_str()),
        ("programs", &programs),
        ("pin", own.map_or("", |own| &own.pin)),
        ("certificate", own.map_or("", |own| &own.pem)),
        ("unit_text", &UNIT.replace(PLACES.0, PLACES.1)),
    ];
    let mut text = String::from("#!/bin/sh\n");
    for (name, value) in values {
        text.push_str(&format!("{name}={}\n", quoted(value)));
    }
    text + SCRIPT
}

/// A word of the shell (POSIX.1-2017, Shell Command Language, section 2.2.2).
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::key::KeyKind;
    use bailiwick_domain::outside::Entropy;
    use bailiwick_engine::installer::{AgentProgram, OwnCertificate};

    use super::*;

    struct Bytes;
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    /// Runs lines of the shell after the values of a script, and returns what they print.
    fn printed(text: &str, lines: &str) -> String {
        let values = &text[..text.find("\n#!/bin/sh\n# Installs").unwrap()];
        let script = format!("{values}\n{lines}");
        let output = std::process::Command::new("sh").args(["-euc", &script]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn the_values_of_the_server_reach_the_script_unchanged() {
        let pem = "-----BEGIN CERTIFICATE-----\nit's $(touch x) `x`\n-----END CERTIFICATE-----\n";
        let program = AgentProgram {
            platform: "linux-x86_64".into(),
            path: "/x".into(),
            sha256: "ab".repeat(32),
            bytes: 3,
        };
        let own = OwnCertificate { pem: pem.into(), pin: "sha256//x=".into() };
        let key = KeyText::mint(KeyKind::Enrol, &Bytes);
        let text = text(&Installer { programs: vec![program], own_certificate: Some(own) }, Some(&key));
        assert_eq!(printed(&text, "printf %s \"$certificate\""), pem);
        assert_eq!(printed(&text, "printf %s \"$key\""), *key.reveal());
        assert_eq!(printed(&text, "printf %s \"$programs\""), format!("linux-x86_64 {}\n", "ab".repeat(32)));
        let unit = printed(&text, "printf %s \"$unit_text\"");
        assert!(unit.contains("ExecStart=/usr/local/bin/bailiwick-agent "), "{unit}");
        assert!(!unit.contains("/usr/bin/bailiwick-agent"), "{unit}");
    }

    /// Cut off after each of its lines, before the last, the script runs no command: it is piped into a shell.
    #[test]
    fn a_script_that_was_cut_off_runs_nothing() {
        let text = text(&Installer::default(), None);
        let lines: Vec<&str> = text.lines().collect();
        for kept in 1..lines.len() {
            // `-x` prints each command that runs. Without a command search path none of them could do anything.
            let cut = lines[..kept].join("\n");
            let output =
                std::process::Command::new("/bin/sh").args(["-xc", &cut]).env("PATH", "").output().unwrap();
            let printed = String::from_utf8(output.stderr).unwrap();
            let assigns = |line: &str| {
                line.split_once('=')
                    .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            };
            let ran: Vec<&str> = printed
                .lines()
                .filter_map(|line| line.strip_prefix("+ "))
                .filter(|line| !assigns(line) && !["set -eu", "umask 022"].contains(line))
                .collect();
            assert!(ran.is_empty(), "after {kept} lines: {ran:?}");
        }
    }

    #[test]
    fn the_script_is_valid_for_the_shell() {
        let text = text(&Installer::default(), None);
        let checked = std::process::Command::new("sh").args(["-nc", &text]).status().unwrap();
        assert!(checked.success());
    }
}
