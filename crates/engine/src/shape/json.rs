//! Strict JSON, for requests and for lines of imports.
//!
//! RFC 8259 does not define what an object means that has the same member twice. Here it is refused, so
//! that two programs cannot understand the same text differently.

use std::cell::{Cell, RefCell};
use std::fmt::{Display, Formatter};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most values in one text, counting each member and each element.
pub const VALUES_MAX: usize = 100_000;

/// The memory that an element of an array takes besides what it holds, in bytes: a [`Value`], in an array
/// that has room for twice as many.
const ELEMENT_BYTES: usize = 64;
/// The memory that an object takes which is not empty, in bytes: a node of a B-tree, with room for eleven
/// members.
const OBJECT_BYTES: usize = 640;
/// The memory that a further member of an object takes besides what it holds, in bytes. The nodes of the
/// tree are at least half full.
const MEMBER_BYTES: usize = 128;
/// The memory that a text takes besides its bytes, in bytes.
const TEXT_BYTES: usize = 16;
/// How much memory is reserved at once, in bytes.
const RESERVED_AT_ONCE: usize = 64 << 10;

/// Reserves memory for values that are being read: returns false if there is none left.
pub type Reserve<'a> = &'a mut dyn FnMut(usize) -> bool;

/// The reason why a text is refused.
#[derive(Debug)]
pub enum BadJson {
    /// It is not JSON.
    Malformed(serde_json::Error),
    /// An object has a member twice; this is the member's path.
    Twice(String),
    /// It has more values than it may have.
    TooMany {
        /// How many it may have.
        most: usize,
    },
    /// Its values need more memory than one text may take.
    TooLarge,
    /// There is no memory for its values at the moment.
    NoMemory,
}

impl Display for BadJson {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Twice(path) => write!(f, "the member {path} occurs twice; send it once"),
            Self::TooMany { most } => {
                write!(f, "the JSON text has more than {most} values; send fewer at once")
            }
            Self::TooLarge => {
                f.write_str("the values of the JSON text need too much memory; send fewer at once")
            }
            Self::NoMemory => f.write_str("there is no memory for the JSON text at the moment"),
        }
    }
}

/// What a JSON text may contain.
#[derive(Clone, Copy, Debug)]
pub struct JsonBounds {
    /// The most values, at all levels together.
    pub values: usize,
    /// The most memory of all values, in bytes.
    pub memory: usize,
}

/// Reads a text that consists of one value. Its memory is reserved by `reserve` before it is taken.
pub fn read(bytes: &[u8], most: JsonBounds, reserve: Reserve<'_>) -> Result<Value, BadJson> {
    let reading = Reading {
        path: RefCell::default(),
        count: Cell::new(0),
        weight: Cell::new(0),
        reserved: Cell::new(0),
        most,
        reserve: RefCell::new(reserve),
        wrong: RefCell::new(None),
    };
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = One(&reading).deserialize(&mut from).and_then(|value| from.end().map(|()| value));
    match (value, reading.wrong.into_inner()) {
        (_, Some(wrong)) => Err(wrong),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(BadJson::Malformed(error)),
    }
}

/// About how much memory the members of an object take, in bytes.
pub fn weight(members: &Map<String, Value>) -> usize {
    let member = |sum: usize, (name, value): (&String, &Value)| {
        let own = name.len().saturating_add(MEMBER_BYTES).saturating_add(TEXT_BYTES);
        sum.saturating_add(own).saturating_add(weight_of(value))
    };
    members.iter().fold(OBJECT_BYTES, member)
}

fn weight_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len().saturating_add(TEXT_BYTES),
        Value::Array(values) => values
            .iter()
            .fold(0, |sum: usize, value| sum.saturating_add(ELEMENT_BYTES).saturating_add(weight_of(value))),
        Value::Object(members) => weight(members),
    }
}

/// A step from a value to one that it holds. It is written only for an error.
enum Step {
    Member(String),
    Element(usize),
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Member(name) => write!(f, ".{name}"),
            Self::Element(number) => write!(f, "[{number}]"),
        }
    }
}

/// The position of the reader, and the error it found.
struct Reading<'a> {
    path: RefCell<Vec<Step>>,
    count: Cell<usize>,
    /// The memory of all values that were read, in bytes.
    weight: Cell<usize>,
    reserved: Cell<usize>,
    most: JsonBounds,
    reserve: RefCell<Reserve<'a>>,
    wrong: RefCell<Option<BadJson>>,
}

impl Reading<'_> {
    /// Adds to the memory of what was read, and reserves more if needed.
    fn weigh<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let weight = self.weight.get().saturating_add(bytes);
        self.weight.set(weight);
        if weight > self.most.memory {
            return Err(self.refuse(BadJson::TooLarge));
        }
        if weight > self.reserved.get() {
            let reserved = weight.saturating_add(RESERVED_AT_ONCE).min(self.most.memory);
            self.reserved.set(reserved);
            if !(self.reserve.borrow_mut())(reserved) {
                return Err(self.refuse(BadJson::NoMemory));
            }
        }
        Ok(())
    }

    fn weigh_text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        self.weigh(text.len().saturating_add(TEXT_BYTES))
    }

    fn refuse<E: serde::de::Error>(&self, wrong: BadJson) -> E {
        let error = E::custom(&wrong);
        *self.wrong.borrow_mut() = Some(wrong);
        error
    }

    /// The path of a member of the object that is being read: `reach.sites[0]`.
    fn path_of(&self, name: &str) -> String {
        let mut path: String = self.path.borrow().iter().map(Step::to_string).collect();
        path.push('.');
        path.push_str(name);
        path.trim_start_matches('.').to_owned()
    }
}

