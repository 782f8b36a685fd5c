//! Samples: observations as they are stored, in numbers.

/// The order of a state's sample is the source's sequence number plus this. Below it is the place among the states
/// of the same microsecond that came without a sequence number. It is larger than a batch.
pub(crate) const SEQUENCED: i64 = 1 << 20;

/// One observation of a series. The time and the order together are unique in a series, and samples are sorted by
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sample {
    /// Microseconds since the Unix epoch.
    pub(crate) at: i64,
    /// Tells apart the samples of the same microsecond. Of a state, see [`SEQUENCED`]; of an alarm, the number of
    /// its code and level among the series' words; otherwise 0.
    pub(crate) order: i64,
    /// Of a state, the number of its word; of a count, the count; of a quantity, the bits of the `f64`; of an
    /// alarm, 1 if it is on and 0 if it is off.
    pub(crate) value: i64,
}

impl Sample {
    /// What is unique in a series, and what samples are sorted by.
    pub(crate) const fn place(&self) -> (i64, i64) {
        (self.at, self.order)
    }
}
