//! The fields of an operation, as arguments on the command line.

use std::ffi::OsString;

use anyhow::{Context as _, bail};
use bailiwick_engine::catalogue::Described;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};

use crate::secret::{self, Sources};

/// The field whose value comes from a file.
pub(crate) const DATA: &str = "data";

/// How fields of the path are given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathFields {
    /// By position: `keys get ID`.
    Positional,
    /// By name, like all others: `api keys.get --key ID`.
    Named,
}

/// The type of a field, as far as arguments depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldType {
    Text,
    Integer,
    Boolean,
    Texts,
    Object,
    /// A list of objects.
    Objects,
}

struct Field<'a> {
    schema: &'a Value,
    definitions: &'a Map<String, Value>,
}

impl<'a> Field<'a> {
    fn of(operation: &'a Described, name: &str, definitions: &'a Map<String, Value>) -> Option<Self> {
        Some(Self { schema: operation.field(name)?, definitions })
    }

    /// The alternative schemas of the field: one, or several in `anyOf` or `oneOf`.
    fn choices(&self) -> Vec<&'a Value> {
        let any = self.schema.get("anyOf").and_then(Value::as_array);
        let all: Vec<&Value> = any.map_or_else(|| vec![self.schema], |any| any.iter().collect());
        let mut choices = Vec::new();
        for schema in all.into_iter().map(|schema| self.resolve(schema)) {
            choices.push(schema);
            let each = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            choices.extend(each.map(|schema| self.resolve(schema)));
        }
        choices
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next());
        name.and_then(|name| self.definitions.get(name)).unwrap_or(schema)
    }

    fn has_type(&self, name: &str) -> bool {
        self.choices().iter().any(|schema| match schema.get("type") {
            Some(Value::String(one)) => one == name,
            Some(Value::Array(many)) => many.iter().any(|t| t == name),
            _ => false,
        })
    }

    /// Whether the items of a list are objects and cannot be texts.
    fn lists_objects(&self) -> bool {
        let items = self.choices().into_iter().filter_map(|schema| schema.get("items"));
        let mut items = items.map(|schema| Field { schema, definitions: self.definitions });
        items.any(|item| item.has_type("object") && !item.has_type("string"))
    }

    /// Whether the field is an object with a member of this name; `None` if its members are not listed.
    fn has_member(&self, name: &str) -> Option<bool> {
        let objects = self.choices().into_iter().filter_map(|schema| schema.get("properties")?.as_object());
        let objects: Vec<_> = objects.collect();
        (!objects.is_empty()).then(|| objects.iter().any(|members| members.contains_key(name)))
    }

    /// Whether a member of the object may have a type.
    fn member_has_type(&self, member: &str, name: &str) -> bool {
        let members = self.choices().into_iter().filter_map(|schema| schema.get("properties")?.get(member));
        members.into_iter().any(|schema| Field { schema, definitions: self.definitions }.has_type(name))
    }

    fn kind(&self) -> FieldType {
        if self.has_type("array") && self.lists_objects() {
            FieldType::Objects
        } else if self.has_type("array") {
            FieldType::Texts
        } else if self.has_type("object") {
            FieldType::Object
        } else if self.has_type("integer") {
            FieldType::Integer
        } else if self.has_type("boolean") {
            FieldType::Boolean
        } else {
            FieldType::Text
        }
    }

    /// The allowed values, if the schema lists them.
    fn values(&self) -> Vec<String> {
        let mut values = Vec::new();
        for schema in self.choices() {
            for one in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
                values.extend(one.as_str().map(str::to_owned));
            }
            for one in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
                values.extend(one.get("const").and_then(Value::as_str).map(str::to_owned));
            }
        }
        values
    }

    /// Whether the field is a time.
    fn is_time(&self) -> bool {
        self.choices().iter().any(|schema| schema["format"] == "date-time")
    }

    fn description(&self) -> String {
        let text = self.schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = text.replace('\n', " ").trim_end_matches('.').to_owned();
        if self.is_secret() {
            format!("{text}; {}", secret::HELP)
        } else if self.holds_secrets(SECRETS_DEPTH) {
            format!("{text}; {}, as for each secret in it", secret::HELP)
        } else {
            text
        }
    }

    /// Whether the field itself is a secret.
    fn is_secret(&self) -> bool {
        self.choices().iter().any(|schema| schema.get("writeOnly") == Some(&Value::Bool(true)))
    }

    /// The schemas of a member of the object, or of all members if no name is given.
    fn members_of(&self, name: Option<&str>) -> Vec<Self> {
        let of = |schema: &'a Value| {
            let named = schema.get("properties").and_then(Value::as_object);
            let named = named.into_iter().flatten().filter(move |(n, _)| name.is_none_or(|name| name == *n));
            let other = schema.get("additionalProperties").filter(|other| other.is_object());
            named.map(|(_, schema)| schema).chain(other)
        };
        let schemas = self.choices().into_iter().flat_map(of);
        schemas.map(|schema| Field { schema, definitions: self.definitions }).collect()
    }

    /// Whether a member of the object is a secret or contains one.
    fn holds_secrets(&self, depth: usize) -> bool {
        depth > 0
            && self
                .members_of(None)
                .iter()
                .any(|member| member.is_secret() || member.holds_secrets(depth - 1))
    }

    /// Whether the field is a new secret rather than an existing one: only new ones have a least length.
    fn is_chosen(&self) -> bool {
        self.choices().iter().any(|schema| schema["minLength"].as_u64().is_some_and(|least| least > 1))
    }
}

