//! References to nodes and services in a request, resolved among those in the caller's reach.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

use bailiwick_domain::agent::Object;
use bailiwick_domain::id::{NodeId, ServiceId, SiteId};
use bailiwick_domain::name::Name;
use bailiwick_domain::node::{Node, NodeName, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::{ServiceName, ServiceRef, ServiceType};
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_store::nodes::Nodes;
use bailiwick_store::services::Services;
use bailiwick_store::sites::Sites;
use bailiwick_store::{Run, Tx};

use crate::noun::{self, Noun};

/// The error for an object that does not exist. The same text if it is out of reach or in another
/// organization.
pub fn missing(field: &str, noun: Noun, name: impl Display) -> FieldError {
    FieldError::new(field, format!("there is no {} {name}", noun.one))
}

/// References to nodes, sorted into ids and names, each once.
fn ids_and_names<'r>(names: impl IntoIterator<Item = &'r NodeRef>) -> (Vec<NodeId>, Vec<&'r NodeName>) {
    let (mut ids, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for name in names {
        match name {
            NodeRef::Id(id) => drop(ids.insert(*id)),
            NodeRef::Name(name) => drop(texts.insert(name)),
        }
    }
    (ids.into_iter().collect(), texts.into_iter().collect())
}

/// Refuses a list that is longer than `most`.
pub fn check_length<T>(field: &str, list: &[T], most: usize, errors: &mut Vec<FieldError>) {
    if list.len() > most {
        errors.push(FieldError::new(field, format!("expected at most {most}, found {}", list.len())));
    }
}

/// The node that a field names; `None` if the field is absent.
pub async fn find_node(
    cx: &Cx,
    reach: &OrganizationReach,
    field: &str,
    name: Option<&NodeRef>,
) -> Result<Option<NodeId>> {
    let Some(name) = name else { return Ok(None) };
    let found = cx.store().nodes(reach).find(name).await?;
    let node = found.ok_or_else(|| Error::Invalid(vec![missing(field, noun::NODE, name)]))?;
    Ok(Some(node.id))
}

/// A map from node names to values. Names are compared without regard to case and to a dot at the end.
pub struct ByName<T>(HashMap<String, Vec<(NodeName, T)>>);

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> FromIterator<(NodeName, T)> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = (NodeName, T)>>(named: I) -> Self {
        let mut all = Self::default();
        named.into_iter().for_each(|(name, what)| all.insert(name, what));
        all
    }
}

impl<T> ByName<T> {
    fn insert(&mut self, name: NodeName, what: T) {
        self.0.entry(name.folded()).or_default().push((name, what));
    }

    /// The value for a name: the one whose name is spelled exactly like it, or else the only one that
    /// matches. An error text if several match.
    pub(crate) fn get(&self, name: &NodeName) -> std::result::Result<Option<&T>, String> {
        let found = self.0.get(&name.folded()).map(Vec::as_slice).unwrap_or_default();
        if let Some((_, what)) = found.iter().find(|(other, _)| other == name) {
            return Ok(Some(what));
        }
        match found {
            [] => Ok(None),
            [(_, what)] => Ok(Some(what)),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                Err(format!("the name {name} matches several nodes: {}", names.join(", ")))
            }
        }
    }
}

/// Nodes that a request refers to, found with as few queries as possible.
#[derive(Default)]
pub struct KnownNodes {
    by_id: HashMap<NodeId, Node>,
    by_name: ByName<NodeId>,
    /// The sites of nodes out of the caller's reach, which are not known otherwise.
    beyond: HashMap<NodeId, Option<SiteId>>,
}

impl KnownNodes {
    /// Reads the nodes that exist, among these.
    pub async fn find<'r, R: Run>(
        mut nodes: Nodes<'_, R>,
        names: impl IntoIterator<Item = &'r NodeRef>,
    ) -> Result<Self> {
        let (ids, texts) = ids_and_names(names);
        let mut known = Self::default();
        nodes.all_of(&ids, &texts).await?.into_iter().for_each(|node| known.add(node));
        Ok(known)
    }

    /// Reads the nodes that exist, among these. Of those out of the caller's reach, only their sites are known.
    pub(crate) async fn find_with_places<'r>(
        tx: &mut Tx,
        reach: &OrganizationReach,
        ids: impl IntoIterator<Item = NodeId>,
        names: impl IntoIterator<Item = &'r NodeRef>,
    ) -> Result<Self> {
        let (named, texts) = ids_and_names(names);
        let ids: BTreeSet<NodeId> = ids.into_iter().chain(named).collect();
        let ids: Vec<NodeId> = ids.into_iter().collect();
        let whole = OrganizationReach::whole(reach.organization);
        let mut known = Self::default();
        for node in tx.nodes(&whole).all_of(&ids, &texts).await? {
            if reach.touches_node(node.id, node.site_id, &node.labels) {
                known.add(node);
            } else {
                known.beyond.insert(node.id, node.site_id);
            }
        }
        Ok(known)
    }

    /// Adds a node that is about to be created.
    pub(crate) fn add(&mut self, node: Node) {
        // A request may refer to a node by its id and by its name.
        if self.by_id.contains_key(&node.id) {
            return;
        }
        self.by_name.insert(node.name.clone(), node.id);
        self.by_id.insert(node.id, node);
    }

    /// A node with its site, whether it is in the caller's reach or not.
    pub fn place(&self, id: NodeId) -> (NodeId, Option<SiteId>) {
        let site = self.by_id.get(&id).map(|node| node.site_id).or_else(|| self.beyond.get(&id).copied());
        (id, site.flatten())
    }

    /// The id of the node that is named. An error text if the name matches several.
    pub fn id(&self, name: &NodeRef) -> std::result::Result<Option<NodeId>, String> {
        Ok(match name {
            NodeRef::Id(id) => Some(*id).filter(|id| self.by_id.contains_key(id)),
            NodeRef::Name(name) => self.by_name.get(name)?.copied(),
        })
    }

    /// The node that a field names. Adds an error for the field if there is none.
    pub fn get(&self, field: &str, name: &NodeRef, errors: &mut Vec<FieldError>) -> Option<&Node> {
        match self.id(name) {
            Ok(Some(id)) => return self.by_id.get(&id),
            Ok(None) => errors.push(missing(field, noun::NODE, name)),
            Err(detail) => errors.push(FieldError::new(field, detail)),
        }
        None
    }

    /// The node with an id.
    pub fn with_id(&self, id: NodeId) -> Option<&Node> {
        self.by_id.get(&id)
    }

    /// The nodes that a field lists. Adds an error for each that does not exist.
    pub fn list(&self, field: &str, names: &[NodeRef], errors: &mut Vec<FieldError>) -> Vec<&Node> {
        let names = names.iter().enumerate();
        names.filter_map(|(n, name)| self.get(&format!("{field}[{n}]"), name, errors)).collect()
    }
}

