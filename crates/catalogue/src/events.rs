//! The stream of changes of objects. It is here because it is about the objects of every noun.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::row_query::{Comparison, RowFilter, RowQuery, Scalar, Values};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::events::{AFTER, Event, StreamEvent, Watch, erase_watch};
use bailiwick_engine::memory::streams::OpenStream;
use bailiwick_engine::memory::watchers::ObjectsWatch;
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec};
use bailiwick_engine::operation::Erased;
use bailiwick_engine::shape::input::nearest;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_operations::ids;
use bailiwick_store::RowTable;
use bailiwick_store::object_changes::{ChangePosition, ObjectChange};
use futures::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{catalogue, nouns};

const OPERATIONS: &[Erased] = &[erase_watch::<StreamEvents>()];

/// The noun of the changes.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(Noun::new("event", "events"), OPERATIONS).built_in(BuiltIn::Reads);

/// How many changes are read per query.
const CHANGES_AT_ONCE: u32 = 500;
/// How often the caller's rights are checked.
const ASKED_EVERY: Duration = Duration::from_millis(400);
/// After how many of those checks the database is asked without a notification.
const LOOK_EVERY: u32 = 12;

/// Follow the changes of objects as they happen.
///
/// Server-sent events (WHATWG HTML, section 9.2). Each event's data is JSON, and its member `event` is the event's type.
/// The first is `began`: read lists after it, and no change is missed. Then come `changed`, with the revision that the object
/// has now, and `gone` for an object that was deleted or has left the caller's reach. Several changes of one object may be
/// one event. After `Last-Event-ID` (or `after`), the changes since then come first; if they are not kept any more, the
/// first event is `missed`, and lists must be read again. At least the last 200,000 changes of the server are kept.
///
/// Only objects of nouns whose lists the caller may read are reported, and only those in its reach. A caller that reaches a part of
/// the organization is told that a node or a site is gone, but not that another object is. The stream ends when the caller
/// loses the right to it or is changed, and when the server stops.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamEvents {
    /// Only events after the one with this id.
    after: Option<String>,
    /// Only objects of these kinds, separated by commas, such as `node,agent`.
    #[schemars(example = &"node,agent")]
    nouns: Option<String>,
    /// Whether to wait for further changes (the default). With `false` the stream ends after those that there are.
    follow: Option<bool>,
}

/// An event about objects.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum ObjectEvent {
    /// The stream begins. Changes after this come as events.
    Began(Began),
    /// An object was created or changed.
    Changed(ObjectChanged),
    /// An object was deleted, or has left the caller's reach.
    Gone(ObjectGone),
    /// Changes since the last event are not known any more: read lists again.
    Missed(Missed),
}

/// The stream begins. Changes after this come as events.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Began {}

/// Changes since the last event are not known any more: read lists again.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Missed {}

/// An object was created or changed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ObjectChanged {
    /// The kind of object, such as `node`.
    noun: &'static str,
    /// Its id.
    id: String,
    /// Its revision. Of a command, which has none, the number of its last change.
    revision: Revision,
}

/// An object was deleted, or has left the caller's reach.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ObjectGone {
    /// The kind of object, such as `node`.
    noun: &'static str,
    /// Its id.
    id: String,
}

impl StreamEvent for ObjectEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::Began(_) => "began",
            Self::Changed(_) => "changed",
            Self::Gone(_) => "gone",
            Self::Missed(_) => "missed",
        }
    }
}

