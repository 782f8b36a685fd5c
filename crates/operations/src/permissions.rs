//! The catalogue of operations, for choosing permissions.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bailiwick_domain::scope::{Class, Scope};
use bailiwick_domain::scope_set::{SCOPE_SETS, ScopeSet};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::listing::Listing;
use bailiwick_engine::shape::spec::{Access, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<ListPermissions>()];

/// List every operation, its class and its scope, grouped for a picker.
///
/// `granted` says whether the caller has the permission and may therefore grant it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListPermissions {}

/// All permissions.
#[derive(Serialize, JsonSchema)]
struct Permissions {
    /// The scopes that cover every noun.
    wildcards: Vec<Scope>,
    /// The named sets. Later versions add nothing to them.
    sets: Vec<PermissionSet>,
    /// The permissions, by noun.
    groups: Vec<PermissionGroup>,
}

/// A named set of permissions.
#[derive(Serialize, JsonSchema)]
struct PermissionSet {
    /// The scope that covers it.
    #[schemars(example = &"reporting")]
    scope: &'static str,
    /// What it is for, in a few words.
    summary: &'static str,
    /// The operations in it.
    operations: Vec<Scope>,
    /// Whether the caller has all of them, and may therefore grant the set.
    granted: bool,
}

/// The permissions for one noun.
#[derive(Serialize, JsonSchema)]
struct PermissionGroup {
    /// The noun.
    #[schemars(example = &"sites")]
    noun: &'static str,
    /// The heading under which the documentation lists the noun.
    tag: &'static str,
    /// The scopes that cover all of its operations, or all of a class.
    scopes: Vec<Scope>,
    /// The operations on it.
    operations: Vec<Permission>,
}

/// One operation, as a permission.
#[derive(Serialize, JsonSchema)]
struct Permission {
    /// The operation's id.
    #[schemars(example = &"sites.create")]
    operation: &'static str,
    /// What it does, in a few words.
    summary: &'static str,
    /// Whether it reads or writes.
    class: Class,
    /// The narrowest scope that covers it; null if it needs none.
    scope: Option<Scope>,
    /// Who may run it.
    access: PermissionAccess,
    /// The HTTP method.
    method: &'static str,
    /// The path.
    path: &'static str,
    /// Whether the caller has this permission.
    granted: bool,
}

/// Who may run an operation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PermissionAccess {
    /// Anybody, without a credential.
    Open,
    /// Anybody: the input itself is the proof, such as a password.
    ByProof,
    /// Any key and any logged-in user.
    AnyKey,
    /// A logged-in user; no key.
    Person,
    /// A caller with the scope.
    Scoped,
    /// A root key or a server administrator, with the scope.
    Root,
}

impl Operation for ListPermissions {
    const SPEC: Spec = Spec::read(ids::PERMISSIONS_LIST, "/v1/permissions").tag("Keys").any_key();
    type Output = Permissions;

    async fn run(self, cx: &Cx) -> Result<Permissions> {
        let mut groups: Vec<PermissionGroup> = Vec::new();
        for listing in cx.listings().iter() {
            let noun = listing.spec.subject().noun;
            let permission = permission(listing, cx)?;
            match groups.iter_mut().find(|group| group.noun == noun) {
                Some(group) => group.operations.push(permission),
                None => groups.push(PermissionGroup {
                    noun,
                    tag: listing.spec.tag,
                    scopes: Vec::new(),
                    operations: vec![permission],
                }),
            }
        }
        for group in &mut groups {
            group.scopes = group_scopes(group);
        }
        let wildcards = [Some(Class::Read), Some(Class::Write), None]
            .map(|class| Scope::Group { noun: None, class })
            .to_vec();
        let sets = SCOPE_SETS.iter().map(|set| permission_set(set, cx)).collect();
        Ok(Permissions { wildcards, sets, groups })
    }
}

fn group_scopes(group: &PermissionGroup) -> Vec<Scope> {
    let scoped = group.operations.iter().filter(|o| o.scope.is_some());
    let classes: BTreeSet<Class> = scoped.map(|o| o.class).collect();
    if classes.is_empty() {
        return Vec::new();
    }
    let classes = classes.into_iter().map(Some).chain([None]);
    classes.map(|class| Scope::Group { noun: Some(group.noun.into()), class }).collect()
}

fn permission_set(set: &'static ScopeSet, cx: &Cx) -> PermissionSet {
    let scope = Scope::Set(set);
    let operations: Vec<Scope> = scope.parts().into_iter().map(Cow::into_owned).collect();
    let of_set = cx.listings().iter().filter(|listing| scope.permits(listing.spec.subject()));
    let granted = of_set.filter(|listing| cx.may(listing)).count() == operations.len();
    PermissionSet { scope: set.name, summary: set.summary, operations, granted }
}

fn permission(listing: &'static Listing, cx: &Cx) -> Result<Permission> {
    let spec = listing.spec;
    let needs_scope = matches!(spec.access, Access::Scoped | Access::Root);
    Ok(Permission {
        operation: spec.id.as_str(),
        summary: &listing.summary,
        class: spec.class,
        scope: needs_scope.then(|| spec.scope()),
        access: match spec.access {
            Access::Open => PermissionAccess::Open,
            Access::ByProof => PermissionAccess::ByProof,
            Access::AnyKey => PermissionAccess::AnyKey,
            Access::Person => PermissionAccess::Person,
            Access::Scoped => PermissionAccess::Scoped,
            Access::Root => PermissionAccess::Root,
        },
        method: spec.method.as_str(),
        path: spec.path,
        granted: cx.may(listing),
    })
}
