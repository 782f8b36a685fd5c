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

use bailiwick_domain::node::NodeRef;
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
.asked_otherwise(&[
    // All nodes to which it went, not only one.
    (ids::COMMANDS_CANCEL, |cx, text| {
        Box::pin(async move {
            let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
            let mut commands = cx.store().commands(&reach);
            Ok(commands.get(id).await?.is_some() && !commands.is_beyond(id).await?)
        })
    }),
    // Its target is a node.
    (ids::COMMANDS_REBOOT, |cx, text| {
        Box::pin(async move {
            let Some((node, reach)) = asked::<NodeRef>(cx, text)? else { return Ok(false) };
            Ok(cx.store().nodes(&reach).find(&node).await?.is_some())
        })
    }),
])
.owned()
.built_in(BuiltIn::TechnicianReads);
