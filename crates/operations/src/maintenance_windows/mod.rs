//! Maintenance windows: the times at which nodes may be worked on.

pub(crate) mod cover;
mod delete;
mod read;
mod view;
mod write;

use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

const TAG: &str = "Commands";
const NOUN: Noun = noun::MAINTENANCE_WINDOW;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListMaintenanceWindows>(),
        erase::<write::CreateMaintenanceWindow>(),
        erase::<read::GetMaintenanceWindow>(),
        erase::<write::UpdateMaintenanceWindow>(),
        erase::<delete::DeleteMaintenanceWindow>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().maintenance_windows(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);
