//! A subscription: its query is answered again when what it reads may have changed, and the answer is sent if it differs
//! from the last one. Each time the caller is admitted anew, so that the answer follows the caller's rights and reach.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_catalogue::nouns;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::Actor;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Error;
use bailiwick_engine::memory::watchers::ObjectsWatch;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_graphql::{Query, QueryError, Transport};
use bailiwick_store::object_changes::{ChangePosition, NOUNS};
use futures::stream::{self, Stream};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::protocol;
use super::reader::CallerReader;
use super::requester::{self, Requester};
use crate::app::App;
use crate::places::Place;
use crate::problem::HttpError;
use crate::rest::RequestLine;

/// How long changes are gathered before the query is answered again.
const GATHERED: Duration = Duration::from_millis(100);
/// How often the caller's rights are checked.
const ASKED_EVERY: Duration = Duration::from_millis(400);
/// How often a query that reads data of machines is answered again: their changes are not noted one by one.
const DATA_EVERY: Duration = Duration::from_secs(1);
/// How often any query is answered again: some values, such as the status of a silent agent, change with time alone.
const ANYWAY_EVERY: Duration = Duration::from_secs(15);
/// How long to wait before a subscription is answered again, if the server was busy or the caller's rate limit was used up.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What a subscription sends.
pub(super) enum Told {
    /// An answer as JSON, with the memory that it takes.
    Next(Vec<u8>, Option<Place>),
    /// It ends with these errors.
    Errors(Vec<Value>),
    /// It ends.
    Complete,
}

/// The answer of one run.
enum Outcome {
    Answered {
        json: Vec<u8>,
        place: Option<Place>,
        is_subscription: bool,
    },
    Failed(Vec<Value>),
    /// The server is busy, or the rate limit is used up: the answer that the client has stays for now.
    Later,
}

/// How far a subscription or a query is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It may be answered again.
    Open,
    /// It was a query, and is answered.
    Answered,
    /// Nothing more is to be said.
    Over,
}

struct Live {
    app: Arc<App>,
    requester: Arc<Requester>,
    query: Query,
    /// Proves that the caller is still the same.
    cx: Option<Cx>,
    organization: Option<OrganizationId>,
    news: Option<ObjectsWatch>,
    /// The changes up to here are in the last answer.
    seen: ChangePosition,
    /// The kinds of objects that the query reads; of others, changes are not noted.
    reads: HashSet<&'static str>,
    reads_data: bool,
    /// The SHA-256 of the last answer.
    last: Option<[u8; 32]>,
    ran: Instant,
    state: State,
    _watcher: Place,
}

/// Answers a query, and if it is a subscription, again and again. `watcher` is its place among those that watch.
pub(super) fn answers(
    app: Arc<App>,
    requester: Arc<Requester>,
    query: Query,
    watcher: Place,
) -> impl Stream<Item = Told> + Send + 'static {
    let live = Live {
        app,
        requester,
        query,
        cx: None,
        organization: None,
        news: None,
        seen: ChangePosition::default(),
        reads: HashSet::new(),
        reads_data: false,
        last: None,
        ran: Instant::now(),
        state: State::Open,
        _watcher: watcher,
    };
    stream::unfold(live, |mut live| async move {
        // Boxed: the future is large.
        let told = Box::pin(live.next()).await?;
        Some((told, live))
    })
}

impl Live {
    async fn next(&mut self) -> Option<Told> {
        match self.state {
            State::Open => {}
            State::Answered => {
                self.state = State::Over;
                return Some(Told::Complete);
            }
            State::Over => return None,
        }
        loop {
            if self.last.is_some() {
                self.wait().await;
            }
            match self.run().await {
                Outcome::Answered { json, place, is_subscription } => {
                    let digest = Sha256::digest(&json).into();
                    if self.last == Some(digest) {
                        continue;
                    }
                    if !is_subscription {
                        self.state = State::Answered;
                    }
                    self.last = Some(digest);
                    return Some(Told::Next(json, place));
                }
                Outcome::Failed(errors) => {
                    self.state = State::Over;
                    return Some(Told::Errors(errors));
                }
                Outcome::Later => tokio::time::sleep(AGAIN_AFTER).await,
            }
        }
    }

