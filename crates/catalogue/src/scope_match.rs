//! The scopes that a program needs: finds the paths of the API, and those of other systems' APIs, in its text.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use bailiwick_domain::scope::Scope;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::{Access, Spec};
use bailiwick_operations::ids;
use bailiwick_store::long_work;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue;

/// The longest text, in bytes.
const TEXT_MAX: usize = 64 << 10;
/// The most lines of a text. Each costs some work, however short it is.
const LINES_MAX: usize = 10_000;
/// The most places of a text that an answer names.
const MATCHES_MAX: usize = 500;
/// The most characters of a path in an answer.
const SHOWN: usize = 200;

/// A route for scripts of another system.
#[derive(Clone, Copy, Debug)]
pub struct OtherRoute {
    /// The method.
    pub method: &'static str,
    /// The path, with `{name}` for what varies.
    pub path: &'static str,
    /// The ids of the operations that it may run.
    pub operations: &'static [bailiwick_engine::shape::operation_id::OperationId],
}

static OTHERS: OnceLock<Vec<OtherRoute>> = OnceLock::new();

/// Names the routes for scripts of other systems. Only the first call has an effect: there is one program.
pub fn know_other_routes(routes: impl IntoIterator<Item = OtherRoute>) {
    OTHERS.get_or_init(|| routes.into_iter().collect());
}

/// Find the scopes that a script needs.
///
/// Looks for paths of this API, of the systems whose scripts work here, and for commands of `bailiwick`, in the text of
/// a script or of its documentation. Only paths are understood, and what stands before them as the method: paths that the
/// script puts together are not found.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "text": "curl https://bailiwick.example.com/v1/nodes?labels=env=prod" }]))]
pub(crate) struct MatchScopes {
    /// The text: at most 64 KiB and 10,000 lines.
    #[schemars(example = &"curl https://bailiwick.example.com/v1/nodes")]
    text: String,
}

/// A place of a text that names a call.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Match {
    /// The line, from 1.
    line: usize,
    /// The method; `GET` if the line names none and the path takes it.
    method: &'static str,
    /// The path, as this server knows it.
    path: &'static str,
    /// The operations that it may run.
    operations: Vec<&'static str>,
}

/// A path that no operation has.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Unknown {
    /// The line, from 1.
    line: usize,
    /// The path.
    text: String,
}

/// The scopes that a script needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Matched {
    /// The narrowest scopes that cover all calls that were found.
    scopes: BTreeSet<Scope>,
    /// The calls that were found, at most 500.
    matches: Vec<Match>,
    /// Paths below `/v1` that no operation has, at most 500.
    unknown: Vec<Unknown>,
}

impl Operation for MatchScopes {
    const SPEC: Spec = Spec::ask(ids::SCOPES_MATCH, "/v1/scopes/match").tag("Keys").any_key().costs(5);
    type Output = Matched;

    async fn run(self, _cx: &Cx) -> Result<Matched> {
        if self.text.len() > TEXT_MAX {
            return Err(Error::invalid("text", format!("expected at most {TEXT_MAX} bytes")));
        }
        if self.text.lines().nth(LINES_MAX).is_some() {
            return Err(Error::invalid("text", format!("expected at most {LINES_MAX} lines")));
        }
        let mut found = Matched { scopes: BTreeSet::new(), matches: Vec::new(), unknown: Vec::new() };
        long_work(|| {
            self.text.lines().enumerate().for_each(|(n, line)| read_line(n + 1, line, &mut found));
        });
        for one in &found.matches {
            let specs =
                one.operations.iter().filter_map(|id| catalogue().get(id)).map(|described| described.spec);
            let scoped = specs.filter(|spec| matches!(spec.access, Access::Scoped | Access::Root));
            found.scopes.extend(scoped.map(Spec::scope));
        }
        Ok(found)
    }
}

/// A route, of this API or another one.
struct Route {
    method: &'static str,
    path: &'static str,
    segments: Vec<&'static str>,
    operations: Vec<&'static str>,
}

impl Route {
    fn new(method: &'static str, path: &'static str, operations: Vec<&'static str>) -> Self {
        Self { method, path, segments: segments(path), operations }
    }

    /// Whether a path is one of this route. What varies in the route matches any segment.
    fn has(&self, path: &[&str]) -> bool {
        self.segments.iter().zip(path).all(|(known, given)| known.starts_with('{') || known == given)
    }

    /// How many segments are fixed: of several routes that match, the one with most is meant.
    fn fixed(&self) -> usize {
        self.segments.iter().filter(|segment| !segment.starts_with('{')).count()
    }
}

/// The routes whose paths have this many segments. All are divided into segments once.
fn routes_of(length: usize) -> &'static [Route] {
    static ROUTES: OnceLock<Vec<Vec<Route>>> = OnceLock::new();
    let by_length = ROUTES.get_or_init(|| {
        let own = catalogue().operations().iter().map(|described| {
            let spec = described.spec;
            Route::new(spec.method.as_str(), spec.path, vec![spec.id.as_str()])
        });
        let others = OTHERS.get().into_iter().flatten().map(|route| {
            let operations = route.operations.iter().map(|id| id.as_str()).collect();
            Route::new(route.method, route.path, operations)
        });
        let mut by_length: Vec<Vec<Route>> = Vec::new();
        for route in own.chain(others) {
            let length = route.segments.len();
            if by_length.len() <= length {
                by_length.resize_with(length + 1, Vec::new);
            }
            by_length[length].push(route);
        }
        by_length
    });
    by_length.get(length).map_or(&[], Vec::as_slice)
}

