//! The requests that are measured against a server with a fleet, one after another.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::connection::{Connection, get, post};
use crate::inventory::figure::{Budget, Figure};
use crate::inventory::fleet::{Fleet, SITES, TEAMS, site_name};
use crate::numbers::Numbers;
use crate::report::Times;

/// How many times a request is sent without being counted, and for how long at most.
const WARM_UP: usize = 20;
const WARM_UP_TIME: Duration = Duration::from_secs(1);
/// How many times a request is sent and counted: fewer times if that takes too long, but at least
/// [`ASKED_LEAST`].
const ASKED: usize = 1_000;
const TIME: Duration = Duration::from_secs(5);
const ASKED_LEAST: usize = 100;
/// How many nodes are created, each in its own transaction.
const CREATED: usize = 500;
/// The number of different positions in the list at which the pages requested by many connections begin.
const PLACES: usize = 64;

/// The largest allowed p99 of reading one node, and of a page filtered by label, in ms.
const ONE: f64 = 5.0;
const BY_LABEL: f64 = 50.0;

/// The paths of a question.
enum Paths<'a> {
    /// A different path each time.
    Each(Box<dyn Fn(&Numbers) -> String + 'a>),
    /// The pages of a list one after another, then again from the first.
    Pages(&'static str),
}

struct Question<'a> {
    what: &'static str,
    paths: Paths<'a>,
    /// The allowed numbers of items; `None` if the answer is a single object.
    items: Option<RangeInclusive<usize>>,
    budget: Option<f64>,
}

/// A full page, or the last one.
const PAGE: RangeInclusive<usize> = 1..=50;
const ONE_ITEM: RangeInclusive<usize> = 1..=1;
const NOTHING: RangeInclusive<usize> = 0..=0;
/// The Bailiwick agent of a node, and those of the services on it.
const ONE_NODES_AGENTS: RangeInclusive<usize> = 1..=3;

/// Sends requests on one connection.
pub(crate) struct Asker<'a> {
    address: SocketAddr,
    key: &'a str,
    fleet: &'a Fleet,
    connection: Connection,
    numbers: Numbers,
}

impl<'a> Question<'a> {
    /// A question for one object, a different one each time.
    fn one(what: &'static str, path: impl Fn(&Numbers) -> String + 'a) -> Self {
        Self { what, paths: Paths::Each(Box::new(path)), items: None, budget: None }
    }

    /// A question for the first page of a list, which must have this number of items.
    fn first(
        what: &'static str,
        items: RangeInclusive<usize>,
        path: impl Fn(&Numbers) -> String + 'a,
    ) -> Self {
        Self { items: Some(items), ..Self::one(what, path) }
    }

    /// A question for all pages of a list.
    const fn pages(what: &'static str, path: &'static str) -> Self {
        Self { what, paths: Paths::Pages(path), items: Some(PAGE), budget: None }
    }

    /// Sets the largest allowed p99, in ms.
    const fn within(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }
}

fn questions(fleet: &Fleet) -> Vec<Question<'_>> {
    let any = |numbers: &Numbers| numbers.below(fleet.nodes.len());
    let site = |numbers: &Numbers| site_name(numbers.below(SITES)).replace(' ', "%20");
    vec![
        Question::one("a node, by id", move |n| format!("/v1/nodes/{}", fleet.nodes[any(n)])).within(ONE),
        Question::one("a node, by name", move |n| format!("/v1/nodes/{}", fleet.node_name(any(n))))
            .within(ONE),
        Question::pages("50 nodes", "/v1/nodes"),
        Question::pages("50 nodes by a common label (60 %)", "/v1/nodes?labels=env=prod").within(BY_LABEL),
        Question::first("– by a label that comes late (40 %)", PAGE, |_| {
            "/v1/nodes?labels=tier=web".into()
        })
        .within(BY_LABEL),
        Question::pages("– by either value of one (50 %)", "/v1/nodes?labels=tier%20in%20(web,cache)")
            .within(BY_LABEL),
        Question::pages("– by two labels (24 %)", "/v1/nodes?labels=env=prod,tier=web").within(BY_LABEL),
        Question::first("– by two that never meet (60 %, 2.5 %)", NOTHING, |_| {
            "/v1/nodes?labels=env=prod,canary=true".into()
        })
        .within(BY_LABEL),
        Question::pages("– by a rare label (0.1 %)", "/v1/nodes?labels=quarantine=true").within(BY_LABEL),
        Question::first("– by a label that one node has", ONE_ITEM, move |n| {
            format!("/v1/nodes?labels=asset={}", fleet.asset(any(n)))
        })
        .within(BY_LABEL),
        Question::first("50 nodes by site (5 %)", PAGE, move |n| format!("/v1/nodes?site={}", site(n))),
        Question::first("– by site and label (1 %)", PAGE, move |n| {
            format!("/v1/nodes?site={}&labels=tier=db", site(n))
        }),
        Question::pages("50 nodes by search that finds much (40 %)", "/v1/nodes?search=web"),
        Question::first("– that finds one", ONE_ITEM, move |n| {
            format!("/v1/nodes?search={}", fleet.node_name(any(n)).to_uppercase())
        }),
        Question::first("– that finds nothing", NOTHING, |_| "/v1/nodes?search=mainframe".into()),
        Question::pages("50 services by label (60 %)", "/v1/services?labels=env=prod"),
        Question::first("– by label (2 %)", PAGE, |n| {
            format!("/v1/services?labels=team=team-{:02}", n.below(TEAMS))
        }),
        Question::pages("50 agents by label (60 %)", "/v1/agents?labels=env=prod"),
        Question::first("the agents of a node", ONE_NODES_AGENTS, move |n| {
            format!("/v1/agents?runs_on={}", fleet.nodes[any(n)])
        }),
    ]
}

