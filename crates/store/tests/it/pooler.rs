//! pgbouncer between a server and its database: in session mode it works, in transaction mode it is refused.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bailiwick_store::{Error, Store};
use tempfile::TempDir;

use crate::database::Database;

on_postgres!(pgbouncer_is_refused_unless_in_session_mode);

/// The user without any rights, as Debian numbers it.
const NOBODY: u32 = 65534;

struct Pooler {
    child: Child,
    _directory: TempDir,
    port: u16,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pooler {
    /// Starts one before the database; `None` where there is no pgbouncer, which is said.
    fn start(db: &Database, mode: &str) -> Option<Self> {
        if Command::new("pgbouncer").arg("--version").output().is_err() {
            let required = std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_ok_and(|value| value == "1");
            assert!(!required, "pgbouncer is missing, and BAILIWICK_TEST_REQUIRE_ALL is 1");
            let _ = writeln!(std::io::stderr(), "SKIPPED: there is no pgbouncer");
            return None;
        }
        let options = db.options();
        let host = options.get_socket().map_or(options.get_host().to_owned(), |s| s.display().to_string());
        let (port, name) = (options.get_port(), options.get_database().unwrap());
        let user = options.get_username();
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let ini = format!(
            "[databases]\n{name} = host={host} port={port} dbname={name} user={user}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {listen}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = 10\nserver_login_retry = 0.1\n"
        );
        let file = directory.path().join("pgbouncer.ini");
        std::fs::write(&file, ini).unwrap();
        std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        // pgbouncer refuses to run as root, and the socket's directory may be its owner's only.
        let owner = match options.get_socket() {
            Some(socket) => std::fs::metadata(socket).unwrap().uid(),
            None => NOBODY,
        };
        let mut command = Command::new("pgbouncer");
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.uid(if owner == 0 { NOBODY } else { owner });
        }
        let child = command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { child, _directory: directory, port: listen };
        let end = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", listen)).is_err() {
            assert!(Instant::now() < end, "timed out waiting for pgbouncer");
            std::thread::yield_now();
        }
        Some(pooler)
    }

    fn url(&self, db: &Database) -> String {
        let options = db.options();
        let (user, name) = (options.get_username(), options.get_database().unwrap().to_owned());
        format!("postgres://{user}@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }
}

async fn pgbouncer_is_refused_unless_in_session_mode(db: &Database) {
    let Some(pooler) = Pooler::start(db, "session") else { return };
    let store = Store::connect(&pooler.url(db).parse().unwrap(), 4).await.unwrap();
    assert_eq!(store.setting("name").await.unwrap(), None);
    store.close().await;
    drop(pooler);
    let Some(pooler) = Pooler::start(db, "transaction") else { return };
    for _ in 0..3 {
        let refused = Store::connect(&pooler.url(db).parse().unwrap(), 4).await.unwrap_err();
        assert!(matches!(refused, Error::Pooler), "{refused}");
        assert!(refused.to_string().contains("pool_mode=session"), "{refused}");
    }
}
