//! Ids: UUIDs of version 7 (RFC 9562), with one Rust type for each kind of object, so that they cannot
//! be mixed up.

use std::borrow::Cow;
use std::str::FromStr;

use uuid::Uuid;

use crate::text::text_type::text_type;
use crate::time::outside::{Clock, Entropy};

/// The error for a text that is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id, such as 01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
pub struct NotAnId;

/// A new UUID of version 7: the time in milliseconds, then 74 random bits.
fn new_v7(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(clock.now().as_millis(), &random).into_uuid()
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. Ids sort by the time when they were made.
            pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                Self(new_v7(clock, entropy))
            }

            /// The id with this UUID, as read from the database.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, as stored in the database.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            fn as_text(&self) -> Cow<'_, str> {
                self.0.to_string().into()
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                // Only the hyphenated form: one id has one spelling.
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }

        text_type!($name, "format": "uuid");
    };
}

id_type!(
    /// Names one organization.
    OrganizationId
);
id_type!(
    /// Names one site.
    SiteId
);
id_type!(
    /// Names one node.
    NodeId
);
id_type!(
    /// Names one service.
    ServiceId
);
id_type!(
    /// Names one agent.
    AgentId
);
id_type!(
    /// Names one command.
    CommandId
);
id_type!(
    /// Names one saved script.
    ScriptId
);
id_type!(
    /// Names one schedule.
    ScheduleId
);
id_type!(
    /// Names one selection.
    SelectionId
);
id_type!(
    /// Names one maintenance window.
    MaintenanceWindowId
);
id_type!(
    /// Names one role that an organization defined.
    RoleId
);
id_type!(
    /// Names one session of a user.
    SessionId
);
id_type!(
    /// Names one user.
    UserId
);
id_type!(
    /// Names one job operation.
    JobOperationId
);
id_type!(
    /// Names one run of a job operation.
    JobRunId
);
id_type!(
    /// Names one operator.
    OperatorId
);
id_type!(
    /// Names one calendar.
    CalendarId
);
id_type!(
    /// Names one reason of downtime.
    DowntimeReasonId
);
id_type!(
    /// Names one annotation.
    AnnotationId
);
id_type!(
    /// Names one run of an operator.
    OperatorRunId
);
id_type!(
    /// Names one reject.
    RejectId
);
id_type!(
    /// Names one part correction.
    PartCorrectionId
);
id_type!(
    /// Names one goal.
    GoalId
);
id_type!(
    /// Names one request; sent in the `X-Request-Id` header of the response and in every error.
    RequestId
);

impl UserId {
    /// The nil UUID (RFC 9562, section 5.9), which belongs to no user.
    pub const NOBODY: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    struct At(i64);
    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0)
        }
    }
    struct Ones;
    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn ids_sort_by_time_and_have_one_spelling() {
        let early = SiteId::new(&At(1_700_000_000_000_000), &Ones);
        let late = SiteId::new(&At(1_700_000_000_001_000), &Ones);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.as_uuid().get_version_num(), 7);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(early.to_string().replace('-', "").parse::<SiteId>(), Err(NotAnId));
    }
}
