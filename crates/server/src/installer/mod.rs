//! Handing out the program of the agent: a script that installs it, and the program itself. Both are for machines that
//! have an enrolment key, and for agents.

mod programs;
mod script;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bailiwick_domain::id::RequestId;
use bailiwick_engine::admission;
use bailiwick_engine::error::Error;
use bailiwick_engine::installer::{AgentProgram, Installer};
use bailiwick_fleet::Guest;
use bytes::Bytes;
use futures::stream;
use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Method};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

use crate::app::App;
use crate::places::Place;
use crate::problem::HttpError;
use crate::{credential, query, respond, rest};

pub(crate) use programs::find;

/// The path of the script.
pub(crate) const PATH: &str = "/v1/installer";
/// The path of a program.
pub(crate) const PROGRAM_PATH: &str = "/v1/installer/{platform}";
/// How long a download may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// The bytes that are read from a program at a time.
const PIECE: usize = 64 << 10;

/// Answers a request for the script.
pub(crate) fn script(app: &Arc<App>, request: Request) -> Response {
    let request_id = app.control.new_request_id();
    let (parts, _) = request.into_parts();
    let answered = receive(app, &parts, request_id).and_then(|(guest, place)| {
        let installer = offered(app)?;
        let key = match credential::from_request(&parts.headers, false)? {
            admission::Credential::Key(key) if guest.enrols() => Some(key),
            _ => None,
        };
        let text = script::text(installer, key.as_ref());
        drop(place);
        Ok(respond::program(Body::from(text), "text/x-shellscript; charset=utf-8", request_id))
    });
    answered.unwrap_or_else(|error| refused(app, &error, request_id))
}

/// Answers a request for a program.
pub(crate) async fn program(app: Arc<App>, platform: String, request: Request) -> Response {
    let request_id = app.control.new_request_id();
    let (parts, _) = request.into_parts();
    let answered = async {
        let (_, place) = receive(&app, &parts, request_id)?;
        let installer = offered(&app)?;
        let found = installer.programs.iter().find(|program| program.platform == platform);
        let program = found.ok_or_else(|| not_offered(installer, &platform))?;
        let file = File::open(&program.path).await.map_err(Error::internal)?;
        let mut response = respond::program(
            if parts.method == Method::HEAD { Body::empty() } else { pieces(file, program, place) },
            "application/octet-stream",
            request_id,
        );
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(program.bytes));
        Ok(response)
    };
    answered.await.unwrap_or_else(|error: HttpError| refused(&app, &error, request_id))
}

fn refused(app: &App, error: &HttpError, request_id: RequestId) -> Response {
    let (code, status) = (error.code(), error.status());
    app.control.measures().refusals().note(code);
    tracing::info!(%request_id, status, code, "a request for the program of the agent was refused");
    respond::error(error, None, request_id)
}

/// What the server offers, or an error if that is nothing.
fn offered(app: &App) -> Result<&Installer, HttpError> {
    let installer = app.control.installer().filter(|installer| !installer.programs.is_empty());
    installer.ok_or_else(|| {
        HttpError::from(Error::not_found(
            "program of the agent",
            "on this server: install the package bailiwick on it, or set agent.programs to a directory with a file bailiwick-agent-linux-x86_64",
        ))
    })
}

fn not_offered(installer: &Installer, platform: &str) -> HttpError {
    let known: Vec<&str> = installer.programs.iter().map(|program| program.platform.as_str()).collect();
    let shown: String = platform.chars().take(64).collect();
    Error::not_found("program of the agent", format!("{shown}; there are {}", known.join(", "))).into()
}

/// The bytes of a program. The place is held until all are sent.
fn pieces(file: File, program: &AgentProgram, place: Place) -> Body {
    let until = Instant::now() + PATIENCE;
    // A file that grows meanwhile must not make the answer longer than its header says.
    let file = file.take(program.bytes);
    Body::from_stream(stream::try_unfold((file, place), move |(mut file, place)| async move {
        let mut piece = vec![0; PIECE];
        let read = tokio::time::timeout_at(until, file.read(&mut piece)).await??;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), (file, place))))
    }))
}

/// Admits a machine that enrols, an agent, or a key that may create agents, and gives it a place among those that
/// connect.
fn receive(app: &Arc<App>, parts: &Parts, request_id: RequestId) -> Result<(Guest, Place), HttpError> {
    let mut pairs = query::parse(parts.uri.query())?;
    let organization = query::organization(&mut pairs)?;
    if let Some((name, _)) = pairs.first() {
        return Err(Error::invalid(name, "this query parameter is unknown").into());
    }
    let request = admission::Request {
        id: request_id,
        address: rest::client_address(app, parts),
        credential: credential::from_request(&parts.headers, false)?,
        organization,
        if_match: None,
        user_agent: parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned),
    };
    let guest = app.fleet.receive(request)?;
    let place = app.links.downloads.take(guest.parties(), 1).ok_or(HttpError::Overloaded)?;
    Ok((guest, place))
}
