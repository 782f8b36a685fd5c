//! Checks that a data directory and its files belong to this user alone, and that nobody else could change
//! the files that a configuration names. A server and an agent trust what these files say, so nobody else
//! may have been able to write them.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(unix)]
pub mod accounts;
#[cfg(unix)]
mod below;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub use below::read_below;

/// What a path should be, and who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory. Other users may list it.
    Directory,
    /// A file that other users may read. It may be a symbolic link.
    Public,
    /// A file that no other user may read. It must not be a symbolic link.
    Secret,
}

/// Why a file or directory is not trusted, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotOwn {
    /// Its metadata cannot be read, or its mode cannot be changed.
    #[error("{}: {error}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// It belongs to another user, who is not root.
    #[error("{}", unix::of_another(path, *owner, *me))]
    Owner {
        /// The path.
        path: PathBuf,
        /// The user id of the owner.
        owner: u32,
        /// The user id of this process.
        me: u32,
    },
    /// Other users may write it, and may have done so.
    #[error(
        "{0}: other users of this machine may change it (its mode is {mode:03o}). If you trust the contents, run `chmod go-w {0}`; otherwise remove it", path.display()
    )]
    Writable {
        /// The path.
        path: PathBuf,
        /// The file's mode.
        mode: u32,
    },
    /// Other users may read a secret, and this user cannot change the mode.
    #[error(
        "{0}: other users of this machine may read it (its mode is {mode:03o}), and it belongs to user {owner}: run `chmod o-rwx {0}` as that user or as root", path.display()
    )]
    Readable {
        /// The path.
        path: PathBuf,
        /// The file's mode.
        mode: u32,
        /// The user id of the owner.
        owner: u32,
    },
    /// A secret is a symbolic link.
    #[error(
        "{0}: it is a symbolic link, which may point anywhere: replace it with the file itself, or remove the link with `rm {0}`", path.display()
    )]
    Link {
        /// The path.
        path: PathBuf,
    },
    /// It is a directory instead of a file, a file instead of a directory, or neither.
    #[error("{}: expected {expected}, found {found}: move it elsewhere", path.display())]
    Other {
        /// The path.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
}

/// A mode that gives others too many rights. It was corrected, or left because this user, who is not
/// the owner, may not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loose {
    /// The mode that it had.
    pub mode: u32,
    /// The part of the mode that is too much.
    pub rights: u32,
    /// What other users could do, as a verb phrase for a message.
    pub what: &'static str,
    /// Whether the mode was corrected.
    pub is_mended: bool,
}

impl std::fmt::Display for Loose {
    /// For the log, after the path.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { mode, what, is_mended, .. } = self;
        if *is_mended {
            write!(f, "other users of this machine could {what} it until now (mode {mode:03o})")
        } else {
            // A volume that is shared with a group belongs to root, and this user is in that group.
            write!(f, "its group may {what} it (mode {mode:03o}), and it belongs to root")
        }
    }
}

/// Checks a file or directory without changing it. A missing one is accepted.
pub fn look(path: &Path, kind: Kind) -> Result<(), NotOwn> {
    unix::judge(path, kind).map(|_| ())
}

/// Checks a file or directory, and removes the rights that other users do not need. A missing one is
/// accepted. The result is the mode that was too loose, if it was.
pub fn make_own(path: &Path, kind: Kind) -> Result<Option<Loose>, NotOwn> {
    let Some(found) = unix::judge(path, kind)? else { return Ok(None) };
    unix::tighten(path, kind, found)
}

/// The rights of other users that [`make_own`] would remove from a file or directory that is trusted. Changes nothing.
/// `None` if it is missing, or as it should be.
pub fn too_open(path: &Path, kind: Kind) -> Result<Option<Loose>, NotOwn> {
    Ok(unix::judge(path, kind)?.and_then(|found| unix::excess(kind, found)))
}

/// Which files outside of the data directory are accepted. All may be symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A regular file of any owner. Reading a pipe or a device could wait forever.
    File,
    /// A file that only this user and root can have written.
    TrustedFile,
    /// A file or pipe that only this user and root can have written.
    Trusted,
}

