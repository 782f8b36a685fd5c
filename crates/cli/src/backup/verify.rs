//! `bailiwick backup verify`: checks an archive completely.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::manifest::{DUMP, Kind, Manifest};
use super::passphrase::PassphraseArgs;
use super::progress::Progress;
use super::{check, dump, summary, unpack, until_asked_to_end};
use crate::output::{self, line, note};

/// The archive to check.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A directory with room for what is in the archive [default: that of the archive]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let progress = Progress::new();
    let manifest =
        until_asked_to_end(check_all(args, &progress)).with_context(|| args.file.display().to_string())?;
    progress.clear();
    if args.json {
        output::json(&summary(&manifest));
    } else {
        show(&manifest);
        line("The archive is intact.");
    }
    if manifest.database.kind == Kind::Postgresql {
        note("note: the content of a PostgreSQL dump is only checked when it is restored");
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what an archive contains.
pub(crate) fn show(manifest: &Manifest) {
    let database = &manifest.database;
    line(&format!(
        "A backup of {}, made by Bailiwick {}: {} with {} entries in the audit trail.",
        manifest.made_at,
        manifest.program,
        database.kind.as_str(),
        database.entries()
    ));
    let rows = manifest.files.iter().map(|file| vec![file.name.clone(), file.size.to_string()]);
    output::table(&["file", "bytes"], rows);
}

async fn check_all(args: &VerifyArgs, progress: &Progress) -> anyhow::Result<Manifest> {
    let beside = args.file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = args.scratch.as_deref().or(beside).unwrap_or(Path::new("."));
    let file = std::fs::File::open(&args.file)?;
    let scratch =
        tempfile::Builder::new().prefix(".bailiwick-verify-").tempdir_in(directory).with_context(|| {
            format!("{} cannot be written: name a directory with --scratch", directory.display())
        })?;
    let (into, passphrase) = (scratch.path().to_owned(), args.passphrase.clone());
    let unpacked = tokio::task::spawn_blocking(move || unpack::unpack(file, &passphrase, &into));
    let manifest = unpacked.await??;
    progress.say("checking the database");
    let peppers = check::peppers(scratch.path())?;
    match manifest.database.kind {
        Kind::Sqlite => {
            let databases = check::open_files(&manifest, scratch.path()).await?;
            let checked = check::check(&manifest, &databases, &peppers).await;
            databases.close().await;
            checked?;
        }
        Kind::Postgresql => dump::look(&scratch.path().join(DUMP)).await?,
    }
    Ok(manifest)
}
