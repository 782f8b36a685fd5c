//! What can be asked: the types, their fields, and the lists that they are read from. Made from the catalogue and the
//! [table](crate::table) of names and relations.

use std::collections::HashMap;
use std::sync::OnceLock;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::row_query::Scalar;
use bailiwick_engine::catalogue::Described;
use serde_json::{Map, Value};

use crate::names::camel_case;
use crate::scalars::{ScalarType, is_nullable};
use crate::table::{NAMED, PAIRINGS, REFERENCES, Renamed, To, VIEWS, View};

/// What the schema of a member says that is there only if a request includes it.
const INCLUDED: &str = "x-include";

/// How the values of a field are read from those of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// As they are.
    Plain,
    /// Words that have others in GraphQL: for each of the list's words the one of the field.
    Words(&'static [(&'static str, &'static str)]),
}

impl Reading {
    /// The value of the field.
    pub(crate) fn read(self, value: Scalar) -> Scalar {
        match (self, value) {
            (Self::Words(words), Scalar::Text(text)) => {
                let word = words.iter().find(|(ours, _)| *ours == text);
                Scalar::Text(word.map_or(text, |(_, theirs)| (*theirs).to_owned()))
            }
            (_, value) => value,
        }
    }

    /// The value of the member, for a comparison with the field.
    pub(crate) fn write(self, value: Scalar) -> Scalar {
        match (self, value) {
            (Self::Words(words), Scalar::Text(text)) => {
                let word = words.iter().find(|(_, theirs)| *theirs == text);
                Scalar::Text(word.map_or(text, |(ours, _)| (*ours).to_owned()))
            }
            (_, value) => value,
        }
    }
}

/// What a field leads to.
#[derive(Debug)]
pub(crate) enum Leads {
    /// A value of the object itself.
    Member { member: String, scalar: ScalarType, is_nullable: bool, reading: Reading },
    /// A member of the object that a relation of this type leads to.
    Through { relation: &'static str, member: &'static str, scalar: ScalarType },
    /// Nothing: always null.
    Never { scalar: ScalarType },
    /// Other objects: those whose member `theirs` equals the member `own` of this one.
    Relation { to: To, object: usize, own: String, theirs: String },
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct FieldOf {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) leads: Leads,
}

/// A type of objects, and the list that they are read from.
#[derive(Debug)]
pub(crate) struct ObjectType {
    pub(crate) name: String,
    pub(crate) description: String,
    /// The root fields.
    pub(crate) roots: Vec<String>,
    pub(crate) list: List,
    pub(crate) fields: Vec<FieldOf>,
}

/// The list that objects are read from.
pub(crate) struct List {
    pub(crate) operation: &'static Described,
    /// Parameters that it is always asked with.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// The member of its items that holds the objects, if each item holds several.
    pub(crate) within: Option<&'static str>,
    pub(crate) takes_window: bool,
    /// What the values of each member are, for rows in memory. A value of another kind is null. The member may be one of
    /// an item that holds the objects.
    pub(crate) scalars: HashMap<String, ScalarType>,
}

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("List").field("operation", &self.operation.spec.id.as_str()).finish_non_exhaustive()
    }
}

impl ObjectType {
    pub(crate) fn field(&self, name: &str) -> Option<&FieldOf> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// All types, and the root fields.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) objects: Vec<ObjectType>,
    roots: HashMap<String, usize>,
}

impl Model {
    /// The type that a root field lists.
    pub(crate) fn root(&self, field: &str) -> Option<&ObjectType> {
        self.roots.get(field).map(|index| &self.objects[*index])
    }

    pub(crate) fn object(&self, index: usize) -> &ObjectType {
        &self.objects[index]
    }
}

/// The model. Built at the first call.
pub(crate) fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(build)
}

/// The schema of the items of a list's answer, and its name; `None` if the operation lists nothing by itself.
fn items(operation: &Described) -> Option<(Option<&str>, &Map<String, Value>)> {
    let id = operation.spec.id.as_str();
    let is_list = id.ends_with(".list") || NAMED.iter().any(|named| named.operation == id);
    if !is_list || operation.spec.path_fields().next().is_some() {
        return None;
    }
    let page = resolved(&operation.output)?;
    let items = page.get("properties")?.get("items")?.get("items")?;
    let name = items.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    Some((name, resolved(items)?))
}

/// A schema, or the one that it refers to.
fn resolved(schema: &Value) -> Option<&Map<String, Value>> {
    let definitions = catalogue().definitions();
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    named.map_or(Some(schema), |name| definitions.get(name)).and_then(Value::as_object)
}

