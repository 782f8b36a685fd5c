//! Show the line that installs an agent.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TAG, ids};

/// Show the line that installs an agent on a machine.
///
/// The line is pasted on the new machine, with an enrolment key in place of `KEY`. It downloads the agent from this
/// server, verifies it, and enrols the machine. There is no line if the server has no program to hand out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShowInstaller {
    /// The address of the server, as the machine reaches it: `https://`, a host, and a port if it is not 443. Without it,
    /// the line has `SERVER` for the address.
    #[schemars(length(min = 8, max = 300), example = "https://bailiwick.example.com:8443")]
    reached_at: Option<String>,
}

/// What stands for the address of the server in a line without one.
const PLACEHOLDER: &str = "SERVER";

/// What a machine needs to install the agent.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownInstaller {
    /// The line, with `KEY` for an enrolment key; null if the server has no program to hand out.
    line: Option<String>,
    /// The programs that the server hands out.
    programs: Vec<ShownProgram>,
    /// If the server made its certificate itself: the pin of its public key, as `curl --pinnedpubkey` takes it.
    public_key_pin: Option<String>,
}

/// A program of the agent.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownProgram {
    /// The operating system and the processor, as in `linux-x86_64`.
    platform: String,
    /// The SHA-256 of the file, in hexadecimal digits.
    sha256: String,
    /// The size of the file in bytes.
    bytes: u64,
}

/// Whether a text is an address of a server that can be a word of a shell's line without quotes.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
    rest.is_some_and(|rest| {
        rest.len() <= 290
            && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && rest.chars().all(is_plain)
    })
}

/// Whether what follows `http://` in an address names the machine itself, so that nothing goes over a network.
fn is_own_machine(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) { host } else { authority }
    });
    let is_loopback = |ip: &str| ip.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    host == "localhost" || is_loopback(host.trim_start_matches('[').trim_end_matches(']'))
}

/// The line. The key is not an argument of a program, because other users of the machine could see it there.
fn line(server: &str, pin: Option<&str>) -> String {
    let pinned = pin.map_or_else(String::new, |pin| format!("-k --pinnedpubkey '{pin}' "));
    // -g: the brackets of an IPv6 address are no patterns.
    format!(
        r#"echo 'header = "Authorization: Bearer KEY"' | curl -fgsS {pinned}-K - '{server}/v1/installer' | sudo sh -s -- '{server}'"#
    )
}

impl Operation for ShowInstaller {
    const SPEC: Spec = Spec::read(ids::AGENTS_INSTALLER, "/v1/agents/installer").tag(TAG);
    type Output = ShownInstaller;

    async fn run(self, cx: &Cx) -> Result<ShownInstaller> {
        let server = self.reached_at.as_deref().map_or(PLACEHOLDER, |address| address.trim_end_matches('/'));
        if server != PLACEHOLDER && !is_address(server) {
            let detail = "expected the address of the server as a machine reaches it, such as https://bailiwick.example.com:8443";
            return Err(Error::invalid("reached_at", detail));
        }
        if server.strip_prefix("http://").is_some_and(|rest| !is_own_machine(rest)) {
            let detail = "expected https://: the line sends an enrolment key, which others could read on the way, and they could answer with a program of theirs";
            return Err(Error::invalid("reached_at", detail));
        }
        let Some(installer) = cx.control().installer() else {
            return Ok(ShownInstaller { line: None, programs: Vec::new(), public_key_pin: None });
        };
        let pin = installer.own_certificate.as_ref().map(|own| own.pin.clone());
        let shown = |program: &bailiwick_engine::installer::AgentProgram| ShownProgram {
            platform: program.platform.clone(),
            sha256: program.sha256.clone(),
            bytes: program.bytes,
        };
        let pin_of_line = pin.as_deref().filter(|_| !server.starts_with("http://"));
        Ok(ShownInstaller {
            line: (!installer.programs.is_empty()).then(|| line(server, pin_of_line)),
            programs: installer.programs.iter().map(shown).collect(),
            public_key_pin: pin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_need_no_quotes_are_accepted() {
        for good in
            ["https://b.example:8443", "http://192.0.2.7", "https://[2001:db8::7]:8443", "https://h/fleet"]
        {
            assert!(is_address(good), "{good}");
        }
        let bad = [
            "",
            "https://",
            "ftp://h",
            "https://h'x",
            "https://h x",
            "https://$(x)",
            "https://-x",
            "https://h?x=1",
            "https://h\n",
        ];
        for bad in bad {
            assert!(!is_address(bad), "{bad:?}");
        }
        assert!(!is_address(&format!("https://{}", "h".repeat(300))));
    }

    #[test]
    fn only_the_machine_itself_is_reached_without_tls() {
        for own in
            ["localhost", "localhost:8443", "127.0.0.1:80", "127.3.2.1", "[::1]:8443", "[::1]", "localhost/x"]
        {
            assert!(is_own_machine(own), "{own}");
        }
        for other in
            ["192.0.2.7", "b.example:8443", "[2001:db8::7]", "localhost.example", "127.0.0.1.example", ""]
        {
            assert!(!is_own_machine(other), "{other}");
        }
    }

    #[test]
    fn the_line_pins_the_key_of_a_certificate_that_the_server_made() {
        let ours = line("https://[2001:db8::7]:8443", Some("sha256//abc="));
        let expected = "curl -fgsS -k --pinnedpubkey 'sha256//abc=' -K - 'https://[2001:db8::7]:8443/v1/installer' | sudo sh -s -- 'https://[2001:db8::7]:8443'";
        assert!(ours.ends_with(expected), "{ours}");
        let trusted = line("https://b.example", None);
        assert!(!trusted.contains(" -k ") && !trusted.contains("pinnedpubkey"), "{trusted}");
    }
}
