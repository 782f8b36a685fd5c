//! The arguments of lists: which objects, in which order, and how many.

use async_graphql::parser::types::Field;
use async_graphql::{Name, Positioned, Value};
use bailiwick_domain::filter_tree::FilterTree;
use bailiwick_domain::row_query::{
    Comparison, MemberCondition, MemberKind, Nulls, Pattern, RowOrder, Scalar, Values,
};
use bailiwick_domain::selector::Selector;
use bailiwick_domain::time::Timestamp;

use crate::document::Document;
use crate::error::QueryError;
use crate::model::{Leads, ObjectType, Reading, model};
use crate::reader::ROWS_MAX;
use crate::scalars::ScalarType;

/// What objects must meet.
pub(crate) type Where = FilterTree<Wanted>;

/// A single condition on objects.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// A comparison with a member of the object.
    Member(MemberCondition),
    /// There is an object of this type that meets a condition, and whose member `theirs` equals the member `own`.
    Related { object: &'static ObjectType, own: &'static str, theirs: &'static str, filter: Box<Where> },
}

/// A comparison with a member of the object.
fn is(member: &str, comparison: Comparison) -> Where {
    Where::Is(Wanted::Member(MemberCondition { member: member.to_owned(), comparison }))
}

/// The field's text matches a pattern. Of a member whose words have others in GraphQL, those are matched.
fn matches(member: &str, reading: Reading, pattern: Pattern) -> Where {
    let Reading::Words(words) = reading else { return is(member, Comparison::Like(pattern)) };
    let text = |word: &str| Scalar::Text(word.to_owned());
    let matching = words.iter().filter(|(_, theirs)| pattern.matches(theirs)).map(|(ours, _)| text(ours));
    let matching = is(member, Comparison::In(Values::new(matching.collect())));
    let others = Values::new(words.iter().map(|(ours, _)| text(ours)).collect());
    let others = is(member, Comparison::NotIn(others));
    Where::Any(vec![matching, Where::All(vec![others, is(member, Comparison::Like(pattern))])])
}

/// A machine, a metric, and a window of time.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) machine: i64,
    pub(crate) metric: Option<String>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// The length of its buckets, in seconds.
    pub(crate) every: Option<i64>,
}

/// The arguments of a list.
#[derive(Debug)]
pub(crate) struct ListArguments {
    pub(crate) filter: Where,
    pub(crate) order: Vec<RowOrder>,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
    /// The members in which objects must differ.
    pub(crate) distinct: Vec<&'static str>,
    pub(crate) window: Option<Window>,
}

impl ListArguments {
    /// Whether all objects that meet the filter are asked for.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.limit.is_none() && self.offset == 0 && self.distinct.is_empty() && self.window.is_none()
    }
}

/// The most conditions of one list.
const CONDITIONS_MAX: u32 = 500;
/// The most conditions on related objects of one list: each is a query of its own.
const RELATED_MAX: u32 = 20;
/// How many levels conditions may be within each other.
const LEVELS_MAX: u32 = 20;
/// The most fields that a list is sorted by, and that its objects must differ in.
const ORDERS_MAX: usize = 50;
/// The longest pattern, in bytes, and the most patterns of one list. Matching a pattern takes as many steps as the product
/// of its length and that of the text, for each object.
const PATTERN_MAX: usize = 200;
const PATTERNS_MAX: u32 = 20;

/// How many conditions a list may still have.
struct Room {
    conditions: u32,
    related: u32,
    patterns: u32,
    levels: u32,
}

impl Room {
    const ALL: Self =
        Self { conditions: CONDITIONS_MAX, related: RELATED_MAX, patterns: PATTERNS_MAX, levels: LEVELS_MAX };

    /// Takes room for one more condition.
    fn take(&mut self) -> Result<(), QueryError> {
        let message = || invalid(format!("where has more than {CONDITIONS_MAX} conditions"));
        self.conditions = self.conditions.checked_sub(1).ok_or_else(message)?;
        Ok(())
    }

