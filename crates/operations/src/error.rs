//! What can go wrong with an operation, as its caller is told.

use std::net::IpAddr;

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::key::{BadKey, redact};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::owned::Owned;
use schemars::JsonSchema;
use serde::Serialize;

use crate::limiter::RateState;
use crate::trouble::Trouble;

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field, as a path: `name`, `reach.sites[0]`; empty for the input as a whole.
    pub field: String,
    /// What was expected.
    pub detail: String,
}

impl FieldError {
    /// What is wrong with a field. What a client sent may stand in both: a key is taken out, and
    /// what is long is cut.
    pub fn new(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self { field: presentable(field.as_ref(), 200), detail: presentable(detail.as_ref(), 600) }
    }
}

/// What is said of an address that a key may not be used from.
fn not_allowed(address: &IpAddr) -> String {
    if address.is_unspecified() {
        return "the key may be used from certain networks only, and the proxy does not say who the client is: \
                X-Forwarded-For has no address where the client's should be"
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

/// Objects that depend on what was to be deleted, so that it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependants {
    /// What they are: `sites`, `keys`.
    #[schemars(example = &"nodes")]
    pub noun: &'static str,
    /// What `force=true` does to them.
    pub effect: Effect,
    /// How many there are.
    pub count: i64,
    /// The first of them, at most 20.
    pub items: Vec<Dependant>,
}

impl Dependants {
    /// Those that are deleted too; nouns of which there is none are left out.
    pub(crate) fn deleted(owned: Vec<Owned>) -> Vec<Self> {
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

/// What a deletion does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Effect {
    /// It is deleted too.
    Deleted,
    /// It stays, and no longer refers to what is deleted.
    Detached,
}

/// One object that depends on another, in few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Dependant {
    /// From an id and a name.
    pub fn new(id: impl ToString, name: impl ToString) -> Self {
        Self { id: id.to_string(), name: name.to_string() }
    }
}

/// What can go wrong with an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // Who is asking?
    /// No credential came.
    #[error(
        "this needs a key: send `Authorization: Bearer KEY`, `X-API-KEY: KEY`, or Basic with user `api_key` or `service_token` and the key as password"
    )]
    CredentialMissing,
    /// What came is no key, or a mistyped one.
    #[error(
        "the credential is not a key: {0}; with Basic, the user is `api_key` or `service_token` and the password is the key"
    )]
    CredentialMalformed(BadKey),
    /// There is no such key, or its secret is another.
    #[error("the key is not known: it was deleted or rotated, or is of another server")]
    CredentialUnknown,
    /// The key's time is over.
    #[error("the key expired at {0}")]
    KeyExpired(Timestamp),
    /// The key's time has not come.
    #[error("the key is not valid before {0}")]
    KeyNotYetValid(Timestamp),
    /// The key was switched off.
    #[error("the key is disabled{}", until.map(|t| format!(" until {t}")).unwrap_or_default())]
    KeyDisabled {
        /// When it works again by itself.
        until: Option<Timestamp>,
    },

    /// The user that the key acts for, or its role, is not what it was.
    #[error("the user that the key acts for has no access any more, or its role is gone")]
    AccessOver,
    /// The key was not used for so long that its organization's policy disables it.
    #[error("the key was not used since {since}, and the policy of its organization disables such keys")]
    KeyUnused {
        /// When it was last used, or created.
        since: Timestamp,
    },
    /// The session is over, or never was.
    #[error("the session has ended; log in again")]
    SessionEnded,
    /// The e-mail address, the password or the code is wrong.
    #[error("the e-mail address, the password or the code is wrong")]
    LoginFailed,
    /// The password is right, and a second factor is needed too.
    #[error("a second factor is needed: send `code` too, from your authenticator or a recovery code")]
    SecondFactorRequired,
    /// The invitation is not known.
    #[error("the invitation is not known: it was used, replaced or is over; ask for a new one")]
    InvitationUnknown,
    /// What the caller may do was changed while the request was under way.
    #[error("your role was changed while this request was under way, and nothing was done; send it again")]
    RoleChanged,

    /// The key was changed while the request was under way.
    #[error("the key was changed while this request was under way, and nothing was done; send it again")]
    KeyChanged,

    // May they?
    /// The key does not work from here.
    #[error("{}", not_allowed(.0))]
    AddressNotAllowed(IpAddr),
    /// The key lacks the scope.
    #[error("the caller lacks the scope {0}")]
    ScopeMissing(Scope),
    /// The caller is not above organizations.
    #[error("only a root key or a server administrator may do this")]
    RootOnly,
    /// A key asks for what only a person may.
    #[error("only a person who is logged in may do this, not a key")]
    PersonOnly,
    /// The key is a machine's: it opens nothing but the link of agents.
    #[error("keys of agents and of enrolments open no operation: they are for `/v1/opamp` only")]
    AgentsOnly,
    /// The key has enrolled as many machines as it may.
    #[error("the key has enrolled as many machines as it may; make another")]
    EnrolmentUsedUp,
    /// One machine too many came with the key of an agent.
    #[error(
        "another machine came with this agent's key and is connected; remove the agent's data directory here, and enrol this machine with a key that enrols"
    )]
    CloneRefused,
    /// The organization's policy forbids it.
    #[error("the policy of the organization forbids {0}")]
    PolicyForbids(&'static str),
    /// The key reaches only a part of what this touches.
    #[error("the caller's reach is too narrow: {0}")]
    ReachTooNarrow(&'static str),
    /// The caller would give what it has not.
    #[error("nobody grants more than they have")]
    GrantExceedsOwn(Vec<FieldError>),
    /// The key's command limits do not allow it.
    #[error("the command limits of the key do not allow this")]
    CommandLimited(Vec<FieldError>),

    // What do they want?
    /// A root key did not say which organization.
    #[error("name the organization: add `?organization=` with its id or slug")]
    OrganizationRequired,
    /// There is no such object, or not for this caller.
    #[error("there is no {noun} {id}")]
    NotFound {
        /// What it is.
        noun: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The input is wrong.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// A value that must be unique is taken.
    #[error("{field} is taken: another {noun} has it{}", other.as_ref().map(|id| format!(" ({id})")).unwrap_or_default())]
    Taken {
        /// The field.
        field: &'static str,
        /// What has it.
        noun: &'static str,
        /// The id of what has it, if the caller may see it.
        other: Option<String>,
    },
    /// There is such an exporter already.
    #[error(
        "the agent of this node starts a {kind} for the same already{}; send `allow_duplicate: true` if there are to be two",
        other.as_ref().map(|id| format!(" ({id})")).unwrap_or_default()
    )]
    Duplicate {
        /// The type of the exporter.
        kind: AgentType,
        /// The id of the one that is there, if the caller may see it.
        other: Option<String>,
    },
    /// Others depend on what was to be deleted.
    #[error(
        "it is still in use; `force=true` deletes what depends on it or takes it away from it, `dry_run=true` shows what would become of what"
    )]
    InUse(Vec<Dependants>),
    /// `If-Match` names another revision than the current one.
    #[error("it was changed meanwhile: this is its current state; apply your change to it and try again")]
    Changed {
        /// The current state.
        current: Option<serde_json::Value>,
        /// Its revision.
        revision: Option<Revision>,
    },
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request; choose a new one for each request")]
    IdempotencyKeyReused,
    /// A name fits several objects.
    #[error("the name fits several: {}; write it as one of them is written, or use an id", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// The agent is not there to be told.
    #[error("the agent is not connected; try again when its node is online")]
    NotConnected,
    /// A repeated request whose answer held a secret.
    #[error(
        "this request was done already and its answer, which held a secret, is not kept; rotate the key for a new secret"
    )]
    AnswerShownOnce,

    // Not now.
    /// A machine waits until it is known whether the agent is there whose machine it says it is.
    #[error(
        "a node with this machine id has an agent that may still be there: this is known in {seconds} s at the latest; come again then"
    )]
    EnrolmentWaits {
        /// How long, in seconds.
        seconds: u64,
    },
    /// Too many failed logins.
    #[error("too many failed attempts: wait {wait_seconds} s")]
    TooManyAttempts {
        /// How long, in seconds.
        wait_seconds: u64,
    },
    /// Too often.
    #[error("too many requests: wait {} s", .0.retry_after_seconds())]
    RateLimited(RateState),
    /// The caller has too many requests under way that read or write the database.
    #[error(
        "too many requests of this caller wait for the database; wait until some are answered, then send this again"
    )]
    Busy,
    /// The database does not answer, or another part of the server.
    #[error("the server is not ready; try again shortly")]
    Unavailable,
    /// The server is asked whether it is ready, and is not.
    #[error("the server is not ready: {0}")]
    NotReady(Trouble),
    /// There is no room on the database's disk.
    #[error(
        "the disk of the server's database is full, and nothing was done; make room there, then send this again"
    )]
    StorageFull,
    /// Rights were to be taken away, and the database takes nothing.
    #[error(
        "{}, and this could not be written; this server refuses them already, until it is restarted; other servers may not: send this again soon",
        if *is_full { "the disk of the server's database is full" } else { "the database does not answer" }
    )]
    RefusedUnwritten {
        /// Whether that is because its disk is full.
        is_full: bool,
    },
    /// What went wrong inside. Logged, not shown.
    #[error("an internal error occurred; the log has more under the request id")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// Not an error: the request was done before, and this was its answer.
    #[error("answered before")]
    Replay(String),
}

