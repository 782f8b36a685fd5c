//! Updates of Windows, through the COM interface of its update agent, called by PowerShell.
//!
//! **This was never run.** It was written without access to Windows: the two scripts follow the
//! documentation of the interface, and tests cover only the parsing of the JSON that the first script
//! should print. Treat it as untested.

use bailiwick_domain::update::{Severity, Update};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::call::{Call, Run, ask};
use super::{Failure, installed, named, text};

/// A script that prints the available updates as JSON.
const SCAN: &str = include_str!("windows_scan.ps1");
/// A script that installs the updates whose ids are in the environment.
const INSTALL: &str = include_str!("windows_install.ps1");
/// The variable with the ids of the updates to install, separated by commas.
const IDS: &str = "BAILIWICK_UPDATE_IDS";
/// The most ids that fit into the variable: it holds 32,767 characters, and an id has 36.
const IDS_MAX: usize = 800;
/// The category of security updates.
const SECURITY_UPDATES: &str = "0fa1201d-4330-4fa8-8ae9-b877473b6441";

/// The JSON that the first script prints.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    updates: Vec<Found>,
    reboot_required: bool,
}

/// An update in that JSON.
#[derive(Deserialize)]
struct Found {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    kb: Vec<String>,
    #[serde(default)]
    bulletins: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

impl From<Found> for Update {
    fn from(found: Found) -> Self {
        let is_security = |category: &String| category.eq_ignore_ascii_case(SECURITY_UPDATES);
        let severity = Severity::parse(&found.severity.to_ascii_lowercase());
        let kb = found.kb.iter().map(|number| format!("KB{}", number.trim_start_matches("KB")));
        Self {
            title: text(&found.title),
            // `MsrcSeverity` rates the vulnerability that an update fixes, so an update that has one is
            // a security update.
            security: severity.is_some() || found.categories.iter().any(is_security),
            severity,
            references: kb.chain(found.bulletins.iter().cloned()).collect(),
            ..named(found.id)
        }
    }
}

/// Encodes a script for PowerShell, which takes it as Base64 of UTF-16.
fn script(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    STANDARD.encode(bytes)
}

const OPTIONS: [&str; 5] = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand"];

/// The available updates, and whether the machine must be restarted.
pub(super) async fn updates(run: &mut impl Run) -> Result<(Vec<Update>, bool), Failure> {
    let json = ask(run, Call::ask("powershell", &OPTIONS).with([script(SCAN)]), &[0]).await?;
    parse(&json).map_err(|error| Failure::Unreadable { program: "powershell", why: error.to_string() })
}

/// Installs updates.
pub(super) async fn install(updates: &[&Update], run: &mut impl Run) -> Result<i32, Failure> {
    if updates.len() > IDS_MAX {
        return Err(Failure::TooMany(IDS_MAX));
    }
    let ids: Vec<&str> = updates.iter().map(|update| update.name.as_str()).collect();
    let call = Call::act("powershell", &OPTIONS).with([script(INSTALL)]).env(IDS, ids.join(","));
    Ok(installed(run.run(call).await?))
}

fn parse(json: &str) -> serde_json::Result<(Vec<Update>, bool)> {
    let answer: Answer = serde_json::from_str(json.trim_start_matches('\u{feff}').trim())?;
    Ok((answer.updates.into_iter().map(Update::from).collect(), answer.reboot_required))
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::command::UpdateChoice;
    use bailiwick_domain::update::UpdateSource;
    use proptest::prelude::*;

    use super::*;
    use crate::updates::recording::Recording;
    use crate::updates::{Refresh, install, scan};

    const FOUND: &str = r#"{"updates":[
        {"id":"7e3c0a5d-1b2c-4d5e-8f90-0123456789ab","title":"2026-02 Cumulative Update for Windows Server 2022 (KB5034441)","severity":"Critical","kb":["5034441"],"bulletins":[],"categories":["0FA1201D-4330-4FA8-8AE9-B877473B6441","E6CF1350-C01B-414D-A61F-263D14D133B4"]},
        {"id":"11111111-2222-3333-4444-555555555555","title":"Security Intelligence Update","severity":"","kb":["2267602"],"categories":["E0789628-CE08-4437-BE74-2495B842F43B"]},
        {"id":"22222222-2222-3333-4444-555555555555","title":"Servicing stack","severity":"Unspecified","kb":[],"categories":["0fa1201d-4330-4fa8-8ae9-b877473b6441"]}
    ],"reboot_required":true}"#;

    #[tokio::test]
    async fn updates_are_read_from_the_output_of_the_script() {
        let mut run = Recording::new([(
            "powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand JABFAHIA",
            0,
            FOUND,
        )]);
        let found = scan(UpdateSource::Windows, Refresh::First, &mut run).await.unwrap();
        assert!(found.reboot_required && found.refreshed && run.is_over());
        let [definitions, stack, kernel] = &found.updates[..] else { panic!("three") };
        assert_eq!((definitions.security, definitions.severity), (false, None));
        assert_eq!((stack.security, stack.severity), (true, None));
        assert_eq!((kernel.security, kernel.severity), (true, Some(Severity::Critical)));
        assert_eq!(kernel.references, ["KB5034441"]);
        assert_eq!(kernel.name, "7e3c0a5d-1b2c-4d5e-8f90-0123456789ab");
        assert_eq!((&kernel.available_version, &kernel.installed_version), (&None, &None));
    }

    #[tokio::test]
    async fn update_ids_are_passed_in_the_environment() {
        let empty = r#"{"updates":[],"reboot_required":false}"#;
        let mut run = Recording::new([
            ("powershell", 0, FOUND),
            ("powershell", 1, "failed\n"),
            ("powershell", 0, empty),
        ]);
        let choice = UpdateChoice::Names(vec!["KB5034441".into(), "KB2267602".into()]);
        let installation = install(UpdateSource::Windows, &choice, &mut run).await.unwrap();
        assert_eq!(installation.exit_code, Some(1));
        assert!(installation.scan.updates.is_empty() && run.is_over());
        let ids = "11111111-2222-3333-4444-555555555555,7e3c0a5d-1b2c-4d5e-8f90-0123456789ab";
        assert_eq!(run.environments[1], [(IDS, ids.to_owned())]);
    }

    proptest! {
        #[test]
        fn any_output_of_the_script_is_read_without_panic(text in any::<String>(), cut in 0..900_usize) {
            let _ = parse(&text);
            let _ = parse(&FOUND.chars().take(cut).collect::<String>());
        }
    }
}
