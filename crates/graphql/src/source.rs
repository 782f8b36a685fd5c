//! Reads the rows of a list: in SQL if its operation answers row queries, otherwise page by page.

use bailiwick_domain::page::PAGE_MAX;
use bailiwick_domain::row_query::{Comparison, MemberCondition, RowFilter, RowQuery, Rows, Scalar};
use bailiwick_store::long_work;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use crate::error::{QueryError, Refusal};
use crate::loaded::ANSWER_MAX;
use crate::model::List;
use crate::reader::{ROWS_MAX, Reader};

/// The most values that are read for one query, over all its lists, and that its figures are computed from.
pub(crate) const VALUES_MAX: usize = 4_000_000;

/// The parameters of lists that narrow them to one value of a member.
const NARROWING: [(&str, &str); 7] = [
    ("node_id", "node"),
    ("site_id", "site"),
    ("metric", "metrics"),
    ("kind", "kind"),
    ("schedule_id", "schedule"),
    ("job_operation_id", "job_operation"),
    ("operator_id", "operator"),
];

/// The turns in which the lists of a query are read.
pub(crate) struct Turns {
    /// Permits for statements.
    statements: Semaphore,
    /// Lists that are read page by page are read one after the other: the memory of a page is reserved until the next.
    pages: Mutex<()>,
}

impl Turns {
    /// How many statements of a query run at the same time. More would take connections from others, and are not faster.
    const STATEMENTS_AT_ONCE: usize = 2;

    pub(crate) fn new() -> Self {
        Self { statements: Semaphore::new(Self::STATEMENTS_AT_ONCE), pages: Mutex::new(()) }
    }
}

impl List {
    /// Whether its operation answers queries in SQL.
    pub(crate) fn is_in_sql(&self) -> bool {
        self.fixed.is_empty() && self.within.is_none() && self.operation.row_table().is_some()
    }

    /// The rows that answer a query, with parameters for the operation.
    pub(crate) async fn rows(
        &self,
        reader: &impl Reader,
        turns: &Turns,
        query: &RowQuery,
        parameters: Vec<(String, String)>,
    ) -> Result<Rows, Refusal> {
        if self.is_in_sql() && parameters.is_empty() {
            // The semaphore is never closed.
            let _permit = turns.statements.acquire().await;
            if let Some(rows) = reader.rows(self.operation, query).await? {
                return Ok(rows);
            }
        }
        let _turn = turns.pages.lock().await;
        self.read_pages(reader, query, parameters).await
    }