/// How it is decided whether the caller may know of a change.
#[derive(Clone, Copy)]
enum Sight {
    /// The caller reaches all objects.
    All,
    /// By the site and the labels in the change.
    Node,
    /// By the labels in the change.
    Site,
    /// By a query for the object as it is now.
    Rows(&'static RowTable),
}

/// The kinds of objects that the caller may know of.
struct Sights(HashMap<&'static str, Sight>);

impl Sights {
    /// `named` are the kinds that the caller asks for; all if there are none.
    fn of(cx: &Cx, reach: &OrganizationReach, named: Option<&str>) -> Result<Self> {
        let mut wanted = None;
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            let known = || nouns().map(|spec| spec.noun.one);
            let mut ones = HashSet::new();
            for one in named.split(',').map(str::trim) {
                let Some(one) = known().find(|known| *known == one) else {
                    let near = nearest(one, known()).map(|near| format!("; did you mean `{near}`?"));
                    let detail = format!("there is no kind of object `{one}`{}", near.unwrap_or_default());
                    return Err(Error::invalid("nouns", detail));
                };
                ones.insert(one);
            }
            wanted = Some(ones);
        }
        let mut sights = HashMap::new();
        for Noun { one, many } in nouns().map(|spec| spec.noun) {
            let Some(list) = catalogue().get(&format!("{many}.list")) else { continue };
            let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(one));
            if !is_wanted || cx.require_operation(list.spec.id).is_err() {
                continue;
            }
            let sight = match (one, list.row_table()) {
                _ if !reach.is_partial() => Sight::All,
                ("node", _) => Sight::Node,
                ("site", _) => Sight::Site,
                (_, Some(table)) if table.answers(reach) => Sight::Rows(table),
                _ => continue,
            };
            sights.insert(one, sight);
        }
        Ok(Self(sights))
    }

    fn of_noun(&self, noun: &str) -> Option<(&'static str, Sight)> {
        self.0.get_key_value(noun).map(|(one, sight)| (*one, *sight))
    }
}

/// The state of a stream.
struct Following {
    cx: Cx,
    organization: OrganizationId,
    reach: OrganizationReach,
    sights: Sights,
    news: ObjectsWatch,
    /// Ends when the caller loses the right to it.
    stream: OpenStream,
    /// The position up to which all changes were told.
    told: ChangePosition,
    waiting: VecDeque<Event<ObjectEvent>>,
    follows: bool,
}

impl Watch for StreamEvents {
    const SPEC: Spec = Spec::read(ids::EVENTS_STREAM, "/v1/events").tag("Events").answers_events();
    type Event = ObjectEvent;

    async fn watch(self, cx: Cx) -> Result<impl stream::Stream<Item = Event<ObjectEvent>> + Send + 'static> {
        let after = match self.after.as_deref() {
            None | Some("") => None,
            Some(id) => {
                Some(id.parse::<ChangePosition>().map_err(|error| Error::invalid(AFTER, error.to_string()))?)
            }
        };
        let reach = cx.organization_reach()?;
        let organization = reach.organization;
        let sights = Sights::of(&cx, &reach, self.nouns.as_deref())?;
        let news = cx.control().watch_objects(organization);
        let stream = cx.open_stream()?;
        let last = cx.store().last_object_change().await?;
        let (told, first) = match after {
            None => (last, Some(ObjectEvent::Began(Began {}))),
            Some(after) if cx.store().has_object_changes_after(after, last).await? => (after, None),
            Some(_) => (last, Some(ObjectEvent::Missed(Missed {}))),
        };
        cx.end_turn();
        let first = first.map(|told| Event { id: Some(last.to_string()), told });
        let waiting = first.into_iter().collect();
        let follows = self.follow.unwrap_or(true);
        let following = Following { cx, organization, reach, sights, news, stream, told, waiting, follows };
        Ok(stream::unfold(following, |mut following| async move {
            match following.next().await {
                Ok(event) => event.map(|event| (event, following)),
                Err(error) => {
                    // The client connects again and continues from where it was.
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "following changes of objects failed");
                    None
                }
            }
        }))
    }
}

impl Following {
    /// The next event; `None` if there are no more, or the caller has lost the right to them.
    async fn next(&mut self) -> Result<Option<Event<ObjectEvent>>> {
        loop {
            if !self.cx.still_holds() {
                return Ok(None);
            }
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            if !self.look().await? {
                return Ok(None);
            }
        }
    }

