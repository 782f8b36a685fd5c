//! What narrows a key.

use super::Key;
use crate::reach::Reach;

/// Something that narrows what a key may do.
///
/// This is the one list of them: what a key hands on, to other keys and to people, is compared attribute
/// by attribute in matches over it, and the tests go over it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Narrowing {
    /// The operations it opens.
    Scopes,
    /// The objects it touches.
    Reach,
    /// The user it acts for.
    User,
    /// The role it acts in.
    Role,
    /// When it begins to work.
    NotBefore,
    /// When it ceases to work.
    ExpiresAt,
    /// The networks it works from.
    AllowedIps,
    /// The networks it does not work from.
    DeniedIps,
    /// How often it may be used.
    RateLimit,
    /// The limits of the commands it gives.
    CommandLimits,
    /// What its organization asks of keys.
    KeyPolicy,
}

impl Narrowing {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Scopes,
        Self::Reach,
        Self::User,
        Self::Role,
        Self::NotBefore,
        Self::ExpiresAt,
        Self::AllowedIps,
        Self::DeniedIps,
        Self::RateLimit,
        Self::CommandLimits,
        Self::KeyPolicy,
    ];

    /// The member of a key, or of its organization, that holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scopes => "scopes",
            Self::Reach => "reach",
            Self::User => "user",
            Self::Role => "role",
            Self::NotBefore => "not_before",
            Self::ExpiresAt => "expires_at",
            Self::AllowedIps => "allowed_ips",
            Self::DeniedIps => "denied_ips",
            Self::RateLimit => "rate_limit",
            Self::CommandLimits => "command_limits",
            Self::KeyPolicy => "key_policy",
        }
    }

    /// Whether a person could be held to it as well. Roles have scopes and a reach; nothing else of a
    /// key holds for a person. A beginning has passed when the key works.
    pub const fn holds_for_people(self) -> bool {
        match self {
            Self::Scopes | Self::Reach | Self::NotBefore => true,
            Self::User
            | Self::Role
            | Self::ExpiresAt
            | Self::AllowedIps
            | Self::DeniedIps
            | Self::RateLimit
            | Self::CommandLimits
            | Self::KeyPolicy => false,
        }
    }
}

impl Key {
    /// Whether the key itself is narrowed by something; what its organization asks is not part of it.
    pub fn is_narrowed_by(&self, narrowing: Narrowing) -> bool {
        // Each member is named, so that nobody adds one without deciding whether it narrows.
        let Self {
            id: _,
            kind: _,
            name: _,
            description: _,
            organization_id: _,
            user,
            role,
            scopes: _,
            reach,
            not_before,
            expires_at,
            disabled: _,
            allowed_ips,
            denied_ips,
            rate_limit,
            command_limits,
            enrolment: _,
            agent: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            revision: _,
            last_used: _,
            previous_secret_until: _,
        } = self;
        match narrowing {
            Narrowing::Scopes => true,
            Narrowing::Reach => *reach != Reach::EVERYTHING,
            Narrowing::User => user.is_some(),
            Narrowing::Role => role.is_some(),
            Narrowing::NotBefore => not_before.is_some(),
            Narrowing::ExpiresAt => expires_at.is_some(),
            Narrowing::AllowedIps => !allowed_ips.is_empty(),
            Narrowing::DeniedIps => !denied_ips.is_empty(),
            Narrowing::RateLimit => rate_limit.is_some(),
            Narrowing::CommandLimits => command_limits.is_some(),
            Narrowing::KeyPolicy => false,
        }
    }
}
