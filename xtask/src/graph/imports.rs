//! Finds imports: which modules of a crate refer to each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, File, ImplItemFn, Item, ItemFn, ItemMod, ItemUse, UseTree};

use super::Graph;
use crate::cargo::Failed;

/// The modules of a crate, and which of them each one imports.
#[derive(Debug, Default)]
pub(crate) struct Imports(pub(super) Graph);

impl Imports {
    /// The imports between some modules, each as `a -> b`.
    pub(super) fn within(&self, modules: &[&str]) -> Vec<String> {
        let is_one = |name: &str| modules.contains(&name);
        let from = self.0.iter().filter(|(name, _)| is_one(name));
        from.flat_map(|(name, all)| {
            all.iter().filter(|to| is_one(to)).map(move |to| format!("{name} -> {to}"))
        })
        .collect()
    }
}

/// Reads all source files of a crate.
pub(super) fn of_crate(source: &Path) -> Result<Imports, Failed> {
    let mut files = Vec::new();
    collect(source, &mut files)?;
    let modules: BTreeSet<String> = files.iter().filter_map(|file| module_of(source, file)).collect();
    let mut imports = Imports::default();
    for file in &files {
        let Some(module) = module_of(source, file) else { continue };
        let path = path_of(source, file);
        let failed = |error: &dyn std::fmt::Display| Failed(format!("{}: {error}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|e| failed(&e))?;
        let parsed = syn::parse_file(&text).map_err(|e| failed(&e))?;
        let mut found = imported(&parsed, &path);
        found.retain(|name| *name != module && modules.contains(name));
        imports.0.entry(module).or_default().extend(found);
    }
    Ok(imports)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let failed = |error: std::io::Error| Failed(format!("{}: {error}", directory.display()));
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// The path of a file's module below the crate's root: `["nodes", "read"]`.
fn path_of(source: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(source).unwrap_or(file).with_extension("");
    let mut path: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    path
}

/// The module that a file belongs to; `None` for the crate's root, which only declares modules.
fn module_of(source: &Path, file: &Path) -> Option<String> {
    let first = path_of(source, file).into_iter().next()?;
    (first != "lib" && first != "main").then_some(first)
}

/// The modules directly below the crate's root that a file refers to.
fn imported(file: &File, path: &[String]) -> BTreeSet<String> {
    let mut finder = Finder { path: path.to_vec(), found: BTreeSet::new() };
    finder.visit_file(file);
    finder.found
}

struct Finder {
    /// The path of the module that is being visited.
    path: Vec<String>,
    found: BTreeSet<String>,
}

impl Finder {
    /// Records a path that occurs in the current module.
    fn note(&mut self, names: &[String]) {
        let Some((first, rest)) = names.split_first() else { return };
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.path.clone(),
            "super" => self.path[..self.path.len().saturating_sub(1)].to_vec(),
            _ => return,
        };
        for name in rest {
            if name == "super" {
                at.pop();
            } else {
                at.push(name.clone());
            }
        }
        self.found.extend(at.into_iter().next());
    }

    fn note_tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.note_tree(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.note_end(name.ident.to_string(), before),
            UseTree::Rename(rename) => self.note_end(rename.ident.to_string(), before),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, before)),
        }
    }

    fn note_end(&mut self, name: String, before: &mut Vec<String>) {
        before.push(name);
        self.note(before);
        before.pop();
    }
}

/// Puts spaces around a character unless it can be part of a path (a name or `::`).
fn spaced(c: char) -> impl Iterator<Item = char> {
    let is_apart = !c.is_alphanumeric() && c != '_' && c != ':';
    let space = is_apart.then_some(' ');
    space.into_iter().chain([c]).chain(space)
}

/// Whether an item exists only in tests.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test"))
    })
}

impl Visit<'_> for Finder {
    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(ItemMod { attrs, .. })
            | Item::Use(ItemUse { attrs, .. })
            | Item::Fn(ItemFn { attrs, .. }) => attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &ItemMod) {
        self.path.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.path.pop();
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.note_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &syn::Macro) {
        // The tokens of a macro are not parsed, so they are searched for paths.
        let spaced: String = mac.tokens.to_string().chars().flat_map(spaced).collect();
        let (mut names, mut is_open) = (Vec::new(), false);
        for token in spaced.split_whitespace() {
            let is_name = token.chars().all(|c| c.is_alphanumeric() || c == '_');
            match token {
                "::" if !names.is_empty() => is_open = true,
                name if is_name && is_open => {
                    names.push(name.to_owned());
                    is_open = false;
                }
                _ => {
                    self.note(&names);
                    (names, is_open) = (Vec::new(), false);
                    if matches!(token, "crate" | "super" | "self") {
                        names.push(token.to_owned());
                    }
                }
            }
        }
        self.note(&names);
        visit::visit_macro(self, mac);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &[&str], text: &str) -> Vec<String> {
        let path: Vec<String> = path.iter().map(ToString::to_string).collect();
        imported(&syn::parse_file(text).unwrap(), &path).into_iter().collect()
    }

    #[test]
    fn imports_are_found_at_every_position() {
        assert_eq!(
            found(&["a"], "use crate::b::{C, d::E}; use crate::{f::G, h}; use std::fmt;"),
            ["b", "f", "h"]
        );
        assert_eq!(found(&["a", "x"], "use super::Y; use super::super::b::C;"), ["a", "b"]);
        assert_eq!(found(&["a"], "fn f(x: crate::b::T) { crate::c::g::<crate::d::U>() }"), ["b", "c", "d"]);
        assert_eq!(found(&["a"], "fn f() { print!(\"{}\", crate::b::g(crate::c::H)) }"), ["b", "c"]);
        assert_eq!(found(&["a"], "mod inner { use super::super::b::C; }"), ["b"]);
    }

    #[test]
    fn imports_of_tests_are_ignored() {
        assert!(found(&["a"], "#[cfg(test)] mod tests { use crate::b::C; }").is_empty());
        assert!(found(&["a"], "#[cfg(test)] use crate::b::C; #[test] fn f() { crate::b::g() }").is_empty());
    }

    #[test]
    fn a_file_belongs_to_its_top_level_module() {
        let source = Path::new("/x/src");
        let of = |file: &str| module_of(source, &source.join(file));
        assert_eq!(of("nodes/read.rs").as_deref(), Some("nodes"));
        assert_eq!(of("cx.rs").as_deref(), Some("cx"));
        assert_eq!((of("lib.rs"), of("main.rs")), (None, None));
    }
}