/// The content of a file outside of the data directory.
#[derive(Debug)]
pub struct Content {
    /// The bytes. They may be secret.
    pub bytes: Vec<u8>,
    /// The file's mode if every user of the machine may read the file.
    pub open_mode: Option<u32>,
}

/// Reads a file outside of the data directory, if it is one of those that are accepted.
pub fn read_given(path: &Path, given: Given) -> Result<Content, NotOwn> {
    let failed = |error| NotOwn::Io { path: path.to_owned(), error };
    // Looked at before it is opened: opening a pipe waits for another program.
    unix::judge_given(path, &std::fs::metadata(path).map_err(failed)?, given)?;
    let mut file = File::open(path).map_err(failed)?;
    // And afterwards: it may have been replaced in between.
    let open_mode = unix::judge_given(path, &file.metadata().map_err(failed)?, given)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(Content { bytes, open_mode })
}

#[cfg(unix)]
mod unix {
    use std::fs::{FileType, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::Path;

    use super::accounts::Account;
    use super::{Given, Kind, Loose, NotOwn};

    /// The properties of a file or directory that matter.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Found {
        pub(super) mode: u32,
        pub(super) owner: u32,
        pub(super) group: u32,
    }

    /// The user and the groups of this process.
    pub(super) struct Me {
        pub(super) user: u32,
        pub(super) groups: Vec<u32>,
    }

    impl Me {
        pub(super) fn now() -> Self {
            let mut groups = vec![nix::unistd::getegid().as_raw()];
            // On macOS, the supplementary groups are not queried.
            #[cfg(not(target_vendor = "apple"))]
            groups.extend(nix::unistd::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
            Self { user: nix::unistd::geteuid().as_raw(), groups }
        }
    }

    /// The number of a user, with the name if there is one.
    fn user(id: u32) -> (String, Option<String>) {
        let name = Account::by_uid(id).ok().flatten().map(|account| account.name);
        let text = name.as_ref().map_or_else(|| id.to_string(), |name| format!("{id} ({name})"));
        (text, name)
    }

    /// What to do about a file of another user. Root is not told to take it: it is usually that of a service,
    /// which could not read it any more.
    pub(super) fn of_another(path: &Path, owner: u32, me: u32) -> String {
        let (path, (owner, name)) = (path.display(), user(owner));
        if me == 0 {
            let how = name.map(|name| format!(", for example with `runuser -u {name} -- …`"));
            let how = how.unwrap_or_default();
            return format!(
                "{path}: it belongs to user {owner}, not to root, who runs this program. Run this program as user {owner}{how}. If you do not trust that user, remove it"
            );
        }
        let (me, mine) = user(me);
        let new = mine.as_ref().unwrap_or(&me);
        format!(
            "{path}: it belongs to user {owner}, not to user {me}, who runs this program, and not to root. Run this program as user {owner}; or, if you trust the contents, run `chown {new} {path}`; otherwise remove it"
        )
    }

    fn metadata(path: &Path, kind: Kind) -> Result<Option<Metadata>, NotOwn> {
        let metadata = match kind {
            Kind::Secret => std::fs::symlink_metadata(path),
            Kind::Directory | Kind::Public => std::fs::metadata(path),
        };
        match metadata {
            Ok(metadata) => Ok(Some(metadata)),
            // A symbolic link with no target exists all the same.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
            Err(error) => Err(NotOwn::Io { path: path.to_owned(), error }),
        }
    }

    pub(super) fn name(of: FileType) -> &'static str {
        if of.is_dir() {
            "a directory"
        } else if of.is_file() {
            "a file"
        } else {
            "something that is neither a file nor a directory"
        }
    }

    /// The properties of a file or directory; an error if it is not trusted. `None` if it does not
    /// exist.
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

