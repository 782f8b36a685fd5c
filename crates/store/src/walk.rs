//! Lists that are read along a track: objects that have something in common, a label or a site, in
//! the order of the list, by an index that holds them so.
//!
//! A page by labels costs what is read until it is full. Along the whole list that is much if the
//! first match comes late; along a label only what has the label is read. Of several labels the one
//! is followed whose objects lie farthest apart where all of them have begun, and the others are
//! looked up at each.

use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::{Condition, Requirement, Selector};

use crate::error::Result;
use crate::few::first_few;
use crate::label_table::LabelTable;
use crate::list::{Ordered, Sort};
use crate::run::Run;
use crate::statement::Statement;

/// How far it is looked ahead on each track.
const AHEAD: i64 = 1_000;

/// How queries of tracks name what is sorted by, and the id.
pub(crate) const COLUMNS: [&str; 2] = ["few_order", "few_id"];

/// Objects in the order of a list.
pub(crate) struct Track<'s> {
    /// A query of ids, called `few_id`, and of what is sorted by, called `few_order`, that ends
    /// within its `WHERE` or is a union of such.
    pub(crate) ids: Statement,
    /// The requirement that all of them meet.
    pub(crate) meets: Option<&'s Requirement>,
}

/// What narrows a list.
pub(crate) struct Narrow<'n> {
    pub(crate) reach: &'n OrganizationReach,
    /// What is required of the labels, beside the reach.
    pub(crate) labels: &'n Selector,
    /// Whether more is required than labels, beside the reach.
    pub(crate) otherwise: bool,
    /// What may narrow it to a few, most likely first, labels among them.
    pub(crate) candidates: Vec<Statement>,
    /// What it can be read along, beside labels.
    pub(crate) tracks: Vec<Statement>,
}

/// Where a query of a list begins.
pub(crate) struct Begin {
    /// The ids, called `few_id`, if not at the whole table.
    pub(crate) few: Option<Statement>,
    /// Whether they are on a track: they begin where the page does, and the labels are met.
    pub(crate) walks: bool,
    /// The columns of the list's order.
    pub(crate) columns: [&'static str; 2],
}

impl LabelTable {
    /// Where a list had best begin.
    pub(crate) async fn begin<R: Run, S: Sort>(
        self,
        run: &mut R,
        ordered: &Ordered<S>,
        narrow: Narrow<'_>,
    ) -> Result<Begin> {
        let organization = narrow.reach.organization;
        let labels = match &narrow.reach.labels {
            Some(selector) => &narrow.labels.and(selector),
            None => narrow.labels,
        };
        let labels_alone = !narrow.otherwise && narrow.reach.sites.is_none() && narrow.reach.nodes.is_none();
        let columns = [ordered.sort.column(), "id"];
        let mut tracks = Vec::new();
        if ordered.sort.column() == self.order {
            tracks = self.tracks(organization, labels, ordered);
        }
        let candidates = if labels_alone && !tracks.is_empty() {
            // However few have a label with such a value, they are read in order.
            let there = labels.requirements().iter().filter(|r| r.condition == Condition::Exists);
            self.candidates_of(organization, there)
        } else {
            narrow.candidates
        };
        if let Some(few) = first_few(run, candidates).await? {
            return Ok(Begin { few: Some(few), walks: false, columns });
        }
        if !tracks.is_empty() {
            tracks.extend(narrow.tracks.into_iter().map(|ids| Track { ids, meets: None }));
        }
        let Some(track) = sparsest(run, ordered, &tracks).await? else {
            return Ok(Begin { few: None, walks: false, columns });
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
        Ok(Begin { few: Some(few), walks: true, columns: COLUMNS })
    }
}

/// Compares with where a list begins, in its order.
fn at_or_after<S: Sort>(ordered: &Ordered<S>) -> &'static str {
    if ordered.sort.is_descending() { "<=" } else { ">=" }
}

/// Adds a query of where all tracks have begun: nothing before it is on each of them.
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

/// The track on which, from where all have begun, the objects lie farthest apart; what ends soon is
/// the sparsest.
async fn sparsest<'t, 's, R: Run, S: Sort>(
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
    let (n,): (i64,) = run.row(statement).await?.unwrap_or_default();
    Ok(usize::try_from(n).ok().and_then(|n| tracks.get(n)))
}
