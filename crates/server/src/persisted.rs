//! Persisted GraphQL queries: documents that clients name by their hash once the server knows them.

use std::collections::{HashMap, VecDeque};

use bailiwick_domain::id::OrganizationId;
use bailiwick_engine::error::Error;
use bailiwick_graphql::Query;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::problem::HttpError;

/// How many documents are remembered of each organization.
const DOCUMENTS_MAX: usize = 1_000;
/// How many documents are remembered of all organizations.
const ALL_MAX: usize = 10_000;
/// The longest document that is remembered, in bytes.
const REMEMBERED_MAX: usize = 8 << 10;

/// The documents that clients sent together with their hash. The oldest is forgotten first. Each organization has its own, so
/// that none learns which documents others use.
#[derive(Default)]
pub(crate) struct Persisted(Mutex<Known>);

#[derive(Default)]
struct Known {
    of: HashMap<Owner, Documents>,
    /// How many there are of all organizations.
    count: usize,
}

/// Whose documents they are: an organization's, or those of callers who act in none.
pub(crate) type Owner = Option<OrganizationId>;

#[derive(Default)]
struct Documents {
    by_hash: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Known {
    /// Forgets the oldest document of an owner.
    fn forget_oldest(&mut self, owner: Owner) {
        let Some(documents) = self.of.get_mut(&owner) else { return };
        if let Some(oldest) = documents.order.pop_front() {
            documents.by_hash.remove(&oldest);
            self.count -= 1;
        }
        if documents.order.is_empty() {
            self.of.remove(&owner);
        }
    }

    fn remember(&mut self, owner: Owner, hash: String, document: String) {
        let known = self.of.get(&owner);
        if known.is_some_and(|known| known.by_hash.contains_key(&hash)) {
            return;
        }
        if known.is_some_and(|known| known.order.len() >= DOCUMENTS_MAX) {
            self.forget_oldest(owner);
        }
        if self.count >= ALL_MAX {
            // The one that has the most loses one, so that nobody can have those of all others forgotten.
            let most = self.of.iter().max_by_key(|(_, documents)| documents.order.len());
            if let Some(most) = most.map(|(owner, _)| *owner) {
                self.forget_oldest(most);
            }
        }
        let documents = self.of.entry(owner).or_default();
        documents.order.push_back(hash.clone());
        documents.by_hash.insert(hash, document);
        self.count += 1;
    }
}

impl Persisted {
    /// The query itself; `None` if the client names a hash that is not known, and has to send the document with it.
    pub(crate) fn resolve(
        &self,
        owner: Owner,
        query: Query,
        hash: Option<String>,
    ) -> Result<Option<Query>, HttpError> {
        let Some(hash) = hash else { return Ok(Some(query)) };
        if query.document.is_empty() {
            let known = self.0.lock();
            let document = known.of.get(&owner).and_then(|documents| documents.by_hash.get(&hash)).cloned();
            return Ok(document.map(|document| Query { document, ..query }));
        }
        let digest = Sha256::digest(query.document.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash {
            let detail = "expected the SHA-256 of the query in hexadecimal digits";
            return Err(Error::invalid("extensions.persistedQuery.sha256Hash", detail).into());
        }
        if query.document.len() <= REMEMBERED_MAX {
            self.0.lock().remember(owner, hash, query.document.clone());
        }
        Ok(Some(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(persisted: &Persisted, document: &str, hash: &str) -> Result<Option<Query>, HttpError> {
        let query = Query { document: document.into(), ..Query::default() };
        persisted.resolve(None, query, Some(hash.into()))
    }

    fn digest(document: &str) -> String {
        Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn an_organization_does_not_learn_of_the_documents_of_another() {
        let organization = |n: u8| Some(OrganizationId::from_uuid(uuid::Uuid::from_bytes([n; 16])));
        let persisted = Persisted::default();
        let send = |owner, document: &str| {
            let query = Query { document: document.into(), ..Query::default() };
            persisted.resolve(owner, query, Some(digest(document))).unwrap();
        };
        let knows = |owner, document: &str| {
            persisted.resolve(owner, Query::default(), Some(digest(document))).unwrap().is_some()
        };
        send(organization(1), "{ a }");
        assert!(knows(organization(1), "{ a }"));
        assert!(!knows(organization(2), "{ a }") && !knows(None, "{ a }"));
        // When there are too many of all together, the one that has the most loses one.
        for of in 2..=10 {
            for n in 0..DOCUMENTS_MAX {
                send(organization(of), &format!("{{ a{n} }}"));
            }
        }
        for n in 0..=DOCUMENTS_MAX {
            send(organization(11), &format!("{{ a{n} }}"));
        }
        assert!(knows(organization(1), "{ a }"));
        assert_eq!(persisted.0.lock().count, ALL_MAX);
    }

    #[test]
    fn a_document_is_known_by_its_hash_once_it_was_sent() {
        let persisted = Persisted::default();
        let hash = "0".repeat(64);
        let hash = hash.as_str();
        assert!(ask(&persisted, "", hash).unwrap().is_none());
        let wrong = ask(&persisted, "{ nodes { name } }", hash).unwrap_err();
        assert_eq!(wrong.status(), 400);
        let digest: String =
            Sha256::digest(b"{ nodes { name } }").iter().map(|byte| format!("{byte:02x}")).collect();
        ask(&persisted, "{ nodes { name } }", &digest).unwrap();
        assert_eq!(ask(&persisted, "", &digest).unwrap().unwrap().document, "{ nodes { name } }");
    }

    #[test]
    fn the_oldest_document_is_forgotten_first() {
        let persisted = Persisted::default();
        let send = |n: usize| {
            let document = format!("{{ a{n} }}");
            let digest: String = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect();
            ask(&persisted, &document, &digest).unwrap();
            digest
        };
        let digests: Vec<String> = (0..=DOCUMENTS_MAX).map(send).collect();
        assert!(ask(&persisted, "", &digests[0]).unwrap().is_none());
        assert!(ask(&persisted, "", &digests[1]).unwrap().is_some());
    }
}