/// How many levels of an object are searched for secrets.
const SECRETS_DEPTH: usize = 4;

/// The allowed values of a field, if its schema lists them.
pub(crate) fn values(operation: &Described, name: &str, definitions: &Map<String, Value>) -> Vec<String> {
    Field::of(operation, name, definitions).map(|field| field.values()).unwrap_or_default()
}

/// A date as the time at which it begins in UTC; any other text is unchanged.
fn beginning(text: &str) -> String {
    let is_date = text.len() == 10
        && text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

/// Whether the user is asked for a field that is not given.
fn is_asked_for(operation: &Described, name: &str, field: &Field<'_>) -> bool {
    is_required(operation, name) && field.is_secret() && field.kind() == FieldType::Text
}

/// Whether a field must be given. The format may be missing, because a file's name can tell it.
fn is_required(operation: &Described, name: &str) -> bool {
    operation.is_required(name) && !(operation.spec.takes_text && name == "format")
}

/// Adds the fields of an operation to its command.
pub(crate) fn add(
    mut command: Command,
    operation: &Described,
    definitions: &Map<String, Value>,
    path_fields: PathFields,
) -> Command {
    let in_path: Vec<&str> = operation.spec.path_fields().collect();
    let path = in_path.iter().copied().filter(|name| operation.field(name).is_some());
    let others = operation.fields.iter().map(String::as_str).filter(|name| !in_path.contains(name));
    let is_read_from_a_file = |name: &str| operation.spec.takes_text && name == DATA;
    for name in path.chain(others).filter(|name| !is_read_from_a_file(name)) {
        let Some(field) = Field::of(operation, name, definitions) else { continue };
        let is_asked_for = is_asked_for(operation, name, &field);
        let help = field.description()
            + if is_asked_for { "; if it is missing, the command asks for it on the terminal" } else { "" };
        let is_required = is_required(operation, name) && !is_asked_for;
        let mut arg = Arg::new(name.to_owned()).help(help).required(is_required);
        if in_path.contains(&name) && path_fields == PathFields::Positional {
            command = command.arg(arg.value_name(name.to_uppercase()));
            continue;
        }
        let long = name.replace('_', "-");
        if long != name {
            arg = arg.alias(name.to_owned());
        }
        arg = arg.long(long);
        arg = match field.kind() {
            FieldType::Boolean => arg
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(PossibleValuesParser::new(["true", "false"])),
            FieldType::Texts => arg.action(ArgAction::Append).value_delimiter(',').value_name("A,B,…"),
            FieldType::Objects => arg.action(ArgAction::Append).value_name("JSON"),
            FieldType::Object => {
                let words = field.values().into_iter().map(|word| word + "|").collect::<String>();
                arg.value_name(words + "JSON|NAME=VALUE,…")
            }
            FieldType::Integer => arg.value_name("NUMBER").allow_negative_numbers(true),
            FieldType::Text if !field.values().is_empty() => arg
                .value_parser(PossibleValuesParser::new(field.values()))
                .hide_possible_values(field.values().len() > 6)
                .allow_hyphen_values(true),
            FieldType::Text => arg.value_name("TEXT").allow_hyphen_values(true),
        };
        command = command.arg(arg);
    }
    command
}

/// The fields that were given, as JSON.
pub(crate) fn read(
    matches: &ArgMatches,
    operation: &Described,
    definitions: &Map<String, Value>,
) -> anyhow::Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut sources = Sources::default();
    for name in &operation.fields {
        if operation.spec.takes_text && name == DATA {
            continue;
        }
        let Some(field) = Field::of(operation, name, definitions) else { continue };
        let long = name.replace('_', "-");
        let Some(raw) = matches.get_raw(name) else {
            if is_asked_for(operation, name, &field) {
                fields.insert(name.clone(), sources.ask(&long, field.is_chosen())?.as_str().into());
            }
            continue;
        };
        let texts: Vec<String> = raw
            .map(|text| text.to_owned().into_string())
            .collect::<Result<_, OsString>>()
            .map_err(|_| anyhow::anyhow!("--{name}: expected text in UTF-8"))?;
        let nullable = field.has_type("null") && !operation.is_required(name);
        let value = match texts.as_slice() {
            [one] if one == "null" && nullable && operation.spec.method.has_body() => Value::Null,
            texts => value(&field, texts, &mut sources).with_context(|| format!("--{long}"))?,
        };
        fields.insert(name.clone(), value);
    }
    Ok(fields)
}

