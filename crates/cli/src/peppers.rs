//! `bailiwick peppers`: the secrets under which the secrets of keys are digested.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{bail, ensure};
use bailiwick_server::serve::Ground;
use clap::Subcommand;

use crate::config::ConfigArgs;
use crate::output::{self, line};

/// What is done with the peppers.
#[derive(Subcommand, Clone, Copy, Debug)]
pub(crate) enum PeppersCommand {
    /// Show the versions, and how many keys need each
    List,
    /// Add a new one; keys move to it when they are next used
    Rotate,
    /// Drop those that no key needs
    Prune,
}

/// Does it.
pub(crate) fn run(command: PeppersCommand, args: &ConfigArgs, json: bool) -> anyhow::Result<ExitCode> {
    let config = args.load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ground = Ground::open(&config).await?;
        ground.require_ready().await?;
        let needed: BTreeMap<_, _> = ground.store.keys_by_pepper(ground.clock().now()).await?.into_iter().collect();
        let peppers = &ground.peppers;
        if !matches!(command, PeppersCommand::List) && config.keys.peppers.is_some() {
            bail!("the peppers come from the configuration (keys.peppers); change them there");
        }
        match command {
            PeppersCommand::List => {
                let rows: Vec<_> = peppers
                    .versions()
                    .map(|version| (version, needed.get(&version).copied().unwrap_or(0), version == peppers.current()))
                    .collect();
                if json {
                    let rows = rows.iter().map(|(version, keys, current)| {
                        serde_json::json!({"version": version, "keys": keys, "current": current})
                    });
                    output::json(&rows.collect());
                } else {
                    let rows = rows.iter().map(|(version, keys, current)| {
                        vec![version.to_string(), keys.to_string(), if *current { "yes".into() } else { String::new() }]
                    });
                    output::table(&["version", "keys", "current"], rows);
                }
            }
            PeppersCommand::Rotate => {
                let new = peppers.with_new(ground.entropy());
                ground.directory.write_peppers(&new)?;
                line(&format!("Pepper {} is in use from the next start on.", new.current()));
            }
            PeppersCommand::Prune => {
                for version in peppers.versions().filter(|v| *v != peppers.current()) {
                    let keys = needed.get(&version).copied().unwrap_or(0);
                    ensure!(keys == 0, "{keys} keys still need pepper {version}: they move when they are next used; rotate or delete those that are not");
                }
                ground.directory.write_peppers(&peppers.only_current())?;
                line(&format!("Only pepper {} is left.", peppers.current()));
            }
        }
        ground.store.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
