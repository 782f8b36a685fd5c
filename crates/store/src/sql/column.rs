//! What one column holds: how a domain type is stored in it and read from it.

use std::collections::BTreeSet;

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::{AgentStatus, AgentType, Reported, Settings};
use bailiwick_domain::audit::Outcome;
use bailiwick_domain::calendar::CalendarRules;
use bailiwick_domain::command::{CommandOutcome, InstructionKind, ResultState, Targets};
use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::history::{Reason, RejectKind};
use bailiwick_domain::id::{
    AgentId, AnnotationId, CalendarId, CommandId, DowntimeReasonId, GoalId, JobOperationId, JobRunId,
    MaintenanceWindowId, NodeId, OperatorId, OperatorRunId, OrganizationId, PartCorrectionId, RejectId,
    RoleId, ScheduleId, ScriptId, ServiceId, SessionId, SiteId, UserId,
};
use bailiwick_domain::key::{Actor, KeyId, KeyKind};
use bailiwick_domain::label::{LabelName, LabelValue, Labels};
use bailiwick_domain::meaning::goal::GoalMetric;
use bailiwick_domain::meaning::millionths::Millionths;
use bailiwick_domain::name::{Code, Description, Detail, Name, Slug};
use bailiwick_domain::node::{NodeName, NodeType};
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::schedule::Work;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::{ServiceName, ServiceType, SocketPath};
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::update::{Severity, UpdateName};
use bailiwick_domain::user::Email;
use sqlx::types::Json;
use uuid::Uuid;

use crate::sql::member::StoredAs;
use crate::sql::statement::Value;

/// A domain type that one column holds.
pub(crate) trait Column: Sized {
    /// The type as which the column is read.
    type Stored;
    /// The value of a column without one.
    const NULL: Value;
    /// How row queries read the column.
    const STORED_AS: StoredAs;

    /// Reads what the column holds; `None` if no version of Bailiwick writes it.
    fn read(stored: Self::Stored) -> Option<Self>;

    /// The value to store.
    fn value(&self) -> Value;
}

impl<T: Column> Column for Option<T> {
    type Stored = Option<T::Stored>;
    const NULL: Value = T::NULL;
    const STORED_AS: StoredAs = T::STORED_AS;

    fn read(stored: Self::Stored) -> Option<Self> {
        stored.map_or(Some(None), |stored| T::read(stored).map(Some))
    }

    fn value(&self) -> Value {
        self.as_ref().map_or(T::NULL, T::value)
    }
}

/// Stores types as values of one kind, each with a function that reads it and one that makes the value. What the
/// value means follows, if it is not of that kind itself.
macro_rules! stored {
    (@as $kind:ident) => { StoredAs::$kind };
    (@as $kind:ident $meaning:ident) => { StoredAs::$meaning };
    ($stored:ty as $kind:ident: $($type:ty => $read:expr, $value:expr $(=> $meaning:ident)?;)*) => {$(
        impl Column for $type {
            type Stored = $stored;
            const NULL: Value = Value::$kind(None);
            const STORED_AS: StoredAs = stored!(@as $kind $($meaning)?);

            fn read(stored: $stored) -> Option<Self> {
                let read: fn($stored) -> Option<Self> = $read;
                read(stored)
            }

            fn value(&self) -> Value {
                let value: fn(&Self) -> Value = $value;
                value(self)
            }
        }
    )*};
}

/// Stores ids as UUIDs.
macro_rules! ids {
    ($($type:ident),*) => {
        stored! { Uuid as Uuid: $($type => |id| Some(Self::from_uuid(id)), |id| id.as_uuid().into();)* }
    };
}

/// Stores types as texts that they are parsed from.
macro_rules! texts {
    ($($type:ident),*) => {
        stored! { String as Text: $($type => |text| text.parse().ok(), |text| text.as_str().into();)* }
    };
}

/// Stores types as JSON.
macro_rules! json {
    ($($type:ty),*) => {$(
        stored! { Json<$type> as Json: $type => |json| Some(json.0), |json| Value::json(json); }
    )*};
}

ids!(
    AgentId,
    AnnotationId,
    CalendarId,
    CommandId,
    DowntimeReasonId,
    GoalId,
    JobOperationId,
    JobRunId,
    MaintenanceWindowId,
    NodeId,
    OperatorId,
    OperatorRunId,
    OrganizationId,
    PartCorrectionId,
    RejectId,
    RoleId,
    ScheduleId,
    ScriptId,
    ServiceId,
    SessionId,
    SiteId,
    UserId
);

texts!(
    AgentType,
    Code,
    CommandOutcome,
    Description,
    Detail,
    Email,
    InstructionKind,
    KeyId,
    LabelName,
    LabelValue,
    Name,
    NodeName,
    NodeType,
    Reason,
    ResultState,
    ServiceName,
    ServiceType,
    Slug,
    SocketPath,
    UpdateName
);

stored! { String as Text:
    Actor => |text| Self::parse(&text), |actor| actor.as_text().into_owned().into();
    Address => |text| Self::stored(&text).ok(), |address| address.as_str().into();
    AgentStatus => |text| Self::parse(&text), |status| status.as_str().into();
    KeyKind => |text| Self::parse(&text), |kind| kind.as_str().into();
    RejectKind => |text| Self::parse(&text), |kind| kind.as_str().into();
    GoalMetric => |text| Self::parse(&text), |metric| metric.as_str().into();
    Outcome => |text| Self::parse(&text), |outcome| outcome.as_str().into();
    Severity => |text| Self::parse(&text), |severity| severity.as_str().into();
    Cron => |text| text.parse().ok(), |cron| cron.to_string().into();
    String => Some, |text| text.as_str().into();
    Selector => |text| text.parse().ok(), |selector| selector.to_string().into();
    Zone => |text| text.parse().ok(), |zone| zone.to_string().into();
}

stored! { i64 as Int:
    Port => |number| number.try_into().ok(), |port| i64::from(port.get()).into();
    Timestamp => |micros| Some(Self::from_micros(micros)), |time| time.as_micros().into() => Time;
    Millionths<10> => Self::from_micros, |number| number.micros().into() => Millionths;
    Millionths<1_000_000_000> => Self::from_micros, |number| number.micros().into() => Millionths;
    i64 => Some, |number| (*number).into();
    i32 => |number| number.try_into().ok(), |number| i64::from(*number).into();
    u32 => |number| number.try_into().ok(), |number| (*number).into();
}

stored! { bool as Bool:
    bool => Some, |is| (*is).into();
}

json!(BTreeSet<Scope>, CalendarRules, Labels, Reach, Settings, Targets, Work);

stored! { Option<Json<Reported>> as Json:
    Reported => |json| Some(json.map(|json| json.0).unwrap_or_default()), |reported| Value::json(reported);
}
