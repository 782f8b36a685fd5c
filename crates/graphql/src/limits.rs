//! The limits of a document. They are computed from the parsed document before it is validated and executed, with
//! aliases and fragments counted as often as they are used.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};
use bailiwick_engine::shape::input::nearest;

use crate::error::QueryError;
use crate::model::{Leads, ObjectType, model};

/// The longest document, in bytes.
pub const DOCUMENT_MAX: usize = 64 << 10;
/// The most tokens of a document. To parse more takes milliseconds.
pub(crate) const TOKENS_MAX: usize = 5_000;
/// The most characters of a name. A name that the schema does not have is compared with all that it has.
pub(crate) const NAME_MAX: usize = 255;
/// The bytes from which a document takes long to validate: each of its names may have to be compared with those of the
/// schema.
pub(crate) const LONG_DOCUMENT: usize = 4 << 10;
/// The most levels of fields. A question about the schema (introspection) has more, and has limits of its own.
const DEPTH_MAX: u32 = 10;
/// The most fields, and the most selections in the document.
const FIELDS_MAX: u32 = 2_000;
/// The most that the operations of a document may cost together, in units of a key's rate limit.
const COST_MAX: u32 = 100;
/// The most fragments.
const FRAGMENTS_MAX: usize = 200;
/// What a question about the schema costs: its answer may have megabytes.
const SCHEMA_COST: u32 = 20;
/// The most values in arguments: those of a variable count for each of its uses.
const ARGUMENT_VALUES_MAX: u64 = 50_000;
/// The most bytes of text in arguments: those of a variable count for each of its uses, because each use has a copy.
const ARGUMENT_BYTES_MAX: u64 = 1 << 20;
/// The most fields that the answer to questions about the schema may have, as estimated from the bounds below.
/// The question of GraphQL.js with all its options, which editors ask, may have nearly 700,000.
const SCHEMA_FIELDS_MAX: u64 = 800_000;
/// The number of fields or values from which a document takes long.
const LONG: u64 = 500;
/// Bounds of what the schema has.
const SCHEMA_TYPES: u64 = 600;
const SCHEMA_FIELDS: u64 = 4_000;
const SCHEMA_ARGUMENTS: u64 = 8_000;
const SCHEMA_ENUM_VALUES: u64 = 1_000;
const SCHEMA_DIRECTIVES: u64 = 10;
/// Bounds of what one type of the schema has.
const TYPE_FIELDS: u64 = 500;
const TYPE_ARGUMENTS: u64 = 3_000;
const TYPE_ENUM_VALUES: u64 = 60;
/// The fields of questions about the schema that list what has such lists again. Each answer multiplies with them.
const SCHEMA_LISTS: [&str; 3] = ["fields", "inputFields", "possibleTypes"];
/// How many of those may be within each other.
const SCHEMA_LISTS_MAX: u32 = 1;

/// What a part of a document amounts to.
#[derive(Clone, Copy, Default)]
struct Weight {
    depth: u32,
    fields: u32,
    cost: u32,
    /// How many lists of the schema are within each other.
    schema_lists: u32,
    /// How many fields the answers to questions about the schema have.
    schema_fields: u64,
    /// What the arguments amount to.
    arguments: Size,
}

/// What a document amounts to that exceeds no limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weighed {
    /// Whether it takes long to validate.
    pub(crate) is_long: bool,
    /// The bytes of text in the arguments: those of a variable count for each of its uses.
    pub(crate) argument_bytes: usize,
}

/// What values amount to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// How many values there are, with those in lists and objects.
    values: u64,
    /// The bytes of their texts.
    bytes: u64,
}

impl Size {
    /// A value that contains no others.
    fn plain(bytes: usize) -> Self {
        Self { values: 1, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            values: self.values.saturating_add(other.values),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// What a value and those in it amount to.
    fn of(value: &Value) -> Self {
        match value {
            Value::List(values) => values.iter().map(Self::of).fold(Self::plain(0), Self::beside),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| Self { values: 0, ..Self::plain(name.len()) }.beside(Self::of(value)))
                .fold(Self::plain(0), Self::beside),
            Value::String(text) => Self::plain(text.len()),
            Value::Enum(name) => Self::plain(name.len()),
            Value::Binary(bytes) => Self::plain(bytes.len()),
            Value::Number(_) | Value::Boolean(_) | Value::Null => Self::plain(0),
        }
    }

    /// The larger number of values, and the larger number of bytes.
    fn max(self, other: Self) -> Self {
        Self { values: self.values.max(other.values), bytes: self.bytes.max(other.bytes) }
    }
}

impl Weight {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            cost: self.cost.saturating_add(other.cost),
            schema_lists: self.schema_lists.max(other.schema_lists),
            schema_fields: self.schema_fields.saturating_add(other.schema_fields),
            arguments: self.arguments.beside(other.arguments),
        }
    }
}

