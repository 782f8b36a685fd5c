//! The options that say which server to call and with which credential, and how both are found.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bailiwick_files::read_below;
use bailiwick_server::data::FirstRunFile;
use clap::{Args, ValueEnum};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{Credential, Server};
use crate::session::{self, Session};
use crate::trust::Trust;

/// The default data directory.
const FOUND: &str = "bailiwick-data";
/// The file of the data directory with the first keys.
const FIRST_RUN: &str = "first-run.json";

/// The key of `first-run.json` to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum As {
    /// The organization key.
    Organization,
    /// The root key.
    Root,
}

/// The server to call.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddressArgs {
    /// The URL of the server [default: the server of the session, or else of the data directory]
    #[arg(long, value_name = "URL", env = "BAILIWICK_URL", alias = "server", help_heading = "Server", value_parser = server_url)]
    url: Option<Url>,
    /// The data directory with first-run.json and the self-signed certificate [default: bailiwick-data]
    #[arg(long, value_name = "DIR", help_heading = "Server")]
    data: Option<PathBuf>,
    /// A PEM file with the certificate of the server or of its issuer
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA", help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Accept any certificate, without verification
    #[arg(long, help_heading = "Server")]
    insecure: bool,
    /// The file with the session of `bailiwick login` [default: bailiwick/session.json in the directory for
    /// the state of programs, such as ~/.local/state]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_SESSION", help_heading = "Server")]
    session_file: Option<PathBuf>,
}

/// The server to call, and the key to use.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    address: AddressArgs,
    /// A file that contains the key; or set BAILIWICK_KEY to the key itself [default: the session of
    /// `bailiwick login`, or else the key in first-run.json]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_KEY_FILE", help_heading = "Server")]
    key_file: Option<PathBuf>,
    /// The key of first-run.json to use [default: organization]
    #[arg(long = "as", value_name = "WHO", value_enum, help_heading = "Server")]
    who: Option<As>,
    /// Print JSON instead of tables
    #[arg(long, help_heading = "Server")]
    pub(crate) json: bool,
    /// Show the ids of objects in tables on a terminal, even if there is little room
    #[arg(long, alias = "wide", help_heading = "Server")]
    pub(crate) ids: bool,
}

/// Parses the URL of a server, with or without the `/v1` with which the API's paths begin.
pub(crate) fn server_url(text: &str) -> Result<Url, String> {
    let url = text.trim_end_matches('/').trim_end_matches("/v1").parse::<Url>().ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
        // Credentials in the URL would appear in messages and in the list of processes.
        return Err("expected an address without a user name and password: give the key with --key-file or BAILIWICK_KEY".to_owned());
    }
    url.ok_or_else(|| "expected an address such as https://127.0.0.1:8443".to_owned())
}

/// The content of `server.json`.
#[derive(Deserialize)]
pub(crate) struct ServerAddress {
    /// The URL of the server.
    pub(crate) url: String,
    /// The file of its certificate, if it is not the self-signed one in the data directory.
    certificate: Option<PathBuf>,
}

/// The server that has written its address into the data directory.
struct Found {
    url: Url,
    certificate: Option<PathBuf>,
}

/// The server to log in to.
pub(crate) struct Destination {
    /// The server, without a credential.
    pub(crate) server: Server,
    /// The certificates that it is trusted with.
    pub(crate) trust: Trust,
    /// The file for the session.
    pub(crate) file: PathBuf,
    /// The session that is stored there, if it is for the same server.
    pub(crate) former: Option<Session>,
}

