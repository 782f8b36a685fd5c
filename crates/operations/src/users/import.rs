//! Import many users at once.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{OrganizationId, RoleId, UserId};
use bailiwick_domain::name::Name;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Line, LineErrors, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::existing_account;
use super::invite::{Invitation, invite};
use super::join::{give_role, join, newcomer};
use super::line::UserLine;
use super::role::{has_all_of, pin_role, require_above_all, require_no_less_than};
use super::{NOUN, TAG};
use crate::keys::beyond::require_may_give_people_access;

/// The most bytes of text in one import of users.
const USERS_TEXT_MAX: usize = 4 << 20;

/// Import many users at once, with their roles in the organization.
///
/// Each line has an `email`, a `name` and a `role`: `viewer`, `editor`, `admin`, or a custom role by
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
    const SPEC: Spec = Spec::act("users.import", "/v1/users/import")
        .tag(TAG)
        .whole_organization()
        .answers_secret()
        .takes_text()
        .body_limit(USERS_TEXT_MAX);
    type Output = ImportedUsers;

    async fn run(self, cx: &Cx) -> Result<ImportedUsers> {
        let reach = cx.organization_reach()?;
        let (lines, mut errors) = read::<UserLine>(self.format, self.data).await?;
        let mut write = cx.write().await?;
        let mut import = Import::prepare(cx, write.tx(), &reach, &lines).await?;
        import.pin_roles(write.tx(), &lines).await?;
        import.join_existing = self.join_existing;
        let (mut decided, mut unchanged) = (Vec::new(), 0);
        for line in lines {
            match import.decide(line, self.existing, &mut errors)? {
                Some(Decided { fate: Fate::Same, .. }) => unchanged += 1,
                other => decided.extend(other),
            }
        }
        errors.check()?;
        if !decided.is_empty() {
            require_may_give_people_access(cx)?;
        }
        let count = |wanted: Fate| decided.iter().filter(|decided| decided.fate == wanted).count();
        let mut imported = ImportedUsers {
            created: count(Fate::New),
            joined: count(Fate::Joins),
            updated: count(Fate::Changed),
            unchanged,
            invitations: Vec::new(),
            dry_run: self.dry_run.unwrap_or_default(),
        };
        if imported.dry_run {
            return Ok(imported);
        }
        let targets = decided
            .iter()
            .take(AUDIT_TARGETS_MAX)
            .map(|decided| Target::new(NOUN, decided.user.id))
            .collect();
        for decided in decided {
            imported.invitations.extend(decided.store(cx, write.tx()).await?);
        }
        let note =
            format!("{} created, {} joined, {} updated", imported.created, imported.joined, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// What the import does with a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The user is created.
    New,
    /// The user has an account, and becomes a member.
    Joins,
    /// The user gets another role.
    Changed,
    /// The user already is as the line says.
    Same,
}

/// A user, with the membership that the line describes.
struct Decided {
    user: User,
    membership: Membership,
    fate: Fate,
}

impl Decided {
    /// Writes it. Returns an invitation if the user becomes a member and has no password.
    async fn store(self, cx: &Cx, tx: &mut Tx) -> Result<Option<Invited>, StoreError> {
        let Self { user, membership, fate } = self;
        let (user, invitation) = match fate {
            Fate::New => {
                tx.users(&Reach::EVERYTHING).create(&user).await?;
                let invitation = invite(cx, tx, &user).await?;
                (user, Some(invitation))
            }
            Fate::Joins => join(cx, tx, user, membership).await?,
            Fate::Changed => (give_role(cx, tx, user, membership).await?, None),
            Fate::Same => (user, None),
        };
        Ok(invitation.map(|invitation| Invited { user: user.id, email: user.email, invitation }))
    }
}

/// What an import has looked up.
struct Import<'a> {
    cx: &'a Cx,
    organization: OrganizationId,
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
    /// The lines so far, by address.
    lines: HashMap<Email, u64>,
    /// Whether a line was refused because of an account outside of the organization.
    told_of_another: bool,
}

impl<'a> Import<'a> {
    /// Looks up everything that the lines refer to.
    async fn prepare(
        cx: &'a Cx,
        tx: &mut Tx,
        reach: &OrganizationReach,
        lines: &[Line<UserLine>],
    ) -> Result<Self> {
        let emails: BTreeSet<&Email> = lines.iter().map(|line| &line.record.email).collect();
        let emails: Vec<&Email> = emails.into_iter().collect();
        let accounts = tx.users(&Reach::EVERYTHING).with_emails(&emails).await?;
        let roles = tx.roles(reach).all().await?;
        Ok(Self {
            cx,
            organization: reach.organization,
            join_existing: false,
            may_join: require_above_all(cx).is_ok(),
            accounts: accounts.into_iter().map(|user| (user.email.clone(), user)).collect(),
            roles: roles.into_iter().map(|role| (role.name, role.id)).collect(),
            givable: HashMap::new(),
            lines: HashMap::new(),
            told_of_another: false,
        })
    }