    /// How many rows meet a filter, if the operation can tell without reading them.
    pub(crate) async fn count(
        &self,
        reader: &impl Reader,
        filter: &RowFilter,
    ) -> Result<Option<i64>, Refusal> {
        if !self.fixed.is_empty() || self.within.is_some() || self.takes_window {
            return Ok(None);
        }
        reader.count(self.operation, filter).await
    }

    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.operation.fields.iter().any(|field| field == name)
    }

    async fn read_pages(
        &self,
        reader: &impl Reader,
        query: &RowQuery,
        mut parameters: Vec<(String, String)>,
    ) -> Result<Rows, Refusal> {
        parameters.extend(self.fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let before = parameters.len();
        for (name, value) in narrowed(&query.filter) {
            if self.has_parameter(name) && parameters.iter().all(|(known, _)| known != name) {
                parameters.push((name.to_owned(), value));
            }
        }
        let is_narrowed = parameters.len() > before;
        // Rows are only read so far.
        if query.offset.saturating_add(query.limit.unwrap_or_default()) > ROWS_MAX {
            return Ok(Rows { rows: Vec::new(), is_cut: true });
        }
        // Rows that are neither filtered nor sorted are read only as far as they are wanted.
        let is_plain = query.filter == RowFilter::default() && query.order.is_empty();
        let wanted = match query.limit {
            Some(limit) if is_plain => query.offset.saturating_add(limit).min(ROWS_MAX),
            _ => ROWS_MAX,
        } as usize;
        if self.has_parameter("limit") {
            let limit = u32::try_from(wanted).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
            parameters.push(("limit".to_owned(), limit.to_string()));
        }
        let names = query.reads();
        let mut rows: Vec<Vec<Scalar>> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut asked = parameters.clone();
            asked.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
            let mut page = match reader.page(self.operation, asked).await {
                // The condition names an object that does not exist, so no row matches.
                Err(Refusal::Field(error))
                    if is_narrowed && matches!(&*error.code, "invalid" | "not_found") =>
                {
                    return Ok(Rows::default());
                }
                page => page?,
            };
            cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            let items = match page.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            let before = rows.len();
            for item in items {
                self.push_rows(&mut rows, item, &names);
            }
            reader.keep(rows.get(before..).unwrap_or_default())?;
            if rows.len() > ROWS_MAX as usize {
                return Ok(Rows { rows: Vec::new(), is_cut: true });
            }
            if cursor.is_none() || is_plain && query.limit.is_some() && rows.len() >= wanted {
                break;
            }
        }
        // Comparing texts may take long, and other requests are answered meanwhile.
        Ok(Rows { rows: long_work(|| query.answer(rows)), is_cut: false })
    }

    /// The rows of an item: one, or several if it holds several.
    fn push_rows(&self, rows: &mut Vec<Vec<Scalar>>, mut item: Value, names: &[&str]) {
        let Some(within) = self.within else {
            rows.push(names.iter().map(|name| self.scalar(name, item.get_mut(*name))).collect());
            return;
        };
        let Some(Value::Array(inner)) = item.get_mut(within).map(Value::take) else { return };
        for mut object in inner {
            let value = |name: &&str| match object.get_mut(*name) {
                Some(value) => self.scalar(name, Some(value)),
                None => self.scalar(name, item.get(*name).cloned().as_mut()),
            };
            rows.push(names.iter().map(value).collect());
        }
    }

    fn scalar(&self, name: &str, value: Option<&mut Value>) -> Scalar {
        let (Some(kind), Some(value)) = (self.scalars.get(name), value) else { return Scalar::Null };
        Scalar::of(kind.kind(), value.take()).unwrap_or_default()
    }
}

/// The parameters that a filter allows: those of members that must have one value.
fn narrowed(filter: &RowFilter) -> Vec<(&'static str, String)> {
    match filter {
        RowFilter::All(all) => all.iter().flat_map(narrowed).collect(),
        RowFilter::Is(MemberCondition { member, comparison }) => {
            let value = match comparison {
                Comparison::Equal(value) => value,
                Comparison::In(values) => match values.sorted() {
                    [value] => value,
                    _ => return Vec::new(),
                },
                _ => return Vec::new(),
            };
            let mut room = uuid::Uuid::encode_buffer();
            let Some(value) = value.as_text(&mut room) else { return Vec::new() };
            let parameter = NARROWING.iter().find(|(known, _)| known == member);
            parameter.map(|(_, parameter)| (*parameter, value.to_owned())).into_iter().collect()
        }
        RowFilter::Any(_) | RowFilter::Not(_) => Vec::new(),
    }
}

/// The error for a list that has more rows than are read at once.
pub(crate) fn too_many(name: &str) -> QueryError {
    let message = format!("{name} has more than {ROWS_MAX} objects; ask for fewer with where or limit");
    QueryError::new("too_many_rows", message)
}

/// The error for a list with which more values are read than one query may.
pub(crate) fn too_many_values(name: &str) -> QueryError {
    let message = format!(
        "with {name}, the query reads and computes from more than {VALUES_MAX} values (objects times fields); ask for \
         fewer objects with where or limit, or for fewer fields and figures"
    );
    QueryError::new("too_many_values", message)
}

/// The error for an answer that is too long.
pub(crate) fn too_long(name: &str) -> QueryError {
    let message = format!(
        "with {name}, the answer is longer than {} MiB; ask for fewer objects or fewer fields",
        ANSWER_MAX >> 20
    );
    QueryError::new("answer_too_long", message)
}
