//! A realistic fleet, generated from numbers: the same in every run except for ids and times.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Observed, Reported, Settings};
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId, ServiceId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::node::{Node, NodeType};
use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{Service, ServiceType};
use bailiwick_domain::site::Site;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemClock;
use bailiwick_store::Store;

use crate::numbers::Numbers;

/// The number of sites.
pub(crate) const SITES: usize = 20;
/// The number of teams that own services.
pub(crate) const TEAMS: usize = 50;
/// The number of nodes of a site that are in one rack.
const RACK: usize = 40;
/// One node in this many has the rare label.
const RARE: usize = 1_000;
/// The number of agents per node: its Bailiwick agent, and one that observes a service.
const AGENTS: usize = 2;

/// Environments and tiers, each with its percentage of the nodes.
const ENVIRONMENTS: [(&str, u64); 3] = [("prod", 60), ("staging", 25), ("dev", 15)];
const TIERS: [(&str, u64); 4] = [("web", 40), ("app", 30), ("db", 20), ("cache", 10)];

/// The types of services, each with its default port.
const SERVICES: [(ServiceType, i64); 4] = [
    (ServiceType::Mysql, 3306),
    (ServiceType::Postgresql, 5432),
    (ServiceType::Mongodb, 27_017),
    (ServiceType::Valkey, 6379),
];

/// A fleet's ids. Everything else is generated on demand.
pub(crate) struct Fleet {
    pub(crate) organization: OrganizationId,
    pub(crate) sites: Vec<SiteId>,
    pub(crate) nodes: Vec<NodeId>,
    services: Vec<ServiceId>,
    agents: Vec<AgentId>,
    now: Timestamp,
}

fn pick<'a>(shares: &[(&'a str, u64)], number: u64) -> &'a str {
    let mut left = number % 100;
    for (name, share) in shares {
        if left < *share {
            return name;
        }
        left -= share;
    }
    ""
}

fn labels<const N: usize>(pairs: [Option<(&str, String)>; N]) -> anyhow::Result<Labels> {
    let mut labels = BTreeMap::new();
    for (name, value) in pairs.into_iter().flatten() {
        labels.insert(name.parse()?, value.parse()?);
    }
    Ok(labels.try_into()?)
}

/// The purpose of a node.
struct Role {
    environment: &'static str,
    tier: &'static str,
    canary: bool,
}

impl Role {
    fn of(n: usize) -> Self {
        let numbers = Numbers::from(n as u64);
        let environment = pick(&ENVIRONMENTS, numbers.next());
        let tier = pick(&TIERS, numbers.next());
        // New versions are tried outside of production.
        let canary = environment == "staging" && numbers.next().is_multiple_of(10);
        Self { environment, tier, canary }
    }
}

/// The name of a site.
pub(crate) fn site_name(n: usize) -> String {
    format!("Site {n:02}")
}

impl Fleet {
    /// A fleet for the only organization of a database: `nodes` nodes, as many services, and twice as many
    /// agents.
    pub(crate) async fn of(store: &Store, nodes: usize) -> anyhow::Result<Self> {
        let organizations = store.organizations(&Reach::EVERYTHING).all().await?;
        let organization = organizations.first().context("there is no organization in the database")?.id;
        let numbers = Numbers::from(nodes as u64);
        Ok(Self {
            organization,
            sites: (0..SITES).map(|_| SiteId::new(&SystemClock, &numbers)).collect(),
            nodes: (0..nodes).map(|_| NodeId::new(&SystemClock, &numbers)).collect(),
            services: (0..nodes).map(|_| ServiceId::new(&SystemClock, &numbers)).collect(),
            agents: (0..nodes * AGENTS).map(|_| AgentId::new(&SystemClock, &numbers)).collect(),
            now: SystemClock.now(),
        })
    }

    pub(crate) fn services(&self) -> usize {
        self.services.len()
    }

    pub(crate) fn agents(&self) -> usize {
        self.agents.len()
    }

    /// The creation time of object `n` of `of`: one object per second, the last one now.
    fn created(&self, n: usize, of: usize) -> Timestamp {
        self.now.plus_seconds(-i64::try_from(of - n).unwrap_or_default())
    }

    pub(crate) fn site(&self, n: usize) -> anyhow::Result<Site> {
        Ok(Site {
            id: self.sites[n],
            organization_id: self.organization,
            name: site_name(n).parse()?,
            description: None,
            labels: Labels::default(),
            created_at: self.now,
            updated_at: self.now,
            revision: Revision::FIRST,
        })
    }

    /// The name begins with the node's tier, as people name machines.
    pub(crate) fn node_name(&self, n: usize) -> String {
        format!("{}-{:02}-{n:06}", Role::of(n).tier, n % SITES)
    }

    /// The value of the label `asset`, which is unique to the node.
    pub(crate) fn asset(&self, n: usize) -> String {
        format!("A{n:08}")
    }

    fn node_type(n: usize) -> NodeType {
        match n % 20 {
            19 => NodeType::MachineTool,
            n if n % 5 == 4 => NodeType::Container,
            _ => NodeType::Generic,
        }
    }