impl Error {
    /// Something went wrong inside.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// There is no such object.
    pub fn not_found(noun: &'static str, id: impl std::fmt::Display) -> Self {
        // What a client sent instead of an id may be a key.
        Self::NotFound { noun, id: presentable(&id.to_string(), 200) }
    }

    /// One field is wrong.
    pub fn invalid(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self::Invalid(vec![FieldError::new(field, detail)])
    }

    /// The stable name of the error, for programs.
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
            Self::PolicyForbids(_) => "policy_forbids",
            Self::AgentsOnly => "agents_only",
            Self::EnrolmentUsedUp => "enrolment_used_up",
            Self::CloneRefused => "clone_refused",
            Self::Ambiguous(_) => "ambiguous_name",
            Self::EnrolmentWaits { .. } => "enrolment_waits",
            Self::NotConnected => "agent_not_connected",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::KeyChanged => "key_changed",
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
            Self::InUse(_) => "in_use",
            Self::Changed { .. } => "changed",
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

    /// The HTTP status that fits it.
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
            | Self::RoleChanged
            | Self::Taken { .. }
            | Self::Duplicate { .. }
            | Self::InUse(_)
            | Self::NotConnected
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

    /// What is wrong with which field.
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
                Self::invalid("cursor", "expected a `next_cursor` of the same list in the same order")
            }
            error @ (bailiwick_store::Error::Unavailable(_)
            | bailiwick_store::Error::ReadOnly(_)
            | bailiwick_store::Error::Rights(_)
            | bailiwick_store::Error::Pooler) => {
                if crate::outage::is_to_be_said() {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the database cannot be used now");
                }
                Self::Unavailable
            }
            error @ bailiwick_store::Error::Full(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the disk of the database is full");
                Self::StorageFull
            }
            bailiwick_store::Error::Busy => Self::Busy,
            bailiwick_store::Error::Ambiguous(names) => Self::Ambiguous(names),
            bailiwick_store::Error::Changed => Self::Changed { current: None, revision: None },
            error => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_is_told_from_one_that_is_away() {
        let busy = Error::from(bailiwick_store::Error::Busy);
        assert_eq!((busy.status(), busy.code()), (503, "overloaded"));
        let rights = Error::from(bailiwick_store::Error::Rights("no".into()));
        assert_eq!((rights.status(), rights.code()), (503, "unavailable"));
    }

    #[test]
    fn a_key_that_stands_where_an_id_should_is_not_sent_back() {
        let key = format!("blw_org_7Jk2mQx0Zr4T_{}", "a".repeat(49));
        assert_eq!(Error::not_found("node", &key).to_string(), "there is no node [key]");
        assert_eq!(Error::not_found("node", "db-1").to_string(), "there is no node db-1");
    }
}
