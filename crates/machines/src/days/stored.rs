//! The sums of a production day as bytes: a format byte, and then Postcard.

use bailiwick_domain::id::{JobOperationId, JobRunId, OperatorId};
use bailiwick_domain::slices::{Cell, NodeDay, Slice};
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::{SUMS, Sums};
use bailiwick_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The format that is written.
const FORMAT: u8 = 1;

/// Sums without those that are zero: which there are, and their values.
#[derive(Serialize, Deserialize)]
struct Sparse {
    places: u32,
    values: Vec<i64>,
}

impl Sparse {
    fn of(sums: &Sums) -> Self {
        let (mut places, mut values) = (0, Vec::new());
        for (place, value) in sums.as_array().iter().enumerate().filter(|(_, value)| **value != 0) {
            places |= 1 << place;
            values.push(*value);
        }
        Self { places, values }
    }

    fn sums(&self) -> Option<Sums> {
        let mut values = [0; SUMS];
        let mut rest = self.values.iter();
        for (place, value) in values.iter_mut().enumerate() {
            if self.places & 1 << place != 0 {
                *value = *rest.next()?;
            }
        }
        Some(Sums::from_array(values))
    }
}

#[derive(Serialize, Deserialize)]
struct StoredSlice {
    micros: i64,
    shift: Option<String>,
    run: Option<([u8; 16], [u8; 16])>,
    operator: Option<[u8; 16]>,
    reason: Option<String>,
    sums: Sparse,
}

#[derive(Serialize, Deserialize)]
struct StoredCell {
    micros: i64,
    sums: Sparse,
    parts_unattributed: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredNodeDay {
    start: i64,
    slices: Vec<StoredSlice>,
    cells: Vec<StoredCell>,
}

/// The sums of a day as bytes. Sums of quantities are not stored.
pub(super) fn encode(day: &NodeDay) -> Option<Vec<u8>> {
    let slice = |slice: &Slice| StoredSlice {
        micros: slice.span.micros(),
        shift: slice.shift.as_ref().map(|name| name.as_str().to_owned()),
        run: slice.run.map(|(run, operation)| (bytes(run.as_uuid()), bytes(operation.as_uuid()))),
        operator: slice.operator.map(|operator| bytes(operator.as_uuid())),
        reason: slice.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        sums: Sparse::of(&slice.sums),
    };
    let cell = |(span, cell): &(Span, Cell)| StoredCell {
        micros: span.micros(),
        sums: Sparse::of(&cell.sums),
        parts_unattributed: cell.parts_unattributed,
    };
    let stored = StoredNodeDay {
        start: day.span.start().as_micros(),
        slices: day.slices.iter().map(slice).collect(),
        cells: day.cells.iter().map(cell).collect(),
    };
    postcard::to_extend(&stored, vec![FORMAT]).ok()
}

fn bytes(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}

/// The sums of a day. `None` if the bytes are of another format, or malformed.
pub(super) fn decode(bytes: &[u8]) -> Option<NodeDay> {
    let (&FORMAT, rest) = bytes.split_first()? else { return None };
    let stored: StoredNodeDay = postcard::from_bytes(rest).ok()?;
    let start = Timestamp::from_micros(stored.start);
    let mut at = start;
    let mut next = |micros: i64| {
        let span = Span::new(at, Timestamp::from_micros(at.as_micros().saturating_add(micros.max(0))));
        at = span.end();
        span
    };
    let mut slices = Vec::with_capacity(stored.slices.len());
    for slice in stored.slices {
        let text = |text: Option<String>| text;
        slices.push(Slice {
            span: next(slice.micros),
            shift: text(slice.shift).map(|name| name.parse()).transpose().ok()?,
            run: slice.run.map(|(run, operation)| {
                (
                    JobRunId::from_uuid(Uuid::from_bytes(run)),
                    JobOperationId::from_uuid(Uuid::from_bytes(operation)),
                )
            }),
            operator: slice.operator.map(|id| OperatorId::from_uuid(Uuid::from_bytes(id))),
            reason: slice.reason.map(|reason| reason.parse()).transpose().ok()?,
            sums: slice.sums.sums()?,
            quantities: Vec::new(),
        });
    }
    let mut at = start;
    let mut total = Cell::default();
    let mut cells = Vec::with_capacity(stored.cells.len());
    for cell in stored.cells {
        let span = Span::new(at, Timestamp::from_micros(at.as_micros().saturating_add(cell.micros.max(0))));
        at = span.end();
        let cell = Cell {
            sums: cell.sums.sums()?,
            parts_unattributed: cell.parts_unattributed,
            quantities: Vec::new(),
        };
        total.add(&cell);
        cells.push((span, cell));
    }
    Some(NodeDay { span: Span::new(start, at), slices, cells, total })
}
