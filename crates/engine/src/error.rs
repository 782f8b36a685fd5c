//! Errors of operations, as the caller sees them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::key::{BadKey, redact};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::owned::Owned;
use schemars::JsonSchema;
use serde::Serialize;

use crate::health::trouble::Trouble;
use crate::hint::Hint;
use crate::limiter::RateState;

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error in one field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field, as a path: `name`, `reach.sites[0]`; empty for the input as a whole.
    pub field: String,
    /// What was expected.
    pub detail: String,
    /// What can be done about it; the problem has the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"list_scopes")]
    pub hint: Option<Hint>,
}

impl FieldError {
    /// An error in a field. Either text may contain what a client sent: keys are removed from it, and
    /// long text is cut.
    pub fn new(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        let (field, detail) = (presentable(field.as_ref(), 200), presentable(detail.as_ref(), 600));
        Self { field, detail, hint: None }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(self, hint: Hint) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// Refuses an input that has errors.
pub fn require_valid(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// What is said of the named sets that contain a scope.
fn in_sets(scope: &Scope) -> String {
    match scope.sets().as_slice() {
        [] => String::new(),
        sets => format!(", which is also in the named set {}", sets.join(" and in ")),
    }
}

/// The message for an address from which a key may not be used.
fn not_allowed(address: &IpAddr) -> String {
    if address.is_unspecified() {
        return "the key may be used only from certain networks, and the proxy did not send the client's \
                address: X-Forwarded-For has no address in the place where it should be"
            .into();
    }
    format!("the key may not be used from {address}")
}

fn presentable(text: &str, most: usize) -> String {
    let clean = redact(text);
    if clean.chars().count() <= most {
        return clean.into_owned();
    }
    clean.chars().take(most).chain(['…']).collect()
}

/// Objects that depend on an object and prevent its deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependants {
    /// The noun of the objects: `sites`, `keys`.
    #[schemars(example = &"nodes")]
    pub noun: &'static str,
    /// What `force=true` does to them.
    pub effect: Effect,
    /// How many there are.
    pub count: i64,
    /// The first of them, at most 20; none if the caller may not read them.
    pub items: Vec<Dependant>,
}

impl Dependants {
    /// Objects that are deleted too. Leaves out nouns without objects.
    pub fn deleted(owned: Vec<Owned>) -> Vec<Self> {
        let each = owned.into_iter().filter(|owned| owned.count > 0);
        each.map(|Owned { noun, count, first }| Self {
            noun,
            effect: Effect::Deleted,
            count,
            items: first.into_iter().map(|(id, name)| Dependant::new(id, name)).collect(),
        })
        .collect()
    }
}

/// What a deletion does to an object that depends on the deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RemovalEffect")]
pub enum Effect {
    /// It is deleted too.
    Deleted,
    /// It stays, without its reference to the deleted object.
    Detached,
    /// It prevents the deletion, which cannot be forced.
    Prevents,
}

/// Why a selection of nodes is outdated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutdatedSelection {
    /// How many nodes were selected.
    pub selected: usize,
    /// How many nodes match by now that were not selected.
    pub added: usize,
    /// How many such nodes the request tolerates.
    pub tolerance: usize,
}

/// An object that depends on another, by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Dependant {
    /// Makes one from an id and a name.
    pub fn new(id: impl ToString, name: impl ToString) -> Self {
        Self { id: id.to_string(), name: name.to_string() }
    }
}