impl AddressArgs {
    /// The data directory.
    fn directory(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new(FOUND))
    }

    /// Reads a file of the data directory; `None` if it does not exist. In the default directory, which
    /// nobody named, it is refused if another user may have put it there.
    fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(data) = &self.data else {
            return read_below(Path::new(FOUND), Path::new(name)).context(
                "this directory is not trusted: name the server with --url, or the directory with --data",
            );
        };
        let path = data.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Reads a JSON file of the data directory; `None` if it does not exist.
    fn read_json<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<T>> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let read = serde_json::from_slice(&bytes);
        Ok(Some(read.with_context(|| self.directory().join(name).display().to_string())?))
    }

    fn found(&self) -> anyhow::Result<Option<Found>> {
        let Some(address) = self.read_json::<ServerAddress>("server.json")? else { return Ok(None) };
        let url = address.url.parse().ok().with_context(|| {
            let file = self.directory().join("server.json");
            format!(
                "{}: expected the address of a server as `url`; start the server again, which writes it",
                file.display()
            )
        })?;
        Ok(Some(Found { url, certificate: address.certificate }))
    }

    /// The certificates that a server is trusted with. `found` is the server of the data directory if the
    /// call is to that one, and `stored` are those of a session.
    fn trust(&self, found: Option<&Found>, stored: Option<&Trust>) -> anyhow::Result<Trust> {
        if self.insecure {
            return Ok(Trust::Any);
        }
        if let Some(path) = &self.ca {
            return Trust::issuers(path);
        }
        if let Some(stored) = stored {
            return Ok(stored.clone());
        }
        let Some(found) = found else { return Ok(Trust::System) };
        if let Some(path) = &found.certificate {
            // The address is that of this machine, and the certificate is for another name.
            let pem = std::fs::read(path).with_context(|| {
                format!(
                    "{}: this is the certificate of the server in {}; name the server by the certificate's name with --url",
                    path.display(),
                    self.directory().display()
                )
            })?;
            return Trust::exactly_in(&pem, path);
        }
        match self.read("tls/certificate.pem")? {
            Some(pem) => Trust::issuers_in(&pem, &self.directory().join("tls/certificate.pem")),
            None => Ok(Trust::System),
        }
    }

    /// The file for the session.
    pub(crate) fn session_file(&self) -> anyhow::Result<PathBuf> {
        session::path(self.session_file.as_deref())
    }

    /// The session, if it is for the server that the user named or if none is named.
    fn session(&self) -> anyhow::Result<Option<(Session, Url, PathBuf)>> {
        // Without a home directory there is no session.
        let Ok(file) = self.session_file() else { return Ok(None) };
        let Some(session) = Session::read(&file)? else { return Ok(None) };
        let Some(url) = session.server() else { return Ok(None) };
        let is_other = self.url.as_ref().is_some_and(|named| named.origin() != url.origin());
        Ok((!is_other).then_some((session, url, file)))
    }

    /// The server with the session.
    fn with_session(&self, session: Session, url: Url, file: PathBuf) -> anyhow::Result<Server> {
        let trust = self.trust(None, Some(&session.trust))?;
        let Session { token, email, expires_at, organization, .. } = session;
        let credential = Credential::Session { token, email, expires_at, file };
        let mut server = Server::new(&trust, url, credential)?;
        server.organization = organization;
        Ok(server)
    }

    /// The server of the stored session, to end it; `None` if there is no session.
    pub(crate) fn logged_in(&self) -> anyhow::Result<Option<Server>> {
        let Some((session, url, file)) = self.session()? else { return Ok(None) };
        self.with_session(session, url, file).map(Some)
    }

    /// The server to log in to: the one that is named, that of the data directory that is named, that of the
    /// last session, or that of the data directory here.
    pub(crate) fn destination(&self) -> anyhow::Result<Destination> {
        let file = self.session_file()?;
        // A file that cannot be read is replaced.
        let former = Session::read(&file).ok().flatten();
        let former = former.and_then(|session| Some((session.server()?, session)));
        let last = former.as_ref().map(|(url, _)| url.clone()).filter(|_| self.data.is_none());
        let found = if self.url.is_none() && last.is_some() { None } else { self.found()? };
        let url = match (&self.url, last, &found) {
            (Some(url), _, _) => url.clone(),
            (None, Some(last), _) => last,
            (None, None, Some(found)) => found.url.clone(),
            (None, None, None) => default_url()?,
        };
        let same = |other: &Url| other.origin() == url.origin();
        let former = former.filter(|(stored, _)| same(stored)).map(|(_, session)| session);
        let found_here = found.as_ref().filter(|found| same(&found.url));
        let stored = former.as_ref().map(|session| &session.trust).filter(|_| found_here.is_none());
        let trust = self.trust(found_here, stored)?;
        let mut server = Server::new(&trust, url, Credential::None)?;
        server.nothing_here = self.nothing_here(found.is_some() || former.is_some());
        Ok(Destination { server, trust, file, former })
    }

    /// The data directory, if no server is named and none was found.
    fn nothing_here(&self, is_found: bool) -> Option<String> {
        (!is_found && self.url.is_none()).then(|| self.directory().display().to_string())
    }
}

