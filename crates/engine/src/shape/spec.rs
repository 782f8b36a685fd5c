//! Interfaces of operations: what routes, documentation and authorization need to know.

use bailiwick_domain::scope::{Class, Scope, Subject};

use crate::shape::operation_id::OperationId;

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates an object, or performs an action.
    Post,
    /// Changes the fields that the request names.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method's name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the input is a JSON body; otherwise it is the query.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Patch)
    }
}

/// Who may run an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a credential.
    Open,
    /// Anybody: the input itself is the proof, such as a password.
    ByProof,
    /// Any valid key and any logged-in user, whatever their scopes.
    AnyKey,
    /// A logged-in user only; no key, because the operation is about the user's own account.
    Person,
    /// A caller with a scope that covers the operation.
    Scoped,
    /// A root key or a server administrator, with a scope that covers the operation.
    Root,
}

/// Whether an operation works within one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// It does not depend on organizations, or names one in a field of its own.
    None,
    /// A caller above organizations may name one.
    Optional,
    /// A caller above organizations must name one.
    Required,
}

/// How much a caller must reach to run the operation at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Any reach: the operation only touches what is in reach.
    Any,
    /// Whole organizations, not only some of their sites, labels or nodes.
    WholeOrganization,
    /// Every organization.
    Everything,
}

/// How a request with a large body is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// Its body is not large.
    None,
    /// An import: it may take minutes. One key or organization sends one at a time.
    Import,
    /// Data of machines: many arrive at once, and each is stored quickly.
    Data,
}

/// The interface of an operation. Routes, the OpenAPI document, the permission picker, the command line
/// and the authorization tests are made from it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The operation's id, `noun.verb`. It is also the narrowest scope that covers the operation.
    pub id: OperationId,
    /// The HTTP method.
    pub method: Method,
    /// The path. `{name}` stands for the input's field of that name.
    pub path: &'static str,
    /// Whether it reads or writes.
    pub class: Class,
    /// Who may run it.
    pub access: Access,
    /// The heading under which the documentation lists it.
    pub tag: &'static str,
    /// How many units of a key's rate limit it costs.
    pub cost: u32,
    /// Whether it may compute for long.
    pub(crate) computes: bool,
    /// The HTTP status of a success.
    pub status: u16,
    /// Whether it works within one organization. Keys other than root keys have their own organization.
    pub tenancy: Tenancy,
    /// How much a caller must reach to run it at all.
    pub extent: Extent,
    /// Whether its answer contains a secret. Such an answer is not kept for repeated requests.
    pub answers_secret: bool,
    /// Whether its answer has a revision, sent as `ETag`.
    pub versioned: bool,
    /// Whether a `POST` takes `If-Match`.
    pub conditional: bool,
    /// Whether its body may be text: [records](crate::shape::records) that become its field `data`, in the
    /// format of its field `format`.
    pub takes_text: bool,
    /// Whether its answer may be text, in the format of its field `format`.
    pub answers_text: bool,
    /// Whether it answers with a stream of events. Its output is then the content of one event.
    pub answers_events: bool,
    /// The most bytes of its body, if that is more than the configuration allows; 0 for no exception.
    pub body_limit: usize,
    /// How its body is received, if that is large.
    pub bulk: Bulk,
    /// Whether it takes something away. Such an operation works even if the disk is full, in space
    /// reserved for that.
    pub takes_away: bool,
    /// Whether it leaves no entry in the audit trail.
    pub unaudited: bool,
    /// The members of the answer's items that a table for people shows.
    pub columns: &'static [&'static str],
}

impl Spec {
    const fn new(id: OperationId, method: Method, path: &'static str, class: Class, status: u16) -> Self {
        Self {
            id,
            method,
            path,
            class,
            access: Access::Scoped,
            tag: "Server",
            cost: 1,
            computes: false,
            status,
            tenancy: Tenancy::Required,
            extent: Extent::Any,
            answers_secret: false,
            versioned: false,
            conditional: false,
            takes_text: false,
            answers_text: false,
            answers_events: false,
            body_limit: 0,
            bulk: Bulk::None,
            takes_away: false,
            unaudited: false,
            columns: &[],
        }
    }

