//! The compact catalogue at `/v1/catalogue`: every operation in a few words, for the console's palette, its picker of
//! permissions and its calls. The OpenAPI document says more of them, and is twenty times as large.

use bailiwick_catalogue::presets::{PRESETS, Preset};
use bailiwick_domain::scope::{Class, Scope};
use bailiwick_domain::scope_set::SCOPE_SETS;
use bailiwick_engine::catalogue::{Catalogue, Described};
use bailiwick_engine::shape::spec::Access;
use serde::Serialize;

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    operations: Vec<Operation<'a>>,
    named_sets: Vec<NamedSet>,
    presets: &'static [Preset],
}

/// One operation.
#[derive(Serialize)]
struct Operation<'a> {
    id: &'static str,
    noun: &'static str,
    tag: &'static str,
    summary: &'a str,
    method: &'static str,
    path: &'static str,
    class: Class,
    /// The narrowest scope that covers it; null if it needs none.
    scope: Option<Scope>,
    /// Who may run it: `open`, `proof`, `any_key`, `person`, `scope` or `root`.
    callers: &'static str,
    path_fields: Vec<&'a str>,
    fields: Vec<Field<'a>>,
    columns: Option<&'static [&'static str]>,
}

/// A field of an operation's input.
#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    /// Where it stands in a request: `path`, `query` or `body`.
    r#in: &'static str,
    required: bool,
}

/// A named set of scopes.
#[derive(Serialize)]
struct NamedSet {
    name: &'static str,
    operations: Vec<String>,
}

/// The document of a catalogue, as JSON.
pub(super) fn text(catalogue: &Catalogue) -> Vec<u8> {
    let named_sets = SCOPE_SETS.iter().map(|set| NamedSet {
        name: set.name,
        operations: Scope::Set(set).parts().iter().map(ToString::to_string).collect(),
    });
    let document = Document {
        operations: catalogue.operations().iter().map(operation).collect(),
        named_sets: named_sets.collect(),
        presets: &PRESETS,
    };
    serde_json::to_vec(&document).unwrap_or_default()
}

fn operation(described: &Described) -> Operation<'_> {
    let spec = described.spec;
    let is_in_path = |name: &str| spec.path.contains(&format!("{{{name}}}"));
    let field = |name: &'_ String| {
        let place = match (is_in_path(name), spec.method.has_body()) {
            (true, _) => "path",
            (false, true) => "body",
            (false, false) => "query",
        };
        (place, described.is_required(name))
    };
    let fields = described.fields.iter().map(|name| {
        let (place, required) = field(name);
        Field { name, r#in: place, required }
    });
    Operation {
        id: spec.id.as_str(),
        noun: spec.subject().noun,
        tag: spec.tag,
        summary: &described.listing.summary,
        method: spec.method.as_str(),
        path: spec.path,
        class: spec.class,
        scope: matches!(spec.access, Access::Scoped | Access::Root).then(|| spec.scope()),
        callers: match spec.access {
            Access::Open => "open",
            Access::ByProof => "proof",
            Access::AnyKey => "any_key",
            Access::Person => "person",
            Access::Scoped => "scope",
            Access::Root => "root",
        },
        path_fields: described.fields.iter().map(String::as_str).filter(|name| is_in_path(name)).collect(),
        fields: fields.collect(),
        columns: (!spec.columns.is_empty()).then_some(spec.columns),
    }
}
