//! Estimates how much memory a message takes, from its bytes, before they are decoded.
//!
//! Protocol Buffers are far smaller on the wire than in memory: an empty [`KeyValue`] takes two bytes
//! on the wire and more than fifty in memory. A limit on bytes alone would let one MiB become thirty.
//! The walk below reads only tags and lengths (the wire format of Protocol Buffers, "Encoding"),
//! allocates nothing, and never returns less than decoding takes.

use std::mem::size_of;

use prost::encoding::decode_varint;

use crate::commands::{Order, Orders, Output, Report, Reports};
use crate::front::{Answers, Asks, Question, Verdict};
use crate::observations::{Batch, Reading, Readings, Stored};
use crate::opamp::{
    AgentConfigFile, AgentToServer, AnyValue, ComponentHealth, Header, KeyValue, ServerToAgent,
};

/// How deep messages may be nested. Those of Bailiwick are nested ten deep.
const DEPTH_MAX: u8 = 32;
/// A factor for `Vec`s. A growing `Vec` has up to twice the capacity it needs, plus its old buffer
/// while it is copied. The first element reserves room for four.
const GROWTH: usize = 4;
/// The least that a text takes: one byte reserves room for eight.
const TEXT_MIN: usize = 8;
/// A factor for `HashMap`s, which also have empty slots when they grow.
const MAP_GROWTH: usize = 5;

/// Why a message is refused before it is decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It would take more memory than allowed.
    #[error(
        "the message would take more than {most} bytes of memory; send fewer attributes, components or reports"
    )]
    TooHeavy {
        /// The most bytes of memory allowed.
        most: usize,
    },
    /// Messages are nested too deep.
    #[error("the message is nested more than {DEPTH_MAX} levels deep")]
    TooDeep,
    /// The bytes are not Protocol Buffers.
    #[error("the bytes are not a Protocol Buffers message")]
    Malformed,
}

/// What a length-delimited field holds.
enum Field {
    /// One string or byte array.
    Bytes,
    /// Several strings or byte arrays.
    ManyBytes,
    /// One message.
    One(&'static Shape),
    /// Several messages, and the size of one.
    Many(&'static Shape, usize),
    /// A map from strings to messages, and the size of one of these.
    Map(&'static Shape, usize),
    /// A map from strings to strings.
    TextMap,
}

/// The length-delimited fields of a message, by tag. The decoder skips all others.
pub struct Shape(&'static [(u32, Field)]);

/// A message whose weight can be computed.
pub trait Weighed {
    /// The length-delimited fields of the message.
    const SHAPE: &'static Shape;
}

static TEXT: Shape = Shape(&[(1, Field::Bytes)]);
static TEXT_PAIR: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes)]);
static TEXTS: Shape = Shape(&[(1, Field::ManyBytes)]);
static KEY_VALUE: Shape = Shape(&[(1, Field::Bytes), (2, Field::One(&ANY_VALUE))]);
static ANY_VALUE: Shape =
    Shape(&[(1, Field::Bytes), (5, Field::One(&ARRAY)), (6, Field::One(&KEY_VALUES)), (7, Field::Bytes)]);
static ARRAY: Shape = Shape(&[(1, Field::Many(&ANY_VALUE, size_of::<AnyValue>()))]);
static KEY_VALUES: Shape = Shape(&[(1, Field::Many(&KEY_VALUE, size_of::<KeyValue>()))]);
static DESCRIPTION: Shape = Shape(&[
    (1, Field::Many(&KEY_VALUE, size_of::<KeyValue>())),
    (2, Field::Many(&KEY_VALUE, size_of::<KeyValue>())),
]);
static HEALTH: Shape = Shape(&[
    (3, Field::Bytes),
    (4, Field::Bytes),
    (6, Field::Map(&HEALTH, size_of::<ComponentHealth>())),
    (7, Field::Many(&KEY_VALUE, size_of::<KeyValue>())),
]);
static CONFIG_FILE: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes)]);
static CONFIG_MAP: Shape = Shape(&[(1, Field::Map(&CONFIG_FILE, size_of::<AgentConfigFile>()))]);
static EFFECTIVE: Shape = Shape(&[(1, Field::One(&CONFIG_MAP))]);
static STATUS: Shape = Shape(&[(1, Field::Bytes), (3, Field::Bytes)]);
static CUSTOM: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes), (3, Field::Bytes)]);
static AGENT_TO_SERVER: Shape = Shape(&[
    (1, Field::Bytes),
    (3, Field::One(&DESCRIPTION)),
    (5, Field::One(&HEALTH)),
    (6, Field::One(&EFFECTIVE)),
    (7, Field::One(&STATUS)),
    (9, Field::One(&Shape(&[]))),
    (12, Field::One(&TEXTS)),
    (13, Field::One(&CUSTOM)),
    (15, Field::One(&STATUS)),
]);
static OUTPUT: Shape = Shape(&[(3, Field::Bytes)]);
static FINISHED: Shape =
    Shape(&[(4, Field::Bytes), (8, Field::Many(&OUTPUT, size_of::<Output>())), (9, Field::Bytes)]);
