//! Adding users to an organization.

use bailiwick_domain::id::UserId;
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::Cx;
use bailiwick_store::{Error as StoreError, Tx};

use super::invite::{Invitation, invite};

/// A user who has no account yet.
pub(super) fn newcomer(cx: &Cx, email: Email, name: Name, membership: Option<Membership>) -> User {
    let now = cx.now();
    User {
        id: UserId::new(cx.clock(), cx.entropy()),
        email,
        name,
        server_administrator: false,
        disabled_at: None,
        has_password: false,
        second_factor: false,
        last_login_at: None,
        memberships: membership.into_iter().collect(),
        created_at: now,
        updated_at: now,
        revision: Revision::FIRST,
    }
}

/// Makes a user with an existing account a member. Returns the user as the organization sees them, and
/// an invitation if they have no password. Only for callers above organizations.
pub(super) async fn join(
    cx: &Cx,
    tx: &mut Tx,
    user: User,
    membership: Membership,
) -> Result<(User, Option<Invitation>), StoreError> {
    let user = give_role(cx, tx, user, membership).await?;
    if user.has_password {
        return Ok((user, None));
    }
    // Anybody with the old invitation could act as a user who has more rights now.
    let invitation = invite(cx, tx, &user).await?;
    Ok((user, Some(invitation)))
}

/// Gives a user a role. Returns the user as the role's organization sees them.
pub(super) async fn give_role(
    cx: &Cx,
    tx: &mut Tx,
    user: User,
    membership: Membership,
) -> Result<User, StoreError> {
    let from = user.revision;
    let user = User { updated_at: cx.now(), revision: from.next(), memberships: vec![membership], ..user };
    tx.users(&Reach::EVERYTHING).set_role(user.id, &membership).await?;
    tx.users(&Reach::EVERYTHING).update(&user, from).await?;
    Ok(user)
}