    /// Answers the query once, and logs and counts this as a request.
    async fn run(&mut self) -> Outcome {
        self.ran = Instant::now();
        let request_id = self.app.control.new_request_id();
        let (mut actor, mut operation) = (None, None);
        let answered = self.try_run(request_id, &mut actor, &mut operation).await;
        let error = answered.as_ref().err();
        if let Some(operation) =
            operation.or_else(|| requester::first_operation().ok().map(|first| first.spec))
        {
            let line = RequestLine {
                control: &self.app.control,
                operation,
                request_id,
                client: self.requester.client,
                actor: actor.as_ref(),
                code: error.map(HttpError::code),
                began: self.ran.into_std(),
            };
            line.write_failure(error.and_then(HttpError::failure));
            line.write(error.map_or(200, HttpError::status));
        }
        match answered {
            Ok(outcome) => outcome,
            // A client that has no answer yet is told, and can try again.
            Err(error) if self.last.is_some() && protocol::is_for_now(&error) => Outcome::Later,
            Err(error) => Outcome::Failed(vec![protocol::refusal(&error, request_id)]),
        }
    }

    /// As [`run`](Self::run). Notes who asks, and the last operation that was attempted.
    async fn try_run(
        &mut self,
        request_id: RequestId,
        actor: &mut Option<Actor>,
        operation: &mut Option<&'static Spec>,
    ) -> Result<Outcome, HttpError> {
        let cx = self.requester.admit(&self.app, requester::first_operation()?, request_id)?;
        *actor = Some(cx.actor());
        let parties = cx.parties();
        let organization = cx.organization().map(|organization| organization.id);
        if self.organization != organization || self.news.is_none() {
            self.organization = organization;
            self.news = organization.map(|id| self.app.control.watch_objects(id));
        }
        // Before the query reads: what changes meanwhile is looked at again.
        if let Some(news) = &mut self.news {
            news.seen();
        }
        let last = cx.store().last_object_change().await;
        cx.end_turn();
        self.cx = Some(cx);
        self.seen = last.map_err(Error::from)?;
        let reader = CallerReader::new(&self.app, Arc::clone(&self.requester), request_id, parties);
        let answer = super::execute(&self.app, self.query.clone(), Transport::Stream, &reader, parties).await;
        *operation = reader.last();
        self.note_reads(&reader.operations());
        let answer = answer?;
        let errors = || answer.errors.iter().map(QueryError::as_json).collect();
        // A subscription has one root field. If the caller may not read it any more, there is nothing to follow.
        let is_lost = answer.is_subscription && answer.errors.iter().any(|error| error.path.len() == 1);
        if !answer.is_executed || is_lost {
            return Ok(Outcome::Failed(errors()));
        }
        let is_subscription = answer.is_subscription;
        Ok(Outcome::Answered { json: answer.json, place: reader.into_place(), is_subscription })
    }

    /// Notes which kinds of objects the query reads.
    fn note_reads(&mut self, operations: &HashSet<&'static str>) {
        for operation in operations {
            let many = operation.split('.').next().unwrap_or_default();
            let one = nouns().map(|spec| spec.noun).find(|noun| noun.many == many).map(|noun| noun.one);
            match one.filter(|one| NOUNS.contains(one)) {
                Some(one) => drop(self.reads.insert(one)),
                None => self.reads_data = true,
            }
        }
    }

    /// Waits until the answer may be another, or the caller is.
    async fn wait(&mut self) {
        tokio::time::sleep(GATHERED).await;
        let every = if self.reads_data { DATA_EVERY } else { ANYWAY_EVERY };
        loop {
            let news = async {
                match &mut self.news {
                    Some(news) => news.changed().await,
                    None => std::future::pending().await,
                }
            };
            let is_news = tokio::select! {
                () = news => true,
                () = tokio::time::sleep(ASKED_EVERY) => false,
            };
            let is_same_caller = self.cx.as_ref().is_some_and(Cx::still_holds);
            if !is_same_caller || self.ran.elapsed() >= every || (is_news && self.has_changed().await) {
                return;
            }
        }
    }

    /// Whether objects that the query reads have changed since the last answer. Also if it cannot be told.
    async fn has_changed(&mut self) -> bool {
        if let Some(news) = &mut self.news {
            news.seen();
        }
        let (Some(organization), Some(cx)) = (self.organization, &self.cx) else { return true };
        let changed = async {
            let last = cx.store().last_object_change().await?;
            let nouns = cx.store().changed_nouns(organization, (self.seen, last)).await?;
            Ok::<_, bailiwick_store::Error>((last, nouns))
        };
        let changed = changed.await;
        cx.end_turn();
        match changed {
            Ok((last, nouns)) => {
                self.seen = last;
                nouns.iter().any(|noun| self.reads.contains(noun.as_str()))
            }
            Err(_) => true,
        }
    }
}
