//! How lists are read: by running their operations for the caller.

use std::future::Future;

use bailiwick_domain::row_query::{RowFilter, RowQuery, Rows, Scalar};
use bailiwick_engine::catalogue::Described;
use serde_json::Value;

use crate::error::Refusal;

/// The most rows that one list is read for.
pub const ROWS_MAX: u32 = 50_000;

/// Runs the operations of lists for the caller of a query. Each call admits the caller anew, so that rights, reach, audit
/// and the cost of the operation are the same as over REST.
pub trait Reader: Send + Sync {
    /// Answers a row query about a list, at most [`ROWS_MAX`] rows; `None` if only [`page`](Self::page) can tell.
    fn rows(
        &self,
        operation: &'static Described,
        query: &RowQuery,
    ) -> impl Future<Output = Result<Option<Rows>, Refusal>> + Send;

    /// How many rows of a list meet a filter; `None` as for [`rows`](Self::rows).
    fn count(
        &self,
        operation: &'static Described,
        filter: &RowFilter,
    ) -> impl Future<Output = Result<Option<i64>, Refusal>> + Send;

    /// The answer of the operation with these parameters. Its memory is only reserved until the next one is read: what is
    /// kept of it is [noted](Self::keep).
    fn page(
        &self,
        operation: &'static Described,
        parameters: Vec<(String, String)>,
    ) -> impl Future<Output = Result<Value, Refusal>> + Send;

    /// Reserves memory for the arguments of the query, until it is answered.
    ///
    /// # Errors
    ///
    /// There is none left for the caller.
    fn reserve(&self, bytes: usize) -> Result<(), Refusal>;

    /// Reserves memory for rows that were made from [pages](Self::page).
    ///
    /// # Errors
    ///
    /// There is none left for the caller.
    fn keep(&self, rows: &[Vec<Scalar>]) -> Result<(), Refusal>;
}
