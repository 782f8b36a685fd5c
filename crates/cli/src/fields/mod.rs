//! The fields of an operation, as arguments on the command line.

pub(crate) mod duration;
mod members;
mod schema;
#[cfg(test)]
mod tests;
mod time;
mod value;

use std::ffi::{OsStr, OsString};

use anyhow::Context as _;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::spec::Method;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};

use self::schema::{Field, FieldType};
use self::value::value;
use crate::output;
use crate::sources::Sources;

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

/// The allowed values of a field, if its schema lists them.
pub(crate) fn values(operation: &Described, name: &str, definitions: &Map<String, Value>) -> Vec<String> {
    Field::of(operation, name, definitions).map(|field| field.values()).unwrap_or_default()
}

/// Whether the user is asked for a field that is not given.
fn is_asked_for(operation: &Described, name: &str, field: &Field<'_>) -> bool {
    is_required(operation, name) && field.is_secret() && field.kind() == FieldType::Text
}

/// Whether a field must be given. The format may be missing, because a file's name can tell it.
fn is_required(operation: &Described, name: &str) -> bool {
    operation.is_required(name) && !(operation.spec.takes_text && name == "format")
}

/// What the help of a field says besides its description.
fn more_help(operation: &Described, name: &str, field: &Field<'_>) -> &'static str {
    if is_asked_for(operation, name, field) {
        return "; if it is missing, the command asks for it on the terminal";
    }
    if operation.spec.method != Method::Patch || operation.is_required(name) {
        return "";
    }
    match field.kind() {
        _ if field.has_type("null") => "; `null` clears it",
        FieldType::Object => "; `{}` makes it empty",
        FieldType::Texts => "; '' makes it empty",
        FieldType::Objects => "; `[]` makes it empty",
        _ => "",
    }
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
        let help = field.description() + more_help(operation, name, &field);
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
            FieldType::Texts => arg.action(ArgAction::Append).value_name("A,B,…"),
            FieldType::Objects => arg.action(ArgAction::Append).value_name("JSON"),
            FieldType::Object => {
                let words = field.values().into_iter().map(|word| word + "|").collect::<String>();
                arg.value_name(words + "JSON|NAME=VALUE,…")
            }
            FieldType::Integer if name.ends_with("_seconds") => {
                arg.value_name("DURATION").allow_negative_numbers(true)
            }
            FieldType::Integer | FieldType::Number => arg.value_name("NUMBER").allow_negative_numbers(true),
            FieldType::Text if !field.values().is_empty() => arg
                .value_parser(Words(PossibleValuesParser::new(field.values())))
                .hide_possible_values(field.values().len() > 6)
                .allow_hyphen_values(true),
            FieldType::Text => arg.value_name("TEXT").allow_hyphen_values(true),
        };
        command = command.arg(arg);
    }
    command
}

/// Parses one of a list of words, or where to read it from: `@FILE` or `-`.
#[derive(Clone)]
struct Words(PossibleValuesParser);

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        match value.to_str() {
            Some(text) if text == "-" || text.starts_with('@') => Ok(text.to_owned()),
            _ => self.0.parse_ref(command, arg, value),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// The times that texts mean in a field. A text that names a file or standard input, or clears the field, stays as it is.
fn times(name: &str, texts: Vec<String>, now: Timestamp) -> anyhow::Result<Vec<String>> {
    let is_past = matches!(name, "since" | "until");
    let mean = |text: String| {
        if text == "null" || text == "-" || text.starts_with('@') {
            return Ok(text);
        }
        let understood = time::understood(name, &text, now, is_past)?;
        if let Some(note) = &understood.note {
            output::note(note);
        }
        Ok(understood.text)
    };
    texts.into_iter().map(mean).collect()
}

/// The fields that were given, as JSON. `now` is the time from which durations in `since` and `until` count back.
pub(crate) fn read(
    matches: &ArgMatches,
    operation: &Described,
    definitions: &Map<String, Value>,
    now: Timestamp,
) -> anyhow::Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut sources = Sources::default();
    let mut asked: Vec<(bool, &String, String)> = Vec::new();
    for name in &operation.fields {
        if operation.spec.takes_text && name == DATA {
            continue;
        }
        let Some(field) = Field::of(operation, name, definitions) else { continue };
        let long = name.replace('_', "-");
        let Some(raw) = matches.get_raw(name) else {
            if is_asked_for(operation, name, &field) {
                asked.push((field.is_chosen(), name, long));
            }
            continue;
        };
        let texts: Vec<String> = raw
            .map(|text| text.to_owned().into_string())
            .collect::<Result<_, OsString>>()
            .map_err(|_| anyhow::anyhow!("--{long}: expected text in UTF-8"))?;
        let texts = if field.is_time() {
            times(name, texts, now).with_context(|| format!("--{long}"))?
        } else {
            texts
        };
        let nullable = field.has_type("null") && !operation.is_required(name);
        let value = match texts.as_slice() {
            [one] if one == "null" && nullable && operation.spec.method.has_body() => Value::Null,
            texts => value(&field, name, texts, &mut sources).with_context(|| format!("--{long}"))?,
        };
        fields.insert(name.clone(), value);
    }
    // What somebody was given is asked for before what they choose.
    asked.sort();
    for (is_chosen, name, long) in asked {
        let secret = sources.ask_for_option(&long, is_chosen)?;
        fields.insert(name.clone(), secret.as_str().into());
    }
    Ok(fields)
}
