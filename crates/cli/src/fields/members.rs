//! Objects that are written as `NAME=VALUE,NAME=VALUE`.

use std::borrow::Cow;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use super::duration;
use super::schema::Field;
use crate::sources::Sources;

/// Splits a text at commas outside of double quotes, and of the brackets of JSON; `None` if a quote is not
/// closed.
pub(super) fn pieces(text: &str) -> Option<Vec<&str>> {
    let (mut pieces, mut from, mut quoted, mut escaped, mut depth) = (Vec::new(), 0, false, false, 0_i32);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth <= 0 => {
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
pub(super) fn unquoted(value: &str) -> anyhow::Result<String> {
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

/// What is expected of an object, with the names of its members if they are known.
pub(super) fn expected(field: &Field<'_>) -> String {
    let names = field.member_names();
    let first = names.first().map_or("NAME", String::as_str);
    let known = match names.as_slice() {
        [] => String::new(),
        names => format!(" with the names {}", names.join(", ")),
    };
    let words = field.values().into_iter().map(|word| word + ", ").collect::<String>();
    let has = |name: &str| names.iter().any(|known| known == name);
    let example = match (has("site"), has("sites"), has("services")) {
        (true, ..) if has("labels") => "; for example site=Berlin or labels=env=prod",
        (_, true, _) if has("labels") => "; for example sites=Berlin or labels=env=prod",
        (.., true) => "; for example services=orders",
        _ => "",
    };
    format!("expected {words}{first}=VALUE,…{known}, or a JSON object{example}")
}

/// The name of a member that a name means: itself, or the same word in the singular or plural.
fn in_number<'n>(field: &Field<'_>, name: &'n str) -> Cow<'n, str> {
    let is_member = |name: &str| field.has_member(name) == Some(true);
    if is_member(name) {
        return name.into();
    }
    let plural = format!("{name}s");
    match name.strip_suffix('s') {
        Some(one) if is_member(one) => one.into(),
        _ if is_member(&plural) => plural.into(),
        _ => name.into(),
    }
}

/// A name and the pieces of its value.
type Pair<'t> = (Cow<'t, str>, Vec<&'t str>);

/// The pairs of names and values in a text. If the members are known, a piece between commas that names none
/// of them belongs to the value before: `labels=env=prod,tier=web`, `nodes=db-1,db-2`.
fn pairs<'t>(field: &Field<'_>, text: &'t str) -> anyhow::Result<Vec<Pair<'t>>> {
    let pieces = match pieces(text) {
        Some(pieces) => pieces,
        // The object's members are known, so the quote is part of a text.
        None if field.has_member("").is_some() => text.split(',').collect(),
        None => bail!("a double quote is not closed: expected NAME=\"TEXT\", with \\\" for a quote within"),
    };
    let mut pairs: Vec<Pair<'t>> = Vec::new();
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        let named = piece.split_once('=').map(|(name, value)| (in_number(field, name.trim()), value));
        let is_member = named.as_ref().and_then(|(name, _)| field.has_member(name));
        let is_within = named.as_ref().is_some_and(|(name, _)| within(field, name).is_some());
        match (named, pairs.last_mut()) {
            (Some((name, value)), _) if is_member == Some(true) || is_within => {
                pairs.push((name, vec![value]));
            }
            (Some((name, value)), None) => pairs.push((name, vec![value])),
            (Some((name, value)), Some(_)) if is_member.is_none() => pairs.push((name, vec![value])),
            (_, Some((last, values))) if field.has_member(last) == Some(true) && may_go_on(field, last) => {
                values.push(piece);
            }
            _ => bail!("{}", expected(field)),
        }
    }
    Ok(pairs)
}

/// Whether a comma can be part of a member's value.
fn may_go_on(field: &Field<'_>, name: &str) -> bool {
    ["string", "array"].iter().any(|kind| field.member_has_type(name, kind))
}

/// The member and the name within it, if a name is of the form `labels.env` and the member is an object.
fn within<'n>(field: &Field<'_>, name: &'n str) -> Option<(&'n str, &'n str)> {
    let (outer, inner) = name.split_once('.').filter(|(_, inner)| !inner.is_empty())?;
    (field.has_member(outer) == Some(true) && field.member_has_type(outer, "object"))
        .then_some((outer, inner))
}

/// Parses the members of an object, as `NAME=VALUE,NAME=VALUE`. A member of a member is written with a dot:
/// `labels.env=edge`. Secrets come from files or standard input, unless the whole text does (`is_private`).
pub(super) fn members(
    field: &Field<'_>,
    text: &str,
    is_private: bool,
    sources: &mut Sources,
) -> anyhow::Result<Map<String, Value>> {
    let mut members = Map::new();
    for (name, values) in pairs(field, text)? {
        let name = &*name;
        let value = values.join(",");
        let named = field.has_member(name);
        if named == Some(false)
            && let Some((outer, inner)) = within(field, name)
        {
            let of = field.members_of(Some(outer));
            let object = members.entry(outer).or_insert_with(|| Map::new().into());
            let is_secret =
                of.iter().any(|member| member.members_of(Some(inner)).iter().any(Field::is_secret));
            let value = match (is_secret && !is_private, of.first()) {
                (true, _) => sources.secret(&value).with_context(|| name.to_owned())?.as_str().into(),
                (false, Some(of)) => member(of, inner, &value).with_context(|| name.to_owned())?,
                (false, None) => value.into(),
            };
            if let Value::Object(object) = object {
                object.insert(inner.to_owned(), value);
            }
            continue;
        }
        let is_list = field.member_has_type(name, "array") && !field.member_has_type(name, "string");
        let is_secret = field.members_of(Some(name)).iter().any(Field::is_secret);
        let value = if is_secret && value != "null" {
            let secret = if is_private { sources.value(&value) } else { sources.secret(&value) };
            secret.with_context(|| name.to_owned())?.as_str().into()
        } else if is_list && !value.trim_start().starts_with('[') {
            values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect()
        } else if named.is_none() {
            // For labels, double quotes are removed, as in CSV and in selectors.
            member(field, name, &unquoted(&value)?)?
        } else {
            let read = sources.value(&value).with_context(|| name.to_owned())?;
            member(field, name, &read)?
        };
        members.insert(name.to_owned(), value);
    }
    Ok(members)
}

/// Converts a member of an object to one of the types that it may have.
fn member(field: &Field<'_>, name: &str, text: &str) -> anyhow::Result<Value> {
    let may_be = |kind: &str| field.member_has_type(name, kind);
    let word = text.trim();
    if may_be("boolean") && matches!(word, "true" | "false") {
        return Ok((word == "true").into());
    }
    if may_be("null") && word == "null" {
        return Ok(Value::Null);
    }
    if may_be("integer") {
        let is_duration = name.ends_with("_seconds");
        let number =
            if is_duration { duration::seconds(word) } else { word.parse().map_err(|_| "expected a number") };
        match number {
            Ok(number) => return Ok(number.into()),
            Err(expected) if !may_be("string") => bail!("{name}: {expected}"),
            Err(_) => {}
        }
    }
    if may_be("number")
        && let Some(number) = word.parse().ok().and_then(serde_json::Number::from_f64)
    {
        return Ok(number.into());
    }
    let is_json = may_be("object") && word.starts_with('{') || may_be("array") && word.starts_with('[');
    if is_json {
        return serde_json::from_str(word)
            .map_err(|error| anyhow::anyhow!("{name}: not valid JSON: {error}"));
    }
    Ok(text.into())
}
