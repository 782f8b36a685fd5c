//! Calls to a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use bailiwick_server::data::FirstRunFile;
use clap::{Args, ValueEnum};
use reqwest::{Certificate, Client, Method, StatusCode, Url};
use serde_json::Value;
use zeroize::Zeroizing;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which of the first start's keys is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum As {
    /// The organization key.
    Organization,
    /// The root key.
    Root,
}

/// Which server is called, and with which key.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArgs {
    /// The server [default: as in first-run.json]
    #[arg(long, value_name = "URL", env = "BAILIWICK_URL", help_heading = "Server")]
    url: Option<Url>,
    /// A file that holds the key; or set BAILIWICK_KEY to the key itself [default: as in first-run.json]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_KEY_FILE", help_heading = "Server")]
    key_file: Option<PathBuf>,
    /// Which key of first-run.json is used
    #[arg(long = "as", value_name = "WHO", value_enum, default_value_t = As::Organization, help_heading = "Server")]
    who: As,
    /// The data directory that first-run.json and the self-signed certificate are in
    #[arg(long, value_name = "DIR", default_value = "bailiwick-data", help_heading = "Server")]
    data: PathBuf,
    /// A file with the certificate, or its issuer's, in PEM
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA", help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Believe any certificate
    #[arg(long, help_heading = "Server")]
    insecure: bool,
    /// Answer with JSON instead of tables
    #[arg(long, help_heading = "Server")]
    pub(crate) json: bool,
}

/// A server and a key.
pub(crate) struct Server {
    client: Client,
    url: Url,
    key: Option<Zeroizing<String>>,
}

/// An answer of the server.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl ServerArgs {
    fn first_run(&self) -> Option<FirstRunFile> {
        serde_json::from_slice(&std::fs::read(self.data.join("first-run.json")).ok()?).ok()
    }

    fn key(&self, first_run: Option<&FirstRunFile>) -> anyhow::Result<Option<Zeroizing<String>>> {
        if let Some(path) = &self.key_file {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            return Ok(Some(Zeroizing::new(text.trim().to_owned())));
        }
        if let Ok(key) = std::env::var("BAILIWICK_KEY") {
            return Ok(Some(Zeroizing::new(key)));
        }
        Ok(first_run.map(|file| match self.who {
            As::Organization => file.organization_key.clone(),
            As::Root => file.root_key.clone(),
        }))
    }

    /// The server that is meant.
    pub(crate) fn server(&self) -> anyhow::Result<Server> {
        let first_run = self.first_run();
        let url = match (&self.url, &first_run) {
            (Some(url), _) => url.clone(),
            (None, Some(file)) => file.url.parse().context("first-run.json: url")?,
            (None, None) => "https://127.0.0.1:8443".parse()?,
        };
        let mut builder = Client::builder()
            .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            // A proxy has no place between this program and the server it was given.
            .no_proxy();
        let own = self.data.join("tls/certificate.pem");
        if self.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        } else if let Some(path) = &self.ca {
            builder = builder.tls_certs_only(certificates(path)?);
        } else if self.url.is_none() && own.exists() {
            builder = builder.tls_certs_only(certificates(&own)?);
        }
        Ok(Server { client: builder.build()?, url, key: self.key(first_run.as_ref())? })
    }
}

fn certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
    Certificate::from_pem_bundle(&pem)
        .with_context(|| format!("{}: expected certificates in PEM", path.display()))
}

impl Server {
    /// Calls it.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &[String],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut url = self.url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().extend(path);
            }
            Err(()) => bail!("{}: expected an address such as https://127.0.0.1:8443", self.url),
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.client.request(Method::from_bytes(method.as_bytes())?, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.as_str());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.explain(error))?;
        let status = response.status();
        let bytes = response.bytes().await.context("the answer broke off")?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{} does not answer as Bailiwick does", self.url))?
        };
        Ok(Reply { status, body })
    }

    /// What to do about a call that did not get through.
    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        let mut causes = String::new();
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            causes.push_str(&error.to_string().to_lowercase());
            cause = error.source();
        }
        let hint = if causes.contains("certificate") {
            "its certificate is not trusted; name it with --ca FILE, or use --insecure"
        } else if error.is_connect() {
            "is it running? `bailiwick up` starts one; --url names another"
        } else if error.is_timeout() {
            "it took too long to answer"
        } else {
            "the call failed"
        };
        anyhow::Error::new(error.without_url()).context(format!("{}: {hint}", self.url))
    }
}
