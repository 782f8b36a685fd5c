//! Whether a data directory and the files in it are this user's own: a server and an agent believe what stands
//! there, so nobody else may have written it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use std::io;
use std::path::{Path, PathBuf};

/// What a path is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory. Others may look into it.
    Directory,
    /// A file that others may read. It may be a symbolic link.
    Public,
    /// A file that nobody else may read, and no symbolic link.
    Secret,
}

/// Why a file or directory is not believed, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotOwn {
    /// It cannot be looked at, or its mode cannot be changed.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It belongs to somebody else.
    #[error(
        "{0}: it belongs to user {owner}, not to user {me} who runs this, nor to root. Run this as user {owner}; or, if you trust what is in it, run `chown {me} {0}`; otherwise remove it", path.display()
    )]
    Owner {
        /// Which one.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who runs this.
        me: u32,
    },
    /// Others may change it, and may have done so.
    #[error(
        "{0}: other users of this machine may change it (its mode is {mode:03o}). If you trust what is in it, run `chmod go-w {0}`; otherwise remove it", path.display()
    )]
    Writable {
        /// Which one.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Others may read a secret, and this user cannot change that.
    #[error(
        "{0}: other users of this machine may read it (its mode is {mode:03o}), and it belongs to user {owner}: run `chmod o-rwx {0}` as that user or as root", path.display()
    )]
    Readable {
        /// Which one.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// Who owns it.
        owner: u32,
    },
    /// A secret is a symbolic link.
    #[error(
        "{0}: it is a symbolic link, which may lead anywhere: put the file itself there, or remove the link with `rm {0}`", path.display()
    )]
    Link {
        /// Which one.
        path: PathBuf,
    },
    /// It is neither a file nor a directory, or one instead of the other.
    #[error("{}: expected {expected}, found {found}: move it elsewhere", path.display())]
    Other {
        /// Which one.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
}

/// What was wrong with a mode and is mended, or was left because the group is this user's and the owner another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loose {
    /// The mode that it had.
    pub mode: u32,
    /// What others could do.
    pub what: &'static str,
    /// Whether it is mended.
    pub is_mended: bool,
}

/// Looks at a file or directory, and changes nothing. What is not there is well.
pub fn look(path: &Path, kind: Kind) -> Result<(), NotOwn> {
    unix::judge(path, kind).map(|_| ())
}

/// Looks at a file or directory, and takes from others what they need not do with it. What is not there is well.
pub fn make_own(path: &Path, kind: Kind) -> Result<Option<Loose>, NotOwn> {
    let Some(found) = unix::judge(path, kind)? else { return Ok(None) };
    unix::tighten(path, kind, found)
}

#[cfg(unix)]
mod unix {
    use std::fs::{FileType, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::Path;

    use super::{Kind, Loose, NotOwn};

    /// What matters of a file or directory.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Found {
        pub(super) mode: u32,
        pub(super) owner: u32,
        pub(super) group: u32,
    }

    /// Who runs this.
    pub(super) struct Me {
        pub(super) user: u32,
        pub(super) groups: Vec<u32>,
    }

    impl Me {
        fn now() -> Self {
            let mut groups = vec![nix::unistd::getegid().as_raw()];
            // On macOS they are not asked for.
            #[cfg(not(target_vendor = "apple"))]
            groups.extend(nix::unistd::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
            Self { user: nix::unistd::geteuid().as_raw(), groups }
        }
    }

    fn metadata(path: &Path, kind: Kind) -> Result<Option<Metadata>, NotOwn> {
        let metadata = match kind {
            Kind::Secret => std::fs::symlink_metadata(path),
            Kind::Directory | Kind::Public => std::fs::metadata(path),
        };
        match metadata {
            Ok(metadata) => Ok(Some(metadata)),
            // A link that leads nowhere is there all the same.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
            Err(error) => Err(NotOwn::Io { path: path.to_owned(), error }),
        }
    }

    fn name(of: FileType) -> &'static str {
        if of.is_dir() {
            "a directory"
        } else if of.is_file() {
            "a file"
        } else {
            "something that is neither a file nor a directory"
        }
    }

    /// What was found, if it may be believed.
    pub(super) fn judge(path: &Path, kind: Kind) -> Result<Option<Found>, NotOwn> {
        let Some(metadata) = metadata(path, kind)? else { return Ok(None) };
        let (is, path) = (metadata.file_type(), path.to_owned());
        if is.is_symlink() {
            return Err(NotOwn::Link { path });
        }
        let expected = if kind == Kind::Directory { "a directory" } else { "a file" };
        let found = name(is);
        if found != expected {
            return Err(NotOwn::Other { path, expected, found });
        }
        let found = Found { mode: metadata.mode() & 0o7777, owner: metadata.uid(), group: metadata.gid() };
        believe(&path, found, &Me::now())?;
        let is_unreadable_by_others = kind != Kind::Secret || found.mode & 0o007 == 0;
        if !is_unreadable_by_others && !may_change(found) {
            return Err(NotOwn::Readable { path, mode: found.mode, owner: found.owner });
        }
        Ok(Some(found))
    }