    /// The role that a line names.
    fn role(&self, named: &Name) -> Option<RoleRef> {
        let own = |id: &RoleId| RoleRef::Own(*id);
        match named.as_str().parse() {
            Ok(RoleRef::Own(id)) => self.roles.values().find(|known| **known == id).map(own),
            Ok(built_in) => Some(built_in),
            Err(_) => self.roles.get(named).map(own),
        }
    }

    /// Keeps the roles that lines name as they are until the transaction ends.
    async fn pin_roles(&self, tx: &mut Tx, lines: &[Line<UserLine>]) -> Result<()> {
        let named: BTreeSet<&Name> = lines.iter().filter_map(|line| line.record.role.as_ref()).collect();
        let roles: BTreeSet<RoleRef> = named.into_iter().filter_map(|name| self.role(name)).collect();
        for role in roles {
            pin_role(self.cx, tx, role, self.organization).await?;
        }
        Ok(())
    }

    /// Whether the caller may give a role, or take it away.
    fn may_give(&mut self, role: RoleRef) -> Result<bool> {
        if let Some(known) = self.givable.get(&role) {
            return Ok(*known);
        }
        let may = has_all_of(self.cx, role, self.organization)?;
        self.givable.insert(role, may);
        Ok(may)
    }

    /// Decides what to do with a line.
    fn decide(
        &mut self,
        line: Line<UserLine>,
        existing: Existing,
        errors: &mut LineErrors,
    ) -> Result<Option<Decided>> {
        let Line { number, record } = line;
        let UserLine { email, name, role: named } = record;
        if let Some(before) = self.lines.insert(email.clone(), number) {
            errors.push(number, "email", format!("expected another address: line {before} has it"));
            return Ok(None);
        }
        let account = self.accounts.remove(&email);
        let before = account.as_ref().and_then(|user| user.role_in(self.organization));
        let account = match account {
            Some(_) if before.is_none() && !self.may_join => {
                if !self.told_of_another {
                    let detail = "expected a value that is not taken: an account has this address, and only a root key or a server administrator can make it a member; the same may be true of other lines";
                    errors.push(number, "email", detail);
                }
                self.told_of_another = true;
                // The rest is checked as if there were no account, so that further errors reveal
                // nothing either.
                None
            }
            Some(user) if before.is_none() && user.has_password && !self.join_existing => {
                errors.push(number, "email", existing_account(user.id));
                return Ok(None);
            }
            Some(user) if before.is_some() && existing == Existing::Refuse => {
                let detail = format!("expected a value that is not taken: a member has it ({})", user.id);
                errors.push(number, "email", detail);
                return Ok(None);
            }
            account => account,
        };
        let mut wrong = false;
        match (&account, &name) {
            (Some(user), Some(name)) if user.name != *name => {
                let detail = format!("expected {}, the current name of the user, or no name", user.name);
                errors.push(number, "name", detail);
                wrong = true;
            }
            (None, None) => {
                errors.push(number, "name", "expected the name of the new user");
                wrong = true;
            }
            _ => {}
        }
        let role = match &named {
            None => before.unwrap_or(RoleRef::BuiltIn(BuiltInRole::Viewer)),
            Some(named) => match self.role(named) {
                Some(role) => role,
                None => {
                    errors.push(number, "role", format!("there is no role {named}"));
                    return Ok(None);
                }
            },
        };
        if before != Some(role) {
            if !self.may_give(role)? {
                let called = named.map_or_else(|| role.to_string(), |named| named.to_string());
                let detail = format!("the role {called} grants permissions that the caller does not have");
                errors.push_beyond(number, "role", detail);
                wrong = true;
            } else if let Some(before) = before
                && !self.may_give(before)?
            {
                errors.push_beyond(
                    number,
                    "role",
                    "the user's current role grants permissions that the caller does not have",
                );
                wrong = true;
            }
        }
        // Anybody with the invitation can act as this user in every organization.
        if let Some(user) = &account
            && before.is_none()
            && !user.has_password
            && require_no_less_than(self.cx, user).is_err()
        {
            errors.push_beyond(
                number,
                "email",
                "the invited user has permissions that the caller does not have",
            );
            wrong = true;
        }
        if wrong {
            return Ok(None);
        }
        let membership = Membership { organization_id: self.organization, role };
        let (user, fate) = match (account, before) {
            (Some(user), None) => (user, Fate::Joins),
            (Some(user), Some(before)) if before == role => (user, Fate::Same),
            (Some(user), Some(_)) => (user, Fate::Changed),
            (None, _) => match name {
                Some(name) => (newcomer(self.cx, email, name, Some(membership)), Fate::New),
                None => return Ok(None),
            },
        };
        Ok(Some(Decided { user, membership, fate }))
    }
}
