//! The observations of some series in a window.

use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::series::Series;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{Observations, ReadError, Window};

/// The most observations that are in memory at once.
const SAMPLES_TOGETHER: u64 = 1_000_000;
/// The most observations that are read.
const SAMPLES_MAX: u64 = 100_000_000;

/// Reads the observations of series: together, or one series after the other if they are many. `take` gets those of
/// each series in the order of time, in one column or several.
pub(crate) async fn each(
    observations: &Observations,
    series: &[Series],
    window: Window,
    mut take: impl FnMut(&Column) + Send,
) -> Result<()> {
    match observations.columns_of(series, window, SAMPLES_TOGETHER).await {
        Ok(columns) => {
            columns.iter().for_each(take);
            return Ok(());
        }
        Err(ReadError::TooManySamples { .. }) => {}
        Err(ReadError::Store(error)) => return Err(error.into()),
    }
    let mut samples = observations.samples(series.to_vec(), window, SAMPLES_MAX).await.map_err(refused)?;
    while let Some(column) = samples.next_page().await? {
        take(&column);
    }
    Ok(())
}

/// The error for what cannot be read.
pub(crate) fn refused(error: ReadError) -> Error {
    match error {
        ReadError::Store(error) => error.into(),
        error @ ReadError::TooManySamples { .. } => Error::invalid("from", error.to_string()),
    }
}