    pub(crate) fn node(&self, n: usize) -> anyhow::Result<Node> {
        let Role { environment, tier, canary } = Role::of(n);
        let kind = Self::node_type(n);
        let site = n % SITES;
        let created = self.created(n, self.nodes.len());
        let labels = labels([
            Some(("site", format!("site-{site:02}"))),
            Some(("env", environment.into())),
            Some(("tier", tier.into())),
            Some(("rack", format!("s{site:02}-r{:03}", n / SITES / RACK))),
            Some(("asset", self.asset(n))),
            canary.then(|| ("canary", "true".into())),
            (n % RARE == RARE / 10).then(|| ("quarantine", "true".into())),
        ])?;
        let only = |wanted, text: String| (kind == wanted).then(|| text.parse()).transpose();
        let node = Node {
            id: self.nodes[n],
            organization_id: self.organization,
            site_id: Some(self.sites[site]),
            // A machine with a smaller number.
            host_id: (kind == NodeType::Container).then(|| self.nodes[n - n % 5]),
            kind,
            name: self.node_name(n).parse()?,
            address: Some(format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255).parse()?),
            description: None,
            machine_id: None,
            distro: only(NodeType::Generic, "Debian GNU/Linux 13 (trixie)".into())?,
            container_id: only(NodeType::Container, format!("{:064x}", Numbers::from(n as u64).next()))?,
            container_name: only(NodeType::Container, format!("{tier}-{n}"))?,
            model: None,
            region: None,
            az: None,
            instance_id: None,
            manufacturer: only(NodeType::MachineTool, "Example Machine Works".into())?,
            serial_number: only(NodeType::MachineTool, format!("EMW-{n:07}"))?,
            labels,
            created_at: created,
            updated_at: created,
            revision: Revision::FIRST,
        };
        ensure!(node.misfits().is_empty(), "{:?}", node.misfits());
        Ok(node)
    }

    /// The number of the node on which service `n` runs. It is never a machine tool.
    fn home(n: usize) -> usize {
        if Self::node_type(n) == NodeType::MachineTool { n - 1 } else { n }
    }

    pub(crate) fn service(&self, n: usize) -> anyhow::Result<Service> {
        let Role { environment, tier, .. } = Role::of(n);
        let (kind, port) = SERVICES[n % SERVICES.len()];
        let created = self.created(n, self.services.len());
        let home = Self::home(n);
        // One service in ten is replicated.
        let first = if n.is_multiple_of(10) { home.saturating_sub(2) } else { home };
        let mut service = Service {
            id: self.services[n],
            organization_id: self.organization,
            kind,
            name: format!("{tier}-{kind}-{n:06}").parse()?,
            nodes: (first..=home).map(|n| self.nodes[Self::home(n)]).collect(),
            address: Some(format!("{}.example.net", self.node_name(home)).parse()?),
            port: Some(port.try_into()?),
            socket: None,
            environment: Some(environment.parse()?),
            cluster: Some(format!("{tier}-{:04}", n / RACK).parse()?),
            replication_set: None,
            version: None,
            database_name: None,
            auto_discovery_limit: None,
            group: None,
            labels: labels([
                Some(("env", environment.into())),
                Some(("tier", tier.into())),
                Some(("team", format!("team-{:02}", n % TEAMS))),
            ])?,
            created_at: created,
            updated_at: created,
            revision: Revision::FIRST,
        };
        service.complete();
        ensure!(service.misfits().is_empty(), "{:?}", service.misfits());
        Ok(service)
    }

    /// Agent `n`: for each node its Bailiwick agent, and one that observes a service on it.
    pub(crate) fn agent(&self, n: usize) -> anyhow::Result<Agent> {
        let at = n / AGENTS;
        let ours = n.is_multiple_of(AGENTS);
        let (kind, node, observes) = if ours {
            let observes = Observed { nodes: [self.nodes[at]].into(), ..Observed::default() };
            (AgentType::BailiwickAgent, at, observes)
        } else {
            let observes = Observed { services: [self.services[at]].into(), ..Observed::default() };
            (AgentType::watching(SERVICES[at % SERVICES.len()].0), Self::home(at), observes)
        };
        let settings = if ours { "{}" } else { r#"{"username": "monitor"}"# };
        let created = self.created(n, self.agents.len());
        let mut agent = Agent {
            id: self.agents[n],
            organization_id: self.organization,
            kind,
            runs_on: Some(self.nodes[node]),
            observes,
            enabled: true,
            description: None,
            settings: serde_json::from_str::<Settings>(settings)?,
            secrets: BTreeSet::new(),
            listen_port: None,
            configured_port: None,
            status: AgentStatus::Running,
            status_since: created,
            reported: Reported::default(),
            labels: labels([Some(("env", Role::of(at).environment.into()))])?,
            created_at: created,
            updated_at: created,
            revision: Revision::FIRST,
        };
        agent.complete();
        ensure!(agent.misfits().is_empty(), "{:?}", agent.misfits());
        Ok(agent)
    }
}
