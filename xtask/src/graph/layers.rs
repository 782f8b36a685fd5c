//! Cycles and layers in a graph of imports.

use std::collections::HashMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::imports::Imports;

fn graph(imports: &Imports) -> DiGraph<&str, ()> {
    let mut graph = DiGraph::new();
    let nodes: HashMap<&str, NodeIndex> =
        imports.0.keys().map(|name| (name.as_str(), graph.add_node(name.as_str()))).collect();
    for (from, all) in &imports.0 {
        for to in all {
            if let (Some(from), Some(to)) = (nodes.get(from.as_str()), nodes.get(to.as_str())) {
                graph.add_edge(*from, *to, ());
            }
        }
    }
    graph
}

/// The groups of modules that import each other, directly or indirectly.
pub(super) fn cycles(imports: &Imports) -> Vec<Vec<&str>> {
    let graph = graph(imports);
    let groups = tarjan_scc(&graph).into_iter().filter(|group| group.len() > 1);
    let mut cycles: Vec<Vec<&str>> = groups
        .map(|group| {
            let mut names: Vec<&str> = group.into_iter().map(|node| graph[node]).collect();
            names.sort_unstable();
            names
        })
        .collect();
    cycles.sort();
    cycles
}

/// The number of layers: the length of the longest chain of imports, with a cycle counted as one module.
pub(super) fn floors(imports: &Imports) -> usize {
    let graph = graph(imports);
    let mut floor: HashMap<NodeIndex, usize> = HashMap::new();
    // `tarjan_scc` returns each group after the groups that it imports.
    for group in tarjan_scc(&graph) {
        let below = group
            .iter()
            .flat_map(|node| graph.neighbors(*node))
            .filter_map(|node| floor.get(&node))
            .max()
            .copied()
            .unwrap_or_default();
        floor.extend(group.into_iter().map(|node| (node, below + 1)));
    }
    floor.into_values().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(pairs: &[(&str, &[&str])]) -> Imports {
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        Imports(pairs.iter().map(|(from, all)| ((*from).to_owned(), set(all))).collect())
    }

    #[test]
    fn cycles_are_found_and_layers_counted() {
        let straight = imports(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
        assert!(cycles(&straight).is_empty());
        assert_eq!(floors(&straight), 3);
        let round = imports(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &["a"])]);
        assert_eq!(cycles(&round), [["b", "c"]]);
        assert_eq!(floors(&round), 3);
        assert_eq!(floors(&imports(&[])), 0);
    }
}
