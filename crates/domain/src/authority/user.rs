//! Users: people, and the roles they hold in organizations.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::authority::role::RoleRef;
use crate::id::{OrganizationId, UserId};
use crate::revision::Revision;
use crate::text::name::Name;
use crate::text::reference::reference_type;
use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The most characters of an e-mail address (RFC 5321, section 4.5.3.1.3, without the brackets).
pub const EMAIL_MAX: usize = 254;

/// An e-mail address, in lower case, so that one person has one spelling. Only its form is checked: a
/// local part, `@`, a domain. Whether it belongs to the person is not verified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The error for a text that is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address of at most {EMAIL_MAX} characters, such as ada@example.com")]
pub struct NotAnEmail;

impl FromStr for Email {
    type Err = NotAnEmail;

    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        // The lower-case text is checked, since lower-casing can change the characters and their
        // number.
        let text = text.to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>(),;:\\\"[]".contains(c);
        let domain_is_good = !domain.is_empty()
            && domain.split('.').all(|part| {
                !part.is_empty()
                    && !part.starts_with('-')
                    && !part.ends_with('-')
                    && part.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let local_is_good =
            !local.is_empty() && local.chars().count() <= 64 && local.chars().all(|c| plain(c) && c != '@');
        if text.chars().count() <= EMAIL_MAX && local_is_good && domain_is_good {
            Ok(Self(text))
        } else {
            Err(NotAnEmail)
        }
    }
}

text_type!(seen Email, "format": "email", "maxLength": EMAIL_MAX, "examples": ["ada@example.com"]);

/// The role that a user holds in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Membership {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The role.
    pub role: RoleRef,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The e-mail address with which they log in, unique on the server.
    pub email: Email,
    /// The name.
    pub name: Name,
    /// Whether they administer the server: they are above all organizations, and may do everything.
    pub server_administrator: bool,
    /// Since when they may not log in and keys that act for them do not work; null if they may.
    pub disabled_at: Option<Timestamp>,
    /// Whether they have chosen a password; if not, their invitation is still open.
    pub has_password: bool,
    /// Whether they need a second factor to log in.
    pub second_factor: bool,
    /// When they last logged in; null if never.
    pub last_login_at: Option<Timestamp>,
    /// The roles that they hold, as far as the caller may see them.
    pub memberships: Vec<Membership>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a user: the id or the e-mail address.
    UserRef: UserId, Email(Email), expected "a user's id or e-mail address",
    "minLength": 1, "maxLength": EMAIL_MAX, "examples": ["ada@example.com"],
}

impl User {
    /// The role that they hold in an organization; `None` if they are not a member.
    pub fn role_in(&self, organization: OrganizationId) -> Option<RoleRef> {
        self.memberships.iter().find(|m| m.organization_id == organization).map(|m| m.role)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_email_address_is_parsed_from_its_text(text in "[a-zA-Zİıßẞſ.-]{0,70}@[a-zA-Zİıßẞſ.-]{0,20}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.to_string().parse(), Ok(email));
            }
        }
    }

    #[test]
    fn an_invalid_email_address_is_refused() {
        for text in ["ada@example.com", "admin@localhost", "Ada.L+x@EXAMPLE.com", "jürgen@exämple.de"] {
            assert!(text.parse::<Email>().is_ok(), "{text}");
        }
        assert_eq!("Ada@EXAMPLE.com".parse::<Email>().unwrap().as_str(), "ada@example.com");
        let grows = format!("{}@example.com", "İ".repeat(64));
        for text in ["a@İ.de", &grows] {
            let kept = text.parse::<Email>().map(|email| email.as_str().parse::<Email>());
            assert!(kept.is_err() || kept.unwrap().is_ok(), "{text}");
        }
        let long = format!("{}@example.com", "x".repeat(65));
        for text in ["", "ada", "@example.com", "ada@", "a b@example.com", "a@b@c", "a@-b.c", "a@b..c", &long]
        {
            assert_eq!(text.parse::<Email>(), Err(NotAnEmail), "{text}");
        }
    }
}