    /// Whether this user can change the mode.
    fn may_change(found: Found) -> bool {
        let me = nix::unistd::geteuid();
        me.is_root() || me.as_raw() == found.owner
    }

    /// Refuses what somebody else may have written.
    pub(super) fn believe(path: &Path, found: Found, me: &Me) -> Result<(), NotOwn> {
        let Found { mode, owner, group } = found;
        if owner != 0 && owner != me.user {
            return Err(NotOwn::Owner { path: path.to_owned(), owner, me: me.user });
        }
        // A volume of a container is lent to a group, which is the server's.
        let by_group = mode & 0o020 != 0 && !me.groups.contains(&group);
        if by_group || mode & 0o002 != 0 {
            return Err(NotOwn::Writable { path: path.to_owned(), mode });
        }
        Ok(())
    }

    /// Takes from others what they need not do.
    pub(super) fn tighten(path: &Path, kind: Kind, found: Found) -> Result<Option<Loose>, NotOwn> {
        let mode = found.mode;
        let (loose, what) = match kind {
            Kind::Directory => (mode & 0o022, "change what is in"),
            Kind::Public => (mode & 0o022, "change"),
            Kind::Secret => (mode & 0o077, "read"),
        };
        if loose == 0 {
            return Ok(None);
        }
        let is_mended = match std::fs::set_permissions(path, Permissions::from_mode(mode & !loose)) {
            Ok(()) => true,
            Err(_) if !may_change(found) => false,
            Err(error) => return Err(NotOwn::Io { path: path.to_owned(), error }),
        };
        Ok(Some(Loose { mode, what, is_mended }))
    }
}

/// Where files have no owner and mode of this kind.
#[cfg(not(unix))]
mod unix {
    use std::path::Path;

    use super::{Kind, Loose, NotOwn};

    pub(super) fn judge(_: &Path, _: Kind) -> Result<Option<()>, NotOwn> {
        Ok(None)
    }

    pub(super) fn tighten(_: &Path, _: Kind, (): ()) -> Result<Option<Loose>, NotOwn> {
        Ok(None)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::unix::{Found, Me, believe};
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_others_may_have_written_is_not_believed() {
        let me = Me { user: 1000, groups: vec![1000, 70] };
        let path = Path::new("/data");
        let judged = |mode, owner, group| believe(path, Found { mode, owner, group }, &me);
        // Its own, root's, and a volume that is lent to its group.
        for (mode, owner, group) in
            [(0o700, 1000, 5), (0o755, 0, 0), (0o750, 0, 70), (0o2775, 0, 70), (0o660, 1000, 70)]
        {
            judged(mode, owner, group).unwrap();
        }
        let error = judged(0o700, 1001, 1000).unwrap_err().to_string();
        assert!(error.contains("/data: it belongs to user 1001") && error.contains("`chown 1000 /data`"));
        for (mode, owner, group) in [(0o777, 1000, 1000), (0o1777, 0, 0), (0o602, 0, 0), (0o770, 1000, 5)] {
            let error = judged(mode, owner, group).unwrap_err();
            assert!(matches!(error, NotOwn::Writable { .. }), "{error}");
            assert!(error.to_string().contains("`chmod go-w /data`"), "{error}");
        }
    }

    #[test]
    fn secrets_are_no_links_and_are_closed_to_readers() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        look(&file, Kind::Secret).unwrap();
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(matches!(make_own(&link, Kind::Secret), Err(NotOwn::Link { .. })));
        look(&link, Kind::Public).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        look(&file, Kind::Secret).unwrap();
        assert_eq!(mode(&file), 0o644, "looking changes nothing");
        let loose = make_own(&file, Kind::Secret).unwrap().unwrap();
        assert_eq!((loose.mode, loose.what, loose.is_mended), (0o644, "read", true));
        assert_eq!((mode(&file), make_own(&file, Kind::Secret).unwrap()), (0o600, None));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(look(&link, Kind::Secret), Err(NotOwn::Link { .. })), "it leads nowhere");
        assert!(matches!(look(directory.path(), Kind::Secret), Err(NotOwn::Other { .. })));
    }

    #[test]
    fn a_file_of_somebody_else_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "x").unwrap();
        // Only root can give a file away.
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
            assert!(matches!(look(&file, Kind::Secret), Err(NotOwn::Owner { owner: 65_534, me: 0, .. })));
        }
    }
}
