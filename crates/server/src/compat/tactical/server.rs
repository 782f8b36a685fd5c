//! Tactical RMM's routes about the server itself.

use bailiwick_operations::ids;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::compat::call::{Call, Reply, fields};
use crate::problem::HttpError;

/// The server's version, as our operation returns it.
#[derive(Deserialize)]
struct Version {
    version: String,
}

/// Answers that the server is there. Needs no key.
pub(super) async fn home(call: &mut Call) -> Result<Reply, HttpError> {
    let _: Value = call.ask(ids::SERVER_READY, None, fields([])).await?;
    Reply::json(200, &json!({ "status": "ok" }))
}

/// The version, as a text. It is Bailiwick's.
pub(super) async fn version(call: &mut Call) -> Result<Reply, HttpError> {
    let found: Version = call.ask(ids::SERVER_VERSION, None, fields([])).await?;
    Reply::json(200, &found.version)
}
