//! Nodes: machines, and other things in the inventory that stand for a machine.

mod checks;
mod create;
mod delete;
mod dependants;
mod export;
mod import;
mod line;
mod merge;
mod parts;
mod read;
mod update;
mod view;

pub(crate) use dependants::{detached, targets};
pub(crate) use read::NodeSort;

use bailiwick_domain::node::NodeRef;
use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

const TAG: &str = "Inventory";
const NOUN: Noun = noun::NODE;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListNodes>().answers_rows(&bailiwick_store::node_rows::ROWS),
        erase::<create::CreateNode>(),
        erase::<read::GetNode>(),
        erase::<update::UpdateNode>(),
        erase::<delete::DeleteNode>(),
        erase::<merge::MergeNodes>(),
        erase::<import::ImportNodes>(),
        erase::<export::ExportNodes>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((node, reach)) = asked::<NodeRef>(cx, text)? else { return Ok(false) };
        Ok(cx.store().nodes(&reach).find(&node).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);
