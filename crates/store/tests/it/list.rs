//! Lists, read page after page.

use bailiwick_domain::cursor::{Cursor, Mark};
use bailiwick_domain::page::{Page, PageLimit, Total};
use bailiwick_store::{Error, List, Order, Result, SortColumn};

/// An order by its name in cursors: `name`, `-created_at`.
pub fn by<C: SortColumn>(name: &str) -> Order<C> {
    let column = C::ALL.iter().find(|column| column.name() == name.trim_start_matches('-')).unwrap();
    Order { column: *column, is_descending: name.starts_with('-') }
}

pub fn limit(items: u32) -> PageLimit {
    serde_json::from_value(items.into()).unwrap()
}

/// The first page in an order, large enough for all that a test makes.
pub fn all<C: SortColumn>(sort: &str) -> List<C> {
    List { limit: limit(1_000), cursor: None, sort: by(sort), total: false }
}

/// Every item of a list, page after page. Only the last page may be smaller than asked for, and the total of each page is
/// the number of items.
pub async fn walk<C: SortColumn, T>(
    sort: &str,
    items: u32,
    mut page: impl AsyncFnMut(List<C>) -> Result<Page<T>>,
) -> Vec<T> {
    let mut found = Vec::new();
    let mut cursor: Option<Cursor> = None;
    let mut totals = Vec::new();
    loop {
        let Page { items: more, next_cursor, total } =
            page(List { limit: limit(items), cursor, sort: by(sort), total: true }).await.unwrap();
        totals.extend(total);
        assert!(more.len() <= items as usize);
        assert!(next_cursor.is_none() || more.len() == items as usize);
        found.extend(more);
        match next_cursor {
            // As a client gives it back.
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    let counted = Total::of(found.len().try_into().unwrap());
    assert!(totals.iter().all(|total| *total == counted), "{totals:?} of {}", found.len());
    found
}

/// Asserts that a list refuses cursors of other lists and of other orders.
pub async fn refuses_bad_cursors<C: SortColumn, T>(
    sort: &str,
    good: Mark,
    bad: Mark,
    id: &str,
    mut page: impl AsyncFnMut(List<C>) -> Result<Page<T>>,
) {
    let mut list = async |cursor| {
        page(List { limit: limit(2), cursor: Some(cursor), sort: by(sort), total: false }).await
    };
    assert!(list(Cursor::after(sort, good.clone(), id)).await.is_ok());
    for cursor in [
        Cursor::after("other", good.clone(), id),
        Cursor::after(&format!("-{sort}"), good.clone(), id),
        Cursor::after(sort, bad, id),
        Cursor::after(sort, good.clone(), ""),
        Cursor::after(sort, good.clone(), "'; DROP TABLE sites; --"),
        Cursor::after(sort, Mark::Text("a\0b".into()), id),
    ] {
        assert!(matches!(list(cursor.clone()).await, Err(Error::Cursor)), "{cursor}");
    }
}