static REPORT: Shape = Shape(&[
    (1, Field::Bytes),
    (2, Field::One(&Shape(&[]))),
    (3, Field::One(&OUTPUT)),
    (4, Field::One(&FINISHED)),
]);
static ALL_REPORTS: Shape = Shape(&[(1, Field::Many(&REPORT, size_of::<Report>()))]);
static READING: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes)]);
static BATCH: Shape = Shape(&[(3, Field::Many(&READING, size_of::<Reading>()))]);
static READINGS: Shape = Shape(&[(2, Field::Many(&BATCH, size_of::<Batch>()))]);
static CERTIFICATE_REQUEST: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes)]);
static QUESTION: Shape = Shape(&[(2, Field::Bytes), (3, Field::Bytes), (4, Field::Bytes)]);
static FRONT_ASKS: Shape =
    Shape(&[(1, Field::One(&CERTIFICATE_REQUEST)), (2, Field::Many(&QUESTION, size_of::<Question>()))]);
static CERTIFICATE: Shape =
    Shape(&[(1, Field::Bytes), (2, Field::Bytes), (4, Field::Bytes), (5, Field::Bytes)]);
static VERDICT: Shape = Shape(&[(3, Field::Bytes)]);
static FRONT_ANSWERS: Shape =
    Shape(&[(1, Field::One(&CERTIFICATE)), (2, Field::Many(&VERDICT, size_of::<Verdict>()))]);

static EMPTY: Shape = Shape(&[]);
static REMOTE_CONFIG: Shape = Shape(&[(1, Field::One(&CONFIG_MAP)), (2, Field::Bytes)]);
static HEADER: Shape = Shape(&[(1, Field::Bytes), (2, Field::Bytes)]);
static HEADERS: Shape = Shape(&[(1, Field::Many(&HEADER, size_of::<Header>()))]);
static SETTINGS: Shape = Shape(&[(1, Field::Bytes), (2, Field::One(&HEADERS))]);
static OFFERS: Shape = Shape(&[(1, Field::Bytes), (2, Field::One(&SETTINGS))]);
static ERROR: Shape = Shape(&[(2, Field::Bytes), (3, Field::One(&EMPTY))]);
static SERVER_TO_AGENT: Shape = Shape(&[
    (1, Field::Bytes),
    (2, Field::One(&ERROR)),
    (3, Field::One(&REMOTE_CONFIG)),
    (4, Field::One(&OFFERS)),
    (8, Field::One(&TEXT)),
    (10, Field::One(&TEXTS)),
    (11, Field::One(&CUSTOM)),
]);
static SHELL: Shape = Shape(&[
    (1, Field::Bytes),
    (2, Field::Bytes),
    (3, Field::ManyBytes),
    (4, Field::TextMap),
    (5, Field::Bytes),
    (6, Field::Bytes),
]);
static ORDER: Shape = Shape(&[
    (1, Field::Bytes),
    (5, Field::One(&SHELL)),
    (6, Field::One(&EMPTY)),
    (7, Field::One(&TEXTS)),
    (8, Field::One(&EMPTY)),
]);
static ORDERS: Shape =
    Shape(&[(1, Field::Many(&ORDER, size_of::<Order>())), (2, Field::ManyBytes), (3, Field::ManyBytes)]);