    /// Refuses a file outside of the data directory that is not accepted. Returns its mode if every user of
    /// the machine may read it.
    pub(super) fn judge_given(path: &Path, metadata: &Metadata, given: Given) -> Result<Option<u32>, NotOwn> {
        let found = metadata.file_type();
        if found.is_dir() || given != Given::Trusted && !found.is_file() {
            return Err(NotOwn::Other { path: path.to_owned(), expected: "a file", found: name(found) });
        }
        let found = Found { mode: metadata.mode() & 0o7777, owner: metadata.uid(), group: metadata.gid() };
        if given != Given::File {
            let me = Me::now();
            // The owner of a symbolic link chooses which file is read.
            let link = std::fs::symlink_metadata(path).ok().filter(|link| link.is_symlink());
            if link.is_some_and(|link| link.uid() != 0 && link.uid() != me.user) {
                return Err(NotOwn::Link { path: path.to_owned() });
            }
            believe(path, found, &me)?;
        }
        Ok((found.mode & 0o004 != 0).then_some(found.mode))
    }

    /// Whether this user may change the mode.
    fn may_change(found: Found) -> bool {
        let me = nix::unistd::geteuid();
        me.is_root() || me.as_raw() == found.owner
    }

    /// Refuses a file or directory that another user may have written.
    pub(super) fn believe(path: &Path, found: Found, me: &Me) -> Result<(), NotOwn> {
        let Found { mode, owner, group } = found;
        if owner != 0 && owner != me.user {
            return Err(NotOwn::Owner { path: path.to_owned(), owner, me: me.user });
        }
        // A container's volume may belong to root and be writable by a group that the server is in.
        let by_group = mode & 0o020 != 0 && !me.groups.contains(&group);
        if by_group || mode & 0o002 != 0 {
            return Err(NotOwn::Writable { path: path.to_owned(), mode });
        }
        Ok(())
    }

    /// The rights that other users do not need, if they have any.
    pub(super) fn excess(kind: Kind, found: Found) -> Option<Loose> {
        let (rights, what) = match kind {
            Kind::Directory => (0o022, "change the contents of"),
            Kind::Public => (0o022, "change"),
            Kind::Secret => (0o077, "read"),
        };
        let loose = Loose { mode: found.mode, rights: found.mode & rights, what, is_mended: false };
        (loose.rights != 0).then_some(loose)
    }

    /// Removes the rights that other users do not need.
    pub(super) fn tighten(path: &Path, kind: Kind, found: Found) -> Result<Option<Loose>, NotOwn> {
        let Some(loose) = excess(kind, found) else { return Ok(None) };
        let is_mended =
            match std::fs::set_permissions(path, Permissions::from_mode(loose.mode & !loose.rights)) {
                Ok(()) => true,
                Err(_) if !may_change(found) => false,
                Err(error) => return Err(NotOwn::Io { path: path.to_owned(), error }),
            };
        Ok(Some(Loose { is_mended, ..loose }))
    }
}

/// On other systems files have no owner and mode of this kind, so everything is accepted.
#[cfg(not(unix))]
mod unix {
    use std::fs::Metadata;
    use std::path::Path;

    use super::{Given, Kind, Loose, NotOwn};

    pub(super) fn of_another(path: &Path, owner: u32, me: u32) -> String {
        format!("{}: it belongs to user {owner}, not to user {me}, who runs this program", path.display())
    }

    pub(super) fn judge_given(path: &Path, metadata: &Metadata, given: Given) -> Result<Option<u32>, NotOwn> {
        if metadata.is_dir() || given != Given::Trusted && !metadata.is_file() {
            let found = "something else";
            return Err(NotOwn::Other { path: path.to_owned(), expected: "a file", found });
        }
        Ok(None)
    }

    pub(super) fn judge(_: &Path, _: Kind) -> Result<Option<()>, NotOwn> {
        Ok(None)
    }

