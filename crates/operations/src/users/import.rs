//! Import many users at once.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{RoleId, UserId};
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Line};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::existing_account;
use super::invite::{Invitation, invite};
use super::join::{give_role, join, newcomer};
use super::line::UserLine;
use super::role::{has_all_of, pin_role, require_above_all, require_no_less_than};
use super::{NOUN, TAG, ids};
use crate::import::{Decided, Fate, Import, Importer, Text, Wrong, write};
use crate::keys::beyond::require_may_give_people_access;

/// The most bytes of text in one import of users.
const USERS_TEXT_MAX: usize = 4 << 20;

/// Import many users at once, with their roles in the organization.
///
/// Each line has an `email`, a `name` and a `role`: `viewer`, `technician`, `editor`, `admin`, or a custom role by
/// name or id; a new user without a role becomes a viewer. In CSV, the first line names the fields. At
/// most 2,000 lines. A user without a password gets an invitation, which is in the answer; a line
/// cannot contain a password. A caller cannot give a role that opens more than its own rights, nor take
/// one away that does. Names do not change: leave out the name of a user who has an account. A key
/// cannot add users or change roles if it has limits that would not apply to a person.
///
/// Only root keys and server administrators can make users with an existing account members. For other
/// callers these addresses are taken, and only the first such line is named, so that an import reveals
/// no more about existing accounts than creating users one by one.
///
/// Either all lines are imported or none: `errors` names every other wrong line, the first hundred one
/// by one. The text can also be the whole body, with `Content-Type: text/csv` or
/// `application/x-ndjson`; the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "email,name,role\nada@example.com,Ada Lovelace,editor\n",
}]))]
pub(crate) struct ImportUsers {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"email\":\"ada@example.com\",\"name\":\"Ada Lovelace\",\"role\":\"viewer\"}\n")]
    data: String,
    /// What to do with a line whose address belongs to an existing member; `refuse` if absent. `update`
    /// gives the member the line's role.
    #[serde(default)]
    existing: Existing,
    /// Whether existing accounts that have a password become members. Make sure that each is the account
    /// of the person meant: anybody who knows its password can then act in the organization.
    #[serde(default)]
    join_existing: bool,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

/// The result of an import of users.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ImportedUsers {
    /// How many users were created.
    created: usize,
    /// How many users with an existing account became members.
    joined: usize,
    /// How many members got another role.
    updated: usize,
    /// How many users already were as their lines say.
    unchanged: usize,
    /// Invitations for the users without a password, in the order of the lines. No later answer shows
    /// them; `users.invite` makes new ones.
    invitations: Vec<Invited>,
    /// True if nothing was changed because the request was a dry run.
    dry_run: bool,
}

/// A user who is invited to choose a password.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Invited {
    /// The user's id.
    user: UserId,
    /// The e-mail address with which the user logs in.
    email: Email,
    #[serde(flatten)]
    invitation: Invitation,
}

impl Operation for ImportUsers {
    const SPEC: Spec = Spec::act(ids::USERS_IMPORT, "/v1/users/import")
        .tag(TAG)
        .whole_organization()
        .answers_secret()
        .takes_text()
        .body_limit(USERS_TEXT_MAX);
    type Output = ImportedUsers;

    async fn run(self, cx: &Cx) -> Result<ImportedUsers> {
        let Self { format, data, existing, dry_run, join_existing } = self;
        let may_join = require_above_all(cx).is_ok();
        let mut users = Users { join_existing, may_join, ..Users::default() };
        let written = write(cx, &mut users, Text { format, data, existing, dry_run }).await?;
        let (imported, joined) = (&written.imported, users.joined);
        let created = imported.created - joined;
        let note = format!("{created} created, {joined} joined, {} updated", imported.updated);
        let answer = ImportedUsers {
            created,
            joined,
            updated: imported.updated,
            unchanged: imported.unchanged,
            invitations: users.invitations,
            dry_run: imported.dry_run,
        };
        written.commit(note, answer).await
    }
}

/// A user, with the membership that the line describes.
struct Member {
    user: User,
    membership: Membership,
    /// Whether the user has an account and becomes a member.
    joins: bool,
}

/// What an import of users has looked up and done.
#[derive(Default)]
struct Users {
    /// Whether existing accounts that have a password become members.
    join_existing: bool,
    /// Whether the caller may make users with an existing account members.
    may_join: bool,
    /// The accounts with the addresses of lines, in any organization.
    accounts: HashMap<Email, User>,
    /// The organization's custom roles.
    roles: HashMap<Name, RoleId>,
    /// Whether the caller may give or take a role; only of roles that were checked.
    givable: HashMap<RoleRef, bool>,
    /// Whether a line was refused because of an account outside of the organization.
    told_of_another: bool,
    /// How many users with an existing account become members.
    joined: usize,
    /// The invitations of those without a password.
    invitations: Vec<Invited>,
}

impl Users {
    /// The role that a line names.
    fn role(&self, named: &NamedRole) -> Option<RoleRef> {
        let own = |id: &RoleId| RoleRef::Own(*id);
        match named {
            NamedRole::Ref(RoleRef::Own(id)) => self.roles.values().find(|known| *known == id).map(own),
            NamedRole::Ref(built_in) => Some(*built_in),
            NamedRole::Name(name) => self.roles.get(name).map(own),
        }
    }