impl Weighed for ServerToAgent {
    const SHAPE: &'static Shape = &SERVER_TO_AGENT;
}

impl Weighed for Orders {
    const SHAPE: &'static Shape = &ORDERS;
}

impl Weighed for AgentToServer {
    const SHAPE: &'static Shape = &AGENT_TO_SERVER;
}

impl Weighed for Reports {
    const SHAPE: &'static Shape = &ALL_REPORTS;
}

impl Weighed for Readings {
    const SHAPE: &'static Shape = &READINGS;
}

impl Weighed for Asks {
    const SHAPE: &'static Shape = &FRONT_ASKS;
}

impl Weighed for Answers {
    const SHAPE: &'static Shape = &FRONT_ANSWERS;
}

impl Weighed for Stored {
    const SHAPE: &'static Shape = &EMPTY;
}

/// An upper bound of the memory, in bytes, that `bytes` take after decoding as an `M`; an error if it
/// exceeds `most`. The error names what the sender can change.
pub fn weigh<M: Weighed>(bytes: &[u8], most: usize) -> Result<usize, Refused> {
    let mut scale = Scale { most, left: most };
    scale.walk(bytes, M::SHAPE, 0)?;
    Ok(most - scale.left)
}

/// Why a message could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecoded {
    /// It would take too much memory, or it is malformed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The decoder refused it.
    #[error(transparent)]
    Message(#[from] prost::DecodeError),
}

/// Decodes a message, unless it would take more than `most` bytes of memory.
pub fn decode<M: Weighed + prost::Message + Default>(bytes: &[u8], most: usize) -> Result<M, Undecoded> {
    weigh::<M>(bytes, most)?;
    Ok(M::decode(bytes)?)
}

struct Scale {
    most: usize,
    left: usize,
}