/// The segments of a path, without empty ones.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn read_line(number: usize, line: &str, found: &mut Matched) {
    // Each method, and how a call of a library names it.
    const METHODS: [(&str, &str); 5] = [
        ("GET", ".get("),
        ("POST", ".post("),
        ("PUT", ".put("),
        ("PATCH", ".patch("),
        ("DELETE", ".delete("),
    ];
    if !line.contains('/') && !line.contains("bailiwick") {
        return;
    }
    let words = || {
        line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).filter(|w| !w.is_empty())
    };
    let lower = line.to_ascii_lowercase();
    let named = METHODS
        .into_iter()
        .find(|(method, call)| words().any(|word| word == *method) || lower.contains(call))
        .map(|(method, _)| method);
    // `bailiwick nodes list`
    let mut before: [&str; 2] = ["", ""];
    for word in words() {
        if before[0] == "bailiwick" {
            let id = format!("{}.{}", before[1], word).replace('-', "_");
            if let Some(described) = catalogue().get(&id) {
                let (spec, operations) = (described.spec, vec![described.spec.id.as_str()]);
                push(
                    found,
                    Match { line: number, method: spec.method.as_str(), path: spec.path, operations },
                );
            }
        }
        before = [before[1], word];
    }
    let is_end = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '?' | '#' | ')' | ',' | ';' | '<' | '>' | '|')
    };
    let mut rest = line;
    while let Some(at) = rest.find('/') {
        let from = &rest[at..];
        // The host of an address is no path.
        if let Some(address) = from.strip_prefix("//") {
            let host = address.find(|c: char| c == '/' || is_end(c)).unwrap_or(address.len());
            rest = &address[host..];
            continue;
        }
        let path = &from[..from.find(is_end).unwrap_or(from.len())];
        read_path(number, path, named, found);
        rest = &from[path.len().max(1)..];
    }
}

fn read_path(number: usize, path: &str, named: Option<&'static str>, found: &mut Matched) {
    let given = segments(path);
    if given.is_empty() {
        return;
    }
    let mut of_path: Vec<&Route> = routes_of(given.len()).iter().filter(|route| route.has(&given)).collect();
    let most = of_path.iter().map(|route| route.fixed()).max().unwrap_or(0);
    of_path.retain(|route| route.fixed() == most && most > 0);
    let method = named.or_else(|| of_path.iter().any(|route| route.method == "GET").then_some("GET"));
    let mut is_known = false;
    for route in of_path.iter().filter(|route| method.is_none_or(|method| method == route.method)) {
        is_known = true;
        let Route { method, path, operations, .. } = *route;
        push(found, Match { line: number, method, path, operations: operations.clone() });
    }
    if !is_known && given.first() == Some(&"v1") && given.len() > 1 && found.unknown.len() < MATCHES_MAX {
        found.unknown.push(Unknown { line: number, text: path.chars().take(SHOWN).collect() });
    }
}

fn push(found: &mut Matched, one: Match) {
    if found.matches.len() < MATCHES_MAX && !found.matches.contains(&one) {
        found.matches.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(text: &str) -> Vec<&'static str> {
        let mut found = Matched { scopes: BTreeSet::new(), matches: Vec::new(), unknown: Vec::new() };
        for (n, line) in text.lines().enumerate() {
            read_line(n + 1, line, &mut found);
        }
        found.matches.into_iter().flat_map(|one| one.operations).collect()
    }

    #[test]
    fn a_long_text_of_paths_is_read_in_little_time() {
        // With a search of all routes for each of these paths, this takes minutes.
        assert_eq!(operations(&"/v1 ".repeat(TEXT_MAX / 4)), Vec::<&str>::new());
        assert_eq!(operations(&"/a/b/c/d".repeat(TEXT_MAX / 8)), Vec::<&str>::new());
        assert_eq!(operations(&"\n".repeat(TEXT_MAX)), Vec::<&str>::new());
        assert_eq!(operations(&"/v1/a\n".repeat(LINES_MAX)), Vec::<&str>::new());
        assert_eq!(operations(&"bailiwick a ".repeat(TEXT_MAX / 12)), Vec::<&str>::new());
    }

    #[test]
    fn calls_are_found_in_scripts() {
        for (text, expected) in [
            ("curl -s https://b.example.com/v1/nodes?labels=env=prod", vec!["nodes.list"]),
            ("curl -X POST \"$URL/v1/sites\" -d '{}'", vec!["sites.create"]),
            ("requests.delete(f'{url}/v1/nodes/{node}')", vec!["nodes.delete"]),
            ("requests.get(url + '/v1/nodes/export')", vec!["nodes.export"]),
            ("bailiwick maintenance-windows list --json", vec!["maintenance_windows.list"]),
            ("echo /etc/passwd // nothing", vec![]),
        ] {
            assert_eq!(operations(text), expected, "{text}");
        }
        let mut found = Matched { scopes: BTreeSet::new(), matches: Vec::new(), unknown: Vec::new() };
        read_line(3, "GET https://b.example.com/v1/unicorns", &mut found);
        assert_eq!(found.unknown, [Unknown { line: 3, text: "/v1/unicorns".into() }]);
    }
}
