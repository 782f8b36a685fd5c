//! Checks the password that a logged-in user must repeat before an important change.

use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::password::PresentedPassword;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};

/// Refuses a user who does not know their password. Failures count like failed logins, so that nobody
/// can guess the password from a session that was left open.
pub(crate) async fn require_password(cx: &Cx, password: &PresentedPassword, field: &str) -> Result<()> {
    let user = &cx.person()?.user;
    let network = ClientNetwork::from(cx.address());
    let attempts = cx.control().attempts();
    let is_familiar = cx.store().is_familiar(user.id, network).await?;
    attempts.begin(&user.email, network, is_familiar, cx.now())?;
    let login = cx.store().login(user.id).await?.ok_or(Error::SessionEnded)?;
    if cx.verify_password(password.reveal(), login.password_hash.as_deref()).await? {
        attempts.withdrawn(&user.email, network);
        return Ok(());
    }
    Err(Error::invalid(field, "expected your current password"))
}
