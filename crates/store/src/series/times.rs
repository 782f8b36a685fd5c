//! The times at which series were observed, without their values.

use std::collections::HashMap;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::time::Timestamp;

use crate::error::Result;
use crate::series::observations::Observations;
use crate::series::read::{ReadError, Window};
use crate::series::sample::Sample;

impl Observations {
    /// The times of the observations of series in a window, by node, in no order; a time may be there several times.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManySamples`] if there may be more than `most`.
    pub async fn times(
        &self,
        series: &[Series],
        window: Window,
        most: u64,
    ) -> Result<HashMap<NodeId, Vec<Timestamp>>, ReadError> {
        let mut times: HashMap<NodeId, Vec<Timestamp>> = HashMap::new();
        let take = |series: &Series, samples: Vec<Sample>| {
            let of_node = times.entry(series.node).or_default();
            of_node.extend(samples.iter().map(|sample| Timestamp::from_micros(sample.at)));
        };
        self.together(series, window, most, take).await?;
        Ok(times)
    }
}
