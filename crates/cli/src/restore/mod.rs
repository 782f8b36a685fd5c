//! `bailiwick restore`: puts the data of a backup in place.

mod compare;
mod decide;
mod place;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use bailiwick_domain::key::{KeyKind, Peppers};
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use bailiwick_operations::restored;
use bailiwick_server::config::Config;
use bailiwick_server::data::DataDirectory;
use bailiwick_server::ground::Ground;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, Store};
use clap::Args;
use serde_json::json;

use self::compare::{AffectedKey, Age};
use self::decide::{KeyArgs, Keys};
use self::place::{CONFIGURATION_OF_BACKUP, Places};
use crate::backup::manifest::{CONFIGURATION, DUMP, Kind, Manifest};
use crate::backup::passphrase::PassphraseArgs;
use crate::backup::progress::Progress;
use crate::backup::{check, copies, dump, unpack, until_asked_to_end};
use crate::build::build;
use crate::config::ConfigArgs;
use crate::output::{self, line};

/// How many connections are made to a database.
const CONNECTIONS: u32 = 2;

const ABOUT: &str = "Restore a backup into the data directory of a server that does not run

Everything is checked before anything is changed: the archive, the database in it, its audit trail, and the peppers. A \
directory that has data is refused; with --replace, its files are moved into a new directory below it. With PostgreSQL, \
the database that the configuration names must be empty.

What happened since the backup is undone: keys that were disabled or deleted since work again. The command lists them if \
the data that are replaced can be read, and asks whether to disable all keys of the backup, except those of agents.";

