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

    /// Part of an export whose text the operation writes itself.
    pub const fn part(format: Format, data: String, count: usize, next_cursor: Option<Cursor>) -> Self {
        Self { format, data, count, total: None, next_cursor }
    }

    /// The text alone, with the cursor of the next one.
    pub fn as_text(&self) -> Text {
        let next = self.next_cursor.as_ref().map(ToString::to_string);
        Text { format: self.format, text: self.data.clone(), next }
    }
}

/// What every request for an export contains.
pub struct ExportRequest {
    /// The format; `jsonl` if absent.
    pub format: Option<Format>,
    /// The most objects in the answer.
    pub limit: Option<ExportLimit>,
    /// Where it begins.
    pub cursor: Option<Cursor>,
}

impl ExportRequest {
    /// Exports objects, read page by page in this order. `count` is their number in all, which is only asked for
    /// where the export begins.
    pub async fn export<T: Record, C: Copy, P: Future<Output = Result<(Vec<T>, Option<Cursor>)>>>(
        self,
        sort: impl Into<Order<C>>,
        count: impl Future<Output = Result<Option<i64>>>,
        page: impl Fn(List<C>) -> P,
    ) -> Result<Exported> {
        let sort = sort.into();
        let (format, most) = (self.format.unwrap_or_default(), self.limit.unwrap_or_default().get() as usize);
        let total = if self.cursor.is_none() { count.await? } else { None };
        let mut exported =
            Exported { format, data: write_header::<T>(format)?, count: 0, total, next_cursor: self.cursor };
        loop {
            let left = u32::try_from(most - exported.count).unwrap_or(u32::MAX);
            let cursor = exported.next_cursor.take();
            let (records, next) =
                page(List { limit: PageLimit::near(left), cursor, sort, total: false }).await?;
            exported.data.push_str(&write_records(format, &records)?);
            exported.count += records.len();
            exported.next_cursor = next;
            let is_full = exported.count >= most || exported.data.len() >= BYTES_MAX;
            if is_full || exported.next_cursor.is_none() {
                return Ok(exported);
            }
        }
    }
}
