//! The users of this machine and their groups, without the modules of the C library for them (NSS): a statically
//! linked program cannot load those. The program `getent` asks them in a process of its own; on a machine without it,
//! the files `/etc/passwd` and `/etc/group` are read (passwd(5), group(5)).

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where `getent` is. It is not searched in `PATH`, which others may have set.
const GETENT: [&str; 2] = ["/usr/bin/getent", "/bin/getent"];
/// Its exit code for a name that is not known, as getent(1) says.
const UNKNOWN: i32 = 2;
/// The files of users and of groups.
const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The number of the user.
    pub uid: u32,
    /// The number of its primary group.
    pub gid: u32,
    /// The home directory.
    pub home: PathBuf,
    /// The login shell; `/bin/sh` if none is set, as passwd(5) says.
    pub shell: PathBuf,
}

impl Account {
    /// The user of this name; `None` if there is none. The error says why it could not be looked up.
    pub fn by_name(name: &str) -> io::Result<Option<Self>> {
        // `getent` takes a number for a uid.
        lookup(name, |account| account.name == name)
    }

    /// The user of this number; `None` if there is none. The error says why it could not be looked up.
    pub fn by_uid(uid: u32) -> io::Result<Option<Self>> {
        lookup(&uid.to_string(), |account| account.uid == uid)
    }

    /// The numbers of all groups that the user is in, the primary one first.
    pub fn groups(&self) -> io::Result<Vec<u32>> {
        let others = match getent("initgroups", &self.name)? {
            Some(text) => groups_of_line(&text, &self.name),
            None => groups_of_file(&std::fs::read_to_string(GROUP)?, &self.name),
        };
        let mut groups = vec![self.gid];
        groups.extend(others.into_iter().filter(|gid| *gid != self.gid));
        Ok(groups)
    }

    /// A line of passwd(5): `name:password:uid:gid:comment:home:shell`.
    fn of_line(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        let home = fields.nth(1)?.into();
        let shell = fields.next()?.trim_end();
        let shell = Path::new(if shell.is_empty() { "/bin/sh" } else { shell }).to_owned();
        Some(Self { name, uid, gid, home, shell })
    }
}

fn lookup(key: &str, is_it: impl Fn(&Account) -> bool) -> io::Result<Option<Account>> {
    let text = match getent("passwd", key)? {
        Some(text) => text,
        None => std::fs::read_to_string(PASSWD)?,
    };
    Ok(text.lines().filter_map(Account::of_line).find(is_it))
}

/// What `getent` says of a key in a database, which is nothing if the key is not known; `None` if there is no
/// `getent` that knows the database.
fn getent(database: &str, key: &str) -> io::Result<Option<String>> {
    let Some(program) = GETENT.into_iter().find(|path| Path::new(path).exists()) else { return Ok(None) };
    let output = Command::new(program)
        .args([database, "--", key])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .env_clear()
        .output()?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned())),
        Some(UNKNOWN) => Ok(Some(String::new())),
        // musl's `getent` does not know `initgroups`.
        _ => Ok(None),
    }
}

/// The groups in a line of `getent initgroups`: the name, then numbers.
fn groups_of_line(text: &str, name: &str) -> Vec<u32> {
    let mut words = text.split_whitespace();
    if words.next() != Some(name) {
        return Vec::new();
    }
    words.filter_map(|word| word.parse().ok()).collect()
}

/// The groups in group(5), `group:password:gid:user,user`, that list a user.
fn groups_of_file(text: &str, name: &str) -> Vec<u32> {
    let gid = |line: &str| {
        let mut fields = line.split(':');
        let gid = fields.nth(2)?.parse().ok()?;
        fields.next()?.trim_end().split(',').any(|member| member == name).then_some(gid)
    };
    text.lines().filter_map(gid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_passwd_and_group_are_read() {
        let account = Account::of_line("db:x:105:112:Data base,,,:/var/lib/db:/bin/bash").unwrap();
        assert_eq!((account.name.as_str(), account.uid, account.gid), ("db", 105, 112));
        assert_eq!(account.home, Path::new("/var/lib/db"));
        assert_eq!(account.shell, Path::new("/bin/bash"));
        assert_eq!(Account::of_line("db:x:105:112::/:").unwrap().shell, Path::new("/bin/sh"));
        for line in ["", "+::::::", "db:x:105", "db:x:x:1::/:", "# db:x:105:112"] {
            assert_eq!(Account::of_line(line), None, "{line:?}");
        }
        let group = "root:x:0:\nadm:x:4:syslog,db\ndocker:x:998:db\ndbx:x:5:dbx\nbroken\n";
        assert_eq!(groups_of_file(group, "db"), [4, 998]);
        assert_eq!(groups_of_file(group, "d"), []);
        assert_eq!(groups_of_line("db                    4 998\n", "db"), [4, 998]);
        assert_eq!(groups_of_line("", "db"), []);
    }

    #[test]
    fn users_of_this_machine_are_as_the_c_library_knows_them() {
        for uid in [0, 1, 65_534, nix::unistd::geteuid().as_raw()] {
            let known = nix::unistd::User::from_uid(uid.into()).unwrap();
            let found = Account::by_uid(uid).unwrap();
            assert_eq!(found.as_ref().map(|account| &account.name), known.as_ref().map(|user| &user.name));
            let Some(account) = found else { continue };
            assert_eq!(Account::by_name(&account.name).unwrap(), Some(account.clone()));
            let name = std::ffi::CString::new(account.name.as_str()).unwrap();
            let known = nix::unistd::getgrouplist(&name, account.gid.into()).unwrap();
            let mut known: Vec<u32> = known.into_iter().map(|gid| gid.as_raw()).collect();
            let mut groups = account.groups().unwrap();
            known.sort_unstable();
            groups.sort_unstable();
            assert_eq!(groups, known);
        }
    }

    #[test]
    fn a_number_and_an_option_are_no_names_of_users() {
        for name in ["0", "-s", "--help", "no-such-user-here", "", "root:"] {
            assert_eq!(Account::by_name(name).unwrap(), None, "{name:?}");
        }
    }
}