impl<'a> Asker<'a> {
    pub(crate) async fn connect(address: SocketAddr, key: &'a str, fleet: &'a Fleet) -> anyhow::Result<Self> {
        let connection = Connection::open(address).await?;
        Ok(Self { address, key, fleet, connection, numbers: Numbers::from(1) })
    }

    /// Measures all requests that change nothing.
    pub(crate) async fn read(&mut self) -> anyhow::Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for question in questions(self.fleet) {
            let times = self.time(&question).await?;
            let budget = question.budget.map(|limit| Budget::at_most("ms", limit));
            figures.push(Figure::times(question.what, &times).judged(budget));
        }
        Ok(figures)
    }

    async fn time(&mut self, question: &Question<'_>) -> anyhow::Result<Times> {
        let mut next = None;
        let began = Instant::now();
        for _ in 0..WARM_UP {
            self.once(question, &mut next).await?;
            if began.elapsed() > WARM_UP_TIME {
                break;
            }
        }
        let began = Instant::now();
        let mut nanos = Vec::with_capacity(ASKED);
        while nanos.len() < ASKED_LEAST || (nanos.len() < ASKED && began.elapsed() < TIME) {
            nanos.push(self.once(question, &mut next).await?);
        }
        Ok(Times::new(nanos))
    }

    /// Sends one request. Returns how many nanoseconds it took until the whole answer was read. `next` is
    /// the path of the list's next page.
    async fn once(&mut self, question: &Question<'_>, next: &mut Option<String>) -> anyhow::Result<u32> {
        let path = match (&question.paths, next.take()) {
            (Paths::Each(path), _) => path(&self.numbers),
            (Paths::Pages(_), Some(path)) => path,
            (Paths::Pages(path), None) => (*path).to_owned(),
        };
        let request = get(self.address, Some(self.key), &path);
        let began = Instant::now();
        let answer = self.connection.ask(&request, "200").await?;
        let nanos = u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX);
        let answer: Value = serde_json::from_slice(answer)?;
        match &question.items {
            None => ensure!(answer["id"].is_string(), "the answer to {path} is {answer}"),
            Some(items) => {
                let found = answer["items"]
                    .as_array()
                    .with_context(|| format!("the answer to {path} has no items"))?
                    .len();
                ensure!(items.contains(&found), "{path} found {found} items, expected {items:?}");
            }
        }
        if let Paths::Pages(path) = question.paths {
            *next = answer["next_cursor"].as_str().map(|cursor| with_cursor(path, cursor));
        }
        Ok(nanos)
    }

    /// The paths of pages of 50 nodes that begin all over the list.
    pub(crate) async fn places(&mut self) -> anyhow::Result<Vec<String>> {
        const PATH: &str = "/v1/nodes";
        let limit = (self.fleet.nodes.len() / PLACES).clamp(1, 1_000);
        let from = format!("{PATH}?limit={limit}");
        let mut places = vec![PATH.to_owned()];
        let mut next = Some(from.clone());
        while let Some(path) = next {
            let request = get(self.address, Some(self.key), &path);
            let answer: Value = serde_json::from_slice(self.connection.ask(&request, "200").await?)?;
            let cursor = answer["next_cursor"].as_str();
            places.extend(cursor.map(|cursor| with_cursor(PATH, cursor)));
            next = cursor.map(|cursor| with_cursor(&from, cursor));
        }
        Ok(places)
    }

    /// Creates nodes, each with its own commit and audit entry.
    pub(crate) async fn create(&mut self) -> anyhow::Result<Figure> {
        let mut nanos = Vec::with_capacity(CREATED);
        for n in 0..CREATED {
            let body = serde_json::json!({
                "type": "generic",
                "name": format!("new-{n:06}"),
                "address": format!("new-{n:06}.example.net"),
                "site": site_name(n % SITES),
                "labels": { "env": "dev", "tier": "web", "asset": format!("N{n:08}") },
            });
            let request = post(self.address, Some(self.key), "/v1/nodes", &body.to_string());
            let began = Instant::now();
            self.connection.ask(&request, "201").await?;
            nanos.push(u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
        Ok(Figure::times("creating a node", &Times::new(nanos)))
    }
}

fn with_cursor(path: &str, cursor: &str) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{path}{join}cursor={cursor}")
}
