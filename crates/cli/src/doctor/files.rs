//! The files of a server's data directory: who owns them, who may read them, and what should not be there.

use std::path::{Path, PathBuf};

use bailiwick_files::Loose;
use bailiwick_server::{check, data};

use super::finding::Finding;

/// The name of this check.
const CHECK: &str = "files";

/// The finding about a mode that gives other users rights that they do not need.
pub(super) fn open_mode(check: &'static str, path: &Path, loose: Loose) -> Finding {
    let shown = path.display();
    let (what, mode) = (loose.what, loose.mode);
    let who = match loose.rights {
        0o000..=0o007 => "o",
        0o010..=0o070 if loose.rights & 0o007 == 0 => "g",
        _ => "go",
    };
    let rights = if what == "read" { "rwx" } else { "w" };
    Finding::fault(
        check,
        format!("{shown}: other users of this machine could {what} it (its mode is {mode:03o})"),
        format!(
            "run `chmod {who}-{rights} {shown}`; if you do not trust all users of this machine, replace the secrets that it contains"
        ),
    )
}

/// Whose the data directory is, if root cannot judge it because it belongs to another user.
#[cfg(unix)]
pub(super) fn of_another_user(directory: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;

    let found = std::fs::metadata(directory).ok()?;
    let (owner, group) = (found.uid(), found.gid());
    (rustix::process::geteuid().is_root() && owner != 0).then(|| {
        Finding::skipped(
            CHECK,
            format!(
                "{} belongs to user {owner}, and only that user can tell whether the server may use its files, the database and the certificate",
                directory.display()
            ),
            format!("run doctor as that user, for example with `setpriv --reuid {owner} --regid {group} --clear-groups -- bailiwick doctor …`"),
        )
    })
}

/// Other systems have no root.
#[cfg(not(unix))]
pub(super) fn of_another_user(_: &Path) -> Option<Finding> {
    None
}

/// The finding about the socket for administrators, if there is one.
#[cfg(unix)]
fn socket(directory: &Path, is_running: bool) -> Option<Finding> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    let path = data::local_socket(directory);
    let shown = path.display();
    let Ok(metadata) = std::fs::symlink_metadata(&path) else {
        return is_running.then(|| {
            let next = "look into the log of the server for the reason, and start it again";
            Finding::warning(
                CHECK,
                format!("{shown} is missing, so `bailiwick admin` cannot help while the server runs"),
                next,
            )
        });
    };
    if !metadata.file_type().is_socket() {
        let next = format!("move {shown} elsewhere, and start the server again, which makes it");
        return Some(Finding::fault(CHECK, format!("{shown} is not a socket"), next));
    }
    let mode = metadata.mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::fault(
            CHECK,
            format!("{shown}: other users of this machine could become server administrators over it (its mode is {mode:03o})"),
            format!("run `chmod go-rwx {shown}`"),
        )
    })
}

/// There is no such socket on other systems.
#[cfg(not(unix))]
fn socket(_: &Path, _: bool) -> Option<Finding> {
    None
}

/// The reasons for the server to refuse the files.
pub(super) fn refused(directory: &Path) -> Vec<Finding> {
    let next = "give the directory to the user of the server, and run doctor as that user";
    check::directory(directory).iter().map(|one| Finding::of_setting(CHECK, one, next)).collect()
}

/// Checks the files of a directory that the server does not refuse. `is_running` is whether a server uses it.
pub(super) fn check(directory: &Path, is_running: bool) -> Vec<Finding> {
    let open: Vec<(PathBuf, Loose)> = data::too_open(directory);
    let mut found: Vec<_> = open.iter().map(|(path, loose)| open_mode(CHECK, path, *loose)).collect();
    found.extend(socket(directory, is_running));
    if found.is_empty() {
        let text = format!("{} and the files in it belong to this user alone", directory.display());
        found.push(Finding::ok(CHECK, text));
    }
    let first_keys = directory.join("first-run.json");
    if first_keys.exists() {
        let shown = first_keys.display();
        found.push(Finding::warning(
            CHECK,
            format!("{shown} still contains the first password and keys"),
            format!("store them where you keep secrets, and run `rm {shown}`"),
        ));
    }
    found
}
