//! Index-ordered list scans along a track. A track is a set of objects that share something, such as a label
//! or a site, and that an index already holds in the list's order.
//!
//! A page filtered by labels is read row by row until it is full. Along the whole list this is slow if the
//! first match comes late; along a track, only the objects with one label are read. If there are several
//! tracks, the scan follows the one whose objects are farthest apart, from the point on where all tracks
//! have begun. The other requirements are looked up for each object on it.

use bailiwick_domain::cursor::{Cursor, Mark};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::{Condition, Requirement, Selector};

use crate::database::run::Run;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::{Row, Statement, Value};
use crate::table::few::first_few;
use crate::table::label_table::LabelTable;
use crate::table::list::{List, Ordered, Sort};

/// How many objects ahead each track is sampled to see how far apart its objects are.
const AHEAD: i64 = 1_000;

/// The names of the sort column and the id column in queries of tracks.
pub(crate) const COLUMNS: [&str; 2] = ["few_order", "few_id"];

/// A query of objects that an index returns in the list's order.
pub(crate) struct Track<'s> {
    /// A query that selects the id as `few_id` and the sort column as `few_order`. It ends inside its
    /// `WHERE` clause, or is a union of such queries.
    pub(crate) ids: Statement,
    /// The label requirement that every object on this track meets, if the track comes from one.
    pub(crate) meets: Option<&'s Requirement>,
}

/// The filters of a list.
pub(crate) struct Narrow<'n> {
    /// The names of the statements that count a few objects and that sample tracks.
    pub(crate) count_few: StatementName,
    pub(crate) sample_tracks: StatementName,
    pub(crate) reach: &'n OrganizationReach,
    /// The label requirements of the list's filter, in addition to those of the reach.
    pub(crate) labels: &'n Selector,
    /// Whether the list's filter has more than labels.
    pub(crate) otherwise: bool,
    /// Queries of ids for filters that may match only a few objects, those on labels included, most
    /// selective first.
    pub(crate) candidates: Vec<Statement>,
    /// Tracks that do not come from labels, such as the objects at a site.
    pub(crate) tracks: Vec<Statement>,
}

/// Where a list query starts.
pub(crate) struct Begin<'n, S> {
    table: LabelTable,
    labels: &'n Selector,
    ordered: Ordered<S>,
    /// The query of the ids to start at, called `few_id`; `None` to start at the whole table.
    pub(crate) few: Option<Statement>,
    /// Whether `few` follows a track: it then begins after the cursor already and meets all label
    /// requirements.
    walks: bool,
    /// The sort column and the id column to order by.
    columns: [&'static str; 2],
}

impl<S: Sort> Begin<'_, S> {
    /// Completes the list query, which has all conditions but those on labels, and runs it. `place` returns a
    /// row's sort value and id, for the next cursor.
    pub(crate) async fn page<R: Run, T: Row>(
        self,
        name: StatementName,
        run: &mut R,
        mut statement: Statement,
        place: fn(&T, S) -> (Mark, String),
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        if !self.walks {
            self.table.filter(&mut statement, self.labels);
            self.ordered.push_after(&mut statement, self.columns);
        }
        self.ordered.page(name, run, statement, self.columns, place).await
    }
}

