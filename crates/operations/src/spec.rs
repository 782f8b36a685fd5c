//! What the outside must know of an operation.

use bailiwick_domain::scope::{Class, Scope, Subject};

/// The HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Looks.
    Get,
    /// Creates, or does.
    Post,
    /// Changes what is named and leaves the rest.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// As it is written.
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

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a credential.
    Open,
    /// Anybody: what the input holds is the proof, as a password.
    ByProof,
    /// Any valid key and anybody who is logged in, whatever the scopes.
    AnyKey,
    /// Somebody who is logged in; no key, as it is about themselves.
    Person,
    /// A caller with a scope that covers it.
    Scoped,
    /// A root key or a server administrator, with a scope that covers it.
    Root,
}

/// Whether an operation works within one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// It has nothing to do with organizations, or names one by a field of its own.
    None,
    /// A root key may name one.
    Optional,
    /// A root key must name one.
    Required,
}

/// How much a key must reach to do it at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Whatever it reaches: the operation touches only that.
    Any,
    /// Its organizations as a whole, not only some of their sites, labels or nodes.
    WholeOrganization,
    /// Every organization.
    Everything,
}

/// What is known of an operation before it runs. Routes, the OpenAPI document, the permission
/// picker, the command line and the authorization tests are made from it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its id, `noun.verb`: also the narrowest scope that opens it.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path; `{name}` stands for the input's field of that name.
    pub path: &'static str,
    /// What it does to what it touches.
    pub class: Class,
    /// Who may do it.
    pub access: Access,
    /// The heading it stands under in documentation.
    pub tag: &'static str,
    /// What it costs of a key's rate limit.
    pub cost: u32,
    /// The HTTP status of its success.
    pub status: u16,
    /// Whether it works within one organization. Other keys than root keys have theirs.
    pub tenancy: Tenancy,
    /// How much a key must reach to do it at all.
    pub extent: Extent,
    /// Whether its answer holds a secret, which is never kept for a repeated request.
    pub answers_secret: bool,
    /// Whether its answer has a revision, given as `ETag`.
    pub versioned: bool,
    /// Whether its body may be text instead: [records](crate::records) that stand in its field
    /// `data`, in the format that is in its field `format`.
    pub takes_text: bool,
    /// Whether its answer may be text instead, in the format of its field `format`.
    pub answers_text: bool,
    /// Whether it answers with events that go on as they happen; its output is then what each of them
    /// tells.
    pub answers_events: bool,
    /// The most bytes of its body, where they are more than the configuration allows.
    pub body_limit: usize,
    /// Whether it takes something away, so that it is done even on a full disk, in the room that is kept for it.
    pub takes_away: bool,
    /// The members of its answer's items that a table for people shows.
    pub columns: &'static [&'static str],
}

impl Spec {
    const fn new(id: &'static str, method: Method, path: &'static str, class: Class, status: u16) -> Self {
        Self {
            id,
            method,
            path,
            class,
            access: Access::Scoped,
            tag: "Server",
            cost: 1,
            status,
            tenancy: Tenancy::Required,
            extent: Extent::Any,
            answers_secret: false,
            versioned: false,
            takes_text: false,
            answers_text: false,
            answers_events: false,
            body_limit: 0,
            takes_away: false,
            columns: &[],
        }
    }

    /// `GET`: looks at one or many.
    pub const fn read(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Get, path, Class::Read, 200)
    }

    /// `POST` that only answers a question.
    pub const fn ask(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Read, 200)
    }

    /// `POST`: creates one.
    pub const fn create(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Write, 201)
    }

    /// `PATCH`: changes one.
    pub const fn update(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Patch, path, Class::Write, 200)
    }

    /// `POST`: does something to one.
    pub const fn act(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Post, path, Class::Write, 200)
    }

    /// `DELETE`: deletes one.
    pub const fn delete(id: &'static str, path: &'static str) -> Self {
        Self::new(id, Method::Delete, path, Class::Write, 200).takes_away()
    }

    /// The heading it stands under.
    #[must_use]
    pub const fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// For anybody, without a credential.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { access: Access::Open, tenancy: Tenancy::None, ..self }
    }

    /// For anybody whose input is a proof.
    #[must_use]
    pub const fn by_proof(self) -> Self {
        Self { access: Access::ByProof, tenancy: Tenancy::None, ..self }
    }

    /// For somebody who is logged in.
    #[must_use]
    pub const fn person(self) -> Self {
        Self { access: Access::Person, tenancy: Tenancy::None, ..self }
    }

    /// For any valid key, and anybody who is logged in.
    #[must_use]
    pub const fn any_key(self) -> Self {
        Self { access: Access::AnyKey, tenancy: Tenancy::None, ..self }
    }

    /// For root keys and server administrators only.
    #[must_use]
    pub const fn root_only(self) -> Self {
        Self { access: Access::Root, tenancy: Tenancy::None, ..self }
    }

    /// Over organizations: a root key may name one, and need not.
    #[must_use]
    pub const fn across_organizations(self) -> Self {
        Self { tenancy: Tenancy::Optional, ..self }
    }

    /// Not within an organization.
    #[must_use]
    pub const fn above_organizations(self) -> Self {
        Self { tenancy: Tenancy::None, ..self }
    }

    /// For keys that reach their organizations as a whole.
    #[must_use]
    pub const fn whole_organization(self) -> Self {
        Self { extent: Extent::WholeOrganization, ..self }
    }

    /// For keys that reach every organization.
    #[must_use]
    pub const fn everything(self) -> Self {
        Self { extent: Extent::Everything, ..self }
    }

    /// It is taken on, and goes on after it is answered.
    #[must_use]
    pub const fn accepted(self) -> Self {
        Self { status: 202, ..self }
    }

    /// Its answer holds a secret.
    #[must_use]
    pub const fn answers_secret(self) -> Self {
        Self { answers_secret: true, ..self }
    }

    /// It takes something away.
    #[must_use]
    pub const fn takes_away(self) -> Self {
        Self { takes_away: true, ..self }
    }

    /// Its answer has a revision.
    #[must_use]
    pub const fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// Its body may be text, and becomes the fields `format` and `data`.
    #[must_use]
    pub const fn takes_text(self) -> Self {
        Self { takes_text: true, ..self }
    }

    /// Its answer may be text; it has a field `format`.
    #[must_use]
    pub const fn answers_text(self) -> Self {
        Self { answers_text: true, ..self }
    }

    /// Its answer is events, as they happen; it has a field `after`.
    #[must_use]
    pub const fn answers_events(self) -> Self {
        Self { answers_events: true, ..self }
    }

    /// Its body may have so many bytes, if the configuration does not allow more anyway.
    #[must_use]
    pub const fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// The members of the answer's items that a table for people shows.
    #[must_use]
    pub const fn columns(self, columns: &'static [&'static str]) -> Self {
        Self { columns, ..self }
    }

    /// The operation as a scope sees it.
    pub fn subject(&self) -> Subject<'static> {
        let (noun, verb) = self.id.split_once('.').unwrap_or((self.id, ""));
        Subject { noun, verb, class: self.class }
    }

    /// The narrowest scope that opens it.
    pub fn scope(&self) -> Scope {
        Scope::operation(self.subject())
    }

    /// The names in braces in the path.
    pub fn path_fields(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether an edit may be bound to a revision by `If-Match`.
    pub fn takes_if_match(&self) -> bool {
        matches!(self.method, Method::Patch | Method::Delete)
            && (self.versioned || self.path_fields().next().is_some())
    }
}