    pub(super) fn excess(_: Kind, (): ()) -> Option<Loose> {
        None
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
    fn a_file_that_others_own_or_can_write_is_refused() {
        let me = Me { user: 1000, groups: vec![1000, 70] };
        let path = Path::new("/data");
        let judged = |mode, owner, group| believe(path, Found { mode, owner, group }, &me);
        // Its own, root's, and a volume that is writable by one of its groups.
        for (mode, owner, group) in
            [(0o700, 1000, 5), (0o755, 0, 0), (0o750, 0, 70), (0o2775, 0, 70), (0o660, 1000, 70)]
        {
            judged(mode, owner, group).unwrap();
        }
        let error = judged(0o700, 1001, 1000).unwrap_err().to_string();
        // Users that probably have no name here.
        let strangers = NotOwn::Owner { path: "/data".into(), owner: 3_000_001, me: 3_000_000 }.to_string();
        assert!(error.contains("/data: it belongs to user 1001"), "{error}");
        assert!(strangers.contains("`chown 3000000 /data`"), "{strangers}");
        for (mode, owner, group) in [(0o777, 1000, 1000), (0o1777, 0, 0), (0o602, 0, 0), (0o770, 1000, 5)] {
            let error = judged(mode, owner, group).unwrap_err();
            assert!(matches!(error, NotOwn::Writable { .. }), "{error}");
            assert!(error.to_string().contains("`chmod go-w /data`"), "{error}");
        }
    }

    #[test]
    fn secret_files_must_not_be_links_and_are_made_private() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        look(&file, Kind::Secret).unwrap();
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(matches!(make_own(&link, Kind::Secret), Err(NotOwn::Link { .. })));
        look(&link, Kind::Public).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        look(&file, Kind::Secret).unwrap();
        assert_eq!(too_open(&file, Kind::Secret).unwrap().map(|loose| loose.rights), Some(0o044));
        assert_eq!(too_open(&file, Kind::Public).unwrap(), None);
        assert_eq!(mode(&file), 0o644, "looking changes nothing");
        let loose = make_own(&file, Kind::Secret).unwrap().unwrap();
        assert_eq!((loose.mode, loose.what, loose.is_mended), (0o644, "read", true));
        assert_eq!((mode(&file), make_own(&file, Kind::Secret).unwrap()), (0o600, None));
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(look(&link, Kind::Secret), Err(NotOwn::Link { .. })), "it leads nowhere");
        assert!(matches!(look(directory.path(), Kind::Secret), Err(NotOwn::Other { .. })));
    }

    #[test]
    fn a_secret_file_of_another_user_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "x").unwrap();
        // Only root can give a file to another user.
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
            assert!(matches!(look(&file, Kind::Secret), Err(NotOwn::Owner { owner: 65_534, me: 0, .. })));
        }
    }

    #[test]
    fn a_file_that_a_setting_names_is_read_only_if_nobody_else_could_write_it() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        let read = |path: &Path, given| read_given(path, given).map(|content| content.open_mode);
        assert!(matches!(read(&file, Given::Trusted), Err(NotOwn::Io { .. })));
        assert!(matches!(read(directory.path(), Given::Trusted), Err(NotOwn::Other { .. })));
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for (mode, open_mode) in [(0o600, None), (0o640, None), (0o644, Some(0o644))] {
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            for given in [Given::File, Given::TrustedFile, Given::Trusted] {
                assert_eq!(read(&file, given).unwrap(), open_mode);
                assert_eq!(read(&link, given).unwrap(), open_mode);
            }
        }
        assert_eq!(read_given(&file, Given::Trusted).unwrap().bytes, b"x");
        std::fs::set_permissions(&file, Permissions::from_mode(0o646)).unwrap();
        read(&file, Given::File).unwrap();
        for given in [Given::TrustedFile, Given::Trusted] {
            assert!(matches!(read(&link, given), Err(NotOwn::Writable { mode: 0o646, .. })));
        }
        // Only root can give a file to another user.
        if nix::unistd::geteuid().is_root() {
            std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
            std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
            let error = read(&file, Given::Trusted).unwrap_err();
            let error = error.to_string();
            // `chown` would take the file from the service that it belongs to.
            assert!(error.contains("Run this program as user 65534") && !error.contains("chown"), "{error}");
            let name = nix::unistd::User::from_uid(65_534.into()).unwrap().map(|user| user.name);
            assert!(name.is_none_or(|name| error.contains(&format!("65534 ({name})"))), "{error}");
            std::os::unix::fs::chown(&file, Some(0), None).unwrap();
            std::os::unix::fs::lchown(&link, Some(65_534), None).unwrap();
            assert!(matches!(read(&link, Given::TrustedFile), Err(NotOwn::Link { .. })));
            read(&link, Given::File).unwrap();
        }
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_writer() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for given in [Given::File, Given::TrustedFile] {
            let error = read_given(&pipe, given).unwrap_err();
            assert!(error.to_string().contains("neither a file nor a directory"), "{error}");
        }
    }
}