impl LabelTable {
    /// Chooses where a list query starts: at a few objects, along a track, or at the whole table. `id` parses
    /// the id in a cursor.
    pub(crate) async fn begin<'n, R: Run, S: Sort>(
        self,
        run: &mut R,
        list: List<S>,
        id: fn(&str) -> Option<Value>,
        narrow: Narrow<'n>,
    ) -> Result<Begin<'n, S>> {
        let ordered = list.ordered(id)?;
        let labels = narrow.labels;
        let (few, walks) = self.start(run, &ordered, narrow).await?;
        let columns = if walks { COLUMNS } else { [ordered.sort.column(), "id"] };
        Ok(Begin { table: self, labels, ordered, few, walks, columns })
    }

    /// The query of the ids to start at, and whether it follows a track.
    async fn start<R: Run, S: Sort>(
        self,
        run: &mut R,
        ordered: &Ordered<S>,
        narrow: Narrow<'_>,
    ) -> Result<(Option<Statement>, bool)> {
        let organization = narrow.reach.organization;
        let labels = match &narrow.reach.labels {
            Some(selector) => &narrow.labels.and(selector),
            None => narrow.labels,
        };
        let labels_alone = !narrow.otherwise && narrow.reach.sites.is_none() && narrow.reach.nodes.is_none();
        let mut tracks = Vec::new();
        if ordered.sort.column() == self.order {
            tracks = self.tracks(organization, labels, ordered);
        }
        let candidates = if labels_alone && !tracks.is_empty() {
            // Objects with a given label value are read in order along their track, however few they are. So
            // only requirements that a label exists are left as candidates.
            let there = labels.requirements().iter().filter(|r| r.condition == Condition::Exists);
            self.candidates_of(organization, there)
        } else {
            narrow.candidates
        };
        if let Some(few) = first_few(narrow.count_few, run, candidates).await? {
            return Ok((Some(few), false));
        }
        if !tracks.is_empty() {
            tracks.extend(narrow.tracks.into_iter().map(|ids| Track { ids, meets: None }));
        }
        let Some(track) = sparsest(narrow.sample_tracks, run, ordered, &tracks).await? else {
            return Ok((None, false));
        };
        let mut few = Statement::new("SELECT few_id, few_order FROM (");
        few.push_statement(&track.ids).push(") AS track WHERE 1 = 1");
        ordered.push_after(&mut few, COLUMNS);
        if tracks.len() > 1 {
            few.push(" AND few_order ").push(at_or_after(ordered)).push(" (");
            push_start(&mut few, ordered, &tracks);
            few.push(")");
        }
        for requirement in labels.requirements() {
            if Some(requirement) != track.meets {
                self.require(&mut few, organization, requirement);
            }
        }
        if labels_alone {
            ordered.push_order(&mut few, COLUMNS);
            ordered.push_limit(&mut few);
        }
        Ok((Some(few), true))
    }
}

/// The comparison operator for rows at or after a point in the list's order.
fn at_or_after<S: Sort>(ordered: &Ordered<S>) -> &'static str {
    if ordered.sort.is_descending() { "<=" } else { ">=" }
}

/// Adds a query of the point at which all tracks have begun: no object before it is on every track.
fn push_start<S: Sort>(statement: &mut Statement, ordered: &Ordered<S>, tracks: &[Track<'_>]) {
    let last = if ordered.sort.is_descending() { "min" } else { "max" };
    statement.push("SELECT ").push(last).push("(first) FROM (");
    for (n, track) in tracks.iter().enumerate() {
        statement.push(if n == 0 { "SELECT (" } else { " UNION ALL SELECT (" });
        statement.push("SELECT few_order FROM (").push_statement(&track.ids).push(") AS track WHERE 1 = 1");
        ordered.push_after(statement, COLUMNS);
        ordered.push_order(statement, COLUMNS);
        statement.push(" LIMIT 1) AS first");
    }
    statement.push(") AS firsts");
}

/// Picks the track whose objects are farthest apart from the point where all have begun. A track that ends
/// within the next [`AHEAD`] objects counts as the sparsest.
async fn sparsest<'t, 's, R: Run, S: Sort>(
    name: StatementName,
    run: &mut R,
    ordered: &Ordered<S>,
    tracks: &'t [Track<'s>],
) -> Result<Option<&'t Track<'s>>> {
    if tracks.len() < 2 {
        return Ok(tracks.first());
    }
    let mut statement = Statement::new("WITH start (few_start) AS (");
    push_start(&mut statement, ordered, tracks);
    statement.push(") SELECT n FROM (");
    for (track, n) in tracks.iter().zip(0_i64..) {
        statement.push(if n == 0 { "SELECT " } else { " UNION ALL SELECT " }).push_value(n);
        statement.push(" AS n, (SELECT few_order FROM (").push_statement(&track.ids);
        statement.push(") AS track WHERE few_order ").push(at_or_after(ordered));
        statement.push(" (SELECT few_start FROM start)");
        ordered.push_after(&mut statement, COLUMNS);
        ordered.push_order(&mut statement, COLUMNS);
        statement.push(" LIMIT 1 OFFSET ").push_number(AHEAD).push(") AS ahead");
    }
    statement.push(") AS tracks ORDER BY ahead IS NOT NULL, ahead");
    statement.push(if ordered.sort.is_descending() { "" } else { " DESC" }).push(", n LIMIT 1");
    let (n,): (i64,) = run.row(name, statement).await?.unwrap_or_default();
    Ok(usize::try_from(n).ok().and_then(|n| tracks.get(n)))
}