    /// Reads changes, and waits for some if there are none. False if the stream ends.
    async fn look(&mut self) -> Result<bool> {
        self.news.seen();
        let last = self.cx.store().last_object_change().await?;
        if last > self.told {
            let range = (self.told, last);
            let mut changes =
                self.cx.store().object_changes(self.organization, range, CHANGES_AT_ONCE).await?;
            let is_all = changes.len() < CHANGES_AT_ONCE as usize;
            if !is_all {
                // What a node was may come right before what it is.
                changes.pop_if(|change| change.revision.is_none());
            }
            self.told = changes.last().filter(|_| !is_all).map_or(last, |change| change.position);
            self.waiting = self.seen(changes).await?;
            // A client that has seen the last event of them has seen all.
            if let Some(event) = self.waiting.back_mut() {
                event.id = Some(self.told.to_string());
            }
            self.cx.end_turn();
            return Ok(true);
        }
        self.cx.end_turn();
        if !self.follows {
            return Ok(false);
        }
        for _ in 0..LOOK_EVERY {
            tokio::select! {
                () = self.news.changed() => return Ok(true),
                () = self.stream.ended() => return Ok(false),
                () = tokio::time::sleep(ASKED_EVERY) => {}
            }
            if !self.cx.still_holds() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The events of changes that the caller may know of: of each object the last one.
    async fn seen(&self, changes: Vec<ObjectChange>) -> Result<VecDeque<Event<ObjectEvent>>> {
        let visible = self.visible(&changes).await?;
        let mut known: HashSet<(&'static str, String)> = HashSet::new();
        let mut events = VecDeque::new();
        for change in changes.into_iter().rev() {
            let Some((noun, sight)) = self.sights.of_noun(&change.noun) else { continue };
            let is_seen = match sight {
                Sight::All => true,
                Sight::Node => change
                    .id
                    .parse()
                    .is_ok_and(|node| self.reach.touches_node(node, change.site, &change.labels)),
                Sight::Site => change.site.is_some_and(|site| self.reach.touches_site(site, &change.labels)),
                Sight::Rows(_) => change.revision.is_some() && visible.contains(&(noun, change.id.clone())),
            };
            if !is_seen || !known.insert((noun, change.id.clone())) {
                continue;
            }
            let told = match change.revision {
                Some(revision) => ObjectEvent::Changed(ObjectChanged { noun, id: change.id, revision }),
                None => ObjectEvent::Gone(ObjectGone { noun, id: change.id }),
            };
            events.push_front(Event { id: None, told });
        }
        Ok(events)
    }

    /// The objects of these changes that the caller reaches now, of the kinds that only a query can tell of.
    async fn visible(&self, changes: &[ObjectChange]) -> Result<HashSet<(&'static str, String)>> {
        let mut by_noun: HashMap<&'static str, (&'static RowTable, Vec<Scalar>)> = HashMap::new();
        for change in changes {
            if let Some((noun, Sight::Rows(table))) = self.sights.of_noun(&change.noun) {
                by_noun.entry(noun).or_insert((table, Vec::new())).1.push(Scalar::Text(change.id.clone()));
            }
        }
        let mut visible = HashSet::new();
        for (noun, (table, ids)) in by_noun {
            let comparison = Comparison::In(Values::new(ids));
            let query = RowQuery {
                members: vec!["id".into()],
                filter: RowFilter::member("id", comparison),
                ..RowQuery::default()
            };
            let now = self.cx.now();
            let rows = self.cx.store().query_rows(table, &self.reach, &query, CHANGES_AT_ONCE, now).await?;
            let ids = rows.rows.into_iter().filter_map(|row| match row.into_iter().next() {
                Some(Scalar::Id(id)) => Some((noun, id.to_string())),
                Some(Scalar::Text(id)) => Some((noun, id)),
                _ => None,
            });
            visible.extend(ids);
        }
        Ok(visible)
    }
}
