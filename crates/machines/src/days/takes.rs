//! Who takes the sums of days of many nodes.

use bailiwick_domain::calendar::{Calendar, LocalDate, ProductionDay};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::slices::NodeDay;
use bailiwick_domain::span::Span;
use bailiwick_store::{CellSum, Resolution};

/// Who takes the sums of days of many nodes.
pub(crate) trait Takes: Send {
    /// The sums that are needed, apart from [`CellSum::Stored`].
    fn sums(&self) -> &[CellSum];
    /// Whether sums of whole days are enough.
    fn resolution(&self) -> Resolution;
    /// Begins a day of a calendar, which is divided into these pieces. The next nodes are those of this calendar.
    fn begin(&mut self, calendar: &Calendar, date: LocalDate, pieces: &[Span]);
    /// Takes the day of the node with this place among those asked for: of each sum the pieces, of which the last ones are
    /// left out if they are zero.
    fn add(&mut self, node: usize, sums: &[&[i64]]);
    /// Takes a day of a node that was not read from cells.
    fn day(&mut self, node: NodeId, calendar: &Calendar, day: &ProductionDay, sums: &NodeDay);
}
