//! Persisted GraphQL queries: documents that clients name by their hash once the server knows them.

use std::collections::{HashMap, VecDeque};

use bailiwick_engine::error::Error;
use bailiwick_graphql::Query;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::problem::HttpError;

/// How many documents are remembered.
const DOCUMENTS_MAX: usize = 1_000;
/// The longest document that is remembered, in bytes.
const REMEMBERED_MAX: usize = 8 << 10;

/// The documents that clients sent together with their hash. The oldest is forgotten first.
#[derive(Default)]
pub(crate) struct Persisted(Mutex<Known>);

#[derive(Default)]
struct Known {
    documents: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Persisted {
    /// The query itself; `None` if the client names a hash that is not known, and has to send the document with it.
    pub(crate) fn resolve(&self, query: Query, hash: Option<String>) -> Result<Option<Query>, HttpError> {
        let Some(hash) = hash else { return Ok(Some(query)) };
        if query.document.is_empty() {
            let document = self.0.lock().documents.get(&hash).cloned();
            return Ok(document.map(|document| Query { document, ..query }));
        }
        let digest = Sha256::digest(query.document.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != hash {
            let detail = "expected the SHA-256 of the query in hexadecimal digits";
            return Err(Error::invalid("extensions.persistedQuery.sha256Hash", detail).into());
        }
        let mut known = self.0.lock();
        if query.document.len() <= REMEMBERED_MAX && !known.documents.contains_key(&hash) {
            if known.order.len() >= DOCUMENTS_MAX
                && let Some(oldest) = known.order.pop_front()
            {
                known.documents.remove(&oldest);
            }
            known.order.push_back(hash.clone());
            known.documents.insert(hash, query.document.clone());
        }
        Ok(Some(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(persisted: &Persisted, document: &str, hash: &str) -> Result<Option<Query>, HttpError> {
        let query = Query { document: document.into(), ..Query::default() };
        persisted.resolve(query, Some(hash.into()))
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
