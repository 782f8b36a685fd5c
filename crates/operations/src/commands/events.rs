//! Watch a command's output and results as they arrive.

use std::time::Duration;

use bailiwick_domain::id::CommandId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::events::{AFTER, Event, Watch};
use bailiwick_engine::memory::streams::OpenStream;
use bailiwick_engine::memory::watchers::CommandWatch;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::commands::{OutputEvent, ResultEvent};
use futures::stream;
use schemars::JsonSchema;
use serde::Deserialize;

use super::event::{CommandEvent, EndTold};
use super::event_queue::EventQueue;
use super::view::find;
use super::{TAG, ids};

/// How many results are read per query, and at most how many pieces of output.
const EVENTS_AT_ONCE: u32 = 200;
/// How many pieces of output are read by the first query.
const PIECES_AT_FIRST: u32 = 16;
/// How long changes are gathered before they are read, so that many results take few queries.
const GATHERED: Duration = Duration::from_millis(50);
/// How often the watcher's rights are checked.
const ASKED_EVERY: Duration = Duration::from_millis(400);
/// After how many of those checks the database is asked without a notification.
const LOOK_EVERY: u32 = 12;

/// Watch a command's output and results as they arrive.
///
/// Server-sent events (WHATWG HTML, section 9.2): first what there is already, then new events. Each
/// event's data is JSON, and its member `event` is the event's type: `output` is a piece of output from
/// a node, `result` the state of a node, and `end` comes last, when no more can come. Positions and
/// states are absolute, so an event that is repeated, as can happen after `Last-Event-ID`, says the
/// same again. A slow reader misses no output, only intermediate states. The stream ends without `end`
/// when the caller loses the right to it or is changed, and when the server stops.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WatchCommand {
    /// The command's id.
    command: CommandId,
    /// Only events after the one with this id.
    after: Option<String>,
}

/// A range of changes that is being sent: first the output in it, then the results.
struct Window {
    until: i64,
    output: Option<OutputEvent>,
    has_output: bool,
    result: Option<ResultEvent>,
}

/// The state of a watcher.
struct Watching {
    cx: Cx,
    reach: OrganizationReach,
    command: CommandId,
    news: CommandWatch,
    /// Ends when the caller loses the right to it.
    stream: OpenStream,
    /// The number of the last change that was sent.
    told: i64,
    window: Option<Window>,
    waiting: EventQueue,
    /// How many pieces of output the next query reads: about as many as there is room for.
    pieces: u32,
    is_over: bool,
}

impl Watch for WatchCommand {
    const SPEC: Spec =
        Spec::read(ids::COMMANDS_EVENTS, "/v1/commands/{command}/events").tag(TAG).answers_events();
    type Event = CommandEvent;

    async fn watch(self, cx: Cx) -> Result<impl stream::Stream<Item = Event<CommandEvent>> + Send + 'static> {
        let told = match self.after.as_deref() {
            None | Some("") => 0,
            Some(id) => id.parse().map_err(|_| Error::invalid(AFTER, "expected the id of an event"))?,
        };
        let reach = cx.organization_reach()?;
        find(&cx, &reach, self.command).await?;
        let news = cx.control().watch(self.command);
        let stream = cx.open_stream()?;
        cx.end_turn();
        let watching = Watching {
            cx,
            reach,
            command: self.command,
            news,
            stream,
            told,
            window: None,
            waiting: EventQueue::default(),
            pieces: PIECES_AT_FIRST,
            is_over: false,
        };
        Ok(stream::unfold(watching, |mut watching| async move {
            match watching.next().await {
                Ok(event) => event.map(|event| (event, watching)),
                Err(error) => {
                    // The watcher connects again and continues from where it was.
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, command = %watching.command, "watching a command failed");
                    None
                }
            }
        }))
    }
}

impl Watching {
    /// The next event; `None` if there are no more, or the caller has lost the right to them.
    async fn next(&mut self) -> Result<Option<Event<CommandEvent>>> {
        loop {
            if !self.cx.still_holds() {
                return Ok(None);
            }
            if let Some(event) = self.waiting.take() {
                // A slow reader must not keep a connection to the database meanwhile.
                self.cx.end_turn();
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            match self.window.take() {
                Some(window) => self.read(window).await?,
                None if !self.look().await? => return Ok(None),
                None => {}
            }
        }
    }

    /// Looks for changes, and waits for them if there are none. False if the caller has lost the right
    /// to them, or the command is deleted.
    async fn look(&mut self) -> Result<bool> {
        self.news.seen();
        let mut commands = self.cx.store().commands(&self.reach);
        let Some((until, is_finished)) = commands.last_change(self.command).await? else { return Ok(false) };
        if until > self.told {
            self.window = Some(Window { until, output: None, has_output: true, result: None });
            return Ok(true);
        }
        if is_finished || self.reach.is_partial() {
            let progress = commands.progress(self.command).await?;
            // What a limited reach sees may have finished after the last change was read.
            let is_told = commands.last_change(self.command).await?.is_none_or(|(last, _)| last == until);
            if progress.is_over() && !is_told {
                return Ok(true);
            }
            if progress.is_over() {
                self.is_over = true;
                let told = CommandEvent::End(EndTold { progress });
                self.waiting.add(Some(until.to_string()), told);
                return Ok(true);
            }
        }
        self.cx.end_turn();
        for _ in 0..LOOK_EVERY {
            tokio::select! {
                () = self.news.changed() => {
                    tokio::time::sleep(GATHERED).await;
                    return Ok(true);
                }
                () = self.stream.ended() => return Ok(false),
                () = tokio::time::sleep(ASKED_EVERY) => {}
            }
            if !self.cx.still_holds() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the next part of a range of changes.
    async fn read(&mut self, mut window: Window) -> Result<()> {
        let mut commands = self.cx.store().commands(&self.reach);
        let (command, until) = (self.command, window.until);
        if window.has_output {
            let after = window.output.as_ref();
            let found = commands.output_since(command, self.told, until, after, self.pieces).await?;
            let (count, keys) =
                (found.len(), found.iter().map(OutputEvent::without_bytes).collect::<Vec<_>>());
            let kept = self.waiting.add_output(found);
            window.has_output = kept < count || count == self.pieces as usize;
            window.output = kept.checked_sub(1).and_then(|last| keys.into_iter().nth(last));
            self.pieces = if kept < count {
                u32::try_from(kept).unwrap_or(1)
            } else {
                self.pieces.saturating_mul(2).min(EVENTS_AT_ONCE)
            };
            self.window = Some(window);
            return Ok(());
        }
        let after = window.result.as_ref();
        let mut found = commands.results_since(command, self.told, until, after, EVENTS_AT_ONCE).await?;
        found.iter().for_each(|event| self.waiting.add(None, event.into()));
        if found.len() == EVENTS_AT_ONCE as usize {
            window.result = found.pop();
            self.window = Some(window);
            return Ok(());
        }
        // A client that has seen the last event of a range has seen all of it.
        self.told = until;
        self.waiting.name_last(until.to_string());
        Ok(())
    }
}