/// The names of nodes in an export. A node out of the caller's reach is named by its id.
pub struct NodeNames(HashMap<NodeId, NodeName>);

impl NodeNames {
    /// Reads the names of these nodes.
    pub async fn read(
        cx: &Cx,
        reach: &OrganizationReach,
        ids: impl IntoIterator<Item = NodeId>,
    ) -> Result<Self> {
        let ids: BTreeSet<NodeId> = ids.into_iter().collect();
        let ids: Vec<NodeId> = ids.into_iter().collect();
        let nodes = cx.store().nodes(reach).all_of(&ids, &[]).await?;
        Ok(Self(nodes.into_iter().map(|node| (node.id, node.name)).collect()))
    }

    /// How a node is named.
    pub fn of(&self, id: NodeId) -> NodeRef {
        self.0.get(&id).cloned().map_or(NodeRef::Id(id), NodeRef::Name)
    }

    /// How nodes are named, sorted by name, so that the same nodes give the same text on another server.
    pub fn of_all(&self, ids: &BTreeSet<NodeId>) -> Vec<NodeRef> {
        let mut names: Vec<NodeRef> = ids.iter().map(|id| self.of(*id)).collect();
        names.sort_by_cached_key(ToString::to_string);
        names
    }
}

/// Sites that a request refers to, found with as few queries as possible.
pub(crate) struct KnownSites {
    by_name: HashMap<Name, SiteId>,
    ids: BTreeSet<SiteId>,
}

impl KnownSites {
    /// Reads the sites that exist, among these.
    pub(crate) async fn find<R: Run>(mut sites: Sites<'_, R>, named: &[SiteRef]) -> Result<Self> {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for named in named {
            match named {
                SiteRef::Id(id) => ids.push(*id),
                SiteRef::Name(name) => names.push(name),
            }
        }
        let found = sites.all_of(&ids, &names).await?;
        let ids = found.iter().map(|site| site.id).collect();
        Ok(Self { ids, by_name: found.into_iter().map(|site| (site.name, site.id)).collect() })
    }

    /// The id of the site that is named.
    pub(crate) fn id(&self, named: &SiteRef) -> Option<SiteId> {
        match named {
            SiteRef::Id(id) => self.ids.get(id).copied(),
            SiteRef::Name(name) => self.by_name.get(name).copied(),
        }
    }
}

/// Services that a request refers to, found with as few queries as possible.
#[derive(Default)]
pub(crate) struct KnownServices {
    by_id: HashMap<ServiceId, Object<ServiceId, ServiceType>>,
    by_name: HashMap<String, ServiceId>,
}

impl KnownServices {
    /// Reads the services that exist, among these.
    pub(crate) async fn find<'r, R: Run>(
        mut services: Services<'_, R>,
        names: impl IntoIterator<Item = &'r ServiceRef>,
    ) -> Result<Self> {
        let mut ids = Vec::new();
        let mut texts: Vec<&ServiceName> = Vec::new();
        for name in names {
            match name {
                ServiceRef::Id(id) => ids.push(*id),
                ServiceRef::Name(name) => texts.push(name),
            }
        }
        let mut known = Self::default();
        for service in services.objects(&ids, &texts).await? {
            known.by_name.insert(service.name.clone(), service.id);
            known.by_id.insert(service.id, service);
        }
        Ok(known)
    }

    /// The services that a field lists. Adds an error for each that does not exist.
    pub(crate) fn list(
        &self,
        field: &str,
        names: &[ServiceRef],
        errors: &mut Vec<FieldError>,
    ) -> Vec<&Object<ServiceId, ServiceType>> {
        let mut found = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let id = match name {
                ServiceRef::Id(id) => Some(id),
                ServiceRef::Name(name) => self.by_name.get(name.as_str()),
            };
            match id.and_then(|id| self.by_id.get(id)) {
                Some(service) => found.push(service),
                None => errors.push(missing(&format!("{field}[{n}]"), noun::SERVICE, name)),
            }
        }
        found
    }
}