    /// Takes room for one more pattern.
    fn take_pattern(&mut self) -> Result<(), QueryError> {
        let message = || invalid(format!("where has more than {PATTERNS_MAX} patterns (_like and the like)"));
        self.patterns = self.patterns.checked_sub(1).ok_or_else(message)?;
        Ok(())
    }

    /// Takes room for one more condition on related objects.
    fn take_related(&mut self) -> Result<(), QueryError> {
        let message = || invalid(format!("where has more than {RELATED_MAX} conditions on related objects"));
        self.related = self.related.checked_sub(1).ok_or_else(message)?;
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> QueryError {
    QueryError::new("invalid_query", message)
}

impl ListArguments {
    /// The arguments of a field that lists objects of a type.
    pub(crate) fn of(
        document: &Document,
        field: &Positioned<Field>,
        object: &'static ObjectType,
    ) -> Result<Self, QueryError> {
        let argument = |name| document.argument(field, name);
        let filter = match argument("where")? {
            None | Some(Value::Null) => Where::All(Vec::new()),
            Some(value) => condition(object, &value, &mut Room { ..Room::ALL })?,
        };
        let number = |name: &str| -> Result<Option<u32>, QueryError> {
            match document.argument(field, name)? {
                None | Some(Value::Null) => Ok(None),
                Some(Value::Number(number)) => {
                    let number = number.as_u64().and_then(|number| u32::try_from(number).ok());
                    number.map(Some).ok_or_else(|| invalid(format!("{name} must be from 0 to {}", u32::MAX)))
                }
                Some(_) => Err(invalid(format!("{name} must be a number"))),
            }
        };
        let limit = number("limit")?;
        if let Some(limit) = limit.filter(|limit| *limit > ROWS_MAX) {
            return Err(invalid(format!(
                "limit is {limit}; at most {ROWS_MAX} objects are answered at once"
            )));
        }
        let order = argument("order_by")?.map_or(Ok(Vec::new()), |value| orders(object, &value))?;
        let distinct = argument("distinct_on")?.map_or(Ok(Vec::new()), |value| columns(object, &value))?;
        for (name, fields) in [("order_by", order.len()), ("distinct_on", distinct.len())] {
            if fields > ORDERS_MAX {
                return Err(invalid(format!("{name} has {fields} fields; at most {ORDERS_MAX} are allowed")));
            }
        }
        Ok(Self {
            filter,
            order,
            limit,
            offset: number("offset")?.unwrap_or_default(),
            distinct,
            window: argument("args")?.map(|value| window(&value)).transpose()?,
        })
    }
}

/// A list; a single value is a list of one (GraphQL, October 2021, section 3.11).
fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(values) => values,
        Value::Null => &[],
        value => std::slice::from_ref(value),
    }
}

