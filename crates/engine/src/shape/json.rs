//! Strict JSON, for requests and for lines of imports.
//!
//! RFC 8259 does not define what an object means that has the same member twice. Here it is refused, so
//! that two programs cannot understand the same text differently.

use std::cell::{Cell, RefCell};
use std::fmt::{Display, Formatter};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most values in one text, counting each member and each element. An object takes many times as
/// much memory as its text.
pub const VALUES_MAX: usize = 100_000;

/// The reason why a text is refused.
#[derive(Debug)]
pub enum BadJson {
    /// It is not JSON.
    Malformed(serde_json::Error),
    /// An object has a member twice; this is the member's path.
    Twice(String),
    /// It has more than [`VALUES_MAX`] values.
    TooMany,
}

impl Display for BadJson {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Twice(path) => write!(f, "the member {path} occurs twice; send it once"),
            Self::TooMany => write!(f, "the JSON text has more than {VALUES_MAX} values; send fewer at once"),
        }
    }
}

/// A value that was read.
#[derive(Debug)]
pub struct Read {
    /// The value.
    pub value: Value,
    /// The number of values in it, itself included.
    pub count: usize,
}

/// Reads a text that consists of one value.
pub fn read(bytes: &[u8]) -> Result<Read, BadJson> {
    let reading = Reading { path: RefCell::default(), count: Cell::new(0), wrong: RefCell::new(None) };
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = One(&reading).deserialize(&mut from).and_then(|value| from.end().map(|()| value));
    match (value, reading.wrong.into_inner()) {
        (_, Some(wrong)) => Err(wrong),
        (Ok(value), None) => Ok(Read { value, count: reading.count.get() }),
        (Err(error), None) => Err(BadJson::Malformed(error)),
    }
}

/// The position of the reader, and the error it found.
struct Reading {
    path: RefCell<Vec<String>>,
    count: Cell<usize>,
    wrong: RefCell<Option<BadJson>>,
}

impl Reading {
    fn refuse<E: serde::de::Error>(&self, wrong: BadJson) -> E {
        let error = E::custom(&wrong);
        *self.wrong.borrow_mut() = Some(wrong);
        error
    }

    /// The path of a member of the object that is being read: `reach.sites[0]`.
    fn path_of(&self, name: &str) -> String {
        let mut path = self.path.borrow().concat();
        path.push('.');
        path.push_str(name);
        path.trim_start_matches('.').to_owned()
    }
}

/// Reads one value.
struct One<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let count = self.0.count.get() + 1;
        self.0.count.set(count);
        if count > VALUES_MAX {
            return Err(self.0.refuse(BadJson::TooMany));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
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

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.0.path.borrow_mut().push(String::new());
        loop {
            if let Some(last) = self.0.path.borrow_mut().last_mut() {
                *last = format!("[{}]", items.len());
            }
            match access.next_element_seed(One(self.0))? {
                Some(item) => items.push(item),
                None => break,
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
            self.0.path.borrow_mut().push(format!(".{name}"));
            let value = access.next_value_seed(One(self.0))?;
            self.0.path.borrow_mut().pop();
            members.insert(name, value);
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

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
        assert_eq!(read(same.as_bytes()).unwrap().count, 10);
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
        assert_eq!(read(list(VALUES_MAX - 1).as_bytes()).unwrap().count, VALUES_MAX);
        assert!(matches!(read(list(VALUES_MAX).as_bytes()), Err(BadJson::TooMany)));
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
            prop_assert_eq!(read(value.to_string().as_bytes()).unwrap().value, value);
        }

        #[test]
        fn any_text_is_read_as_by_serde_json_or_refused(text in "[\\[\\]{}:,\"a01e.\\- ]{0,24}") {
            match (read(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), theirs) => prop_assert_eq!(ours.value, theirs.unwrap()),
                (Err(BadJson::Twice(_)), _) => {}
                (Err(_), theirs) => prop_assert!(theirs.is_err()),
            }
        }
    }
}