/// Converts a member of an object to one of the types that it may have.
fn member(field: &Field<'_>, name: &str, text: &str) -> anyhow::Result<Value> {
    let may_be = |kind: &str| field.member_has_type(name, kind);
    let word = text.trim();
    if may_be("boolean") && matches!(word, "true" | "false") {
        return Ok((word == "true").into());
    }
    if may_be("integer") {
        match word.parse::<i64>() {
            Ok(number) => return Ok(number.into()),
            Err(error) if !may_be("string") => {
                return Err(error).with_context(|| format!("{name}: expected a number"));
            }
            Err(_) => {}
        }
    }
    Ok(text.into())
}

fn value(field: &Field<'_>, texts: &[String], sources: &mut Sources) -> anyhow::Result<Value> {
    let one = texts.first().map(String::as_str).unwrap_or_default();
    let read;
    let one = if field.is_secret() || field.holds_secrets(SECRETS_DEPTH) {
        read = sources.read(one)?;
        read.as_str()
    } else {
        one
    };
    Ok(match field.kind() {
        FieldType::Text if field.is_time() => beginning(one).into(),
        FieldType::Text => one.into(),
        FieldType::Integer => one.parse::<i64>().context("expected a number")?.into(),
        FieldType::Boolean => (one == "true").into(),
        FieldType::Texts => texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect(),
        FieldType::Objects => objects(texts)?.into(),
        FieldType::Object if field.values().iter().any(|word| word == one) => one.into(),
        FieldType::Object if one.trim_start().starts_with('{') => {
            serde_json::from_str(one).context("expected a JSON object")?
        }
        FieldType::Object => members(field, one, sources)?.into(),
    })
}

/// The objects of a list: each text is one of them in JSON, or an array of them.
fn objects(texts: &[String]) -> anyhow::Result<Vec<Value>> {
    let mut objects = Vec::new();
    for text in texts {
        match serde_json::from_str(text).context("expected a JSON object, or an array of them")? {
            Value::Array(each) => objects.extend(each),
            one => objects.push(one),
        }
    }
    if objects.iter().all(Value::is_object) {
        return Ok(objects);
    }
    bail!("expected a JSON object, or an array of them, such as '{{\"name\": \"unit\"}}'")
}

/// Splits a text at commas outside of double quotes; `None` if a quote is not closed.
fn pieces(text: &str) -> Option<Vec<&str>> {
    let (mut pieces, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                pieces.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[from..]);
    (!quoted).then_some(pieces)
}

/// A value without double quotes around it, and without the backslashes of `\"` and `\\` in it.
fn unquoted(value: &str) -> anyhow::Result<String> {
    let Some(inner) = value.trim().strip_prefix('"') else {
        if value.contains('"') {
            bail!("expected double quotes around a value that contains a double quote: NAME=\"a \\\"b\\\"\"");
        }
        return Ok(value.to_owned());
    };
    let (mut text, mut characters) = (String::new(), inner.chars());
    loop {
        match characters.next() {
            Some('"') if characters.as_str().is_empty() => return Ok(text),
            Some('\\') => match characters.next() {
                Some(character @ ('"' | '\\')) => text.push(character),
                _ => bail!("expected \\\" or \\\\ after a backslash within double quotes"),
            },
            Some('"') | None => bail!("expected nothing after the double quote that closes the value"),
            Some(character) => text.push(character),
        }
    }
}

