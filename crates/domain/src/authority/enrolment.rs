//! Enrolment: what an enrolment key gives to the machines that enrol with it, and which existing nodes
//! they may take over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::reach::Reach;
use crate::id::SiteId;
use crate::text::label::Labels;

/// The most machines that one key may enrol.
pub const USES_MAX: u32 = 100_000;

/// What an enrolment key gives to the machines that enrol with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Enrolment {
    /// How many machines may enrol with the key.
    #[schemars(range(min = 1, max = USES_MAX))]
    pub uses: u32,
    /// How many machines have enrolled with it.
    pub used: u32,
    /// The site of the new nodes; null for none.
    pub site_id: Option<SiteId>,
    /// The labels of the new nodes.
    pub labels: Labels,
}

impl Enrolment {
    /// How many more machines may enrol with the key.
    pub const fn left(&self) -> u32 {
        self.uses.saturating_sub(self.used)
    }
}

/// How a node got its machine id. It decides which enrolment keys let the machine become that node
/// again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Not known: the node is older than this record.
    #[default]
    Unknown,
    /// A caller with reach over the whole organization entered the machine id.
    Entered,
    /// The machine enrolled with a key.
    Enrolled {
        /// The site that the key named.
        site: Option<SiteId>,
        /// The labels that the key gave.
        labels: Labels,
        /// The key's reach.
        reach: Reach,
    },
}

/// The properties of a node that decide whether an enrolling machine may become that node again.
#[derive(Clone, Copy, Debug)]
pub struct NodePlace<'a> {
    /// The site it is at.
    pub site: Option<SiteId>,
    /// Its labels.
    pub labels: &'a Labels,
    /// How the node got its machine id.
    pub origin: &'a Origin,
}

impl Enrolment {
    /// Why a machine that enrols with this key, which has this `reach`, may not become the existing
    /// node with the same machine id. `None` if it may.
    ///
    /// Other callers may reach that node, for whom this key's machines were never meant. So the node
    /// must be one that this key could have created itself.
    pub fn cannot_take_up(&self, node: NodePlace<'_>, reach: &Reach) -> Option<&'static str> {
        if self.site_id.is_some() && self.site_id != node.site {
            return Some("that node is not at the key's site");
        }
        let gives = |labels: &Labels| labels.iter().all(|(name, value)| self.labels.get(name) == Some(value));
        match node.origin {
            Origin::Entered => None,
            Origin::Unknown if self.site_id != node.site => {
                Some("that node is at a site, and the key is not for a site")
            }
            Origin::Unknown => {
                (!gives(node.labels)).then_some("that node has labels that the key does not set")
            }
            Origin::Enrolled { site, .. } if self.site_id.is_none() && site.is_some() => {
                Some("that node was enrolled with a key for a site, and this key is not for a site")
            }
            Origin::Enrolled { labels, .. } if !gives(labels) => {
                Some("that node was enrolled with labels that this key does not set")
            }
            Origin::Enrolled { reach: before, .. } => (!reach.is_within(before))
                .then_some("that node was enrolled with a key that had a narrower reach"),
        }
    }

    /// The origin of a node whose machine enrolled with this key.
    pub fn origin(&self, reach: Reach) -> Origin {
        Origin::Enrolled { site: self.site_id, labels: self.labels.clone(), reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn site(n: u128) -> SiteId {
        SiteId::from_uuid(Uuid::from_u128(n))
    }

    fn labels(text: &str) -> Labels {
        Labels::from_text(text).unwrap()
    }

    #[test]
    fn an_enrolment_key_takes_over_only_nodes_it_could_create() {
        let (here, elsewhere) = (Some(site(1)), Some(site(2)));
        let key = |site_id, text: &str| Enrolment { uses: 1, used: 0, site_id, labels: labels(text) };
        let all = Reach::EVERYTHING;
        let narrow = Reach { labels: Some("team=x".parse().unwrap()), ..Reach::EVERYTHING };
        let enrolled = |key: &Enrolment, reach: &Reach| key.origin(reach.clone());
        let takes = |key: &Enrolment, reach: &Reach, site, text: &str, origin: &Origin| {
            let labels = labels(text);
            key.cannot_take_up(NodePlace { site, labels: &labels, origin }, reach).is_none()
        };
        let plain = key(None, "");
        let at = key(here, "");
        // Entered by a caller who reaches everything.
        assert!(takes(&plain, &all, here, "by=hand", &Origin::Entered));
        assert!(takes(&at, &all, here, "by=hand", &Origin::Entered));
        assert!(!takes(&at, &all, elsewhere, "", &Origin::Entered));
        assert!(!takes(&at, &all, None, "", &Origin::Entered));
        // Enrolled with a key like this one, and moved or labelled since.
        assert!(takes(&plain, &all, here, "by=hand", &enrolled(&plain, &all)));
        assert!(takes(&at, &all, here, "by=hand", &enrolled(&plain, &all)));
        // Enrolled for a site, with labels, or by a key with a smaller reach.
        assert!(!takes(&plain, &all, here, "", &enrolled(&at, &all)));
        assert!(!takes(&plain, &all, None, "", &enrolled(&at, &all)));
        assert!(!takes(&plain, &all, None, "team=x", &enrolled(&key(None, "team=x"), &all)));
        assert!(!takes(&key(None, "team=y"), &all, None, "team=x", &enrolled(&key(None, "team=x"), &all)));
        assert!(takes(&key(None, "a=b,team=x"), &all, None, "team=x", &enrolled(&key(None, "team=x"), &all)));
        assert!(!takes(&plain, &all, None, "", &enrolled(&plain, &narrow)));
        assert!(takes(&plain, &narrow, None, "", &enrolled(&plain, &narrow)));
        assert!(takes(&plain, &narrow, None, "", &enrolled(&plain, &all)));
        // Of older nodes, only their present site and labels are known.
        assert!(takes(&plain, &all, None, "", &Origin::Unknown));
        assert!(!takes(&plain, &all, here, "", &Origin::Unknown));
        assert!(takes(&at, &all, here, "", &Origin::Unknown));
        assert!(!takes(&at, &all, here, "team=x", &Origin::Unknown));
    }
}