fn text(schema: &Map<String, Value>, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The members of items, each with its schema.
fn members(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn scalars_of(operation: &Described, item: &Map<String, Value>) -> HashMap<String, ScalarType> {
    let definitions = catalogue().definitions();
    let of_item =
        |(name, schema): (&String, &Value)| (name.clone(), ScalarType::of_schema(schema, definitions));
    let mut scalars: HashMap<String, ScalarType> = members(item).map(of_item).collect();
    if let Some(table) = operation.row_table() {
        if table.has_labels() {
            scalars.insert("labels".to_owned(), ScalarType::Labels);
        }
        for member in table.members().chain(table.links()) {
            let scalar = ScalarType::ALL.into_iter().find(|scalar| scalar.kind() == member.kind());
            scalars.entry(member.name().to_owned()).or_insert(scalar.unwrap_or(ScalarType::Jsonb));
        }
    }
    scalars
}

/// A type with REST's members, in camel case.
fn own(operation: &'static Described) -> Option<ObjectType> {
    let id = operation.spec.id.as_str();
    let (name, item) = items(operation)?;
    let named = NAMED.iter().find(|named| named.operation == id);
    let required: Vec<&str> = item
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // Names next to ids are there only if a request includes them; here, a relation leads to the object itself.
    let own = members(item).filter(|(_, schema)| schema.get(INCLUDED).is_none());
    let scalars = scalars_of(operation, item);
    let fields = own.map(|(name, schema)| FieldOf {
        name: camel_case(name),
        description: schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        leads: Leads::Member {
            member: name.clone(),
            scalar: scalars.get(name).copied().unwrap_or(ScalarType::Jsonb),
            is_nullable: is_nullable(schema) || !required.contains(&name.as_str()),
            reading: Reading::Plain,
        },
    });
    let noun = operation.spec.subject().noun;
    Some(ObjectType {
        name: named.map_or_else(|| name.unwrap_or(noun), |named| named.object).to_owned(),
        description: text(item, "description"),
        roots: vec![named.map_or_else(|| camel_case(noun), |named| named.root.to_owned())],
        fields: fields.collect(),
        list: List { operation, fixed: &[], within: None, takes_window: false, scalars },
    })
}

/// A type with the names of MachineMetrics, without its relations.
fn viewed(view: &'static View) -> Option<ObjectType> {
    let operation = catalogue().get(view.operation)?;
    let (_, item) = items(operation)?;
    let mut scalars = scalars_of(operation, item);
    if let Some(within) = view.within {
        let inner = members(item).find(|(name, _)| *name == within)?.1.get("items")?;
        scalars.extend(scalars_of(operation, resolved(inner)?));
    }
    for renamed in view.members {
        match *renamed {
            Renamed::Text(_, from) => drop(scalars.insert(from.to_owned(), ScalarType::String)),
            Renamed::Number(_, from) => drop(scalars.insert(from.to_owned(), ScalarType::Float)),
            _ => {}
        }
    }
    let of = |member: &str| scalars.get(member).copied().unwrap_or(ScalarType::Jsonb);
    let member = |name: &str, member: &str, scalar, reading| FieldOf {
        name: name.to_owned(),
        description: String::new(),
        leads: Leads::Member { member: member.to_owned(), scalar, is_nullable: true, reading },
    };
    let fields = view.members.iter().map(|renamed| match *renamed {
        Renamed::Member(name, from) => {
            let scalar = if from == "number" && name.ends_with("Ref") { ScalarType::Int } else { of(from) };
            member(name, from, scalar, Reading::Plain)
        }
        Renamed::Text(name, from) => member(name, from, ScalarType::String, Reading::Plain),
        Renamed::Number(name, from) => member(name, from, ScalarType::Float, Reading::Plain),
        Renamed::Words(name, from, words) => member(name, from, ScalarType::String, Reading::Words(words)),
        Renamed::Through(name, relation, there) => FieldOf {
            name: name.to_owned(),
            description: String::new(),
            leads: Leads::Through { relation, member: there, scalar: ScalarType::Int },
        },
        Renamed::Never(name, scalar) => FieldOf {
            name: name.to_owned(),
            description: "Always null: Bailiwick does not know it.".into(),
            leads: Leads::Never { scalar },
        },
    });
    Some(ObjectType {
        name: view.object.to_owned(),
        description: view.description.to_owned(),
        roots: view.roots.iter().map(|root| (*root).to_owned()).collect(),
        fields: fields.collect(),
        list: List {
            operation,
            fixed: view.fixed,
            within: view.within,
            takes_window: view.takes_window,
            scalars,
        },
    })
}

fn build() -> Model {
    let mut objects: Vec<ObjectType> = catalogue().operations().iter().filter_map(own).collect();
    let own_count = objects.len();
    objects.extend(VIEWS.iter().filter_map(viewed));
    let of_list = |objects: &[ObjectType], id: &str| {
        objects[..own_count].iter().position(|object| object.list.operation.spec.id.as_str() == id)
    };
    let relation = |name: &str, to, object, own: &str, theirs: &str| FieldOf {
        name: name.to_owned(),
        description: String::new(),
        leads: Leads::Relation { to, object, own: own.to_owned(), theirs: theirs.to_owned() },
    };
    // A relation takes the place of a member with the same name: the ids are in its objects.
    let add = |object: &mut ObjectType, field: FieldOf| {
        object.fields.retain(|other| other.name != field.name);
        object.fields.push(field);
    };
    for reference in REFERENCES {
        let (Some(from), Some(to)) = (of_list(&objects, reference.from), of_list(&objects, reference.to))
        else {
            continue;
        };
        add(&mut objects[from], relation(reference.field, To::One, to, reference.member, "id"));
        add(&mut objects[to], relation(reference.back, To::Many, from, "id", reference.member));
    }
    for pairing in PAIRINGS {
        let (Some(one), Some(other)) = (of_list(&objects, pairing.one.0), of_list(&objects, pairing.other.0))
        else {
            continue;
        };
        add(&mut objects[one], relation(pairing.one.1, To::Many, other, "id", pairing.by_one));
        add(&mut objects[other], relation(pairing.other.1, To::Many, one, "id", pairing.by_other));
    }
    for view in VIEWS {
        let find = |name: &str| objects.iter().position(|object| object.name == name);
        let Some(from) = find(view.object) else { continue };
        let related: Vec<FieldOf> = view
            .relations
            .iter()
            .filter_map(|related| {
                let object = find(related.object)?;
                Some(relation(related.field, related.to, object, related.own, related.theirs))
            })
            .collect();
        for field in related {
            add(&mut objects[from], field);
        }
    }
    let roots = objects
        .iter()
        .enumerate()
        .flat_map(|(n, object)| object.roots.iter().map(move |root| (root.clone(), n)));
    let roots = roots.collect();
    Model { objects, roots }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_the_table_names_what_exists() {
        let model = model();
        let names: HashSet<&str> = model.objects.iter().map(|object| object.name.as_str()).collect();
        assert_eq!(names.len(), model.objects.len(), "two types have one name");
        let roots: Vec<&String> = model.objects.iter().flat_map(|object| &object.roots).collect();
        assert_eq!(roots.len(), model.roots.len(), "two types have one root field: {roots:?}");
        for view in VIEWS {
            assert!(names.contains(view.object), "{} has no list {}", view.object, view.operation);
            for related in view.relations {
                assert!(names.contains(related.object), "{}.{}", view.object, related.field);
            }
        }
        for reference in REFERENCES {
            for id in [reference.from, reference.to] {
                assert!(catalogue().get(id).is_some(), "there is no {id}");
            }
        }
    }

    #[test]
    fn every_member_of_the_table_is_one_of_its_list() {
        for object in &model().objects {
            for field in &object.fields {
                match &field.leads {
                    Leads::Member { member, .. } => {
                        assert!(object.list.scalars.contains_key(member), "{}.{member}", object.name);
                    }
                    Leads::Relation { object: to, own, theirs, .. } => {
                        let to = model().object(*to);
                        assert!(object.list.scalars.contains_key(own), "{}.{own}", object.name);
                        assert!(to.list.scalars.contains_key(theirs), "{}.{theirs}", to.name);
                    }
                    Leads::Through { relation, member, .. } => {
                        let Some(Leads::Relation { object: to, .. }) =
                            object.field(relation).map(|field| &field.leads)
                        else {
                            panic!("{}.{relation} is no relation", object.name)
                        };
                        assert!(
                            model().object(*to).list.scalars.contains_key(*member),
                            "{relation}.{member}"
                        );
                    }
                    Leads::Never { .. } => {}
                }
            }
        }
    }

    #[test]
    fn every_list_of_the_catalogue_has_a_root_field() {
        let missing = catalogue().operations().iter().filter(|operation| {
            let id = operation.spec.id.as_str();
            id.ends_with(".list") && operation.spec.path_fields().next().is_none() && {
                let listed = |object: &ObjectType| object.list.operation.spec.id.as_str() == id;
                !model().objects.iter().any(|object| listed(object) && !object.roots.is_empty())
            }
        });
        let missing: Vec<&str> = missing.map(|operation| operation.spec.id.as_str()).collect();
        assert_eq!(missing, ["permissions.list"], "permissions are no list of objects");
    }
}
