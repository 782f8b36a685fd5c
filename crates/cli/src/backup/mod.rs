//! `bailiwick backup`: writes everything that a server needs into one archive, and checks such archives.

mod archive;
pub(crate) mod check;
pub(crate) mod copies;
pub(crate) mod dump;
pub(crate) mod manifest;
pub(crate) mod passphrase;
pub(crate) mod progress;
mod room;
pub(crate) mod unpack;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use age::secrecy::SecretString;
use anyhow::{Context as _, bail, ensure};
use bailiwick_agent_program::version;
use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemClock;
use bailiwick_server::config::Config;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::manifest::{CONFIGURATION, DATABASE, DUMP, Manifest, OBSERVATIONS, OF_DATA, PEPPERS};
use self::passphrase::PassphraseArgs;
use self::progress::Progress;
use self::room::megabytes;
use self::verify::VerifyArgs;
use crate::config::ConfigArgs;
use crate::output::{self, line};
use crate::signals;

const ABOUT: &str = "Write a backup of a server, which may be running, into one archive

The archive contains the database, the peppers, the certificate that the server made, the identity of the agent that \
`bailiwick up` runs, and the configuration file with the certificate that it names. Run the command as the user that \
the data directory belongs to.

With the peppers and the database, anybody can use what is in the archive: encrypt it, or keep it where you keep \
secrets. A passphrase is never an argument, because other users of the machine can see arguments.";

/// How to write a backup.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(about = "Write a backup of a server, which may be running, into one archive", long_about = ABOUT)]
pub(crate) struct BackupArgs {
    /// The archive, which must not exist [default: bailiwick-TIME.tar.gz here, with .age if it is encrypted]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Encrypt the archive with a passphrase, which the command asks for unless --passphrase-file names a file
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

/// What else to do.
#[derive(Subcommand, Debug)]
enum BackupCommand {
    /// Check an archive completely, and say what it contains
    Verify(VerifyArgs),
}

/// The command with its options.
pub(crate) fn command() -> clap::Command {
    let command = BackupArgs::augment_args(clap::Command::new("backup"));
    let about = command.get_about().cloned().unwrap_or_default();
    // The documentation of the other struct would otherwise replace the command's own.
    ConfigArgs::augment_args(command).about(about).long_about(ABOUT)
}

/// Runs the command.
pub(crate) fn run(args: &BackupArgs, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    if let Some(BackupCommand::Verify(args)) = &args.command {
        return verify::run(args);
    }
    let (configuration, config) = (config.file(), config.load()?);
    let is_encrypted = args.encrypt || args.passphrase.is_given();
    let made_at = SystemClock.now();
    let output = args.output.clone().unwrap_or_else(|| default_name(made_at, is_encrypted));
    ensure!(
        !output.try_exists().with_context(|| output.display().to_string())?,
        "{} exists already: name another file with --output",
        output.display()
    );
    let passphrase = if is_encrypted { Some(args.passphrase.choose()?) } else { None };
    let progress = Progress::new();
    let wanted = Wanted { made_at, output: &output, passphrase };
    let made = until_asked_to_end(make(&config, configuration.as_deref(), wanted, &progress))?;
    progress.clear();
    let bytes = std::fs::metadata(&output).map(|file| file.len()).unwrap_or_default();
    if args.json {
        let mut value = summary(&made);
        value["file"] = output.display().to_string().into();
        value["bytes"] = bytes.into();
        value["encrypted"] = is_encrypted.into();
        output::json(&value);
    } else {
        line(&format!("Written to {} ({} MB).", output.display(), megabytes(bytes)));
        if !is_encrypted {
            line("It is not encrypted, and contains the peppers: keep it where you keep secrets.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs work that leaves temporary files behind if it is not ended in an orderly way.
pub(crate) fn until_asked_to_end<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = work => done,
            ended = signals::asked_to_end() => {
                ended?;
                bail!("interrupted")
            }
        }
    });
    // What runs on other threads works on files that are gone by now, or has ended.
    runtime.shutdown_background();
    done
}

fn default_name(made_at: Timestamp, is_encrypted: bool) -> PathBuf {
    let time: String = made_at.to_string().chars().take(19).filter(|c| *c != ':').collect();
    format!("bailiwick-{time}Z.tar.gz{}", if is_encrypted { ".age" } else { "" }).into()
}

/// The archive that is wanted.
struct Wanted<'a> {
    made_at: Timestamp,
    output: &'a Path,
    passphrase: Option<SecretString>,
}

async fn make(
    config: &Config,
    configuration: Option<&Path>,
    wanted: Wanted<'_>,
    progress: &Progress,
) -> anyhow::Result<Manifest> {
    let Wanted { made_at, output, passphrase } = wanted;
    let directory = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::Builder::new()
        .prefix(".bailiwick-backup-")
        .tempdir_in(directory)
        .with_context(|| format!("{} cannot be written", directory.display()))?;
    let database = copies::copy(config, configuration, scratch.path(), progress).await?;
    progress.say("writing the archive");
    let (path, directory) = (scratch.path().to_owned(), directory.to_owned());
    let output = output.to_owned();
    let written = tokio::task::spawn_blocking(move || -> anyhow::Result<Manifest> {
        let names = [DATABASE, OBSERVATIONS, DUMP, PEPPERS].into_iter().chain(OF_DATA).chain(CONFIGURATION);
        let there = names.filter(|name| path.join(name).exists());
        let files = there.map(|name| archive::measure(&path.join(name), name)).collect::<Result<_, _>>()?;
        let manifest = Manifest::new(version::full(), made_at, database, files);
        // Renamed only when it is whole, so that no other program ever finds half of an archive.
        let new = tempfile::NamedTempFile::new_in(&path)?;
        archive::write(&manifest, &path, passphrase, new.reopen()?)?;
        new.persist_noclobber(&output)?;
        std::fs::File::open(&directory)?.sync_all()?;
        Ok(manifest)
    });
    written.await?.with_context(|| "the archive cannot be written")
}

/// What an archive contains, for programs.
pub(crate) fn summary(manifest: &Manifest) -> Value {
    json!({
        "made_at": manifest.made_at,
        "program": manifest.program,
        "database": manifest.database,
        "files": manifest.files,
    })
}
