//! What becomes of a first start that is interrupted, and of a data directory whose database is gone.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::postgres::Database;
use crate::process::{Place, curl, skip};

/// Ends the process with SIGKILL after a number of changes to files: directories and files that are made,
/// renamed, removed, written to and cut.
const KILLER: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int left = -1;

static void changed(void) {
    if (left == -1) {
        const char *text = getenv("KILL_AFTER");
        __atomic_store_n(&left, text ? atoi(text) : 0, __ATOMIC_SEQ_CST);
    }
    if (left > 0 && __atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) == 0) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static int is_file(int fd) {
    struct stat s;
    return fd > 2 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

#define OPEN(NAME) \
    int NAME(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & O_CREAT) { va_list a; va_start(a, flags); mode = va_arg(a, int); va_end(a); } \
        int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
        if (fd >= 0 && (flags & O_CREAT)) changed(); \
        return fd; \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t done = syscall(SYS_write, fd, bytes, count);
    if (is_file(fd)) changed();
    return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, count, at);
    if (is_file(fd)) changed();
    return done;
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, count, at);
    if (is_file(fd)) changed();
    return done;
}
int ftruncate(int fd, off_t size) { int r = syscall(SYS_ftruncate, fd, size); changed(); return r; }
int ftruncate64(int fd, off64_t size) { int r = syscall(SYS_ftruncate, fd, size); changed(); return r; }
int mkdir(const char *path, mode_t mode) { int r = syscall(SYS_mkdirat, AT_FDCWD, path, mode); changed(); return r; }
int unlink(const char *path) { int r = syscall(SYS_unlinkat, AT_FDCWD, path, 0); changed(); return r; }
int rename(const char *from, const char *to) {
    int r = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    changed();
    return r;
}
"#;

/// Builds a library to be loaded before all others; `None` where there is no compiler, which is said.
pub fn preloaded(source: &str) -> Option<(TempDir, PathBuf)> {
    let directory = tempfile::tempdir().unwrap();
    let (file, library) = (directory.path().join("shim.c"), directory.path().join("shim.so"));
    std::fs::write(&file, source).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &file]).output();
    let Ok(output) = built else {
        skip("a C compiler, `cc`");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((directory, library))
}

/// Kills a first start after each number of changes that `numbers` gives, until one is not reached; each time
/// starts again and looks at what there is. How many changes there were.
pub fn kill_first_starts(numbers: impl Iterator<Item = u32>, database: Option<&Database>) -> u32 {
    let Some((_directory, killer)) = preloaded(KILLER) else { return 0 };
    let mut last = 0;
    for number in numbers {
        let place = Place::new();
        let config = database.map(Database::config).unwrap_or_default();
        std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
        let mut first = place.command(&["migrate"]);
        first.env("LD_PRELOAD", &killer).env("KILL_AFTER", number.to_string());
        let output = first.output().unwrap();
        let is_killed = output.status.signal() == Some(9);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(is_killed || output.status.success(), "after {number}: {text}");
        last = number;

        let server = place.up();
        let url = place.url();
        let ask = |key: &str, path: &str| -> Value {
            let header = format!("Authorization: Bearer {key}");
            let (status, body) = curl(&["-k", "-H", &header, &format!("{url}{path}")]);
            assert_eq!(status, 200, "after {number}: {body}");
            serde_json::from_str(&body).unwrap()
        };
        assert_eq!(ask(&place.key(), "/v1/whoami")["key"]["kind"], "org", "after {number}");
        let organizations = ask(&place.root_key(), "/v1/organizations");
        assert_eq!(organizations["items"].as_array().unwrap().len(), 1, "after {number}");
        assert_eq!(ask(&place.root_key(), "/v1/keys")["items"].as_array().unwrap().len(), 2);
        assert!(!data(&place).join("first-start").exists(), "after {number}");
        drop(server);
        if let Some(database) = database {
            database.empty();
        }
        if !is_killed {
            break;
        }
    }
    last
}

fn data(place: &Place) -> PathBuf {
    place.path().join("bailiwick-data")
}

fn refused(place: &Place, arguments: &[&str], expected: &str) {
    let listen = format!("127.0.0.1:{}", place.port);
    let output = place.run(&[arguments, &["--listen", &listen]].concat());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains(expected), "{arguments:?}: {text}");
}

fn stop(server: &mut crate::process::Server) {
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.err());
}

/// Numbers that grow by a third.
fn sampled() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1), |n| Some(n + n / 3 + 1))
}

#[test]
fn a_first_start_that_was_killed_can_be_repeated() {
    kill_first_starts(sampled(), None);
}

#[test]
fn a_first_start_that_was_killed_can_be_repeated_on_postgresql() {
    if let Some(database) = Database::of("first_start") {
        kill_first_starts(sampled(), Some(&database));
    }
}