/// The members of fields that are named in an argument.
pub(crate) fn columns(object: &'static ObjectType, value: &Value) -> Result<Vec<&'static str>, QueryError> {
    list(value)
        .iter()
        .map(|value| {
            let name = match value {
                Value::Enum(name) => name.as_str(),
                Value::String(name) => name.as_str(),
                _ => "",
            };
            match object.field(name).map(|field| &field.leads) {
                Some(Leads::Member { member, .. }) => Ok(member.as_str()),
                _ => Err(invalid(format!("{} has no field {name}", object.name))),
            }
        })
        .collect()
}

fn orders(object: &'static ObjectType, value: &Value) -> Result<Vec<RowOrder>, QueryError> {
    let mut orders = Vec::new();
    for each in list(value) {
        let Value::Object(fields) = each else { return Err(invalid("order_by takes fields")) };
        for (name, order) in fields {
            let Some(Leads::Member { member, .. }) = object.field(name).map(|field| &field.leads) else {
                return Err(invalid(format!("{} cannot be sorted by {name}", object.name)));
            };
            let order = match order {
                Value::Null => continue,
                Value::Enum(order) => order.as_str(),
                Value::String(order) => order.as_str(),
                _ => return Err(invalid(format!("order_by.{name} takes asc or desc"))),
            };
            let is_descending = order.starts_with("desc");
            let nulls = if order.ends_with("_first") || order == "desc" { Nulls::First } else { Nulls::Last };
            orders.push(RowOrder { member: member.clone(), is_descending, nulls });
        }
    }
    Ok(orders)
}

fn window(value: &Value) -> Result<Window, QueryError> {
    let Value::Object(fields) = value else { return Err(invalid("args takes a machine and a window")) };
    let read = |name: &str, kind: MemberKind| -> Result<Scalar, QueryError> {
        let value = fields.get(&Name::new(name)).cloned().unwrap_or_default();
        scalar(value, kind).map_err(|message| invalid(format!("args.{name}: {message}")))
    };
    let machine = read("machineRef", MemberKind::Integer)?;
    let metric = read("metricKey", MemberKind::Text)?;
    let (from, until) = (read("windowStartAt", MemberKind::Time)?, read("windowEndAt", MemberKind::Time)?);
    let (Scalar::Integer(machine), Scalar::Time(from), Scalar::Time(until)) = (machine, from, until) else {
        return Err(invalid("args needs machineRef, windowStartAt and windowEndAt"));
    };
    let metric = match metric {
        Scalar::Text(metric) => Some(metric),
        _ => None,
    };
    let every = match read("everySeconds", MemberKind::Integer)? {
        Scalar::Integer(every) => Some(every),
        _ => None,
    };
    Ok(Window { machine, metric, from, until, every })
}

/// A value of a kind.
fn scalar(value: Value, kind: MemberKind) -> Result<Scalar, String> {
    let value = value.into_json().map_err(|error| error.to_string())?;
    Scalar::of(kind, value).map_err(|error| error.to_string())
}

fn condition(object: &'static ObjectType, value: &Value, room: &mut Room) -> Result<Where, QueryError> {
    room.take()?;
    let message = || invalid(format!("where has more than {LEVELS_MAX} levels"));
    room.levels = room.levels.checked_sub(1).ok_or_else(message)?;
    let met = all_of(object, value, room);
    room.levels += 1;
    met
}

fn all_of(object: &'static ObjectType, value: &Value, room: &mut Room) -> Result<Where, QueryError> {
    let Value::Object(fields) = value else {
        return Err(invalid(format!("a condition on {} takes fields", object.name)));
    };
    let mut all = Vec::new();
    for (name, value) in fields {
        let mut each =
            || list(value).iter().map(|value| condition(object, value, room)).collect::<Result<Vec<_>, _>>();
        all.push(match name.as_str() {
            // Leaving a condition out because its value is missing would find more than was meant.
            name if *value == Value::Null => {
                return Err(invalid(format!("where.{name} is null; leave it out, or compare with _is_null")));
            }
            "_and" => Where::All(each()?),
            "_or" => Where::Any(each()?),
            "_not" => Where::Not(Box::new(condition(object, value, room)?)),
            name => on_field(object, name, value, room)?,
        });
    }
    Ok(Where::All(all))
}

fn on_field(
    object: &'static ObjectType,
    name: &str,
    value: &Value,
    room: &mut Room,
) -> Result<Where, QueryError> {
    let field = object.field(name).ok_or_else(|| invalid(format!("{} has no field {name}", object.name)))?;
    match &field.leads {
        Leads::Member { member, scalar, reading, .. } => {
            compared(name, member, *scalar, *reading, value, room)
        }
        Leads::Never { scalar } => never(name, *scalar, value, room),
        Leads::Relation { object: other, own, theirs, .. } => {
            room.take_related()?;
            let other = model().object(*other);
            let filter = Box::new(condition(other, value, room)?);
            Ok(Where::Is(Wanted::Related { object: other, own, theirs, filter }))
        }
        Leads::Through { relation, member, scalar } => {
            room.take_related()?;
            let Some(Leads::Relation { object: other, own, theirs, .. }) =
                object.field(relation).map(|field| &field.leads)
            else {
                return Err(invalid(format!("{} has no field {name}", object.name)));
            };
            let filter = Box::new(compared(name, member, *scalar, Reading::Plain, value, room)?);
            Ok(Where::Is(Wanted::Related { object: model().object(*other), own, theirs, filter }))
        }
    }
}

/// Comparisons with a field that is always null: only `_is_null` finds something.
fn never(name: &str, scalar: ScalarType, value: &Value, room: &mut Room) -> Result<Where, QueryError> {
    let Value::Object(comparisons) = value else {
        return Err(invalid(format!("where.{name} takes comparisons")));
    };
    let is_met = comparisons
        .iter()
        .all(|(comparison, value)| comparison.as_str() == "_is_null" && *value == Value::Boolean(true));
    compared(name, "", scalar, Reading::Plain, value, room)?;
    Ok(if is_met { Where::All(Vec::new()) } else { Where::Any(Vec::new()) })
}

fn compared(
    name: &str,
    member: &str,
    kind: ScalarType,
    reading: Reading,
    value: &Value,
    room: &mut Room,
) -> Result<Where, QueryError> {
    let Value::Object(comparisons) = value else {
        return Err(invalid(format!("where.{name} takes comparisons")));
    };
    let mut all = Vec::new();
    for (comparison, value) in comparisons {
        room.take()?;
        if matches!(comparison.as_str(), "_like" | "_nlike" | "_ilike" | "_nilike") {
            room.take_pattern()?;
        }
        let at = format!("where.{name}.{comparison}");
        if *value == Value::Null {
            return Err(invalid(format!("{at} is null; to find what has no value, use _is_null")));
        }
        let read = |value: &Value| -> Result<Scalar, QueryError> {
            let read = scalar(value.clone(), kind.kind());
            read.map(|value| reading.write(value)).map_err(|message| invalid(format!("{at}: {message}")))
        };
        let one = || read(value);
        let many = || list(value).iter().map(read).collect::<Result<Vec<_>, _>>();
        let like = |is_any_case| match value {
            Value::String(pattern) if pattern.len() > PATTERN_MAX => {
                Err(invalid(format!("{at}: expected at most {PATTERN_MAX} bytes")))
            }
            Value::String(pattern) => {
                let pattern = Pattern::new(pattern, is_any_case);
                Ok(matches(member, reading, pattern))
            }
            _ => Err(invalid(format!("{at}: expected a text"))),
        };
        let one_of = |comparison| is(member, comparison);
        all.push(match comparison.as_str() {
            "_eq" => one_of(Comparison::Equal(one()?)),
            "_neq" => one_of(Comparison::NotEqual(one()?)),
            "_gt" => one_of(Comparison::GreaterThan(one()?)),
            "_gte" => one_of(Comparison::AtLeast(one()?)),
            "_lt" => one_of(Comparison::LessThan(one()?)),
            "_lte" => one_of(Comparison::AtMost(one()?)),
            "_in" => one_of(Comparison::In(Values::new(many()?))),
            "_nin" => one_of(Comparison::NotIn(Values::new(many()?))),
            "_is_null" => one_of(Comparison::IsNull(*value == Value::Boolean(true))),
            "_like" => like(false)?,
            "_nlike" => Where::Not(Box::new(like(false)?)),
            "_ilike" => like(true)?,
            "_nilike" => Where::Not(Box::new(like(true)?)),
            "_matches" if kind == ScalarType::Labels => {
                let expected = "expected a selector such as \"env=prod,!canary\"";
                let Value::String(text) = value else { return Err(invalid(format!("{at}: {expected}"))) };
                let selector: Selector = text.parse().map_err(|error| invalid(format!("{at}: {error}")))?;
                // As over REST: an empty one is more likely a mistake than a wish for any labels.
                if selector.requirements().is_empty() {
                    return Err(invalid(format!("{at}: {expected}; leave it out to match any labels")));
                }
                one_of(Comparison::Matches(selector))
            }
            other => return Err(invalid(format!("where.{name} has no comparison {other}"))),
        });
    }
    Ok(Where::All(all))
}