/// Parses the members of an object, as `NAME=VALUE,NAME=VALUE`. If the members are known, a piece between
/// commas that names none of them belongs to the value before: `labels=env=prod,tier=web`,
/// `nodes=db-1,db-2`.
fn members(field: &Field<'_>, text: &str, sources: &mut Sources) -> anyhow::Result<Map<String, Value>> {
    let mut pairs: Vec<(&str, Vec<&str>)> = Vec::new();
    let pieces = match pieces(text) {
        Some(pieces) => pieces,
        // The object's members are known, so the quote is part of a text.
        None if field.has_member("").is_some() => text.split(',').collect(),
        None => bail!("a double quote is not closed: expected NAME=\"TEXT\", with \\\" for a quote within"),
    };
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        let named = piece.split_once('=').map(|(name, value)| (name.trim(), value));
        let is_member = named.and_then(|(name, _)| field.has_member(name));
        match (named, pairs.last_mut()) {
            (Some((name, value)), None) => pairs.push((name, vec![value])),
            (Some((name, value)), Some(_)) if is_member != Some(false) => pairs.push((name, vec![value])),
            (_, Some((last, values))) if field.has_member(last) == Some(true) => values.push(piece),
            _ => bail!("expected a JSON object, or NAME=VALUE,NAME=VALUE"),
        }
    }
    let mut members = Map::new();
    for (name, values) in pairs {
        let is_list = field.member_has_type(name, "array") && !field.member_has_type(name, "string");
        let is_secret = field.members_of(Some(name)).iter().any(Field::is_secret);
        let value = if is_secret && values.len() == 1 && values != ["null"] {
            sources.read(values[0]).with_context(|| name.to_owned())?.as_str().into()
        } else if is_list {
            values.iter().map(|value| value.trim()).collect()
        } else if field.has_member(name).is_none() {
            // For labels, double quotes are removed, as in CSV and in selectors.
            member(field, name, &unquoted(&values.join(","))?)?
        } else {
            member(field, name, &values.join(","))?
        };
        members.insert(name.to_owned(), value);
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(schema: &Value, text: &str) -> Result<Value, String> {
        let definitions = Map::new();
        let field = Field { schema, definitions: &definitions };
        value(&field, &[text.to_owned()], &mut Sources::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_date_stands_for_its_beginning_where_a_time_is_expected() {
        let time = json!({ "type": ["string", "null"], "format": "date-time" });
        for (text, expected) in [
            ("2026-11-29", "2026-11-29T00:00:00Z"),
            ("2026-11-29T06:00:00+01:00", "2026-11-29T06:00:00+01:00"),
            ("2026-11-2", "2026-11-2"),
            ("yesterday!", "yesterday!"),
        ] {
            assert_eq!(read(&time, text).unwrap(), expected);
        }
        // A day, as in reports, stays one.
        let day = json!({ "type": "string", "format": "date" });
        assert_eq!(read(&day, "2026-11-29").unwrap(), "2026-11-29");
    }

    #[test]
    fn a_list_of_objects_is_read_from_json() {
        let list = json!({ "type": "array", "items": { "type": "object" } });
        assert_eq!(read(&list, r#"{"name":"unit"}"#).unwrap(), json!([{ "name": "unit" }]));
        assert_eq!(
            read(&list, r#"[{"name":"a"},{"name":"b"}]"#).unwrap(),
            json!([{ "name": "a" }, { "name": "b" }])
        );
        for wrong in ["unit", "7", r#"["a"]"#, "{"] {
            assert!(
                read(&list, wrong).unwrap_err().contains("expected a JSON object, or an array"),
                "{wrong}"
            );
        }
        let texts = json!({ "type": "array", "items": { "type": "string" } });
        assert_eq!(read(&texts, "a").unwrap(), json!(["a"]));
    }

    #[test]
    fn only_formats_that_an_operation_takes_are_offered() {
        let catalogue = bailiwick_catalogue::catalogue();
        let formats = |id: &str| {
            let operation = catalogue.operations().iter().find(|operation| operation.spec.id.as_str() == id);
            values(operation.unwrap(), "format", catalogue.definitions())
        };
        assert_eq!(formats("observations.create"), ["jsonl"]);
        assert_eq!(formats("nodes.import"), ["jsonl", "csv"]);
    }

    #[test]
    fn a_one_of_schema_is_chosen_by_the_given_member() {
        let schema = json!({ "oneOf": [
            { "const": "all", "type": "string" },
            { "type": "object", "properties": { "nodes": { "type": "array", "items": { "type": "string" } } } },
            { "type": "object", "properties": { "labels": { "type": "string" } } },
        ] });
        for (text, expected) in [
            ("all", json!("all")),
            ("nodes=db-1", json!({ "nodes": ["db-1"] })),
            ("nodes=db-1, db-2", json!({ "nodes": ["db-1", "db-2"] })),
            ("labels=env=prod,tier in (web,db)", json!({ "labels": "env=prod,tier in (web,db)" })),
            (r#"{"site": "Berlin"}"#, json!({ "site": "Berlin" })),
            ("site=Berlin", json!({ "site": "Berlin" })),
        ] {
            assert_eq!(read(&schema, text).unwrap(), expected, "{text}");
        }
        assert!(read(&schema, "db-1").unwrap_err().contains("NAME=VALUE"));
    }

    #[test]
    fn an_object_with_free_members_is_read_from_pairs() {
        let schema = json!({ "type": "object", "additionalProperties": { "type": "string" } });
        assert_eq!(read(&schema, "env=prod,note=a=b").unwrap(), json!({ "env": "prod", "note": "a=b" }));
        assert!(read(&schema, "env=prod,web").unwrap_err().contains("NAME=VALUE"));
        // As in CSV and in selectors.
        for (text, expected) in [
            (r#"b="two, words""#, json!({ "b": "two, words" })),
            (r#"a=1,b="two words",c=3"#, json!({ "a": "1", "b": "two words", "c": "3" })),
            (r#"b="say \"hi\" \\o/""#, json!({ "b": "say \"hi\" \\o/" })),
            (r#"b="""#, json!({ "b": "" })),
            ("tier=a-b-c", json!({ "tier": "a-b-c" })),
        ] {
            assert_eq!(read(&schema, text).unwrap(), expected, "{text}");
        }
        for (text, said) in [
            (r#"b="two"#, "not closed"),
            (r#"b="two"x"#, "nothing after"),
            (r#"b=say "hi""#, "double quotes around a value"),
        ] {
            let error = read(&schema, text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_are_read_from_files_at_any_depth() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            format!("@{}", path.display())
        };
        let hunter = file("hunter", "hunter2\n");
        let secret = json!({ "type": ["string", "null"], "writeOnly": true });
        assert_eq!(read(&secret, &hunter).unwrap(), json!("hunter2"));
        let object =
            json!({ "type": "object", "properties": { "password": secret, "note": { "type": "string" } } });
        for (text, expected) in [
            (format!("password={hunter}"), json!({ "password": "hunter2" })),
            (format!("note=@x,password={hunter}"), json!({ "note": "@x", "password": "hunter2" })),
            (file("object", "{\"password\": \"a,b\"}\n"), json!({ "password": "a,b" })),
            ("password=a,b".to_owned(), json!({ "password": "a,b" })),
        ] {
            assert_eq!(read(&object, &text).unwrap(), expected, "{text}");
        }
        let nested = json!({ "type": "object", "properties": { "secrets": object } });
        assert_eq!(read(&nested, &file("nested", "{\"secrets\": {}}")).unwrap(), json!({ "secrets": {} }));
        let any = json!({ "type": "object", "additionalProperties": secret });
        assert_eq!(read(&any, &format!("A={hunter}")).unwrap(), json!({ "A": "hunter2" }));
        // A value that is not a secret is used as it is.
        assert_eq!(read(&json!({ "type": "string" }), &hunter).unwrap(), json!(hunter));
    }

    #[test]
    fn every_secret_field_can_be_read_from_a_file() {
        use bailiwick_catalogue::catalogue;

        let (mut found, definitions) = (Vec::new(), catalogue().definitions());
        for operation in catalogue().operations() {
            for name in &operation.fields {
                let Some(field) = Field::of(operation, name, definitions) else { continue };
                if field.is_secret() || field.holds_secrets(SECRETS_DEPTH) {
                    assert!(field.description().contains("@FILE"), "{} {name}", operation.spec.id);
                    found.push(format!("{} {name}", operation.spec.id));
                }
            }
        }
        for expected in [
            "sessions.create password",
            "sessions.create code",
            "users.create password",
            "invitations.accept password",
            "invitations.accept token",
            "me.update password",
            "second_factor.begin password",
            "second_factor.confirm code",
            "second_factor.end code",
            "agents.create secrets",
            "agents.update secrets",
            "services.create agent",
            "commands.create env",
        ] {
            assert!(found.iter().any(|one| one == expected), "{expected}: {found:?}");
        }
    }
}