    /// `GET`: reads one object or many.
    pub const fn read(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Get, path, Class::Read, 200)
    }

    /// `POST` that only answers a question.
    pub const fn ask(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Read, 200)
    }

    /// `POST`: creates an object.
    pub const fn create(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Write, 201)
    }

    /// `PATCH`: changes an object.
    pub const fn update(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Patch, path, Class::Write, 200)
    }

    /// `POST`: performs an action on an object.
    pub const fn act(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Write, 200)
    }

    /// `DELETE`: deletes an object.
    pub const fn delete(id: OperationId, path: &'static str) -> Self {
        Self::new(id, Method::Delete, path, Class::Write, 200).takes_away()
    }

    /// Sets the heading under which the documentation lists it.
    #[must_use]
    pub const fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// Opens it to anybody, without a credential.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { access: Access::Open, tenancy: Tenancy::None, ..self }
    }

    /// Opens it to anybody whose input is a proof.
    #[must_use]
    pub const fn by_proof(self) -> Self {
        Self { access: Access::ByProof, tenancy: Tenancy::None, ..self }
    }

    /// Opens it to logged-in users only.
    #[must_use]
    pub const fn person(self) -> Self {
        Self { access: Access::Person, tenancy: Tenancy::None, ..self }
    }

    /// Opens it to any valid key and any logged-in user.
    #[must_use]
    pub const fn any_key(self) -> Self {
        Self { access: Access::AnyKey, tenancy: Tenancy::None, ..self }
    }

    /// Restricts it to root keys and server administrators.
    #[must_use]
    pub const fn root_only(self) -> Self {
        Self { access: Access::Root, tenancy: Tenancy::None, ..self }
    }

    /// Works across organizations: a caller above organizations may name one.
    #[must_use]
    pub const fn across_organizations(self) -> Self {
        Self { tenancy: Tenancy::Optional, ..self }
    }

    /// Does not work within an organization.
    #[must_use]
    pub const fn above_organizations(self) -> Self {
        Self { tenancy: Tenancy::None, ..self }
    }

    /// Requires a reach of whole organizations.
    #[must_use]
    pub const fn whole_organization(self) -> Self {
        Self { extent: Extent::WholeOrganization, ..self }
    }

    /// Requires a reach of every organization.
    #[must_use]
    pub const fn everything(self) -> Self {
        Self { extent: Extent::Everything, ..self }
    }

    /// Answers before the work is done, with status 202.
    #[must_use]
    pub const fn accepted(self) -> Self {
        Self { status: 202, ..self }
    }

    /// Its answer contains a secret.
    #[must_use]
    pub const fn answers_secret(self) -> Self {
        Self { answers_secret: true, ..self }
    }

    /// It takes something away, so it also works if the disk is full.
    #[must_use]
    pub const fn takes_away(self) -> Self {
        Self { takes_away: true, ..self }
    }

    /// It leaves no entry in the audit trail, because it changes nothing that anybody else sees or relies on.
    #[must_use]
    pub const fn unaudited(self) -> Self {
        Self { unaudited: true, ..self }
    }

    /// Its answer has a revision.
    #[must_use]
    pub const fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// It takes `If-Match`, although it is a `POST`. Changes and deletions of one object always do.
    #[must_use]
    pub const fn conditional(self) -> Self {
        Self { conditional: true, ..self }
    }

    /// Its body may be text, which becomes the fields `format` and `data`.
    #[must_use]
    pub const fn takes_text(self) -> Self {
        Self { takes_text: true, ..self }
    }

    /// Its answer may be text; it has a field `format`.
    #[must_use]
    pub const fn answers_text(self) -> Self {
        Self { answers_text: true, ..self }
    }

    /// Its answer is a stream of events; it has a field `after`.
    #[must_use]
    pub const fn answers_events(self) -> Self {
        Self { answers_events: true, ..self }
    }

    /// It is an import. Its body may have this many bytes, if the configuration does not allow more anyway.
    #[must_use]
    pub const fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, bulk: Bulk::Import, ..self }
    }

    /// It takes data of machines. Its body may have this many bytes, if the configuration does not allow more anyway.
    #[must_use]
    pub const fn data_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, bulk: Bulk::Data, ..self }
    }

    /// It may compute for long, so it runs beside the threads that serve requests, and waits for its turns.
    #[must_use]
    pub const fn computes(self) -> Self {
        Self { computes: true, ..self }
    }

    /// It costs this many units of a key's rate limit, instead of one.
    #[must_use]
    pub const fn costs(self, units: u32) -> Self {
        Self { cost: units, ..self }
    }

    /// Sets the members of the answer's items that a table for people shows.
    #[must_use]
    pub const fn columns(self, columns: &'static [&'static str]) -> Self {
        Self { columns, ..self }
    }

    /// The operation as scopes see it: noun, verb and class.
    pub fn subject(&self) -> Subject<'static> {
        let (noun, verb) = self.id.as_str().split_once('.').unwrap_or((self.id.as_str(), ""));
        Subject { noun, verb, class: self.class }
    }

    /// The narrowest scope that covers it.
    pub fn scope(&self) -> Scope {
        Scope::operation(self.subject())
    }

    /// The names in braces in the path.
    pub fn path_fields(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether a change may be made conditional on a revision with `If-Match`.
    pub fn takes_if_match(&self) -> bool {
        self.conditional
            || matches!(self.method, Method::Patch | Method::Delete)
                && (self.versioned || self.path_fields().next().is_some())
    }
}
