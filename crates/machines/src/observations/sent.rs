//! Observations as they are sent: rows and columns of JSON.
//!
//! What is wrong with a single value, time or row does not end the reading: it is kept, and refused by its line.

use std::fmt;

use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::{MetricKey, MetricText};
use bailiwick_domain::observations::value::{AlarmLevel, WORD_MAX};
use bailiwick_domain::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One observation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// The node, by id or name.
    pub(super) node: NodeRef,
    /// The key of the metric.
    pub(super) metric: MetricKey,
    /// When the value was observed.
    pub(super) at: Timestamp,
    /// The value.
    pub(super) value: SentValue,
    /// The kind of the metric. Without it, it is that of earlier observations of the metric; of the first one, texts
    /// are a `state`, numbers a `quantity` and objects an `alarm`.
    pub(super) kind: Option<Kind>,
    /// The metric's type in the words of the source, such as `PART_COUNT`.
    pub(super) r#type: Option<MetricText>,
    /// The metric's subtype in the words of the source, such as `ALL`.
    pub(super) subtype: Option<MetricText>,
    /// The unit of the values, such as `%`.
    pub(super) unit: Option<MetricText>,
    /// The number that the source gave the observation. It orders states of the same microsecond.
    pub(super) sequence: Option<i64>,
}

/// One observation, or why it cannot be read.
#[derive(Clone, Debug)]
pub(super) struct SentRow(pub(super) Result<Row, String>);

impl<'de> Deserialize<'de> for SentRow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        Ok(Self(serde_json::from_value(value).map_err(|error| error.to_string())))
    }
}

impl JsonSchema for SentRow {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObservationRow".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Row::json_schema(generator)
    }
}

/// Many observations of one metric of one node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ObservationColumn")]
pub(super) struct SentColumn {
    /// The node, by id or name.
    pub(super) node: NodeRef,
    /// The key of the metric.
    pub(super) metric: MetricKey,
    /// When the values were observed, in any order.
    pub(super) at: Vec<SentTime>,
    /// The values, as many as times.
    pub(super) values: Vec<SentValue>,
    /// The kind of the metric, as in a single observation.
    pub(super) kind: Option<Kind>,
    /// The metric's type in the words of the source, such as `PART_COUNT`.
    pub(super) r#type: Option<MetricText>,
    /// The metric's subtype in the words of the source, such as `ALL`.
    pub(super) subtype: Option<MetricText>,
    /// The unit of the values, such as `%`.
    pub(super) unit: Option<MetricText>,
    /// The numbers that the source gave the observations, as many as times.
    pub(super) sequences: Option<Vec<Option<i64>>>,
}

/// A time, or why it is none.
#[derive(Clone, Debug)]
pub(super) struct SentTime(pub(super) Result<Timestamp, String>);

impl<'de> Deserialize<'de> for SentTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Time;
        impl Visitor<'_> for Time {
            type Value = SentTime;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as in RFC 3339")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SentTime, E> {
                Ok(SentTime(text.parse::<Timestamp>().map_err(|error| error.to_string())))
            }
        }
        from.deserialize_str(Time)
    }
}

impl JsonSchema for SentTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObservationTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Timestamp::json_schema(generator)
    }
}

/// A value as JSON has it. Which values a metric has is decided by its kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SentValue {
    Text(Box<str>),
    Whole(i64),
    Number(f64),
    /// A position or another vector.
    Vector([f64; 3]),
    Alarm(SentAlarm),
    /// What can be no value, named.
    Other(&'static str),
}

