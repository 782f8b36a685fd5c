//! Exports: objects written as text, page by page, up to a number of objects and of bytes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{ExportLimit, PageLimit};
use bailiwick_store::List;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::Text;
use crate::error::Result;
use crate::format::Format;
use crate::records::{Record, write_header, write_records};

/// From how many bytes on an export takes in no further page. What is left follows with its `next_cursor`.
const BYTES_MAX: usize = 8 << 20;

/// Objects as text.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Exported {
    /// How they are written.
    pub(crate) format: Format,
    /// The text.
    pub(crate) data: String,
    /// How many objects are in it.
    pub(crate) count: usize,
    /// How many there are to be taken out in all; null behind the first page.
    pub(crate) total: Option<i64>,
    /// Give this as `cursor` for the next ones; null on the last.
    pub(crate) next_cursor: Option<Cursor>,
}

impl Exported {
    /// All objects at once.
    pub(crate) fn whole<T: Record>(format: Option<Format>, records: &[T]) -> Result<Self> {
        let format = format.unwrap_or_default();
        let data = write_header::<T>(format)? + &write_records(format, records)?;
        let total = i64::try_from(records.len()).ok();
        Ok(Self { format, data, count: records.len(), total, next_cursor: None })
    }

    /// The text alone, and where it goes on.
    pub(crate) fn as_text(&self) -> Text {
        let next = self.next_cursor.as_ref().map(ToString::to_string);
        Text { format: self.format, text: self.data.clone(), next }
    }
}

/// An export that is being written.
pub(crate) struct Export {
    format: Format,
    text: String,
    count: usize,
    /// The most objects.
    most: usize,
    cursor: Option<Cursor>,
    is_complete: bool,
}

impl Export {
    /// Nothing yet but the header. It begins at `cursor`.
    pub(crate) fn begin<T: Record>(
        format: Option<Format>,
        limit: ExportLimit,
        cursor: Option<Cursor>,
    ) -> Result<Self> {
        let format = format.unwrap_or_default();
        let (text, most) = (write_header::<T>(format)?, limit.get() as usize);
        Ok(Self { format, text, count: 0, most, cursor, is_complete: false })
    }

    /// The page that comes next; `None` if the export is complete, or has as much as it may have.
    pub(crate) fn next_page<S>(&self, sort: S) -> Option<List<S>> {
        if self.is_complete || self.count >= self.most || self.text.len() >= BYTES_MAX {
            return None;
        }
        let left = u32::try_from(self.most - self.count).unwrap_or(u32::MAX);
        Some(List { limit: PageLimit::near(left), cursor: self.cursor.clone(), sort })
    }

    /// Adds a page, and where the next one begins.
    pub(crate) fn add<T: Record>(&mut self, records: &[T], next: Option<Cursor>) -> Result<()> {
        self.text.push_str(&write_records(self.format, records)?);
        self.count += records.len();
        self.is_complete = next.is_none();
        self.cursor = next;
        Ok(())
    }

    /// The export. `total` is how many objects there are in all.
    pub(crate) fn end(self, total: Option<i64>) -> Exported {
        let Self { format, text, count, cursor, .. } = self;
        Exported { format, data: text, count, total, next_cursor: cursor }
    }
}
