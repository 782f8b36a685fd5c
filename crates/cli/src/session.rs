//! The session of a person who has logged in, in a file of their own.

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bailiwick_files::{Kind, make_own};
use etcetera::BaseStrategy as _;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::trust::Trust;

/// The file below the directory for the state of programs (XDG Base Directory Specification).
const FILE: &str = "bailiwick/session.json";

/// A session, and the server that it is for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    /// The URL of the server.
    pub(crate) url: String,
    /// The certificates that the server is trusted with.
    pub(crate) trust: Trust,
    /// The e-mail address of the person.
    pub(crate) email: String,
    /// The organization that commands name, by id or slug, if they are not given another one.
    pub(crate) organization: Option<String>,
    /// When it expires, as the server said.
    pub(crate) expires_at: String,
    /// The value of the session's cookie.
    pub(crate) token: Zeroizing<String>,
}

/// The organization that a person chose last. It outlives the session.
#[derive(Serialize, Deserialize)]
pub(crate) struct Choice {
    /// The URL of the server.
    url: String,
    /// The e-mail address of the person.
    email: String,
    /// The organization, by id or slug.
    organization: String,
}

impl Choice {
    /// The file, beside that of the session.
    fn path(session: &Path) -> PathBuf {
        session.with_extension("choice.json")
    }

    /// The organization that this person chose on this server; `None` if nothing is known.
    pub(crate) fn read(session: &Path, url: &Url, email: &str) -> Option<String> {
        let bytes = std::fs::read(Self::path(session)).ok()?;
        let choice = serde_json::from_slice::<Self>(&bytes).ok()?;
        let is_same = choice.url.parse::<Url>().ok()?.origin() == url.origin() && choice.email == email;
        is_same.then_some(choice.organization)
    }
}

/// The file in which a session is stored: the one that the user named, or else that of the user's own
/// directory for the state of programs.
pub(crate) fn path(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let Ok(directories) = etcetera::choose_base_strategy() else {
        bail!("this user has no home directory to store a session in: name a file with --session-file");
    };
    Ok(directories.state_dir().unwrap_or_else(|| directories.data_dir()).join(FILE))
}

impl Session {
    /// The session in a file; `None` if there is no file. Rights of other users to read it are removed.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        make_own(path, Kind::Secret)?;
        let bytes = match std::fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        // What is wrong with the content could quote the token.
        let read = serde_json::from_slice::<Self>(&bytes).ok().filter(|session| session.server().is_some());
        match read {
            Some(session) => Ok(Some(session)),
            None => bail!(
                "{}: this is not a session of `bailiwick login`: log in again, or delete the file",
                path.display()
            ),
        }
    }

    /// Stores the session in a file that only this user can read.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let context = || format!("{}: the session cannot be stored", path.display());
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or_else(|| Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(context)?;
        // It has the mode 0600 from the beginning, and replaces the file only once it is complete.
        let mut file = tempfile::NamedTempFile::new_in(directory).with_context(context)?;
        let text = Zeroizing::new(serde_json::to_vec_pretty(self).with_context(context)?);
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).with_context(context)?;
        file.persist(path).map_err(|error| error.error).with_context(context)?;
        Ok(())
    }

    /// Deletes the file of the session, and keeps only which organization the person chose.
    pub(crate) fn forget(&self, path: &Path) -> anyhow::Result<()> {
        delete(path)?;
        let Some(organization) = self.organization.clone() else { return delete(&Choice::path(path)) };
        let choice = Choice { url: self.url.clone(), email: self.email.clone(), organization };
        // To choose again is a small loss.
        let _ = serde_json::to_vec_pretty(&choice).map(|text| std::fs::write(Choice::path(path), text));
        Ok(())
    }

    /// The URL of the server; `None` if it is not a URL.
    pub(crate) fn server(&self) -> Option<Url> {
        self.url.parse().ok()
    }
}

/// Deletes the file of a session.
pub(crate) fn delete(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: the session cannot be deleted", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn session() -> Session {
        Session {
            url: "https://127.0.0.1:8443/".to_owned(),
            trust: Trust::Issuers { pem: "PEM".to_owned() },
            email: "ada@example.com".to_owned(),
            organization: None,
            expires_at: "2030-01-31T08:00:00Z".to_owned(),
            token: Zeroizing::new("secret-token".to_owned()),
        }
    }

    #[test]
    fn a_session_is_stored_for_its_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state/bailiwick/session.json");
        assert!(Session::read(&path).unwrap().is_none());
        session().write(&path).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let read = Session::read(&path).unwrap().unwrap();
        assert_eq!((read.token.as_str(), read.email.as_str()), ("secret-token", "ada@example.com"));
        // What others could read is made private again, and what they could write is refused.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        Session::read(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o602)).unwrap();
        assert!(Session::read(&path).err().unwrap().to_string().contains("may change it"));
        delete(&path).unwrap();
        delete(&path).unwrap();
        assert!(Session::read(&path).unwrap().is_none());
    }

    #[test]
    fn the_chosen_organization_outlives_the_session() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("session.json");
        let chosen = Session { organization: Some("north".to_owned()), ..session() };
        chosen.write(&path).unwrap();
        chosen.forget(&path).unwrap();
        assert!(Session::read(&path).unwrap().is_none());
        let read = |url: &str, email: &str| Choice::read(&path, &url.parse().unwrap(), email);
        assert_eq!(read("https://127.0.0.1:8443", "ada@example.com").as_deref(), Some("north"));
        assert_eq!(read("https://127.0.0.1:8444", "ada@example.com"), None);
        assert_eq!(read("https://127.0.0.1:8443", "bob@example.com"), None);
        let text = std::fs::read_to_string(Choice::path(&path)).unwrap();
        assert!(!text.contains("secret-token"), "{text}");
        session().forget(&path).unwrap();
        assert_eq!(read("https://127.0.0.1:8443", "ada@example.com"), None);
    }

    #[test]
    fn a_broken_file_is_named_without_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("session.json");
        std::fs::write(&path, r#"{"token": "secret-token"}"#).unwrap();
        let error = format!("{:#}", Session::read(&path).err().unwrap());
        assert!(error.contains("log in again") && !error.contains("secret-token"), "{error}");
    }
}
