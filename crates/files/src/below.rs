//! Reading files of a directory that nobody named: one that was found in the current directory.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::sys::stat::Mode;

use crate::NotOwn;
use crate::unix::{Found, Me, believe, name};

/// The largest size of such a file, in bytes.
const BYTES_MAX: u64 = 1 << 20;

/// Reads the file `directory/path`; `None` if it does not exist. Nobody but this user and root may be able to
/// change the file, or any directory from `directory` on, and none of them may be a symbolic link. What is
/// checked is what was opened, so that nothing can be exchanged in between.
///
/// # Errors
///
/// One of them is not trusted, or cannot be read.
pub fn read_below(directory: &Path, path: &Path) -> Result<Option<Vec<u8>>, NotOwn> {
    let me = Me::now();
    let Some((mut file, mut at)) = open(AT_FDCWD, directory, directory.to_owned())? else { return Ok(None) };
    check(&file, &at, "a directory", &me)?;
    let mut parts = path.iter().peekable();
    while let Some(part) = parts.next() {
        let Some((next, path)) = open(&file, Path::new(part), at.join(part))? else { return Ok(None) };
        let expected = if parts.peek().is_some() { "a directory" } else { "a file" };
        (file, at) = (next, path);
        check(&file, &at, expected, &me)?;
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(|error| NotOwn::Io { path: at, error })?;
    Ok(Some(bytes))
}

/// Opens `name` in a directory. `path` is the whole path, for errors.
fn open(
    directory: impl std::os::fd::AsFd,
    name: &Path,
    path: PathBuf,
) -> Result<Option<(File, PathBuf)>, NotOwn> {
    // Opening a pipe must not wait for its writer.
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(directory, name, flags, Mode::empty()) {
        Ok(file) => Ok(Some((file.into(), path))),
        Err(Errno::ENOENT) => Ok(None),
        Err(Errno::ELOOP) => Err(NotOwn::Link { path }),
        Err(error) => Err(NotOwn::Io { path, error: io::Error::from(error) }),
    }
}

fn check(file: &File, path: &Path, expected: &'static str, me: &Me) -> Result<(), NotOwn> {
    let metadata = file.metadata().map_err(|error| NotOwn::Io { path: path.to_owned(), error })?;
    let found = name(metadata.file_type());
    if found != expected {
        return Err(NotOwn::Other { path: path.to_owned(), expected, found });
    }
    let found = Found { mode: metadata.mode() & 0o7777, owner: metadata.uid(), group: metadata.gid() };
    believe(path, found, me)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    /// A directory with `server.json` and `tls/certificate.pem`.
    fn data() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        std::fs::create_dir_all(data.join("tls")).unwrap();
        std::fs::write(data.join("server.json"), "{}").unwrap();
        std::fs::write(data.join("tls/certificate.pem"), "x").unwrap();
        (place, data)
    }

    #[test]
    fn files_of_this_user_are_read() {
        let (_place, data) = data();
        assert_eq!(read_below(&data, Path::new("server.json")).unwrap().unwrap(), b"{}");
        assert_eq!(read_below(&data, Path::new("tls/certificate.pem")).unwrap().unwrap(), b"x");
        assert!(read_below(&data, Path::new("first-run.json")).unwrap().is_none());
        assert!(read_below(&data.join("none"), Path::new("server.json")).unwrap().is_none());
        assert!(matches!(read_below(&data, Path::new("tls")), Err(NotOwn::Other { .. })));
    }

    #[test]
    fn what_others_can_change_is_refused() {
        let (_place, data) = data();
        let (file, certificate) = (Path::new("server.json"), Path::new("tls/certificate.pem"));
        for (path, read) in [("", file), ("server.json", file), ("tls", certificate)] {
            let path = data.join(path);
            let mode = std::fs::metadata(&path).unwrap().permissions();
            std::fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
            assert!(matches!(read_below(&data, read), Err(NotOwn::Writable { .. })), "{}", path.display());
            std::fs::set_permissions(&path, mode).unwrap();
            // Only root can give a file to another user.
            if nix::unistd::geteuid().is_root() {
                chown(&path, Some(65_534), None).unwrap();
                assert!(matches!(read_below(&data, read), Err(NotOwn::Owner { .. })), "{}", path.display());
                chown(&path, Some(0), None).unwrap();
            }
            read_below(&data, read).unwrap().unwrap();
        }
    }

    #[test]
    fn symbolic_links_are_refused() {
        let (place, data) = data();
        let link = place.path().join("link");
        symlink(&data, &link).unwrap();
        assert!(matches!(read_below(&link, Path::new("server.json")), Err(NotOwn::Link { .. })));
        symlink(data.join("server.json"), data.join("first-run.json")).unwrap();
        assert!(matches!(read_below(&data, Path::new("first-run.json")), Err(NotOwn::Link { .. })));
        std::fs::rename(data.join("tls"), data.join("other")).unwrap();
        symlink(data.join("other"), data.join("tls")).unwrap();
        assert!(matches!(read_below(&data, Path::new("tls/certificate.pem")), Err(NotOwn::Link { .. })));
    }
}
