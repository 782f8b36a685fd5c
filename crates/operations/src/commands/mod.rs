//! Commands: one instruction to a selection of nodes, with a result for each node.

mod cancel;
mod create;
mod env;
mod event;
mod event_queue;
mod events;
mod groups;
pub(crate) mod issue;
pub(crate) mod program;
mod read;
mod reboot;
mod targets;
pub(crate) mod view;

use bailiwick_engine::events::erase_watch;
use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

pub(crate) const TAG: &str = "Commands";
pub(crate) const NOUN: Noun = noun::COMMAND;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListCommands>(),
        erase::<create::CreateCommand>(),
        erase::<read::GetCommand>(),
        erase::<read::ListResults>(),
        erase::<groups::GroupResults>(),
        erase_watch::<events::WatchCommand>(),
        erase::<cancel::CancelCommand>(),
        erase::<reboot::RebootNode>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().commands(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::TechnicianReads);
