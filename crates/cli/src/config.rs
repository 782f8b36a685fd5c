//! The options that name the configuration, and `bailiwick config check`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use bailiwick_engine::outside::SystemClock;
use bailiwick_server::check::{Finding, look};
use bailiwick_server::config::{Config, Effective, Layers, Setting};
use clap::Args;

use crate::output;

/// The configuration file that is read, if it exists, when none is named.
const FILE: &str = "bailiwick.yml";

/// The options that name the configuration.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ConfigArgs {
    /// The configuration file [default: bailiwick.yml, if it exists]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// The data directory [default: bailiwick-data]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// The address and port to listen on [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT", global = true, value_parser = listen_address)]
    listen: Option<SocketAddr>,
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8443 or [::]:8443".to_owned())
}

impl ConfigArgs {
    /// Merges all layers of the configuration.
    pub(crate) fn effective(&self) -> anyhow::Result<Effective> {
        let mut layers = Layers::default();
        match &self.config {
            Some(path) => layers.add_file(path)?,
            None if Path::new(FILE).exists() => layers.add_file(Path::new(FILE))?,
            None => {}
        }
        layers.add_environment(std::env::vars())?;
        if let Some(data) = &self.data {
            let data = data.to_str().context("--data: expected a path in UTF-8")?;
            layers.add_flag("--data", "data.directory", data);
        }
        if let Some(listen) = self.listen {
            layers.add_flag("--listen", "server.address", listen.ip().to_string());
            layers.add_flag("--listen", "server.port", listen.port());
        }
        Ok(layers.finish()?)
    }

    /// The configuration file that is read, if there is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| Some(PathBuf::from(FILE)).filter(|path| path.exists()))
    }

    /// Whether the options name a configuration or a data directory.
    pub(crate) const fn names_one(&self) -> bool {
        self.config.is_some() || self.data.is_some()
    }

    /// Whether a server was configured or started in the working directory.
    pub(crate) fn finds_one(&self) -> bool {
        Path::new(FILE).exists() || Config::default().data.directory.exists()
    }

    /// The configuration.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        Ok(self.effective()?.config)
    }
}

/// `bailiwick config check`: prints each setting with its value and origin, then what keeps a server from
/// starting, and fails if anything does.
pub(crate) fn check(args: &ConfigArgs, json: bool) -> anyhow::Result<ExitCode> {
    let effective = args.effective()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(look(&effective.config, &SystemClock));
    let of = |setting: &Setting, is_fault| -> Vec<&str> {
        let fits = |finding: &&Finding| finding.setting == setting.name && finding.is_fault == is_fault;
        found.iter().filter(fits).map(|finding| finding.text.as_str()).collect()
    };
    if json {
        let settings: Vec<_> = effective
            .settings
            .iter()
            .map(|s| {
                serde_json::json!({
                    "name": s.name, "value": s.value, "origin": s.origin.to_string(),
                    "faults": of(s, true), "notes": of(s, false),
                })
            })
            .collect();
        output::json(&settings.into());
    } else {
        let rows = effective
            .settings
            .iter()
            .map(|s| vec![s.name.clone(), output::cell(&s.value), s.origin.to_string()]);
        output::table(&["setting", "value", "from"], rows);
        for finding in &found {
            let origin = effective.settings.iter().find(|s| s.name == finding.setting);
            let origin = origin.map(|setting| format!(" ({})", setting.origin)).unwrap_or_default();
            let kind = if finding.is_fault { "fault" } else { "note" };
            output::line(&format!("{kind}: {}{origin}: {}", finding.setting, finding.text));
        }
    }
    let has_fault = found.iter().any(|finding| finding.is_fault);
    Ok(if has_fault { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