/// An error of an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // Authentication.
    /// The request has no credential.
    #[error("this request needs a key, or a user who is logged in")]
    CredentialMissing,
    /// The credential is malformed or mistyped.
    #[error("the credential is not a key: {0}")]
    CredentialMalformed(BadKey),
    /// There is no such key, or its secret is wrong.
    #[error("the key is unknown: it was deleted or rotated, or belongs to another server")]
    CredentialUnknown,
    /// The key has expired.
    #[error("the key expired at {0}")]
    KeyExpired(Timestamp),
    /// The key is not valid yet.
    #[error("the key is not valid before {0}")]
    KeyNotYetValid(Timestamp),
    /// The key is disabled.
    #[error("the key is disabled{}", until.map(|t| format!(" until {t}")).unwrap_or_default())]
    KeyDisabled {
        /// When the key is enabled again by itself; `None` if it stays disabled.
        until: Option<Timestamp>,
    },

    /// The user that the key acts for has lost access, or the key's role is deleted.
    #[error("the key acts for a user who no longer has access, or in a role that was deleted")]
    AccessOver,
    /// The key was unused for so long that its organization's policy disables it.
    #[error("the key has not been used since {since}, and its organization's policy disables unused keys")]
    KeyUnused {
        /// When it was last used; when it was created, if never.
        since: Timestamp,
    },
    /// The session has ended, or there never was one.
    #[error("the session has ended; log in again")]
    SessionEnded,
    /// The e-mail address, the password or the code is wrong.
    #[error("the e-mail address, the password or the code is wrong")]
    LoginFailed,
    /// The password is right, but a second factor is needed.
    #[error(
        "a second factor is required: send `code` too, with a code from your authenticator or a recovery code"
    )]
    SecondFactorRequired,
    /// The invitation is unknown, used, replaced or expired.
    #[error("the invitation is unknown: it was used or replaced, or has expired; ask for a new one")]
    InvitationUnknown,
    /// The caller's rights were changed while the request was being processed.
    #[error("your role changed while this request was running, and nothing was done; send the request again")]
    RoleChanged,

    /// The rights of the caller were being changed while it imported something.
    #[error(
        "the rights under which this request ran are being changed; nothing was done: send the request again"
    )]
    RightsChange,
    /// The key was changed while the request was being processed.
    #[error("the key changed while this request was running, and nothing was done; send the request again")]
    KeyChanged,

    // Authorization.
    /// The key may not be used from this address.
    #[error("{}", not_allowed(.0))]
    AddressNotAllowed(IpAddr),
    /// The caller lacks the scope.
    #[error("the caller lacks the scope {scope}{sets}", scope = .0, sets = in_sets(.0))]
    ScopeMissing(Scope),
    /// The policy of the key's organization withholds the scope from all its keys.
    #[error("the organization's policy withholds the scope {0} from its keys")]
    ScopeWithheld(Scope),
    /// The caller is neither a root key nor a server administrator.
    #[error("only a root key or a server administrator may do this")]
    RootOnly,
    /// A key was used for an operation that is for logged-in users only.
    #[error("only a logged-in user may do this, not a key")]
    PersonOnly,
    /// The key belongs to an agent or is for enrolment: it opens no operation, only the connection of
    /// agents.
    #[error("agent keys and enrolment keys open only the connection of agents, and no operation")]
    AgentsOnly,
    /// The key has enrolled as many machines as it may.
    #[error("the enrolment key has already enrolled as many machines as it may; create another one")]
    EnrolmentUsedUp,
    /// A second machine uses an agent's key, and was refused.
    #[error(
        "another machine is connected with this agent's key; remove the agent's data directory on this machine, and enrol it with an enrolment key"
    )]
    CloneRefused,
    /// The organization's policy forbids it.
    #[error("the organization's policy forbids {0}")]
    PolicyForbids(&'static str),
    /// The caller reaches only a part of what the operation touches.
    #[error("the caller's reach is too narrow: {0}")]
    ReachTooNarrow(&'static str),
    /// The caller would grant more than it has.
    #[error("you cannot grant permissions that you do not have")]
    GrantExceedsOwn(Vec<FieldError>),
    /// The key's command limits do not allow it.
    #[error("the key's command limits do not allow this")]
    CommandLimited(Vec<FieldError>),

    // Request.
    /// A caller above organizations did not name the organization.
    #[error("the request does not name an organization")]
    OrganizationRequired,
    /// There is no such object, or the caller does not reach it.
    #[error("there is no {noun} {id}")]
    NotFound {
        /// The kind of object.
        noun: &'static str,
        /// The id or name in the request.
        id: String,
    },
    /// The input is invalid.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// A value that must be unique is in use.
    #[error("{field} is taken: another {noun} has it{}", other.as_ref().map(|id| format!(" ({id})")).unwrap_or_default())]
    Taken {
        /// The field.
        field: &'static str,
        /// The kind of object that has the value.
        noun: &'static str,
        /// The id of that object, if the caller may see it.
        other: Option<String>,
    },
    /// The time of an object overlaps with that of another one of the same node.
    #[error(
        "the time overlaps with that of another {noun} of the node ({other}): change one of the two times"
    )]
    Overlaps {
        /// The kind of object.
        noun: &'static str,
        /// The id of the other.
        other: String,
    },
    /// The same exporter exists already.
    #[error(
        "this node already has a {kind} that observes the same object{}",
        other.as_ref().map(|id| format!(" ({id})")).unwrap_or_default()
    )]
    Duplicate {
        /// The type of the exporter.
        kind: AgentType,
        /// The id of the existing one, if the caller may see it.
        other: Option<String>,
    },
    /// Other objects depend on the one to be deleted.
    #[error("other objects depend on this one")]
    InUse(Vec<Dependants>),
    /// Two nodes cannot be merged, because what would then be on one node does not go together.
    #[error("the nodes cannot be merged: {0}")]
    CannotMerge(String),
    /// All selected nodes are outside their maintenance windows.
    #[error(
        "no selected node is in one of its maintenance windows now{}",
        opens_at.map(|at| format!("; the next one opens at {at}")).unwrap_or_default()
    )]
    OutsideMaintenanceWindow {
        /// When the first of their windows opens next; `None` if none does.
        opens_at: Option<Timestamp>,
    },
    /// More nodes match by now than were selected.
    #[error(
        "{} nodes match by now that are not among the {} selected, and {} are tolerated: look at the nodes again and make \
         another selection, or send a higher `tolerance`",
        .0.added, .0.selected, .0.tolerance
    )]
    SelectionOutdated(OutdatedSelection),
    /// `If-Match` does not name the current revision.
    #[error(
        "the object changed since you read it: this is its current state; apply your change to it and try again"
    )]
    Changed {
        /// The current state.
        current: Option<serde_json::Value>,
        /// Its revision.
        revision: Option<Revision>,
    },
    /// Another request changed or deleted something that this one needs, while this one ran.
    #[error(
        "another request changed the same objects at the same time; nothing was done: send this one again"
    )]
    Conflict,
    /// The idempotency key was used for a different request.
    #[error("this Idempotency-Key was already used for another request; choose a new one for each request")]
    IdempotencyKeyReused,
    /// A name matches several objects.
    #[error("several objects have this name: {}; write one of these instead", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// The agent is not connected.
    #[error("the agent is not connected; try again when its node is online")]
    NotConnected,
    /// The agent that should be deleted, because it was uninstalled, is connected.
    #[error("the agent is connected, so it was not uninstalled: stop it first")]
    AgentConnected,
    /// The agent that should be deleted, because it was uninstalled, may still run: it was heard from a short time ago, and
    /// did not say that it stops.
    #[error(
        "the agent was heard from a short time ago and did not say that it stops, so it may still run: stop it, and try again in {wait_seconds} s"
    )]
    AgentHeard {
        /// How long to wait, in seconds.
        wait_seconds: u64,
    },
    /// The request is a repetition, and its answer, which contained a secret, was not kept.
    #[error(
        "this request was already done, and its answer, which contained a secret, was not stored; rotate the key to get a new secret"
    )]
    AnswerShownOnce,

    // Temporary errors.
    /// A machine cannot be enrolled before it is known whether an agent with the same machine id is
    /// still connected.
    #[error(
        "a node with this machine id has an agent that may still be connected; the server will know in at most {seconds} s: try again then"
    )]
    EnrolmentWaits {
        /// How long at most, in seconds.
        seconds: u64,
    },
    /// Too many failed logins.
    #[error("too many failed attempts: try again in {wait_seconds} s")]
    TooManyAttempts {
        /// How long to wait, in seconds.
        wait_seconds: u64,
    },
    /// The key's rate limit is exhausted.
    #[error("too many requests: try again in {} s", .0.retry_after_seconds())]
    RateLimited(RateState),
    /// The caller has too many requests that wait for the database.
    #[error(
        "too many requests of this caller are waiting for the database; wait until some are answered, then send this request again"
    )]
    Busy,
    /// The database or another part of the server does not answer.
    #[error("the server is not ready; try again shortly")]
    Unavailable,
    /// The answer to the readiness check of a server that is not ready.
    #[error("the server is not ready: {0}")]
    NotReady(Trouble),
    /// The disk of the database is full.
    #[error(
        "the disk of the server's database is full, and nothing was done; free some space there, then send the request again"
    )]
    StorageFull,
    /// Rights should have been taken away, but the database could not be written.
    #[error(
        "{}, so the revocation could not be stored; this server enforces it already, but only until it restarts, and other servers may not: send the request again soon",
        if *is_full { "the disk of the server's database is full" } else { "the database does not answer" }
    )]
    RefusedUnwritten {
        /// Whether the reason is a full disk.
        is_full: bool,
    },
    /// An internal error. Logged, but not shown to the caller.
    #[error("an internal error occurred; search the server's log for the request id")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// Not an error: the request is a repetition, and this is the answer to the first one.
    #[error("the request was already answered")]
    Replay(String),
}