#[test]
fn a_lost_database_is_not_taken_for_a_first_start() {
    let place = Place::new();
    stop(&mut place.up());
    let database = data(&place).join("bailiwick.db");
    let (kept, first_run) = (std::fs::read(&database).unwrap(), place.first_run());
    for beside in ["bailiwick.db-wal", "bailiwick.db-shm"] {
        let _ = std::fs::remove_file(data(&place).join(beside));
    }
    let lost = "is empty, but";
    std::fs::write(&database, "").unwrap();
    for command in ["up", "migrate", "serve"] {
        refused(&place, &[command], lost);
    }
    std::fs::remove_file(&database).unwrap();
    for command in ["up", "migrate", "serve"] {
        refused(&place, &[command], lost);
        assert!(!database.exists(), "{command} wrote files");
    }
    // What else the server left tells of it as well as the peppers.
    std::fs::rename(data(&place).join("peppers"), place.path().join("peppers")).unwrap();
    refused(&place, &["up"], lost);
    assert!(!data(&place).join("peppers").exists());
    std::fs::rename(place.path().join("peppers"), data(&place).join("peppers")).unwrap();
    assert_eq!(place.first_run(), first_run);

    std::fs::write(&database, kept).unwrap();
    let mut server = place.up();
    assert_eq!(place.json(&["whoami", "get"])["key"]["kind"], "org");
    stop(&mut server);
    refused(&place, &["up", "--new"], "--new: the database is not empty");
    std::fs::remove_file(&database).unwrap();
    let listen = format!("127.0.0.1:{}", place.port);
    let _server = place.start(&["up", "--no-agent", "--new", "--listen", &listen]);
    assert_ne!(place.first_run(), first_run);
    assert_eq!(place.json(&["whoami", "get"])["key"]["kind"], "org");
}

#[test]
fn a_lost_database_is_not_taken_for_a_first_start_on_postgresql() {
    let Some(database) = Database::of("gone") else { return };
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), database.config()).unwrap();
    stop(&mut place.up());
    database.empty();
    for command in ["up", "migrate", "serve"] {
        refused(&place, &[command], "is empty, but");
    }
    // Another machine, with the same peppers in its environment, knows nothing of it.
    let peppers = std::fs::read_to_string(data(&place).join("peppers")).unwrap();
    let other = Place::new();
    std::fs::write(other.path().join("bailiwick.yml"), database.config()).unwrap();
    let migrated =
        other.command(&["migrate"]).env("BAILIWICK_KEYS__PEPPERS", peppers.trim()).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    assert!(!data(&other).join("peppers").exists());
}

#[test]
fn a_start_without_its_peppers_does_not_create_new_ones() {
    let place = Place::new();
    stop(&mut place.up());
    let peppers = data(&place).join("peppers");
    std::fs::remove_file(&peppers).unwrap();
    for command in ["up", "migrate", "serve"] {
        refused(&place, &[command], "the file bailiwick-data/peppers is missing");
        assert!(!peppers.exists(), "{command}");
    }
}

#[test]
fn a_refused_serve_leaves_no_files_but_the_lock() {
    let place = Place::new();
    refused(&place, &["serve"], "run `bailiwick migrate`");
    let left: Vec<_> = std::fs::read_dir(data(&place)).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
    let _server = place.up();
}

#[test]
fn two_first_starts_at_once_both_succeed() {
    let Some(database) = Database::of("two_first_starts") else { return };
    let peppers = format!("1:{}", "5c".repeat(32));
    for _ in 0..3 {
        let places = [Place::new(), Place::new()];
        let starts = places.each_ref().map(|place| {
            std::fs::write(place.path().join("bailiwick.yml"), database.config()).unwrap();
            let mut command = place.command(&["migrate"]);
            command.env("BAILIWICK_KEYS__PEPPERS", &peppers);
            std::thread::spawn(move || command.output().unwrap())
        });
        for output in starts.map(|start| start.join().unwrap()) {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let written = places.iter().filter(|place| data(place).join("first-run.json").exists()).count();
        assert_eq!(written, 1, "not exactly one start created the first keys");
        database.empty();
    }
}

#[test]
fn the_data_directory_is_private_under_any_umask() {
    let place = Place::new();
    let program = env!("CARGO_BIN_EXE_bailiwick");
    let script = format!("umask 000; exec {program} up --no-agent --listen 127.0.0.1:{}", place.port);
    let start = || {
        let mut command = Command::new("sh");
        command.current_dir(place.path()).args(["-c", &script]);
        place.start_command(command)
    };
    let mut server = start();
    let others = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let look = || {
        let mut found = 0;
        for directory in [data(&place), data(&place).join("tls")] {
            assert_eq!(others(&directory), 0, "{}", directory.display());
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                // The certificate is for everybody, in a directory that is not.
                if !path.ends_with("certificate.pem") {
                    assert_eq!(others(&path), 0, "{}", path.display());
                }
                found += 1;
            }
        }
        found
    };
    assert!(look() >= 8);
    stop(&mut server);

    // What others could change is not believed.
    let first_run = data(&place).join("first-run.json");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&first_run, 0o666);
    for command in [&["up", "--no-agent"][..], &["migrate"], &["serve"]] {
        refused(&place, command, "first-run.json: other users of this machine may change it");
    }
    assert!(!place.run(&["config", "check"]).status.success());
    set(&first_run, 0o600);

    // Files that became readable for other users are made private again, with a warning.
    let secrets = ["lock", "peppers", "bailiwick.db", "first-run.json", "tls/private-key.pem"];
    for file in secrets {
        set(&data(&place).join(file), 0o644);
    }
    let server = start();
    look();
    for file in secrets {
        let said = format!("{file}: other users of this machine could read it until now (mode 644)");
        assert!(server.err().contains(&said), "{file}: {}", server.err());
    }
}