impl Scale {
    fn add(&mut self, weight: usize) -> Result<(), Refused> {
        self.left = self.left.checked_sub(weight).ok_or(Refused::TooHeavy { most: self.most })?;
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Refused> {
        if text.is_empty() { Ok(()) } else { self.add(text.len().max(TEXT_MIN)) }
    }

    fn walk(&mut self, mut bytes: &[u8], shape: &Shape, depth: u8) -> Result<(), Refused> {
        if depth > DEPTH_MAX {
            return Err(Refused::TooDeep);
        }
        while !bytes.is_empty() {
            let key = varint(&mut bytes)?;
            let tag = u32::try_from(key >> 3).map_err(|_| Refused::Malformed)?;
            match key & 7 {
                0 => drop(varint(&mut bytes)?),
                1 => drop(take(&mut bytes, 8)?),
                5 => drop(take(&mut bytes, 4)?),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)?).map_err(|_| Refused::Malformed)?;
                    let inner = take(&mut bytes, length)?;
                    self.field(inner, shape.0.iter().find(|(of, _)| *of == tag), depth)?;
                }
                // Groups, which no OpAMP message has.
                _ => return Err(Refused::Malformed),
            }
        }
        Ok(())
    }

    fn field(&mut self, inner: &[u8], field: Option<&(u32, Field)>, depth: u8) -> Result<(), Refused> {
        match field.map(|(_, field)| field) {
            // The decoder skips the field.
            None => Ok(()),
            Some(Field::Bytes) => self.text(inner),
            Some(Field::ManyBytes) => {
                self.add(GROWTH * size_of::<String>())?;
                self.text(inner)
            }
            Some(Field::One(shape)) => self.walk(inner, shape, depth + 1),
            Some(Field::Many(shape, size)) => {
                self.add(GROWTH * size)?;
                self.walk(inner, shape, depth + 1)
            }
            Some(Field::TextMap) => {
                self.add(MAP_GROWTH * 2 * size_of::<String>())?;
                self.walk(inner, &TEXT_PAIR, depth + 1)
            }
            Some(Field::Map(shape, size)) => {
                self.add(MAP_GROWTH * (size_of::<String>() + size))?;
                self.walk(inner, &TEXT, depth + 1)?;
                self.map_value(inner, shape, depth + 1)
            }
        }
    }

    /// Adds the weight of the value of a map's entry, which is the entry's field 2.
    fn map_value(&mut self, mut entry: &[u8], shape: &Shape, depth: u8) -> Result<(), Refused> {
        while !entry.is_empty() {
            let key = varint(&mut entry)?;
            match key & 7 {
                0 => drop(varint(&mut entry)?),
                1 => drop(take(&mut entry, 8)?),
                5 => drop(take(&mut entry, 4)?),
                2 => {
                    let length = usize::try_from(varint(&mut entry)?).map_err(|_| Refused::Malformed)?;
                    let inner = take(&mut entry, length)?;
                    if key >> 3 == 2 {
                        self.walk(inner, shape, depth + 1)?;
                    }
                }
                _ => return Err(Refused::Malformed),
            }
        }
        Ok(())
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Refused> {
    decode_varint(bytes).map_err(|_| Refused::Malformed)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Refused> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(Refused::Malformed)?;
    *bytes = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;
    use crate::opamp::{
        AgentDescription, ArrayValue, CustomCapabilities, CustomMessage, EffectiveConfig, KeyValueList, Value,
    };

    const MIB: usize = 1_048_576;

    /// One MiB of empty messages, two bytes each, in the repeated field `tag`, below the fields `path`.
    fn flood(path: &[u32], tag: u32) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            std::iter::repeat_n([(tag << 3 | 2) as u8, 0], MIB / 2 - 16).flatten().collect();
        for tag in path.iter().rev() {
            let mut outer = vec![(tag << 3 | 2) as u8];
            prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
            outer.append(&mut bytes);
            bytes = outer;
        }
        bytes
    }

    #[test]
    fn small_messages_that_decode_to_large_ones_are_refused() {
        let refused = Err(Refused::TooHeavy { most: 8 * MIB });
        for (path, tag) in [
            (vec![3], 1),
            (vec![3], 2),
            (vec![3, 1, 2, 5], 1),
            (vec![3, 1, 2, 6], 1),
            (vec![5], 6),
            (vec![5], 7),
            (vec![5, 6, 2], 6),
            (vec![6, 1], 1),
            (vec![12], 1),
        ] {
            let bytes = flood(&path, tag);
            assert_eq!(weigh::<AgentToServer>(&bytes, 8 * MIB), refused, "{path:?}, {tag}");
            // The decoder accepts it, so nothing but the weight refuses it.
            AgentToServer::decode(bytes.as_slice()).unwrap();
        }
        for (path, tag) in [(vec![], 1), (vec![1, 4], 8)] {
            let bytes = flood(&path, tag);
            assert_eq!(weigh::<Reports>(&bytes, 8 * MIB), refused, "{path:?}, {tag}");
            Reports::decode(bytes.as_slice()).unwrap();
        }
        for (path, tag) in [(vec![], 2), (vec![2], 3)] {
            let bytes = flood(&path, tag);
            assert_eq!(weigh::<Readings>(&bytes, 8 * MIB), refused, "{path:?}, {tag}");
            Readings::decode(bytes.as_slice()).unwrap();
        }
    }

    #[test]
    fn an_agent_refuses_small_messages_that_decode_to_large_ones() {
        let refused = Err(Undecoded::Refused(Refused::TooHeavy { most: 8 * MIB }));
        for (path, tag) in [(vec![3, 1], 1), (vec![4, 2, 2], 1), (vec![10], 1)] {
            let bytes = flood(&path, tag);
            assert_eq!(decode::<ServerToAgent>(&bytes, 8 * MIB), refused, "{path:?}, {tag}");
            ServerToAgent::decode(bytes.as_slice()).unwrap();
        }
        let refused = Err(Undecoded::Refused(Refused::TooHeavy { most: 8 * MIB }));
        for (path, tag) in
            [(vec![], 1), (vec![], 2), (vec![], 3), (vec![1, 5], 3), (vec![1, 5], 4), (vec![1, 7], 1)]
        {
            let bytes = flood(&path, tag);
            assert_eq!(decode::<Orders>(&bytes, 8 * MIB), refused, "{path:?}, {tag}");
            Orders::decode(bytes.as_slice()).unwrap();
        }
        // The largest script with arguments and variables is accepted.
        let shell = crate::commands::ShellOrder {
            command: "x".repeat(MIB),
            arguments: vec!["y".repeat(1_000); 100],
            env: (0..100).map(|n| (n.to_string(), "z".repeat(1_000))).collect(),
            ..Default::default()
        };
        let what = Some(crate::commands::What::Shell(shell));
        let orders = Orders { run: vec![Order { what, ..Default::default() }], ..Default::default() };
        let bytes = orders.encode_to_vec();
        assert_eq!(decode::<Orders>(&bytes, crate::frame::TO_AGENT_HELD_MAX), Ok(orders));
    }

    #[test]
    fn fields_skipped_by_the_decoder_have_no_weight() {
        // The field `package_statuses`, which is not read.
        assert_eq!(weigh::<AgentToServer>(&flood(&[8], 1), 0), Ok(0));
    }

    #[test]
    fn deeply_nested_and_malformed_messages_are_refused() {
        let mut value = AnyValue { value: None };
        for _ in 0..40 {
            value = AnyValue { value: Some(Value::Array(ArrayValue { values: vec![value] })) };
        }
        let pair = KeyValue { key: String::new(), value: Some(value) };
        let description = AgentDescription { identifying_attributes: vec![pair], ..Default::default() };
        let message = AgentToServer { agent_description: Some(description), ..Default::default() };
        assert_eq!(weigh::<AgentToServer>(&message.encode_to_vec(), MIB), Err(Refused::TooDeep));
        for bytes in [&[0x0a, 5, 1][..], &[0x0b], &[0xff; 12], &[0x09, 1]] {
            assert_eq!(weigh::<AgentToServer>(bytes, MIB), Err(Refused::Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn the_largest_message_of_our_agent_is_accepted() {
        let line = AnyValue { value: Some(Value::String("x".repeat(100))) };
        let lines = Value::Array(ArrayValue { values: vec![line; bailiwick_domain::agent::LOG_LINES_MAX] });
        let log = KeyValue { key: "bailiwick.log".into(), value: Some(AnyValue { value: Some(lines) }) };
        let program = ComponentHealth { attributes: vec![log; 1], ..Default::default() };
        let programs = (0..bailiwick_domain::agent::PROGRAMS_MAX).map(|n| (n.to_string(), program.clone()));
        let health = ComponentHealth { component_health_map: programs.collect(), ..Default::default() };
        let data = vec![7; MIB / 4];
        let custom = CustomMessage { data, ..Default::default() };
        let message =
            AgentToServer { health: Some(health), custom_message: Some(custom), ..Default::default() };
        let bytes = message.encode_to_vec();
        assert!(bytes.len() < MIB, "{}", bytes.len());
        assert!(weigh::<AgentToServer>(&bytes, 8 * MIB).is_ok());
    }

    /// The number of bytes that a value has allocated.
    fn of_value(value: &AnyValue) -> usize {
        match &value.value {
            Some(Value::String(text)) => text.capacity(),
            Some(Value::Bytes(bytes)) => bytes.capacity(),
            Some(Value::Array(array)) => {
                array.values.capacity() * size_of::<AnyValue>()
                    + array.values.iter().map(of_value).sum::<usize>()
            }
            Some(Value::Map(map)) => of_pairs(&map.values),
            _ => 0,
        }
    }

    fn of_pairs(pairs: &Vec<KeyValue>) -> usize {
        let each = |pair: &KeyValue| pair.key.capacity() + pair.value.as_ref().map_or(0, of_value);
        pairs.capacity() * size_of::<KeyValue>() + pairs.iter().map(each).sum::<usize>()
    }

    fn of_health(health: &ComponentHealth) -> usize {
        let map = &health.component_health_map;
        // Each slot of the table also has a control byte, and one slot in eight is empty.
        let places = map.capacity() * 8 / 7 * (size_of::<String>() + size_of::<ComponentHealth>() + 1);
        let each = map.iter().map(|(name, health)| name.capacity() + of_health(health)).sum::<usize>();
        health.last_error.capacity() + health.status.capacity() + places + each + of_pairs(&health.attributes)
    }

    fn value() -> impl Strategy<Value = AnyValue> {
        let leaf = prop_oneof![
            Just(AnyValue { value: None }),
            ".{0,12}".prop_map(|text| AnyValue { value: Some(Value::String(text)) }),
            any::<i64>().prop_map(|number| AnyValue { value: Some(Value::Int(number)) }),
        ];
        leaf.prop_recursive(4, 40, 8, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8)
                    .prop_map(|values| AnyValue { value: Some(Value::Array(ArrayValue { values })) }),
                proptest::collection::vec(("[a-z]{0,4}", inner), 0..8).prop_map(|pairs| {
                    let values =
                        pairs.into_iter().map(|(key, value)| KeyValue { key, value: Some(value) }).collect();
                    AnyValue { value: Some(Value::Map(KeyValueList { values })) }
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_decoded_message_uses_at_most_its_weight(
            values in proptest::collection::vec(value(), 0..20),
            names in proptest::collection::hash_set("[a-z]{0,3}", 0..20),
        ) {
            let pairs: Vec<KeyValue> =
                values.into_iter().map(|value| KeyValue { key: "k".into(), value: Some(value) }).collect();
            let leaf = ComponentHealth { attributes: pairs.clone(), ..Default::default() };
            let parts: HashMap<String, ComponentHealth> = names.into_iter().map(|name| (name, leaf.clone())).collect();
            let message = AgentToServer {
                agent_description: Some(AgentDescription { identifying_attributes: pairs, ..Default::default() }),
                health: Some(ComponentHealth { component_health_map: parts, ..Default::default() }),
                effective_config: Some(EffectiveConfig::default()),
                custom_capabilities: Some(CustomCapabilities { capabilities: vec!["a".into(); 3] }),
                ..Default::default()
            };
            let bytes = message.encode_to_vec();
            let weight = weigh::<AgentToServer>(&bytes, usize::MAX).unwrap();
            let decoded = AgentToServer::decode(bytes.as_slice()).unwrap();
            let taken = of_pairs(&decoded.agent_description.unwrap().identifying_attributes)
                + of_health(&decoded.health.unwrap());
            prop_assert!(taken <= weight, "takes {} bytes, weighs {}", taken, weight);
        }

        #[test]
        fn weighing_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if AgentToServer::decode(bytes.as_slice()).is_ok() {
                // The decoder skips groups, which are refused here.
                let _ = weigh::<AgentToServer>(&bytes, MIB);
            }
        }
    }
}