impl Error {
    /// Wraps an internal error.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// There is no such object.
    pub fn not_found(noun: &'static str, id: impl std::fmt::Display) -> Self {
        // A client may have sent a key in place of an id.
        Self::NotFound { noun, id: presentable(&id.to_string(), 200) }
    }

    /// An error in one field.
    pub fn invalid(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self::Invalid(vec![FieldError::new(field, detail)])
    }

    /// The error's stable name, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CredentialMissing => "credential_missing",
            Self::CredentialMalformed(BadKey::Mistyped) => "credential_mistyped",
            Self::CredentialMalformed(_) => "credential_malformed",
            Self::CredentialUnknown => "credential_unknown",
            Self::KeyExpired(_) => "key_expired",
            Self::KeyNotYetValid(_) => "key_not_yet_valid",
            Self::KeyDisabled { .. } => "key_disabled",
            Self::AccessOver => "access_over",
            Self::KeyUnused { .. } => "key_unused",
            Self::SessionEnded => "session_ended",
            Self::LoginFailed => "login_failed",
            Self::SecondFactorRequired => "second_factor_required",
            Self::InvitationUnknown => "invitation_unknown",
            Self::RoleChanged => "role_changed",
            Self::PersonOnly => "person_only",
            Self::PolicyForbids(_) | Self::ScopeWithheld(_) => "policy_forbids",
            Self::AgentsOnly => "agents_only",
            Self::EnrolmentUsedUp => "enrolment_used_up",
            Self::CloneRefused => "clone_refused",
            Self::Ambiguous(_) => "ambiguous_name",
            Self::EnrolmentWaits { .. } => "enrolment_waits",
            Self::NotConnected => "agent_not_connected",
            Self::AgentConnected | Self::AgentHeard { .. } => "agent_connected",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::KeyChanged => "key_changed",
            Self::RightsChange => "rights_changed",
            Self::AddressNotAllowed(_) => "address_not_allowed",
            Self::ScopeMissing(_) => "scope_missing",
            Self::RootOnly => "root_only",
            Self::ReachTooNarrow(_) => "reach_too_narrow",
            Self::GrantExceedsOwn(_) => "grant_exceeds_own",
            Self::CommandLimited(_) => "command_limited",
            Self::OrganizationRequired => "organization_required",
            Self::NotFound { .. } => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Taken { .. } | Self::Duplicate { .. } => "taken",
            Self::Overlaps { .. } => "overlaps",
            Self::InUse(_) => "in_use",
            Self::CannotMerge(_) => "cannot_merge",
            Self::OutsideMaintenanceWindow { .. } => "outside_maintenance_window",
            Self::SelectionOutdated(_) => "selection_outdated",
            Self::Changed { .. } => "changed",
            Self::Conflict => "conflict",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::AnswerShownOnce => "answer_shown_once",
            Self::RateLimited(_) => "rate_limited",
            Self::Busy => "overloaded",
            Self::Unavailable | Self::NotReady(_) | Self::RefusedUnwritten { is_full: false } => {
                "unavailable"
            }
            Self::StorageFull | Self::RefusedUnwritten { is_full: true } => "storage_full",
            Self::Internal(_) | Self::Replay(_) => "internal",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::CredentialMissing
            | Self::CredentialMalformed(_)
            | Self::CredentialUnknown
            | Self::KeyExpired(_)
            | Self::KeyNotYetValid(_)
            | Self::KeyDisabled { .. }
            | Self::AccessOver
            | Self::KeyUnused { .. }
            | Self::SessionEnded
            | Self::LoginFailed
            | Self::SecondFactorRequired => 401,
            Self::AddressNotAllowed(_)
            | Self::ScopeMissing(_)
            | Self::RootOnly
            | Self::PersonOnly
            | Self::PolicyForbids(_)
            | Self::ScopeWithheld(_)
            | Self::AgentsOnly
            | Self::EnrolmentUsedUp
            | Self::CloneRefused
            | Self::InvitationUnknown
            | Self::ReachTooNarrow(_)
            | Self::GrantExceedsOwn(_)
            | Self::CommandLimited(_) => 403,
            Self::OrganizationRequired | Self::Invalid(_) => 400,
            Self::NotFound { .. } => 404,
            Self::KeyChanged
            | Self::RightsChange
            | Self::RoleChanged
            | Self::Conflict
            | Self::Taken { .. }
            | Self::Duplicate { .. }
            | Self::Overlaps { .. }
            | Self::InUse(_)
            | Self::CannotMerge(_)
            | Self::OutsideMaintenanceWindow { .. }
            | Self::SelectionOutdated(_)
            | Self::NotConnected
            | Self::AgentConnected
            | Self::AgentHeard { .. }
            | Self::Ambiguous(_)
            | Self::AnswerShownOnce => 409,
            Self::Changed { .. } => 412,
            Self::IdempotencyKeyReused => 422,
            Self::RateLimited(_) | Self::TooManyAttempts { .. } => 429,
            Self::Busy
            | Self::Unavailable
            | Self::NotReady(_)
            | Self::EnrolmentWaits { .. }
            | Self::RefusedUnwritten { is_full: false } => 503,
            Self::StorageFull | Self::RefusedUnwritten { is_full: true } => 507,
            Self::Internal(_) | Self::Replay(_) => 500,
        }
    }

    /// What the caller can do about the error; each hint once.
    pub fn hints(&self) -> Vec<Hint> {
        match self {
            Self::CredentialMissing => vec![Hint::SendCredential],
            Self::CredentialMalformed(_) => vec![Hint::KeyAsPassword],
            Self::AgentsOnly => vec![Hint::ConnectAsAgent],
            Self::ScopeMissing(_) => vec![Hint::ShowScopes],
            Self::RootOnly => vec![Hint::UseRoot],
            Self::OrganizationRequired => vec![Hint::NameOrganization],
            Self::InUse(dependants) if dependants.iter().any(|d| d.effect == Effect::Prevents) => Vec::new(),
            Self::InUse(_) => vec![Hint::Force, Hint::DryRun],
            Self::Duplicate { .. } => vec![Hint::AllowDuplicate],
            Self::OutsideMaintenanceWindow { .. } => vec![Hint::IgnoreMaintenanceWindows],
            Self::Invalid(errors) | Self::GrantExceedsOwn(errors) | Self::CommandLimited(errors) => {
                let hints: BTreeSet<Hint> = errors.iter().filter_map(|error| error.hint).collect();
                hints.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The errors in fields, if any.
    pub fn field_errors(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(errors) | Self::GrantExceedsOwn(errors) | Self::CommandLimited(errors) => {
                errors.clone()
            }
            Self::Taken { field, .. } => vec![FieldError::new(*field, "expected a value that is not taken")],
            _ => Vec::new(),
        }
    }
}

impl From<bailiwick_store::Error> for Error {
    fn from(error: bailiwick_store::Error) -> Self {
        match error {
            bailiwick_store::Error::Cursor => {
                Self::invalid("cursor", "expected a `next_cursor` from the same list in the same order")
            }
            error @ (bailiwick_store::Error::Unavailable(_)
            | bailiwick_store::Error::ReadOnly(_)
            | bailiwick_store::Error::Rights(_)
            | bailiwick_store::Error::Pooler) => {
                if crate::health::outage::is_to_be_said() {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the database is unavailable");
                }
                Self::Unavailable
            }
            error @ bailiwick_store::Error::Full(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the disk of the database is full");
                Self::StorageFull
            }
            bailiwick_store::Error::Busy => Self::Busy,
            bailiwick_store::Error::Ambiguous(names) => Self::Ambiguous(names),
            bailiwick_store::Error::RightsChange => Self::RightsChange,
            bailiwick_store::Error::Changed
            | bailiwick_store::Error::Taken
            | bailiwick_store::Error::InUse
            | bailiwick_store::Error::Deadlock(_) => Self::Conflict,
            error => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_gives_overloaded_and_not_unavailable() {
        let busy = Error::from(bailiwick_store::Error::Busy);
        assert_eq!((busy.status(), busy.code()), (503, "overloaded"));
        let rights = Error::from(bailiwick_store::Error::Rights("no".into()));
        assert_eq!((rights.status(), rights.code()), (503, "unavailable"));
    }

    #[test]
    fn a_race_with_another_request_is_a_conflict() {
        use bailiwick_store::Error as StoreError;
        for race in [StoreError::Taken, StoreError::InUse, StoreError::Changed] {
            let error = Error::from(race);
            assert_eq!((error.status(), error.code()), (409, "conflict"));
        }
    }

    #[test]
    fn a_key_in_place_of_an_id_is_redacted_in_the_error() {
        let key = format!("blw_org_7Jk2mQx0Zr4T_{}", "a".repeat(49));
        assert_eq!(Error::not_found("node", &key).to_string(), "there is no node [key]");
        assert_eq!(Error::not_found("node", "db-1").to_string(), "there is no node db-1");
    }
}
