//! The only row that a name means, where several may have the same name.

use crate::error::{Error, Result};

/// How many rows with the same name a query reads. Their ids are in the error.
pub(crate) const SAME_MAX: u32 = 10;

/// The only row of those with a name; `None` if there are none. [`Error::Ambiguous`] with their ids if there are several.
pub(crate) fn only<T>(mut same: Vec<T>, id: impl Fn(&T) -> String) -> Result<Option<T>> {
    if same.len() > 1 {
        return Err(Error::Ambiguous(same.iter().map(id).collect()));
    }
    Ok(same.pop())
}
