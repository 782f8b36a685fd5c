//! The socket in the data directory, over which `bailiwick admin` on the server's own machine asks a running server
//! for a link for a server administrator. It needs no credential: a user who can write to it can also read the server's
//! peppers and database.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::Email;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::Error;
use bailiwick_operations::users::recover::{Recovery, recover};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::console::first_run_page;

/// The path of the only request.
pub const PATH: &str = "/administrator_link";
/// The most bytes of a request's body.
const BODY_MAX: usize = 4_096;

/// The body of a request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// The administrator's e-mail address; the only administrator if absent.
    pub email: Option<Email>,
    /// Whether to remove the second factor, end the sessions and enable the account, too.
    pub reset: bool,
}

impl LinkRequest {
    /// Makes the link to the server with this URL.
    pub async fn answer(&self, control: &Arc<Control>, url: &str) -> Result<Link, Error> {
        let recovery = if self.reset { Recovery::Reset } else { Recovery::Link };
        let made = recover(control, self.email.as_ref(), recovery).await?;
        Ok(Link {
            email: made.email,
            link: first_run_page(url, &made.token),
            token: made.token,
            expires_at: made.expires_at,
        })
    }
}

/// A link for a server administrator.
#[derive(Serialize, Deserialize)]
pub struct Link {
    /// The administrator's e-mail address.
    pub email: Email,
    /// The address of the page on which the administrator chooses a password.
    pub link: Zeroizing<String>,
    /// The secret of the link, for `POST /v1/invitations/accept`.
    pub token: Zeroizing<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why a request is refused.
#[derive(Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// What was wrong, for people.
    pub error: String,
}

impl Refusal {
    /// Why an administrator's link was not made; `None` if the fault is the server's.
    pub fn of(error: &Error) -> Option<Self> {
        let error = match error {
            Error::Invalid(errors) => {
                errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ")
            }
            other if other.status() < 500 => other.to_string(),
            _ => return None,
        };
        Some(Self { error })
    }
}

/// The listening socket. Its file is removed when it has been served.
pub struct LocalSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl LocalSocket {
    /// Makes the socket with a file that only its owner may use. The data directory must be locked by this process:
    /// a file that is there already was left behind by a server that was killed.
    pub fn bind(path: &Path) -> std::io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // The directory keeps others out until the file's own mode is set.
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Answers requests until `stop` is cancelled.
    pub async fn serve(self, control: Arc<Control>, url: String, stop: CancellationToken) {
        let app = Router::new()
            .route(PATH, post(answer))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state((control, Arc::from(url)));
        let Self { listener, path } = self;
        let served = stop.run_until_cancelled(async { axum::serve(listener, app).await }).await;
        if let Some(Err(error)) = served {
            tracing::error!(%error, "the socket for `bailiwick admin` failed");
        }
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "the socket for `bailiwick admin` was not removed");
        }
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);

async fn answer(State((control, url)): State<(Arc<Control>, Arc<str>)>, body: Bytes) -> Response {
    let refused = |status: StatusCode, error: String| json(status, &Refusal { error });
    let wanted: LinkRequest = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error.to_string()),
    };
    match tokio::time::timeout(PATIENCE, wanted.answer(&control, &url)).await {
        Ok(Ok(link)) => json(StatusCode::OK, &link),
        Ok(Err(error)) => match Refusal::of(&error) {
            Some(refusal) => json(StatusCode::BAD_REQUEST, &refusal),
            None => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a link for an administrator was not made");
                refused(StatusCode::INTERNAL_SERVER_ERROR, "the server failed; its log says why".into())
            }
        },
        Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer; try again".into()),
    }
}
