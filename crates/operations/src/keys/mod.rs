//! Keys: credentials for programs.

pub(crate) mod beyond;
mod create;
mod delete;
mod enrolment;
mod explain;
mod find;
pub(crate) use find::find;
pub(crate) mod given_reach;
pub(crate) mod grant;
mod lifecycle;
mod limits;
pub(crate) mod named;
mod pins;
pub(crate) mod preview;
mod read;
mod sentences;
mod update;
mod usage;
pub(crate) mod view;

use bailiwick_engine::error::Error;
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
        erase::<explain::ExplainKey>(),
        erase::<usage::KeyUsage>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Ok(key) = text.parse() else { return Ok(false) };
        match find(cx, &key).await {
            Ok(id) => Ok(cx.store().keys(&cx.reach()?).get(id).await?.is_some()),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    })
})
.owned();