impl ServerArgs {
    /// The key that the user named, by file or environment variable.
    fn own_key(&self) -> anyhow::Result<Option<(Zeroizing<String>, String)>> {
        let (text, origin) = match &self.key_file {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                (Some(text), path.display().to_string())
            }
            None => (std::env::var("BAILIWICK_KEY").ok(), "BAILIWICK_KEY".to_owned()),
        };
        let key = text.map(Zeroizing::new).map(|text| Zeroizing::new(text.trim().to_owned()));
        Ok(key.filter(|key| !key.is_empty()).map(|key| (key, origin)))
    }

    /// The server to call, with its credential: a key that the user named, by itself or by its data
    /// directory, the session of a person who has logged in, or the first key of the data directory here.
    ///
    /// The files in the data directory belong together: the first keys are sent only to the server that
    /// made them. A key that the user names is sent to the server in `server.json` only if that is this
    /// machine, and to the server of the session if the user has logged in. A session is sent only to the server that began it.
    pub(crate) fn server(&self) -> anyhow::Result<Server> {
        let own_key = self.own_key()?;
        if own_key.is_none()
            && self.who.is_none()
            && self.address.data.is_none()
            && let Some((session, url, file)) = self.address.session()?
        {
            return self.address.with_session(session, url, file);
        }
        self.with_key(own_key)
    }

    /// The server with the session of a person who has logged in.
    pub(crate) fn server_of_person(&self) -> anyhow::Result<Server> {
        let key = match self.own_key()? {
            Some((_, origin)) => Some(origin),
            None if self.who.is_some() => Some("--as".to_owned()),
            None if self.address.data.is_some() => Some("--data".to_owned()),
            None => None,
        };
        if let Some(key) = key {
            bail!(
                "only a person who is logged in may do this, not a key: log in with `bailiwick login`, and leave the key of {key} out"
            );
        }
        match self.address.session()? {
            Some((session, url, file)) => self.address.with_session(session, url, file),
            None => bail!("only a person who is logged in may do this: log in with `bailiwick login`"),
        }
    }

    fn with_key(&self, own_key: Option<(Zeroizing<String>, String)>) -> anyhow::Result<Server> {
        let address = &self.address;
        // The first keys are for the server of their data directory; a key of one's own goes where one has logged in.
        let is_elsewhere = own_key.is_none() || self.who.is_some() || address.data.is_some();
        let session = if is_elsewhere { None } else { address.session()? };
        let found = if session.is_some() { None } else { address.found()? };
        let url = match (&address.url, &session, &found) {
            (Some(url), _, _) => url.clone(),
            (None, Some((_, url, _)), _) => url.clone(),
            (None, None, Some(found)) if own_key.is_none() || is_this_machine(&found.url) => {
                found.url.clone()
            }
            _ => default_url()?,
        };
        let found_here = found.as_ref().filter(|found| found.url.origin() == url.origin());
        let mut no_first_keys = None;
        let credential = match own_key {
            Some((key, origin)) => Credential::Key { key, origin },
            None if found_here.is_some() => {
                let file = address.directory().join(FIRST_RUN).display().to_string();
                match address.read_json::<FirstRunFile>(FIRST_RUN)? {
                    Some(first) => {
                        let key = match self.who {
                            None | Some(As::Organization) => first.organization_key,
                            Some(As::Root) => first.root_key,
                        };
                        Credential::Key { key, origin: file }
                    }
                    None => {
                        no_first_keys = Some(file);
                        Credential::None
                    }
                }
            }
            None => Credential::None,
        };
        let stored = session.as_ref().map(|(session, _, _)| &session.trust);
        let trust = address.trust(found_here, stored)?;
        let mut server = Server::new(&trust, url, credential)?;
        server.nothing_here = address.nothing_here(found.is_some() || session.is_some());
        server.no_first_keys = no_first_keys;
        Ok(server)
    }
}

/// The URL of a server that listens where a server listens by default.
fn default_url() -> anyhow::Result<Url> {
    Ok("https://127.0.0.1:8443".parse()?)
}

/// Whether a URL is that of this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_server_url_is_refused() {
        assert_eq!(server_url("https://h:1/v1/").unwrap().as_str(), "https://h:1/");
        for text in ["https://api_key:secret@h", "https://secret@h"] {
            assert!(server_url(text).unwrap_err().contains("--key-file"), "{text}");
        }
        assert!(server_url("h:1").is_err());
    }
}
