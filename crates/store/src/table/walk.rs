//! Chooses where a list query starts: at a few objects, along a [track](crate::table::track), or at the whole
//! table.
//!
//! A page filtered by labels is read row by row until it is full. Along the whole list this is slow if the
//! first match comes late; along a track, only the objects with one label are read. If there are several
//! tracks, the scan begins where the last of them begins, because no earlier object is on all of them. It
//! follows the track with the fewest objects per stretch of the list, and looks up the other requirements
//! for each object on it.

use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::{Condition, Selector};

use crate::database::run::Run;
use crate::error::Result;
use crate::sql::column::Column;
use crate::sql::name::StatementName;
use crate::sql::query::{Ids, Select};
use crate::sql::statement::Statement;
use crate::table::few::first_few;
use crate::table::label_table::LabelTable;
use crate::table::list::{COUNTED_MAX, PageRequest, PageStatement};
use crate::table::order::Listed;
use crate::table::track::Track;

/// How many objects ahead each track is sampled to see how far apart its objects are.
const AHEAD: i64 = 1_000;

/// The filters of a list.
pub(crate) struct Narrow<'n, I, C> {
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
    pub(crate) candidates: Vec<Ids<I>>,
    /// Tracks that do not come from labels, such as the objects at a site.
    pub(crate) tracks: Vec<Track<'n, C>>,
}

/// Where a list query starts.
pub(crate) struct Begin<'n, I, C> {
    table: LabelTable<I, C>,
    reach: &'n OrganizationReach,
    labels: &'n Selector,
    request: PageRequest<C>,
    /// The query of the ids to start at; `None` to start at the whole table.
    few: Option<Ids<I>>,
    /// Whether `few` follows a track: it then begins after the previous page already and meets all label
    /// requirements.
    walks: bool,
    /// The query of the ids at which counting starts, if the page follows a track.
    counted: Option<Ids<I>>,
}

impl<I: Column, C: Listed> Begin<'_, I, C> {
    /// The page's statement. `complete` adds all conditions but those on the filter's labels to a query of all
    /// objects of the organization.
    pub(crate) fn page_of(
        self,
        columns: &[&'static str],
        complete: impl Fn(Select) -> Select,
    ) -> PageStatement<C> {
        let organization = self.reach.organization;
        let select = complete(self.table.select(columns, organization, self.few.as_ref()));
        if !self.walks {
            return self.request.page_of(select.and_all(self.table.conditions(self.labels)));
        }
        let count = self.request.counts().then(|| {
            let all = complete(self.table.select(&["1"], organization, self.counted.as_ref()));
            all.and_all(self.table.conditions(self.labels)).counted(COUNTED_MAX)
        });
        self.request.page_on_track(select, count)
    }
}

impl<I: Column, C: Listed> LabelTable<I, C> {
    /// Chooses where a list query starts.
    pub(crate) async fn begin<'n, R: Run>(
        self,
        run: &mut R,
        request: PageRequest<C>,
        narrow: Narrow<'n, I, C>,
    ) -> Result<Begin<'n, I, C>> {
        let (reach, labels) = (narrow.reach, narrow.labels);
        let (few, walks) = self.start(run, &request, narrow).await?;
        let mut counted = None;
        if walks && request.counts() {
            let selectors = [Some(labels), reach.labels.as_ref()].into_iter().flatten();
            let mut candidates = selectors.flat_map(|labels| self.candidates(reach.organization, labels));
            counted = candidates.next();
        }
        Ok(Begin { table: self, reach, labels, request, few, walks, counted })
    }

    /// The query of the ids to start at, and whether it follows a track.
    async fn start<R: Run>(
        &self,
        run: &mut R,
        request: &PageRequest<C>,
        narrow: Narrow<'_, I, C>,
    ) -> Result<(Option<Ids<I>>, bool)> {
        let organization = narrow.reach.organization;
        let labels = match &narrow.reach.labels {
            Some(selector) => &narrow.labels.and(selector),
            None => narrow.labels,
        };
        let labels_alone = !narrow.otherwise && narrow.reach.sites.is_none() && narrow.reach.nodes.is_none();
        let mut tracks = self.tracks(organization, labels, request.order().is_descending);
        tracks.retain(|track| track.fits(request.order()));
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
            tracks.extend(narrow.tracks.into_iter().filter(|track| track.fits(request.order())));
        }
        let Some(track) = sparsest(narrow.sample_tracks, run, request, &tracks).await? else {
            return Ok((None, false));
        };
        let mut few = track.after("few_id, few_order", request);
        if tracks.len() > 1 {
            few.push(" AND few_order ").push(at_or_after(request)).push(" (");
            push_start(&mut few, request, &tracks);
            few.push(")");
        }
        few.and_all(
            labels
                .requirements()
                .iter()
                .filter(|requirement| !track.meets(requirement))
                .map(|requirement| self.require(organization, requirement)),
        );
        if labels_alone {
            request.sort_track(&mut few);
            request.limit(&mut few);
        }
        Ok((Some(Ids::from_statement(few)), true))
    }
}

/// The comparison operator for rows at or after a point in the list's order.
fn at_or_after<C: Listed>(request: &PageRequest<C>) -> &'static str {
    if request.order().is_descending { "<=" } else { ">=" }
}

/// Adds a query of the point at which all tracks have begun: no object before it is on every track.
fn push_start<C: Listed>(statement: &mut Statement, request: &PageRequest<C>, tracks: &[Track<'_, C>]) {
    let last = if request.order().is_descending { "min" } else { "max" };
    statement.push("SELECT ").push(last).push("(first) FROM (");
    for (n, track) in tracks.iter().enumerate() {
        let mut first = track.after("few_order", request);
        request.sort_track(&mut first);
        statement.push(if n == 0 { "SELECT (" } else { " UNION ALL SELECT (" });
        statement.push_statement(&first).push(" LIMIT 1) AS first");
    }
    statement.push(") AS firsts");
}

/// Picks the track whose objects are farthest apart from the point where all have begun. A track that ends
/// within the next [`AHEAD`] objects counts as the sparsest.
async fn sparsest<'t, 's, R: Run, C: Listed>(
    name: StatementName,
    run: &mut R,
    request: &PageRequest<C>,
    tracks: &'t [Track<'s, C>],
) -> Result<Option<&'t Track<'s, C>>> {
    if tracks.len() < 2 {
        return Ok(tracks.first());
    }
    let mut statement = Statement::new("WITH start (few_start) AS (");
    push_start(&mut statement, request, tracks);
    statement.push(") SELECT n FROM (");
    for (track, n) in tracks.iter().zip(0_i64..) {
        let mut ahead = track.after("few_order", request);
        ahead.push(" AND few_order ").push(at_or_after(request)).push(" (SELECT few_start FROM start)");
        request.sort_track(&mut ahead);
        statement.push(if n == 0 { "SELECT " } else { " UNION ALL SELECT " }).push_value(n);
        statement.push(" AS n, (").push_statement(&ahead);
        statement.push(" LIMIT 1 OFFSET ").push_number(AHEAD).push(") AS ahead");
    }
    statement.push(") AS tracks ORDER BY ahead IS NOT NULL, ahead");
    statement.push(if request.order().is_descending { "" } else { " DESC" }).push(", n LIMIT 1");
    let (n,): (i64,) = run.row(name, statement).await?.unwrap_or_default();
    Ok(usize::try_from(n).ok().and_then(|n| tracks.get(n)))
}
