//! Narrowings: the attributes of a key that limit what it may do.

use super::Key;
use crate::authority::reach::Reach;

/// An attribute that limits what a key may do.
///
/// This is the only list of them. When a key passes rights on, to other keys and to people, `match`
/// expressions over this list compare them attribute by attribute; the tests iterate over it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Narrowing {
    /// The operations that it allows.
    Scopes,
    /// The objects that it may touch.
    Reach,
    /// The user it acts for.
    User,
    /// The role that limits it.
    Role,
    /// When it starts to work.
    NotBefore,
    /// When it expires.
    ExpiresAt,
    /// The networks from which it works.
    AllowedIps,
    /// The networks from which it does not work.
    DeniedIps,
    /// How often it may be used.
    RateLimit,
    /// The limits on the commands that it may give.
    CommandLimits,
    /// What its organization's policy demands of keys.
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

    /// The name of the JSON member of a key, or of its organization, that holds the attribute.
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

    /// Whether the attribute can limit a person as well. A person's role has scopes and a reach, and no
    /// other attribute of a key applies to people. A key that works is past its `not_before`, so that
    /// one limits nothing any more.
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
    /// Whether the key's own attributes limit it in this way. Its organization's policy is not
    /// considered.
    pub fn is_narrowed_by(&self, narrowing: Narrowing) -> bool {
        // All members are named, so that a new one cannot be added without deciding whether it limits
        // the key.
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
