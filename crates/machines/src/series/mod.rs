//! Series: the observations of one metric of one node.

mod read;

use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::erase;

use crate::noun;

const NOUN: Noun = noun::SERIES;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(NOUN, &[erase::<read::ListSeries>(), erase::<read::GetSeries>()])
        .asked_by(|cx, text| {
            Box::pin(async move {
                let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
                Ok(read::find(cx, &cx.observations(), &reach, id).await?.is_some())
            })
        })
        .built_in(BuiltIn::Reads);
