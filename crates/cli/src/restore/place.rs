//! Puts the files of an unpacked archive in place of those in a data directory, which are moved aside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::DatabaseUrl;

use crate::backup::manifest::{CONFIGURATION, DATABASE, Manifest, OBSERVATIONS, OF_DATA, PEPPERS};

/// Files of a server that has run with a directory, which an archive does not have. They belong to the old keys.
const OF_OLD: [&str; 3] = ["first-run.json", "first-start", "agent-enrolment"];
/// Where the configuration is put, which is never put in place by itself.
pub(crate) const CONFIGURATION_OF_BACKUP: &str = "configuration-of-backup";

/// Where the files of a server are.
pub(crate) struct Places {
    directory: PathBuf,
    /// The files of the control plane's database and of observations; `None` on PostgreSQL.
    databases: Option<[PathBuf; 2]>,
}

/// The file of a database and its write-ahead log with its index.
fn with_log(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        file.into()
    })
}

impl Places {
    pub(crate) fn new(directory: &Path, url: &DatabaseUrl) -> Self {
        let databases = match (url, url.observations_file()) {
            (DatabaseUrl::Sqlite(path), Some(observations)) => Some([path.clone(), observations]),
            _ => None,
        };
        Self { directory: directory.to_owned(), databases }
    }

    /// The control plane's database, if it is a file that has a content.
    pub(crate) fn database(&self) -> Option<&Path> {
        let [path, _] = self.databases.as_ref()?;
        fs::metadata(path).is_ok_and(|file| file.len() > 0).then_some(path.as_path())
    }

    /// Fails if the files of the database cannot be renamed into their place, because it is on another disk.
    pub(crate) fn require_one_disk(&self) -> anyhow::Result<()> {
        let Some([path, _]) = &self.databases else { return Ok(()) };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let disk = |path: &Path| {
            rustix::fs::stat(path).map(|file| file.st_dev).with_context(|| path.display().to_string())
        };
        ensure!(
            disk(parent)? == disk(&self.directory)?,
            "database.url names a file on another disk than the data directory {}: restore without that setting, and move the files bailiwick.db and observations.db there yourself",
            self.directory.display()
        );
        Ok(())
    }

    /// The files of the old server other than its peppers, in the order in which they are moved aside. The database is
    /// first: a start that finds the peppers without it does not take the directory for a new one.
    fn old(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            self.databases.iter().flatten().flat_map(|path| with_log(path)).collect();
        let names = OF_DATA.into_iter().chain(OF_OLD).chain([CONFIGURATION_OF_BACKUP]);
        files.extend(names.map(|name| self.directory.join(name)));
        files.retain(|path| fs::symlink_metadata(path).is_ok());
        files
    }

    /// Whether there are data that a restore would replace.
    pub(crate) fn is_occupied(&self) -> bool {
        fs::symlink_metadata(self.directory.join(PEPPERS)).is_ok()
            || self.old().iter().any(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
    }

    /// Moves the old files into a new directory below the data directory, and those of the archive to their places.
    /// Returns the directory with the old files, if there were any.
    pub(crate) fn replace(
        &self,
        manifest: &Manifest,
        staged: &Path,
        now: Timestamp,
    ) -> anyhow::Result<Option<PathBuf>> {
        let old = self.old();
        let peppers = self.directory.join(PEPPERS);
        let has_peppers = fs::symlink_metadata(&peppers).is_ok();
        let time: String = now.to_string().chars().take(19).filter(|c| *c != ':').collect();
        let aside = self.directory.join(format!("before-restore-{time}Z"));
        let aside = (!old.is_empty() || has_peppers).then_some(aside);
        let moved = || -> io::Result<()> {
            if let Some(aside) = &aside {
                make(aside)?;
                for path in &old {
                    let name = path.strip_prefix(&self.directory).ok();
                    let to = aside.join(name.or(path.file_name().map(Path::new)).unwrap_or(path));
                    to.parent().map_or(Ok(()), make)?;
                    fs::rename(path, &to)?;
                }
                if has_peppers {
                    fs::hard_link(&peppers, aside.join(PEPPERS))?;
                }
            }
            fs::rename(staged.join(PEPPERS), &peppers)?;
            for name in OF_DATA.into_iter().filter(|name| manifest.has(name)) {
                let to = self.directory.join(name);
                to.parent().map_or(Ok(()), make)?;
                fs::rename(staged.join(name), to)?;
            }
            if CONFIGURATION.iter().any(|name| manifest.has(name)) {
                fs::rename(staged.join("configuration"), self.directory.join(CONFIGURATION_OF_BACKUP))?;
            }
            sync(&self.directory)?;
            // The control plane's database is last: without it, no start takes what is there for complete.
            if let Some([database, observations]) = &self.databases {
                fs::rename(staged.join(OBSERVATIONS), observations)?;
                fs::rename(staged.join(DATABASE), database)?;
                database.parent().map_or(Ok(()), sync)?;
            }
            Ok(())
        };
        let hint = aside.as_ref().map(|aside| format!("; the old files are in {}", aside.display()));
        moved().with_context(|| {
            format!(
                "the files could not all be put in place: make sure that the disk works, and run the command again with --replace{}",
                hint.unwrap_or_default()
            )
        })?;
        Ok(aside)
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn sync(directory: &Path) -> io::Result<()> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    fs::File::open(directory)?.sync_all()
}
