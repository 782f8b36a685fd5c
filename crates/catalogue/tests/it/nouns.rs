//! What the crates below know of nouns, compared with what the nouns say of themselves.

use std::collections::BTreeSet;

use bailiwick_catalogue::{catalogue, nouns};
use bailiwick_domain::role::BuiltInRole;
use bailiwick_domain::scope::Class;
use bailiwick_engine::noun::BuiltIn;
use bailiwick_engine::shape::spec::{Access, Extent};
use bailiwick_operations::uses::Referrer;
use bailiwick_store::organizations::owned_nouns;

/// The nouns of the catalogue in which a built-in role may run any operation of a class.
fn covered(role: BuiltInRole, class: Class) -> BTreeSet<&'static str> {
    let scopes = role.scopes();
    let subjects = catalogue().operations().iter().map(|operation| operation.spec.subject());
    let of_class = subjects.filter(|subject| subject.class == class);
    let open = of_class.filter(|subject| scopes.iter().any(|scope| scope.permits(*subject)));
    open.map(|subject| subject.noun).collect()
}

#[test]
fn the_built_in_roles_cover_the_nouns_that_say_so() {
    let saying = |wanted: &[BuiltIn]| -> BTreeSet<&str> {
        nouns().filter(|spec| wanted.contains(&spec.built_in)).map(|spec| spec.noun.many).collect()
    };
    let (read, written) =
        (saying(&[BuiltIn::Reads, BuiltIn::ReadsAndWrites]), saying(&[BuiltIn::ReadsAndWrites]));
    assert_eq!(covered(BuiltInRole::Viewer, Class::Read), read);
    assert_eq!(covered(BuiltInRole::Viewer, Class::Write), BTreeSet::new());
    let by_technicians = &read | &saying(&[BuiltIn::TechnicianReads]);
    // Of what technicians may write, they only run scripts, on nodes that they selected.
    let run = BTreeSet::from(["scripts", "selections"]);
    assert_eq!(covered(BuiltInRole::Technician, Class::Read), by_technicians);
    assert_eq!(covered(BuiltInRole::Technician, Class::Write), run);
    assert_eq!(covered(BuiltInRole::Editor, Class::Read), by_technicians);
    assert_eq!(covered(BuiltInRole::Editor, Class::Write), &written | &run);
    let scopes = BuiltInRole::Editor.scopes();
    let of_scripts = catalogue().operations().iter().map(|operation| operation.spec.subject());
    let of_scripts = of_scripts.filter(|subject| run.contains(subject.noun) && subject.class == Class::Write);
    let open: BTreeSet<_> = of_scripts
        .filter(|subject| scopes.iter().any(|s| s.permits(*subject)))
        .map(|subject| (subject.noun, subject.verb))
        .collect();
    assert_eq!(open, BTreeSet::from([("scripts", "run"), ("selections", "create")]));
}

#[test]
fn an_organization_is_deleted_with_the_nouns_that_it_owns() {
    let owned: BTreeSet<&str> =
        nouns().filter(|spec| spec.is_owned).map(|spec| spec.noun.many).chain(["memberships"]).collect();
    let deleted: Vec<&str> = owned_nouns().collect();
    assert_eq!(deleted.len(), owned.len(), "each once");
    assert_eq!(deleted.into_iter().collect::<BTreeSet<_>>(), owned);
}

#[test]
fn each_noun_has_its_own_names_and_operations() {
    let names: BTreeSet<_> = nouns().flat_map(|spec| [spec.noun.one, spec.noun.many]).collect();
    assert_eq!(names.len(), 2 * nouns().count());
    let with_own: BTreeSet<&str> = catalogue().operations().iter().map(|o| o.spec.subject().noun).collect();
    for spec in nouns() {
        assert!(!spec.operations.is_empty() && with_own.contains(spec.noun.many), "{}", spec.noun.many);
        // An object that has an operation to show it can be asked about.
        let has_get = catalogue().get(&format!("{}.get", spec.noun.many)).is_some();
        assert_eq!(spec.reaches.is_some(), has_get, "{}", spec.noun.many);
    }
}

#[test]
fn only_nouns_with_objects_are_referred_to() {
    for noun in Referrer::ALL.into_iter().flat_map(Referrer::nouns) {
        let spec = nouns().find(|spec| spec.noun == *noun).unwrap();
        assert!(spec.reaches.is_some(), "{}", noun.many);
    }
}

#[test]
fn objects_that_a_narrow_reach_cannot_list_are_not_shown_or_changed_for_it_in_other_ways() {
    let operations = catalogue().operations();
    let lists = operations.iter().filter(|o| o.spec.subject().verb == "list" && o.spec.extent != Extent::Any);
    let wide: BTreeSet<&str> = lists.map(|operation| operation.spec.subject().noun).collect();
    assert!(wide.contains("keys") && wide.contains("maintenance_windows"), "{wide:?}");
    let narrow: Vec<&str> = operations
        .iter()
        .filter(|o| wide.contains(o.spec.subject().noun) && o.spec.extent == Extent::Any)
        .filter(|o| matches!(o.spec.access, Access::Scoped | Access::Root))
        .map(|operation| operation.spec.id.as_str())
        .collect();
    // It runs what others wrote on nodes in reach, and shows nothing of the script.
    assert_eq!(narrow, ["scripts.run"]);
}

#[test]
fn each_change_but_that_of_preferences_is_audited() {
    let unaudited = catalogue().operations().iter().filter(|operation| operation.spec.unaudited);
    let unaudited: Vec<&str> = unaudited.map(|operation| operation.spec.id.as_str()).collect();
    assert_eq!(unaudited, ["me.set_preferences"]);
}