/// What to restore.
#[derive(Args, Debug)]
#[command(about = "Restore a backup into the data directory of a server that does not run", long_about = ABOUT)]
pub(crate) struct RestoreArgs {
    /// The archive; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the data in the directory, which are moved aside, even if they are newer
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The command with its options.
pub(crate) fn command() -> clap::Command {
    let command = RestoreArgs::augment_args(clap::Command::new("restore"));
    let about = command.get_about().cloned().unwrap_or_default();
    // The documentation of the other struct would otherwise replace the command's own.
    ConfigArgs::augment_args(command).about(about).long_about(ABOUT)
}

/// What was restored.
struct Restored {
    manifest: Manifest,
    /// What is known of the data that were replaced.
    former: Option<Former>,
    /// How many keys were disabled.
    disabled: u64,
    aside: Option<PathBuf>,
}

/// What is known of the data that are replaced.
struct Former {
    age: Age,
    affected: Vec<AffectedKey>,
}

/// Runs the command.
pub(crate) fn run(args: &RestoreArgs, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    if args.file.as_os_str() != "-" {
        std::fs::metadata(&args.file).with_context(|| args.file.display().to_string())?;
    }
    args.keys.require_decision()?;
    let config = config.load()?;
    let progress = Progress::new();
    let restored = until_asked_to_end(restore(args, &config, &progress))?;
    progress.clear();
    let directory = &config.data.directory;
    if args.json {
        output::json(&json!({
            "data_directory": directory.display().to_string(),
            "made_at": restored.manifest.made_at,
            "moved_to": restored.aside.as_ref().map(|aside| aside.display().to_string()),
            "age": restored.former.as_ref().map(|former| former.age),
            "affected_keys": restored.former.as_ref().map(|former| &former.affected),
            "disabled_keys": restored.disabled,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    line(&format!("The backup of {} was restored to {}.", restored.manifest.made_at, directory.display()));
    if let Some(aside) = &restored.aside {
        line(&format!("The former files are in {}.", aside.display()));
    }
    if CONFIGURATION.iter().any(|name| restored.manifest.has(name)) {
        let place = directory.join(CONFIGURATION_OF_BACKUP);
        line(&format!("The configuration of the backup is in {}; it is not used there.", place.display()));
    }
    if restored.disabled > 0 {
        line(&format!(
            "{} keys were disabled. Log in as a person (`bailiwick login`, or `bailiwick admin link` for a lost password) and enable those that are needed: `bailiwick keys enable KEY`.",
            restored.disabled
        ));
    }
    line("Start the server, and check: `bailiwick audit verify`.");
    Ok(ExitCode::SUCCESS)
}

async fn restore(args: &RestoreArgs, config: &Config, progress: &Progress) -> anyhow::Result<Restored> {
    // It is locked until the end, so that no server starts meanwhile.
    let directory = DataDirectory::open(&config.data.directory)?;
    let url = copies::database_url(config)?;
    let places = Places::new(directory.path(), &url);
    places.require_one_disk()?;
    let staging = tempfile::Builder::new()
        .prefix("restore-")
        .tempdir_in(directory.path())
        .with_context(|| format!("{} cannot be written", directory.path().display()))?;
    let staged = staging.path();
    let name = args.file.display().to_string();
    let manifest = unpack_file(args, staged).await.with_context(|| name.clone())?;
    let expected = Kind::from(match &url {
        DatabaseUrl::Sqlite(_) => bailiwick_store::Engine::Sqlite,
        DatabaseUrl::Postgres(_) => bailiwick_store::Engine::Postgres,
    });
    let found = manifest.database.kind;
    ensure!(
        found == expected,
        "{name}: it is a backup of a database on {}, and database.url names one on {}: change the setting",
        found.as_str(),
        expected.as_str()
    );
    progress.say("checking the backup");
    let peppers = peppers(config, staged)?;
    let databases = match &url {
        DatabaseUrl::Sqlite(_) => {
            let databases = check::open_files(&manifest, staged).await.with_context(|| name.clone())?;
            check::check(&manifest, &databases, &peppers).await.with_context(|| name.clone())?;
            databases
        }
        DatabaseUrl::Postgres(_) => {
            dump::look(&staged.join(DUMP)).await.with_context(|| name.clone())?;
            open_empty(&manifest, &url).await?
        }
    };
    let former = match places.database() {
        Some(path) => Some(compare_with(path, &manifest, &databases.store).await),
        None => None,
    };
    progress.clear();
    if places.is_occupied() && !args.replace {
        let what = match &former {
            Some(Ok(former)) => format!(": {}", former.age.sentence()),
            _ => String::new(),
        };
        bail!(
            "{} has data{what}. To replace them by the backup, use --replace, which moves them aside",
            directory.path().display()
        );
    }
    let count = match &url {
        DatabaseUrl::Sqlite(_) => Some(working_keys(&databases.store).await?),
        DatabaseUrl::Postgres(_) => None,
    };
    if !args.json {
        say(&former);
    }
    let keys = args.keys.decide(count)?;
    if let DatabaseUrl::Postgres(_) = &url {
        progress.say("restoring the database");
        fill(config, &manifest, &databases, staged, &peppers).await?;
    }
    let disabled = note(&databases, &manifest, &peppers, keys).await?;
    databases.close().await;
    progress.clear();
    let aside = places.replace(&manifest, staged, SystemClock.now())?;
    Ok(Restored { manifest, former: former.and_then(Result::ok), disabled, aside })
}

async fn unpack_file(args: &RestoreArgs, into: &Path) -> anyhow::Result<Manifest> {
    let from: Box<dyn Read + Send> = match args.file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(&args.file)?),
    };
    let (into, passphrase) = (into.to_owned(), args.passphrase.clone());
    tokio::task::spawn_blocking(move || unpack::unpack(from, &passphrase, &into)).await?
}

/// The peppers that the server will have: those of its configuration, or those of the archive.
fn peppers(config: &Config, staged: &Path) -> anyhow::Result<Peppers> {
    match &config.keys.peppers {
        Some(peppers) => peppers.parse().context("keys.peppers"),
        None => check::peppers(staged),
    }
}

/// Opens the PostgreSQL database of the configuration, which must be empty.
async fn open_empty(manifest: &Manifest, url: &DatabaseUrl) -> anyhow::Result<Databases> {
    let databases = Databases::connect(url, CONNECTIONS).await?;
    check::require_known(manifest, &databases)?;
    ensure!(
        databases.store.columns().await?.is_empty(),
        "the database {url:?} is not empty: make an empty one, for example with `createdb`, and name it in database.url"
    );
    Ok(databases)
}

/// Fills the empty PostgreSQL database of the configuration, and checks it.
async fn fill(
    config: &Config,
    manifest: &Manifest,
    databases: &Databases,
    staged: &Path,
    peppers: &Peppers,
) -> anyhow::Result<()> {
    let (url, address) =
        dump::postgres(config.database.url.as_deref())?.context("database.url names no PostgreSQL")?;
    dump::restore(dump::reaching(&url, &address)?, &staged.join(DUMP)).await?;
    let checked = async {
        check::make_current(manifest, databases).await?;
        check::check(manifest, databases, peppers).await
    };
    checked.await.context(
        "the database was restored, but must not be used: drop it, and make an empty one before you try again",
    )
}

/// How many keys work that a restore can disable.
async fn working_keys(store: &Store) -> anyhow::Result<usize> {
    let now = SystemClock.now();
    let keys = compare::keys(store).await?;
    let works = |key: &&bailiwick_domain::key::KeyDigests| {
        key.key.kind != KeyKind::Agent && key.key.status(now) == bailiwick_domain::key::KeyStatus::Active
    };
    Ok(keys.values().filter(works).count())
}

/// Compares the backup with the data that it replaces.
async fn compare_with(path: &Path, manifest: &Manifest, backup: &Store) -> anyhow::Result<Former> {
    let data = Store::connect(&DatabaseUrl::Sqlite(path.to_owned()), CONNECTIONS).await?;
    let compared = async {
        ensure!(
            data.schema_state().await? == SchemaState::Current,
            "the database there has other migrations than this program"
        );
        let age = compare::age(manifest, &data).await?;
        let (old, new) = (compare::keys(backup).await?, compare::keys(&data).await?);
        Ok(Former { age, affected: compare::affected(&old, &new, SystemClock.now()) })
    };
    let compared = compared.await;
    data.close().await;
    compared
}

/// Says what the restore undoes.
fn say(former: &Option<anyhow::Result<Former>>) {
    let former = match former {
        Some(Ok(former)) => former,
        other => {
            let why = match other {
                Some(Err(error)) => format!(" ({error:#})"),
                _ => String::new(),
            };
            line(&format!(
                "There are no data to compare the backup with{why}. Keys that were disabled, deleted or rotated since the backup work again: if you do not know which, disable all keys of the backup, or look for `keys.disable`, `keys.delete` and `keys.rotate` in an export of the audit trail."
            ));
            return;
        }
    };
    line(&format!("Note: {}.", former.age.sentence()));
    if former.affected.is_empty() {
        line("No key was disabled, deleted, rotated or changed since the backup.");
        return;
    }
    let rows = former.affected.iter().map(|key| {
        vec![
            key.id.to_string(),
            key.kind.as_str().to_owned(),
            key.name.clone(),
            key.undone.as_str().to_owned(),
            key.undone.meaning().to_owned(),
        ]
    });
    output::table(&["key", "kind", "name", "what was done", "after the restore"], rows);
}

/// Notes the restore in the audit trail, and disables keys if that was asked for. Returns how many.
async fn note(
    databases: &Databases,
    manifest: &Manifest,
    peppers: &Peppers,
    keys: Keys,
) -> anyhow::Result<u64> {
    let control = Ground::control_of(databases.clone(), peppers.clone(), build()).await?;
    restored::note(&control, manifest.made_at).await?;
    Ok(match keys {
        Keys::Keep => 0,
        Keys::Disable => restored::disable_keys(&control, manifest.made_at).await?,
    })
}
