//! `bailiwick peppers`: lists, replaces and drops peppers, the secrets under which keys are digested and the
//! secrets of agents and second factors are sealed.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{bail, ensure};
use bailiwick_server::ground::{Ground, Opening};
use clap::Subcommand;

use crate::config::ConfigArgs;
use crate::output::{self, line};

/// What to do with the peppers.
#[derive(Subcommand, Clone, Copy, Debug)]
pub(crate) enum PeppersCommand {
    /// List the peppers, and how many keys and other secrets need each of them
    List,
    /// Add a new pepper; keys move to it when they are next used, other secrets at the next start
    Rotate,
    /// Delete the peppers that no key or secret needs
    Prune,
}

/// Runs the command.
pub(crate) fn run(command: PeppersCommand, args: &ConfigArgs, json: bool) -> anyhow::Result<ExitCode> {
    let config = args.load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ground = Ground::open(&config, Opening::Existing).await?;
        ground.require_ready().await?;
        let keys: BTreeMap<_, _> =
            ground.databases.store.keys_by_pepper(ground.clock().now()).await?.into_iter().collect();
        let secrets: BTreeMap<_, _> = ground.databases.store.secrets_by_pepper().await?.into_iter().collect();
        let needing = |needed: &BTreeMap<_, i64>, version| needed.get(&version).copied().unwrap_or(0);
        let peppers = &ground.peppers;
        if !matches!(command, PeppersCommand::List) && config.keys.peppers.is_some() {
            bail!("the peppers come from the configuration (keys.peppers); change them there");
        }
        match command {
            PeppersCommand::List => {
                let versions = peppers.versions().map(|version| {
                    let is_current = version == peppers.current();
                    (version, needing(&keys, version), needing(&secrets, version), is_current)
                });
                if json {
                    let rows = versions.map(|(version, keys, secrets, current)| {
                        serde_json::json!({
                            "version": version, "keys": keys, "secrets": secrets, "current": current,
                        })
                    });
                    output::json(&rows.collect());
                } else {
                    let rows = versions.map(|(version, keys, secrets, current)| {
                        let current = if current { "yes" } else { "" };
                        vec![version.to_string(), keys.to_string(), secrets.to_string(), current.to_owned()]
                    });
                    output::table(&["version", "keys", "secrets", "current"], rows);
                }
            }
            PeppersCommand::Rotate => {
                let new = peppers.with_new(ground.entropy());
                ground.directory.write_peppers(&new)?;
                line(&format!("Pepper {} is used from the next start on.", new.current()));
            }
            PeppersCommand::Prune => {
                for version in peppers.versions().filter(|v| *v != peppers.current()) {
                    let keys = needing(&keys, version);
                    ensure!(keys == 0, "{keys} keys still need pepper {version}: a key moves to the new pepper when it is next used; rotate or delete the keys that are not used");
                    let secrets = needing(&secrets, version);
                    ensure!(secrets == 0, "{secrets} secrets still need pepper {version}: start the server, which moves them to the new pepper");
                }
                ground.directory.write_peppers(&peppers.only_current())?;
                line(&format!("Only pepper {} is left.", peppers.current()));
            }
        }
        ground.databases.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