/// An alarm that begins or ends.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "ObservedAlarm")]
pub(super) struct SentAlarm {
    /// Its code.
    #[schemars(length(max = WORD_MAX))]
    pub(super) code: Box<str>,
    /// How severe it is.
    pub(super) level: AlarmLevel,
    /// Whether it begins; otherwise it ends.
    pub(super) on: bool,
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = SentValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SentValue, E> {
        Ok(SentValue::Text(text.into()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<SentValue, E> {
        Ok(SentValue::Text(text.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<SentValue, E> {
        Ok(SentValue::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<SentValue, E> {
        Ok(i64::try_from(number).map_or(SentValue::Number(number as f64), SentValue::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<SentValue, E> {
        Ok(SentValue::Number(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<SentValue, E> {
        Ok(SentValue::Other(if value { "true" } else { "false" }))
    }

    fn visit_unit<E: Error>(self) -> Result<SentValue, E> {
        Ok(SentValue::Other("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<SentValue, A::Error> {
        let mut numbers = [0.0; 3];
        let mut count = 0_usize;
        let mut is_vector = true;
        while let Some(value) = from.next_element::<SentValue>()? {
            let number = match value {
                SentValue::Whole(number) => Some(number as f64),
                SentValue::Number(number) => Some(number),
                _ => None,
            };
            match (numbers.get_mut(count), number) {
                (Some(place), Some(number)) => *place = number,
                _ => is_vector = false,
            }
            count = count.saturating_add(1);
        }
        Ok(if is_vector && count == numbers.len() {
            SentValue::Vector(numbers)
        } else {
            SentValue::Other("a list that is not three numbers")
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<SentValue, A::Error> {
        let (mut code, mut level, mut on) = (None, None, None);
        let mut is_alarm = true;
        while let Some(name) = from.next_key::<Box<str>>()? {
            match &*name {
                "code" => match from.next_value()? {
                    SentValue::Text(text) => code = Some(text),
                    _ => is_alarm = false,
                },
                "level" => match from.next_value()? {
                    SentValue::Text(text) => {
                        level = AlarmLevel::ALL.into_iter().find(|level| level.as_str() == &*text);
                    }
                    _ => is_alarm = false,
                },
                "on" => match from.next_value()? {
                    SentValue::Other("true") => on = Some(true),
                    SentValue::Other("false") => on = Some(false),
                    _ => is_alarm = false,
                },
                _ => {
                    from.next_value::<IgnoredAny>()?;
                    is_alarm = false;
                }
            }
        }
        Ok(match (code, level, on) {
            (Some(code), Some(level), Some(on)) if is_alarm => {
                SentValue::Alarm(SentAlarm { code, level, on })
            }
            _ => SentValue::Other("an object that is no alarm"),
        })
    }
}

impl<'de> Deserialize<'de> for SentValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

impl JsonSchema for SentValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObservedValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let alarm = generator.subschema_for::<SentAlarm>();
        json_schema!({
            "description": "A value: a text for a state, a whole number for a count, a number for a quantity, three numbers for a position (which become the quantities `KEY.x`, `KEY.y` and `KEY.z`), or an alarm.",
            "anyOf": [
                { "type": "string", "maxLength": WORD_MAX },
                { "type": "number" },
                { "type": "array", "items": { "type": "number" }, "minItems": 3, "maxItems": 3 },
                alarm,
            ],
            "examples": ["ACTIVE"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_shape() {
        let read = |text: &str| serde_json::from_str::<SentValue>(text).unwrap();
        assert_eq!(read(r#""ACTIVE""#), SentValue::Text("ACTIVE".into()));
        assert_eq!(read("-7"), SentValue::Whole(-7));
        assert_eq!(read("7.0"), SentValue::Number(7.0));
        assert_eq!(read("18446744073709551615"), SentValue::Number(18_446_744_073_709_551_615.0));
        assert_eq!(read("[1, 2.5, -3]"), SentValue::Vector([1.0, 2.5, -3.0]));
        let alarm = SentAlarm { code: "E7".into(), level: AlarmLevel::Fault, on: true };
        assert_eq!(read(r#"{"code":"E7","level":"fault","on":true}"#), SentValue::Alarm(alarm));
        for (text, found) in [
            ("null", "null"),
            ("true", "true"),
            ("[1, 2]", "a list that is not three numbers"),
            ("[1, 2, 3, 4]", "a list that is not three numbers"),
            (r#"[1, 2, "3"]"#, "a list that is not three numbers"),
            (r#"{"code":"E7","level":"loud","on":true}"#, "an object that is no alarm"),
            (r#"{"code":"E7","level":"fault","on":true,"x":[{}]}"#, "an object that is no alarm"),
            ("{}", "an object that is no alarm"),
        ] {
            assert_eq!(read(text), SentValue::Other(found), "{text}");
        }
    }

    #[test]
    fn a_wrong_row_or_time_is_kept_with_what_is_wrong() {
        let rows: Vec<SentRow> = serde_json::from_str(
            r#"[{"node":"a","metric":"execution","at":"2030-01-01T00:00:00Z","value":"ACTIVE"},
                {"node":"a","metric":"execution","value":"ACTIVE"}, 7,
                {"node":"a","metric":"execution","at":"2030-01-01T00:00:00Z","value":1,"colour":"red"}]"#,
        )
        .unwrap();
        let wrong: Vec<_> = rows.into_iter().map(|row| row.0.err()).collect();
        assert_eq!(wrong[0], None);
        assert!(wrong[1].as_ref().unwrap().contains("missing field `at`"), "{wrong:?}");
        assert!(wrong[2].is_some());
        assert!(wrong[3].as_ref().unwrap().contains("unknown field `colour`"), "{wrong:?}");
        let times: Vec<SentTime> = serde_json::from_str(r#"["2030-01-01T00:00:00Z", "yesterday"]"#).unwrap();
        assert!(times[0].0.is_ok() && times[1].0.is_err());
    }
}
