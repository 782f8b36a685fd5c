//! Keys: credentials for programs.

pub(crate) mod beyond;
mod create;
mod delete;
mod enrolment;
pub(crate) mod grant;
mod lifecycle;
mod limits;
mod pins;
mod read;
mod update;
pub(crate) mod view;

use bailiwick_engine::operation::erase;

pub use enrolment::may_enrol;

use view::NOUN;

use crate::noun::NounSpec;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListKeys>(),
        erase::<create::CreateKey>(),
        erase::<read::GetKey>(),
        erase::<update::UpdateKey>(),
        erase::<delete::DeleteKey>(),
        erase::<lifecycle::RotateKey>(),
        erase::<lifecycle::DisableKey>(),
        erase::<lifecycle::EnableKey>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Ok(id) = text.parse() else { return Ok(false) };
        Ok(cx.store().keys(&cx.reach()?).get(id).await?.is_some())
    })
})
.owned();
