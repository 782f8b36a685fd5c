//! Links with which server administrators choose a password, made on the server's own machine.

use std::sync::Arc;

use bailiwick_domain::reach::Reach;
use bailiwick_domain::session::Token;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::{Email, User};
use bailiwick_engine::admission::By;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::first_run::LINK_SECONDS;
use bailiwick_engine::internal;
use zeroize::Zeroizing;

use super::NOUN;

/// How many administrators an error names.
const NAMED_MAX: u32 = 20;

/// How much of an account is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing: the password and the second factor work until the link is used.
    Link,
    /// The account is enabled, its second factor is removed, and its sessions end.
    Reset,
}

/// A link for a server administrator.
pub struct AdministratorLink {
    /// The administrator's e-mail address.
    pub email: Email,
    /// The secret with which the administrator chooses a password.
    pub token: Zeroizing<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Makes a link for the server administrator with an e-mail address; without one, for the only administrator. Earlier
/// links and invitations of this user become invalid. The caller must have made sure that the owner of the server's
/// files asks.
///
/// [`Error::Invalid`] if there is no such administrator, or if there are several and none is named.
pub async fn recover(
    control: &Arc<Control>,
    email: Option<&Email>,
    recovery: Recovery,
) -> Result<AdministratorLink> {
    let cx = control.authorize(By::Server, &internal::RECOVER)?;
    let administrator = administrator(&cx, email).await?;
    let (token, expires_at) = (Token::mint(cx.entropy()), cx.now().plus_seconds(LINK_SECONDS));
    let mut write = cx.write_internal().await?;
    let tx = write.tx();
    let mut revision = administrator.revision;
    if recovery == Recovery::Reset {
        let enabled = User {
            disabled_at: None,
            updated_at: cx.now(),
            revision: revision.next(),
            ..administrator.clone()
        };
        tx.users(&Reach::EVERYTHING).update(&enabled, revision).await?;
        revision = enabled.revision;
        tx.end_second_factor(administrator.id).await?;
        tx.end_sessions_of(administrator.id, None).await?;
    }
    tx.invite(administrator.id, revision, token.digest(), expires_at).await?;
    let note = (recovery == Recovery::Reset)
        .then(|| "the account was enabled, its second factor was removed, and its sessions ended".to_owned());
    write.audit(None, vec![NOUN.target(administrator.id)], note).await?;
    write.commit().await?;
    Ok(AdministratorLink { email: administrator.email, token: token.reveal(), expires_at })
}

async fn administrator(cx: &Cx, email: Option<&Email>) -> Result<User> {
    let all = cx.store().administrators(NAMED_MAX).await?;
    let named = || all.iter().map(|user| user.email.as_str()).collect::<Vec<_>>().join(", ");
    match (email, all.as_slice()) {
        (Some(email), _) => {
            let user = cx.store().users(&Reach::EVERYTHING).with_email(email).await?;
            let administrator = user.filter(|user| user.server_administrator);
            administrator.ok_or_else(|| {
                let detail = format!("{email} is not a server administrator; these are: {}", named());
                Error::invalid("email", detail)
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Error::invalid("email", "there is no server administrator")),
        (None, _) => {
            let detail = format!("there are several server administrators; name one of {}", named());
            Err(Error::invalid("email", detail))
        }
    }
}
