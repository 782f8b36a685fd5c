//! Operations as data, for admission, permissions and scopes.

use bailiwick_domain::scope::Class;

use crate::error::{Error, Result};
use crate::shape::operation_id::OperationId;
use crate::shape::spec::Spec;

/// One operation as data.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its position in the catalogue.
    pub index: usize,
    /// The operation's interface.
    pub spec: &'static Spec,
    /// What it does, in a few words, without a full stop.
    pub summary: String,
}

/// The names of a kind of object: of one, and of several.
pub type Kind = (&'static str, &'static str);

/// All operations as data, in the order of the catalogue.
#[derive(Debug)]
pub struct Listings {
    all: Vec<Listing>,
    kinds: Vec<Kind>,
}

impl Listings {
    pub(crate) const fn new(all: Vec<Listing>, kinds: Vec<Kind>) -> Self {
        Self { all, kinds }
    }

    /// The kinds of objects that operations are about.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Iterates over the operations.
    pub fn iter(&self) -> impl Iterator<Item = &Listing> {
        self.all.iter()
    }

    /// The operation with an id.
    pub fn get(&self, id: &str) -> Option<&Listing> {
        self.all.iter().find(|listing| listing.spec.id == id)
    }

    /// The operation at a position in the catalogue.
    pub fn at(&self, index: usize) -> Option<&Listing> {
        self.all.get(index)
    }

    /// The operation with an id that the code itself names.
    pub fn require(&self, id: OperationId) -> Result<&Listing> {
        self.get(&id).ok_or_else(|| Error::internal(format!("there is no operation {id}")))
    }

    /// The nouns, each once, in the order of the catalogue.
    pub fn nouns(&self) -> Vec<&'static str> {
        let mut nouns: Vec<&'static str> = Vec::new();
        for listing in &self.all {
            let noun = listing.spec.subject().noun;
            if !nouns.contains(&noun) {
                nouns.push(noun);
            }
        }
        nouns
    }

    /// The class of an operation, by noun and verb.
    pub fn class_of(&self, noun: &str, verb: &str) -> Option<Class> {
        self.get(&format!("{noun}.{verb}")).map(|listing| listing.spec.class)
    }
}