struct Scale<'d> {
    document: &'d ExecutableDocument,
    /// What each variable amounts to.
    variables: HashMap<&'d str, Size>,
    /// Whether errors may name fields of the schema.
    suggests: bool,
    /// The weights of fragments on a type, as far as they are known.
    known: HashMap<(&'d str, Option<&'static str>, u64), Weight>,
    /// The fragments that are being weighed.
    open: Vec<&'d str>,
    /// How many selections were weighed.
    weighed: u32,
}

/// What fields belong to: the root, objects of a type, or something else such as aggregates.
#[derive(Clone, Copy)]
enum Of {
    Root,
    Object(&'static ObjectType),
    Aggregate(&'static ObjectType),
    /// Parts of the schema: how many there are.
    Schema(u64),
    Other,
}

impl Of {
    /// What the objects of a field are, and what reading them costs.
    fn below(self, field: &str) -> (Self, u32) {
        let (plain, is_aggregate) =
            field.strip_suffix("_aggregate").map_or((field, false), |plain| (plain, true));
        let found = match self {
            Self::Root => model().root(plain),
            Self::Object(object) => match object.field(plain).map(|field| &field.leads) {
                Some(Leads::Relation { object, .. }) => Some(model().object(*object)),
                Some(Leads::Through { relation, .. }) => {
                    let of = object.field(relation).map(|field| &field.leads);
                    let Some(Leads::Relation { object, .. }) = of else { return (Self::Other, 0) };
                    return (Self::Other, model().object(*object).list.operation.spec.cost);
                }
                _ => None,
            },
            Self::Aggregate(object) if field == "nodes" => return (Self::Object(object), 0),
            Self::Schema(each) => return (Self::Schema(schema_parts(field, each)), 0),
            Self::Aggregate(_) | Self::Other => None,
        };
        let Some(object) = found else { return (Self::Other, 0) };
        let cost = object.list.operation.spec.cost;
        (if is_aggregate { Self::Aggregate(object) } else { Self::Object(object) }, cost)
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Object(object) | Self::Aggregate(object) => Some(&object.name),
            Self::Schema(_) => Some("__Schema"),
            Self::Root => Some("query_root"),
            Self::Other => None,
        }
    }
}

/// How many parts of the schema a field of each of some parts leads to, at most.
fn schema_parts(field: &str, each: u64) -> u64 {
    let is_all = each >= SCHEMA_TYPES;
    match field {
        "types" | "possibleTypes" => SCHEMA_TYPES,
        "fields" | "inputFields" if is_all => SCHEMA_FIELDS,
        "fields" | "inputFields" => TYPE_FIELDS,
        // Of all types together. The types of fields and of arguments are often the same one.
        "enumValues" if each == SCHEMA_TYPES => SCHEMA_ENUM_VALUES,
        "enumValues" => each.saturating_mul(TYPE_ENUM_VALUES),
        "args" if is_all => SCHEMA_ARGUMENTS,
        "args" => TYPE_ARGUMENTS,
        "directives" => SCHEMA_DIRECTIVES,
        _ => each,
    }
}

/// Refuses a document that exceeds a limit. `suggests` lets errors name fields of the schema. Answers whether it takes long
/// to validate the document, or to answer its questions about the schema.
pub(crate) fn check(
    document: &ExecutableDocument,
    variables: &Variables,
    suggests: bool,
) -> Result<Weighed, QueryError> {
    if document.fragments.len() > FRAGMENTS_MAX {
        let has = document.fragments.len();
        return Err(refused(&format!(
            "the document has {has} fragments; at most {FRAGMENTS_MAX} are allowed"
        )));
    }
    let of_variables = document.operations.iter().flat_map(|(_, operation)| {
        operation.node.variable_definitions.iter().map(|definition| {
            let definition = &definition.node;
            let default = definition.default_value.as_ref().map(|value| &value.node);
            let value = variables.get(&definition.name.node).or(default);
            (definition.name.node.as_str(), value.map_or_else(Size::default, Size::of))
        })
    });
    let mut sizes: HashMap<&str, Size> = HashMap::new();
    for (name, size) in of_variables {
        let most = sizes.entry(name).or_default();
        *most = most.max(size);
    }
    let mut scale =
        Scale { document, variables: sizes, suggests, known: HashMap::new(), open: Vec::new(), weighed: 0 };
    // A fragment that nothing uses has to be looked at too: validation does.
    for fragment in document.fragments.values() {
        scale.count(&fragment.node.selection_set.node)?;
    }
    let mut weighed = Weighed::default();
    for (_, operation) in document.operations.iter() {
        let mut most: Option<(&str, Weight)> = None;
        let root = &operation.node.selection_set.node;
        scale.count(root)?;
        for field in scale.root_fields(root) {
            let weight = scale.field(field, Of::Root)?;
            if most.is_none_or(|(_, other)| (weight.cost, weight.fields) > (other.cost, other.fields)) {
                most = Some((field.node.response_key().node.as_str(), weight));
            }
        }
        let total = scale.set(root, Of::Root)?;
        let most = most.map_or(String::new(), |(name, weight)| {
            format!("; most of it is in {name}, with {} fields and a cost of {}", weight.fields, weight.cost)
        });
        let Weight { depth, fields, cost, schema_lists, schema_fields, arguments } = total;
        let Size { values, bytes } = arguments;
        if depth > DEPTH_MAX {
            return Err(refused(&format!("the query has {depth} levels; at most {DEPTH_MAX} are allowed")));
        }
        if fields > FIELDS_MAX {
            return Err(refused(&format!(
                "the query has {fields} fields; at most {FIELDS_MAX} are allowed{most}"
            )));
        }
        if schema_lists > SCHEMA_LISTS_MAX {
            return Err(refused(
                "the query asks for the fields of the types of fields; ask for the types by their names",
            ));
        }
        if schema_fields > SCHEMA_FIELDS_MAX {
            return Err(refused(&format!(
                "the answer about the schema may have {schema_fields} fields; at most {SCHEMA_FIELDS_MAX} are allowed"
            )));
        }
        if values > ARGUMENT_VALUES_MAX {
            return Err(refused(&format!(
                "the arguments have {values} values, with those of variables as often as they are used; at most \
                 {ARGUMENT_VALUES_MAX} are allowed"
            )));
        }
        if bytes > ARGUMENT_BYTES_MAX {
            return Err(refused(&format!(
                "the arguments have {bytes} bytes of text, with those of variables as often as they are used; at most \
                 {ARGUMENT_BYTES_MAX} are allowed"
            )));
        }
        if cost > COST_MAX {
            return Err(refused(&format!(
                "the query costs {cost} units; at most {COST_MAX} are allowed{most}"
            )));
        }
        weighed.is_long |= schema_fields > LONG || values > LONG || u64::from(fields) > LONG;
        weighed.argument_bytes = weighed.argument_bytes.max(usize::try_from(bytes).unwrap_or(usize::MAX));
    }
    Ok(weighed)
}

fn refused(message: &str) -> QueryError {
    QueryError::new("query_too_large", message)
}

impl<'d> Scale<'d> {
    /// Counts the selections as they are written. Fragments that are used twice count once.
    fn count(&mut self, set: &'d SelectionSet) -> Result<(), QueryError> {
        for selection in &set.items {
            self.weighed += 1;
            if self.weighed > FIELDS_MAX {
                return Err(refused(&format!("the document has more than {FIELDS_MAX} selections")));
            }
            match &selection.node {
                Selection::Field(field) => self.count(&field.node.selection_set.node)?,
                Selection::InlineFragment(fragment) => self.count(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// The fields of the root; those in fragments as far as they are written there.
    fn root_fields(&self, set: &'d SelectionSet) -> Vec<&'d Positioned<Field>> {
        let mut fields = Vec::new();
        let mut seen: Vec<&Name> = Vec::new();
        let mut left = vec![set];
        while let Some(set) = left.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) => fields.push(field),
                    Selection::InlineFragment(fragment) => left.push(&fragment.node.selection_set.node),
                    Selection::FragmentSpread(spread) => {
                        let name = &spread.node.fragment_name.node;
                        if let (Some(fragment), false) =
                            (self.document.fragments.get(name), seen.contains(&name))
                        {
                            seen.push(name);
                            left.push(&fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
        fields
    }

    fn set(&mut self, set: &'d SelectionSet, of: Of) -> Result<Weight, QueryError> {
        let mut total = Weight::default();
        for selection in &set.items {
            let weight = match &selection.node {
                Selection::Field(field) => self.field(field, of)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, of)?,
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    match self.document.fragments.get(name) {
                        Some(fragment) => self.fragment(name, fragment, of)?,
                        None => Weight { fields: 1, ..Weight::default() },
                    }
                }
            };
            total = total.beside(weight);
        }
        Ok(total)
    }

    fn fragment(
        &mut self,
        name: &'d str,
        fragment: &'d Positioned<FragmentDefinition>,
        of: Of,
    ) -> Result<Weight, QueryError> {
        let place = (name, of.name(), if let Of::Schema(each) = of { each } else { 0 });
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        if self.open.contains(&name) {
            return Err(QueryError::new("invalid_query", format!("the fragment {name} contains itself"))
                .at(fragment.pos));
        }
        self.open.push(name);
        let weight = self.set(&fragment.node.selection_set.node, of)?;
        self.open.pop();
        self.known.insert(place, weight);
        Ok(weight)
    }

    fn field(&mut self, field: &'d Positioned<Field>, of: Of) -> Result<Weight, QueryError> {
        let name = field.node.name.node.as_str();
        let (below, cost) = match name {
            "__schema" | "__type" => (Of::Schema(1), SCHEMA_COST),
            _ => of.below(name),
        };
        if matches!((of, below), (Of::Root, Of::Other)) && !name.starts_with("__") {
            return Err(self.unknown_root(name).at(field.pos));
        }
        let of_directives = field.node.directives.iter().flat_map(|directive| &directive.node.arguments);
        let arguments = field.node.arguments.iter().chain(of_directives);
        let arguments =
            arguments.map(|(_, value)| self.size(&value.node)).fold(Size::default(), Size::beside);
        let inner = self.set(&field.node.selection_set.node, below)?;
        let is_schema = matches!(below, Of::Schema(_));
        let of_schema = if let Of::Schema(each) = of { each } else { 0 };
        Ok(Weight {
            // The library bounds how deep questions about the schema are.
            depth: if is_schema { 1 } else { inner.depth.saturating_add(1) },
            fields: inner.fields.saturating_add(1),
            cost: inner.cost.saturating_add(cost),
            schema_lists: inner
                .schema_lists
                .saturating_add(u32::from(is_schema && SCHEMA_LISTS.contains(&name))),
            schema_fields: inner.schema_fields.saturating_add(of_schema),
            arguments: inner.arguments.beside(arguments),
        })
    }

    /// What an argument amounts to.
    fn size(&self, value: &async_graphql_value::Value) -> Size {
        use async_graphql_value::Value;
        match value {
            Value::Variable(name) => self.variables.get(name.as_str()).copied().unwrap_or_default(),
            Value::List(values) => {
                values.iter().map(|value| self.size(value)).fold(Size::plain(0), Size::beside)
            }
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| Size { values: 0, ..Size::plain(name.len()) }.beside(self.size(value)))
                .fold(Size::plain(0), Size::beside),
            Value::String(text) => Size::plain(text.len()),
            Value::Enum(name) => Size::plain(name.len()),
            Value::Binary(bytes) => Size::plain(bytes.len()),
            Value::Number(_) | Value::Boolean(_) | Value::Null => Size::plain(0),
        }
    }

    /// The error for an unknown root field. Only the first is looked at: the library would look for similar names for
    /// each of thousands.
    fn unknown_root(&self, name: &str) -> QueryError {
        let (plain, suffix) =
            name.strip_suffix("_aggregate").map_or((name, ""), |plain| (plain, "_aggregate"));
        let roots = model().objects.iter().flat_map(|object| object.roots.iter().map(String::as_str));
        let near = nearest(plain, roots).filter(|_| self.suggests);
        let near = near.map(|near| format!("; did you mean {near}{suffix}?")).unwrap_or_default();
        let name: String = name.chars().take(100).collect();
        QueryError::new("invalid_query", format!("there is no root field {name}{near}"))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    fn refusal(query: &str) -> Option<String> {
        check(&parse_query(query).unwrap(), &Variables::default(), true).err().map(|error| error.message)
    }

    #[test]
    fn the_bounds_of_the_schema_hold() {
        let schema = parse_schema(crate::GraphQl::new(true).sdl().unwrap()).unwrap();
        // What the library adds to every schema is not in its text.
        let (mut types, mut fields, mut arguments, mut values) = (20, 100, 50, 50);
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            types += 1;
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let taken = object.fields.iter().map(|field| field.node.arguments.len()).sum::<usize>();
                    assert!(object.fields.len() as u64 <= TYPE_FIELDS && taken as u64 <= TYPE_ARGUMENTS);
                    fields += object.fields.len() as u64;
                    arguments += taken as u64;
                }
                TypeKind::InputObject(object) => {
                    assert!(object.fields.len() as u64 <= TYPE_FIELDS);
                    fields += object.fields.len() as u64;
                }
                TypeKind::Enum(words) => {
                    assert!(words.values.len() as u64 <= TYPE_ENUM_VALUES, "{}", definition.node.name);
                    values += words.values.len() as u64;
                }
                _ => {}
            }
        }
        assert!(types > 400 && arguments > 1_000, "{types}, {arguments}: the schema is not read");
        assert!(types <= SCHEMA_TYPES && fields <= SCHEMA_FIELDS, "{types}, {fields}");
        assert!(arguments <= SCHEMA_ARGUMENTS && values <= SCHEMA_ENUM_VALUES, "{arguments}, {values}");
    }

    /// What `getIntrospectionQuery` of GraphQL.js 16.15 answers with all its options. Types of fields are nine
    /// types deep; in earlier versions they were seven.
    fn question_of_editors() -> String {
        let of_type = (0..9).fold(String::new(), |inner, _| format!("ofType {{ name kind {inner} }}"));
        let input = "name description type { ...TypeRef } defaultValue isDeprecated deprecationReason";
        format!(
            "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} \
             mutationType {{ name kind }} subscriptionType {{ name kind }} types {{ ...FullType }} \
             directives {{ name description isRepeatable locations \
             args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name description specifiedByURL isOneOf \
             fields(includeDeprecated: true) {{ name description \
             args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated \
             deprecationReason }} inputFields(includeDeprecated: true) {{ ...InputValue }} \
             interfaces {{ ...TypeRef }} enumValues(includeDeprecated: true) {{ name description \
             isDeprecated deprecationReason }} possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ {input} }} \
             fragment TypeRef on __Type {{ kind name {of_type} }}"
        )
    }

    #[test]
    fn the_question_of_editors_about_the_schema_is_within_the_limits() {
        assert_eq!(refusal(&question_of_editors()), None);
    }

    #[test]
    fn the_values_of_a_variable_count_for_each_use_and_copies_of_the_schema_count() {
        let many: Vec<serde_json::Value> = (0..20_000).map(|n| n.to_string().into()).collect();
        let variables = Variables::from_json(serde_json::json!({ "x": many }));
        let used = |times: usize| {
            let uses = "{name: {_in: $x}}, ".repeat(times);
            let query = format!("query($x: [String!]) {{ nodes(where: {{_or: [{uses}]}}) {{ name }} }}");
            check(&parse_query(&query).unwrap(), &variables, true).err().map(|error| error.message)
        };
        assert_eq!(used(2), None);
        assert!(used(3).unwrap().contains("at most 50000 are allowed"));
        let copies = |number: usize| -> String {
            (0..number)
                .map(|n| format!("a{n}: types {{ fields {{ name args {{ name type {{ name }} }} }} }} "))
                .collect()
        };
        assert_eq!(refusal(&format!("{{ __schema {{ {} }} }}", copies(5))), None);
        assert!(
            refusal(&format!("{{ __schema {{ {} }} }}", copies(60))).unwrap().contains("about the schema")
        );
        let names: String = (0..1_900).map(|n| format!("a{n}: name ")).collect();
        let nested = format!("{{ __schema {{ types {{ fields {{ type {{ {names} }} }} }} }} }}");
        assert!(refusal(&nested).unwrap().contains("about the schema"));
        // The words of one enumeration for each of thousands of arguments.
        let words: String = (0..100).map(|n| format!("a{n}: name ")).collect();
        let of_arguments =
            format!("args {{ type {{ ofType {{ ofType {{ enumValues {{ {words} }} }} }} }} }}");
        let query = format!("{{ __schema {{ types {{ fields {{ {of_arguments} }} }} }} }}");
        assert!(refusal(&query).unwrap().contains("about the schema"));
    }

    #[test]
    fn the_bytes_of_a_variable_count_for_each_use() {
        let long = "y".repeat(100_000);
        let refused = |query: &str, variables: serde_json::Value| {
            let variables = Variables::from_json(variables);
            check(&parse_query(query).unwrap(), &variables, true).err().map(|error| error.message)
        };
        let used = |times: usize| {
            let uses = vec!["$x"; times].join(",");
            let query =
                format!("query($x: String) {{ sites(where: {{name: {{_in: [{uses}]}}}}) {{ name }} }}");
            refused(&query, serde_json::json!({ "x": long }))
        };
        assert_eq!(used(10), None);
        assert!(used(11).unwrap().contains("bytes of text"));
        let used = |times: usize| {
            let uses = vec!["$x"; times].join(",");
            let query = format!("query($x: Site_bool_exp) {{ sites(where: {{_or: [{uses}]}}) {{ name }} }}");
            refused(&query, serde_json::json!({ "x": { "name": { "_in": [long] } } }))
        };
        assert_eq!(used(10), None);
        assert!(used(11).unwrap().contains("bytes of text"));
        // Default values and names of members count too.
        let text = "y".repeat(40_000);
        let uses = vec!["$x"; 200].join(",");
        let query = format!(
            "query($x: String = \"{text}\") {{ sites(where: {{name: {{_in: [{uses}]}}}}) {{ name }} }}"
        );
        assert!(refused(&query, serde_json::json!({})).unwrap().contains("bytes of text"));
        let query = format!("query($x: Site_bool_exp) {{ sites(where: {{_or: [{uses}]}}) {{ name }} }}");
        let refused = refused(&query, serde_json::json!({ "x": { text: null } }));
        assert!(refused.unwrap().contains("bytes of text"));
    }

    #[test]
    fn an_unknown_root_field_is_named_with_a_similar_one() {
        assert_eq!(
            refusal("{ nodse { name } }").unwrap(),
            "there is no root field nodse; did you mean nodes?"
        );
        let message = refusal("{ sitess_aggregate { aggregate { count } } }").unwrap();
        assert!(message.ends_with("did you mean sites_aggregate?"), "{message}");
        let secret = check(&parse_query("{ nodse { name } }").unwrap(), &Variables::default(), false);
        assert_eq!(secret.unwrap_err().message, "there is no root field nodse");
    }

    #[test]
    fn aliases_and_fragments_count_as_often_as_they_are_used() {
        assert_eq!(refusal("{ machines { name } }"), None);
        let many: String = (0..101).map(|n| format!("a{n}: machines {{ name }} ")).collect();
        let message = refusal(&format!("{{ {many} }}")).unwrap();
        assert!(message.contains("costs 101 units; at most 100"), "{message}");
        // Each fragment uses the next one ten times: ten thousand fields from forty.
        let mut query = "{ machines { ...f0 } }".to_owned();
        for n in 0..4 {
            let inner = format!("...f{} ", n + 1).repeat(10);
            query.push_str(&format!(" fragment f{n} on MachineTP {{ {inner} }}"));
        }
        query.push_str(" fragment f4 on MachineTP { name }");
        let message = refusal(&query).unwrap();
        assert!(message.contains("10001 fields") && message.contains("in machines"), "{message}");
    }

    #[test]
    fn deep_queries_and_cycles_are_refused() {
        let deep = "machines { site { nodes { site { nodes { site { nodes { site { nodes { site { name";
        let message = refusal(&format!("{{ {deep} {} ", "}".repeat(11))).unwrap();
        assert!(message.contains("11 levels; at most 10"), "{message}");
        // Where nothing is read, too.
        let mut doubling = String::new();
        for n in 0..40 {
            doubling.push_str(&format!(" fragment f{n} on T {{ ...f{} ...f{} }}", n + 1, n + 1));
        }
        doubling.push_str(" fragment f40 on T { name }");
        assert!(refusal(&format!("{{ ...f0 }}{doubling}")).unwrap().contains("no root field name"));
        for query in ["{ __schema { ...f0 } }", "{ __typename { ...f0 } }", "{ machines { name { ...f0 } } }"]
        {
            assert!(refusal(&format!("{query}{doubling}")).unwrap().contains("fields; at most"), "{query}");
        }
        let again = "{ __schema { types { fields { type { fields { name } } } } } }";
        assert!(refusal(again).unwrap().contains("fields of the types of fields"));
        let many: String = (0..6).map(|n| format!("a{n}: __schema {{ types {{ name }} }} ")).collect();
        assert!(refusal(&format!("{{ {many} }}")).unwrap().contains("costs 120 units"));
        let cycle = "{ machines { ...a } } fragment a on MachineTP { ...b } fragment b on MachineTP { ...a }";
        assert!(refusal(cycle).unwrap().contains("contains itself"));
    }
}
