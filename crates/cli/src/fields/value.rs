//! The value of a field, from the texts of its arguments.

use anyhow::{anyhow, bail, ensure};
use serde_json::{Number, Value};

use super::duration;
use super::members::{expected, members, pieces, unquoted};
use super::schema::{Field, FieldType, SECRETS_DEPTH};
use crate::sources::{SECRET_HELP, Sources};

/// A date as the time at which it begins in UTC; any other text is unchanged.
fn beginning(text: &str) -> String {
    let is_date = text.len() == 10
        && text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

/// The value of a field with this name.
pub(super) fn value(
    field: &Field<'_>,
    name: &str,
    texts: &[String],
    sources: &mut Sources,
) -> anyhow::Result<Value> {
    let one = texts.first().map(String::as_str).unwrap_or_default();
    let kind = field.kind();
    if matches!(kind, FieldType::Texts | FieldType::Objects) {
        return list(kind, texts, sources);
    }
    if field.is_secret() {
        return Ok(sources.secret(one)?.as_str().into());
    }
    let elsewhere = sources.elsewhere(one)?;
    let is_private = elsewhere.is_some();
    let one = match &elsewhere {
        Some(read) => read.as_str(),
        None => one.strip_prefix('@').unwrap_or(one),
    };
    Ok(match kind {
        FieldType::Text if field.is_time() => beginning(one).into(),
        FieldType::Text => {
            let words = field.values();
            ensure!(
                words.is_empty() || words.iter().any(|word| word == one),
                "expected {}",
                words.join(", ")
            );
            one.into()
        }
        FieldType::Integer if name.ends_with("_seconds") => {
            duration::seconds(one).map_err(anyhow::Error::msg)?.into()
        }
        FieldType::Integer => one.trim().parse::<i64>().map_err(|_| anyhow!("expected a number"))?.into(),
        FieldType::Number => number(one)?.into(),
        FieldType::Boolean => match one.trim() {
            "true" => true.into(),
            "false" => false.into(),
            _ => bail!("expected true or false"),
        },
        _ => object(field, one, is_private, sources)?,
    })
}

fn number(text: &str) -> anyhow::Result<Number> {
    let number = text.trim().parse().ok().and_then(Number::from_f64);
    number.ok_or_else(|| anyhow!("expected a number, such as 0.5"))
}

fn object(field: &Field<'_>, text: &str, is_private: bool, sources: &mut Sources) -> anyhow::Result<Value> {
    if field.values().iter().any(|word| word == text) {
        return Ok(text.into());
    }
    if text == "null" {
        bail!("it cannot be null; {{}} makes it empty");
    }
    if !text.trim_start().starts_with('{') {
        return Ok(members(field, text, is_private, sources)?.into());
    }
    let object = serde_json::from_str(text)
        .map_err(|error| anyhow!("not valid JSON: {error}; {}", expected(field)))?;
    ensure!(
        is_private || !contains_secret(field, &object, SECRETS_DEPTH),
        "a secret is not taken from an argument, because other users of this machine can see it: {SECRET_HELP}, for the whole object, or for one secret as in NAME=@FILE"
    );
    Ok(object)
}

/// Whether an object contains a value for a member that is a secret.
fn contains_secret(field: &Field<'_>, value: &Value, depth: usize) -> bool {
    let has = |(name, value): (&String, &Value)| {
        let of = field.members_of(Some(name));
        of.iter().any(|member| !value.is_null() && member.is_secret())
            || depth > 0 && of.iter().any(|member| contains_secret(member, value, depth - 1))
    };
    value.as_object().is_some_and(|members| members.iter().any(has))
}

/// The items of a list. Each text is an array in JSON, or one object in JSON, or texts with commas in between;
/// in a file, each line is one too.
fn list(kind: FieldType, texts: &[String], sources: &mut Sources) -> anyhow::Result<Value> {
    let mut items: Vec<Value> = Vec::new();
    for text in texts {
        let elsewhere = sources.elsewhere(text)?;
        let (text, is_private) = match &elsewhere {
            Some(read) => (read.as_str(), true),
            None => (text.strip_prefix('@').unwrap_or(text), false),
        };
        if kind == FieldType::Objects {
            items.extend(objects(text)?);
        } else if text.trim_start().starts_with('[') {
            let array: Vec<Value> = serde_json::from_str(text)
                .map_err(|error| anyhow!("not valid JSON: {error}; expected A,B,… or a JSON array"))?;
            items.extend(array);
        } else {
            let lines: Vec<&str> = if is_private { text.lines().collect() } else { vec![text] };
            for item in lines.into_iter().flat_map(|line| pieces(line).unwrap_or_else(|| vec![line])) {
                let item = item.trim();
                let is_quoted = item.len() > 1 && item.starts_with('"') && item.ends_with('"');
                match item {
                    "" => {}
                    item if is_quoted => items.push(unquoted(item)?.into()),
                    item => items.push(item.into()),
                }
            }
        }
    }
    Ok(items.into())
}

/// The objects of a list: a text is one of them in JSON, or an array of them.
fn objects(text: &str) -> anyhow::Result<Vec<Value>> {
    let expected = "expected a JSON object, or an array of them, such as '{\"name\": \"unit\"}'";
    let objects =
        match serde_json::from_str(text).map_err(|error| anyhow!("not valid JSON: {error}; {expected}"))? {
            Value::Array(each) => each,
            one => vec![one],
        };
    ensure!(objects.iter().all(Value::is_object), "{expected}");
    Ok(objects)
}