    /// Keeps the roles that lines name as they are until the transaction ends.
    async fn pin_roles(&self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<UserLine>]) -> Result<()> {
        let named = lines.iter().filter_map(|line| line.record.role.as_ref());
        let roles: BTreeSet<RoleRef> = named.filter_map(|named| self.role(named)).collect();
        for role in roles {
            pin_role(import.cx, tx, role, import.reach.organization).await?;
        }
        Ok(())
    }

    /// Whether the caller may give a role, or take it away.
    fn may_give(&mut self, import: &Import<'_>, role: RoleRef) -> Result<bool> {
        if let Some(known) = self.givable.get(&role) {
            return Ok(*known);
        }
        let may = has_all_of(import.cx, role, import.reach.organization)?;
        self.givable.insert(role, may);
        Ok(may)
    }
}

impl Importer for Users {
    const FIELD: (&'static str, &'static str) = ("email", "address");
    const KEY: fn(&UserLine) -> Option<Email> = |line| Some(line.email.clone());
    const TARGET: fn(&Member) -> Target = |member| NOUN.target(member.user.id);
    type Line = UserLine;
    type Key = Email;
    type Object = Member;

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<UserLine>]) -> Result<()> {
        let emails: BTreeSet<&Email> = lines.iter().map(|line| &line.record.email).collect();
        let emails: Vec<&Email> = emails.into_iter().collect();
        let accounts = tx.users(&Reach::EVERYTHING).with_emails(&emails).await?;
        self.accounts = accounts.into_iter().map(|user| (user.email.clone(), user)).collect();
        let roles = tx.roles(&import.reach).all().await?;
        self.roles = roles.into_iter().map(|role| (role.name, role.id)).collect();
        self.pin_roles(import, tx, lines).await
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<UserLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Member>>> {
        let Line { number: line, record: UserLine { email, name, role: named } } = line;
        let organization = import.reach.organization;
        let account = self.accounts.remove(&email);
        let before = account.as_ref().and_then(|user| user.role_in(organization));
        let account = match account {
            Some(_) if before.is_none() && !self.may_join => {
                if !self.told_of_another {
                    let detail = "expected a value that is not taken: an account has this address, and only a root key or a server administrator can make it a member; the same may be true of other lines";
                    wrong.push("email", detail);
                }
                self.told_of_another = true;
                // The rest is checked as if there were no account, so that further errors reveal
                // nothing either.
                None
            }
            Some(user) if before.is_none() && user.has_password && !self.join_existing => {
                wrong.push("email", existing_account(user.id));
                return Ok(None);
            }
            Some(user) if before.is_some() && import.existing == Existing::Refuse => {
                let detail = format!("expected a value that is not taken: a member has it ({})", user.id);
                wrong.push("email", detail);
                return Ok(None);
            }
            account => account,
        };
        match (&account, &name) {
            (Some(user), Some(name)) if user.name != *name => {
                let detail = format!("expected {}, the current name of the user, or no name", user.name);
                wrong.push("name", detail);
            }
            (None, None) => {
                wrong.push("name", "expected the name of the new user");
            }
            _ => {}
        }
        let role = match &named {
            None => before.unwrap_or(RoleRef::BuiltIn(BuiltInRole::Viewer)),
            Some(named) => match self.role(named) {
                Some(role) => role,
                None => {
                    wrong.push("role", format!("there is no role {named}"));
                    return Ok(None);
                }
            },
        };
        if before != Some(role) {
            if !self.may_give(import, role)? {
                let called = named.map_or_else(|| role.to_string(), |named| named.to_string());
                let detail = format!("the role {called} grants permissions that the caller does not have");
                wrong.push_beyond("role", detail);
            } else if let Some(before) = before
                && !self.may_give(import, before)?
            {
                wrong.push_beyond(
                    "role",
                    "the user's current role grants permissions that the caller does not have",
                );
            }
        }
        // Anybody with the invitation can act as this user in every organization.
        if let Some(user) = &account
            && before.is_none()
            && !user.has_password
            && require_no_less_than(import.cx, user).is_err()
        {
            wrong.push_beyond("email", "the invited user has permissions that the caller does not have");
        }
        let membership = Membership { organization_id: organization, role };
        let (user, joins, fate) = match (account, before) {
            (Some(user), None) => (user, true, Fate::New),
            (Some(user), Some(before)) if before == role => (user, false, Fate::Same),
            (Some(user), Some(_)) => {
                let from = user.revision;
                (user, false, Fate::Changed { from })
            }
            (None, _) => match name {
                Some(name) => (newcomer(import.cx, email, name, Some(membership)), false, Fate::New),
                None => return Ok(None),
            },
        };
        Ok(Some(Decided { line, object: Member { user, membership, joins }, fate }))
    }

    fn admit(&mut self, import: &Import<'_>, decided: &[Decided<Member>]) -> Result<()> {
        self.joined = decided.iter().filter(|member| member.object.joins).count();
        if decided.iter().any(Decided::is_written) {
            require_may_give_people_access(import.cx)
        } else {
            Ok(())
        }
    }

    async fn write(&mut self, import: &Import<'_>, tx: &mut Tx, decided: Vec<Decided<Member>>) -> Result<()> {
        let cx = import.cx;
        for Decided { object: Member { user, membership, joins }, fate, .. } in decided {
            let (user, invitation) = match fate {
                Fate::New if joins => join(cx, tx, user, membership).await?,
                Fate::New => {
                    tx.users(&Reach::EVERYTHING).create(&user).await?;
                    let invitation = invite(cx, tx, &user).await?;
                    (user, Some(invitation))
                }
                Fate::Changed { .. } => (give_role(cx, tx, user, membership).await?, None),
                Fate::Same => (user, None),
            };
            let invited =
                invitation.map(|invitation| Invited { user: user.id, email: user.email, invitation });
            self.invitations.extend(invited);
        }
        Ok(())
    }
}
