//! Pages of lists, and the limits of pages and exports.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::cursor::Cursor;

/// The page size if the request names none.
pub const PAGE_DEFAULT: u32 = 50;
/// The largest page size.
pub const PAGE_MAX: u32 = 1_000;

/// The size of a page: 1 to 1,000 items; 50 if absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u32);

impl PageLimit {
    /// As a number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl PageLimit {
    /// A limit of `items`, moved into the allowed range.
    pub fn near(items: u32) -> Self {
        Self(items.clamp(1, PAGE_MAX))
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(PAGE_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for PageLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        bounded(i64::deserialize(from)?, PAGE_MAX).map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for PageLimit {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "PageLimit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_DEFAULT })
    }
}

/// The size of an export if the request names none.
pub const EXPORT_DEFAULT: u32 = 1_000;
/// The largest size of an export.
pub const EXPORT_MAX: u32 = 10_000;

/// The size of an export: 1 to 10,000 items; 1,000 if absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportLimit(u32);

impl ExportLimit {
    /// As a number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for ExportLimit {
    fn default() -> Self {
        Self(EXPORT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for ExportLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        bounded(i64::deserialize(from)?, EXPORT_MAX).map(Self).map_err(D::Error::custom)
    }
}

impl JsonSchema for ExportLimit {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ExportLimit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": EXPORT_MAX, "default": EXPORT_DEFAULT })
    }
}

fn bounded(limit: i64, most: u32) -> Result<u32, String> {
    let fits = u32::try_from(limit).ok().filter(|n| (1..=most).contains(n));
    fits.ok_or_else(|| format!("expected 1 to {most}, found {limit}"))
}

/// Up to how many items of a list are counted.
pub const TOTAL_MAX: u32 = 10_000;

/// How many items a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ListTotal")]
pub struct Total {
    /// How many items there are on all pages, at most 10,000.
    pub count: u32,
    /// Whether that is the exact number. If not, there are more.
    pub exact: bool,
}

impl Total {
    /// The total of a list of which so many items were counted, at most one more than [`TOTAL_MAX`].
    pub fn of(counted: i64) -> Self {
        let most = TOTAL_MAX.into();
        Self { count: u32::try_from(counted.clamp(0, most)).unwrap_or(TOTAL_MAX), exact: counted <= most }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The items, in the requested order.
    pub items: Vec<T>,
    /// Pass this as `cursor` to get the next page; null on the last page.
    pub next_cursor: Option<Cursor>,
    /// How many items there are on all pages; only if `total=true` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

impl<T> Page<T> {
    /// A page of a list that is not counted.
    pub const fn new(items: Vec<T>, next_cursor: Option<Cursor>) -> Self {
        Self { items, next_cursor, total: None }
    }

    /// The items, and the page without them.
    pub fn taken(self) -> (Vec<T>, Page<T>) {
        let Self { items, next_cursor, total } = self;
        (items, Page { items: Vec::new(), next_cursor, total })
    }

    /// The same page with other items instead.
    pub fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page { items, next_cursor: self.next_cursor, total: self.total }
    }

    /// The same page, with `make` applied to each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, next_cursor, total } = self;
        Page { items: items.into_iter().map(make).collect(), next_cursor, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_exact_up_to_ten_thousand() {
        for (counted, count, exact) in [(0, 0, true), (10_000, 10_000, true), (10_001, 10_000, false)] {
            assert_eq!(Total::of(counted), Total { count, exact });
        }
    }
}
