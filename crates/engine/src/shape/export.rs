//! Exports: objects as text, read page by page, up to a number of objects and of bytes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{ExportLimit, PageLimit};
use bailiwick_store::{List, Order};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Result;
use crate::shape::answer::Text;
use crate::shape::format::Format;
use crate::shape::records::{Record, write_header, write_records};

/// An export of at least this many bytes reads no further page. The rest follows with its
/// `next_cursor`.
const BYTES_MAX: usize = 8 << 20;

/// Objects as text.
#[derive(Serialize, JsonSchema)]
pub struct Exported {
    /// The format of the text.
    pub(crate) format: Format,
    /// The text.
    pub(crate) data: String,
    /// The number of objects in the text.
    pub(crate) count: usize,
    /// The number of objects in all; null after the first page.
    pub(crate) total: Option<i64>,
    /// The `cursor` of the request for the next objects; null if there are none.
    pub(crate) next_cursor: Option<Cursor>,
}

impl Exported {
    /// An export of all objects at once.
    pub fn whole<T: Record>(format: Option<Format>, records: &[T]) -> Result<Self> {
        let format = format.unwrap_or_default();
        let data = write_header::<T>(format)? + &write_records(format, records)?;
        let total = i64::try_from(records.len()).ok();
        Ok(Self { format, data, count: records.len(), total, next_cursor: None })
    }

    /// The text alone, with the cursor of the next one.
    pub fn as_text(&self) -> Text {
        let next = self.next_cursor.as_ref().map(ToString::to_string);
        Text { format: self.format, text: self.data.clone(), next }
    }
}

/// An export in progress.
pub struct Export {
    format: Format,
    text: String,
    count: usize,
    /// The most objects that it may contain.
    most: usize,
    cursor: Option<Cursor>,
    is_complete: bool,
}

impl Export {
    /// Begins an export at `cursor`, with the header only.
    pub fn begin<T: Record>(
        format: Option<Format>,
        limit: ExportLimit,
        cursor: Option<Cursor>,
    ) -> Result<Self> {
        let format = format.unwrap_or_default();
        let (text, most) = (write_header::<T>(format)?, limit.get() as usize);
        Ok(Self { format, text, count: 0, most, cursor, is_complete: false })
    }

    /// The next page to read; `None` if the export is complete or large enough.
    pub fn next_page<C>(&self, sort: impl Into<Order<C>>) -> Option<List<C>> {
        if self.is_complete || self.count >= self.most || self.text.len() >= BYTES_MAX {
            return None;
        }
        let left = u32::try_from(self.most - self.count).unwrap_or(u32::MAX);
        Some(List { limit: PageLimit::near(left), cursor: self.cursor.clone(), sort: sort.into() })
    }

    /// Adds a page, with the cursor of the next one.
    pub fn add<T: Record>(&mut self, records: &[T], next: Option<Cursor>) -> Result<()> {
        self.text.push_str(&write_records(self.format, records)?);
        self.count += records.len();
        self.is_complete = next.is_none();
        self.cursor = next;
        Ok(())
    }

    /// Ends the export. `total` is the number of objects in all.
    pub fn end(self, total: Option<i64>) -> Exported {
        let Self { format, text, count, cursor, .. } = self;
        Exported { format, data: text, count, total, next_cursor: cursor }
    }
}