/// Reads one value.
struct One<'a, 'r>(&'a Reading<'r>);

impl<'de> DeserializeSeed<'de> for One<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let count = self.0.count.get() + 1;
        self.0.count.set(count);
        let most = self.0.most.values;
        if count > most {
            return Err(self.0.refuse(BadJson::TooMany { most }));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("expected a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.weigh_text(value)?;
        Ok(value.into())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.0.weigh_text(&value)?;
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.0.path.borrow_mut().push(Step::Element(0));
        while let Some(item) = access.next_element_seed(One(self.0))? {
            self.0.weigh(ELEMENT_BYTES)?;
            items.push(item);
            if let Some(last) = self.0.path.borrow_mut().last_mut() {
                *last = Step::Element(items.len());
            }
        }
        self.0.path.borrow_mut().pop();
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(self.0.refuse(BadJson::Twice(self.0.path_of(&name))));
            }
            self.0.weigh(if members.is_empty() { OBJECT_BYTES } else { MEMBER_BYTES })?;
            self.0.weigh_text(&name)?;
            self.0.path.borrow_mut().push(Step::Member(name));
            let value = access.next_value_seed(One(self.0))?;
            if let Some(Step::Member(name)) = self.0.path.borrow_mut().pop() {
                members.insert(name, value);
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Reads a text with as much memory as it needs.
    fn read(text: &[u8]) -> Result<Value, BadJson> {
        super::read(text, JsonBounds { values: VALUES_MAX, memory: usize::MAX }, &mut |_| true)
    }

    fn wrong(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_duplicate_json_member_is_named_at_every_depth() {
        for (text, path) in [
            (r#"{"name":"a","name":"b"}"#, "name"),
            (r#"{"name":"a","n\u0061me":"b"}"#, "name"),
            (r#"{"labels":{"a":"1","b":"2","a":"1"}}"#, "labels.a"),
            (r#"{"a":[{"b":1},{"b":[[{"c":0,"c":0}]]}]}"#, "a[1].b[0][0].c"),
            (r#"[{"":1,"":2}]"#, "[0]."),
        ] {
            assert_eq!(wrong(text), format!("the member {path} occurs twice; send it once"), "{text}");
        }
        let same = r#"{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}"#;
        assert!(read(same.as_bytes()).is_ok());
    }

    #[test]
    fn invalid_json_gives_the_error_of_serde_json() {
        for text in ["", "{", "{\"name\":", "[1] 2", "\u{feff}{}", "nul", "{'a':1}", "1e999"] {
            let ours = wrong(text);
            let theirs = serde_json::from_str::<Value>(text).unwrap_err().to_string();
            assert_eq!(ours, theirs, "{text}");
        }
        assert!(wrong(&"[".repeat(900)).contains("recursion limit"));
        assert!(matches!(read(&[b'"', 0xff, b'"']), Err(BadJson::Malformed(_))));
    }

    #[test]
    fn the_number_of_json_values_is_bounded() {
        let list = |values: usize| format!("[{}]", vec!["0"; values].join(","));
        assert!(read(list(VALUES_MAX - 1).as_bytes()).is_ok());
        assert!(matches!(read(list(VALUES_MAX).as_bytes()), Err(BadJson::TooMany { .. })));
    }

    #[test]
    fn memory_is_reserved_before_it_is_taken() {
        let members = |count: usize| {
            let members: Vec<String> = (0..count).map(|n| format!("\"{n:x}\":\"\"")).collect();
            format!("{{{}}}", members.join(","))
        };
        let mut reserved = Vec::new();
        let read = |text: &str, most, room: usize, reserved: &mut Vec<usize>| {
            super::read(text.as_bytes(), JsonBounds { values: VALUES_MAX, memory: most }, &mut |bytes| {
                reserved.push(bytes);
                bytes <= room
            })
        };
        // A small object reserves once.
        assert!(read(&members(10), 1 << 20, usize::MAX, &mut reserved).is_ok());
        assert_eq!(reserved.len(), 1);
        // Each member takes about 170 bytes, of which its text has 8.
        reserved.clear();
        assert!(read(&members(10_000), 8 << 20, usize::MAX, &mut reserved).is_ok());
        let all = *reserved.last().unwrap();
        assert!((1_500_000..2_000_000).contains(&all), "{all}");
        assert!(reserved.is_sorted() && reserved.len() > 20);
        let refused = read(&members(10_000), 1 << 20, usize::MAX, &mut reserved);
        assert!(matches!(refused, Err(BadJson::TooLarge)));
        reserved.clear();
        let refused = read(&members(10_000), 8 << 20, 500_000, &mut reserved);
        assert!(matches!(refused, Err(BadJson::NoMemory)));
        assert!(*reserved.last().unwrap() < 700_000, "it went on although it was refused");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9_f64..1e9).prop_map(|n| json!(n)),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]{0,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn valid_json_is_read_unchanged(value in any_json()) {
            prop_assert_eq!(read(value.to_string().as_bytes()).unwrap(), value);
        }

        #[test]
        fn any_text_is_read_as_by_serde_json_or_refused(text in "[\\[\\]{}:,\"a01e.\\- ]{0,24}") {
            match (read(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), theirs) => prop_assert_eq!(ours, theirs.unwrap()),
                (Err(BadJson::Twice(_)), _) => {}
                (Err(_), theirs) => prop_assert!(theirs.is_err()),
            }
        }
    }
}
