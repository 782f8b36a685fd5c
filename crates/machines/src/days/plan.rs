//! Which days are asked for.

use std::sync::Arc;

use bailiwick_domain::calendar::{Calendar, LocalDate, ProductionDay};
use bailiwick_domain::history::{History, SortedHistory};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::slices::{NodeDay, cut, half_hours};
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::computing::Pace;

/// A node whose days are asked for.
pub(crate) struct AskedNode {
    /// The node.
    pub(crate) node: NodeId,
    /// Its calendar.
    pub(crate) calendar: Arc<Calendar>,
}

/// Which part of a production day is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Only a window of it.
    Window(Span),
}

/// The dates of a calendar from one time up to, but without, another, with what is asked of each.
pub(crate) fn dates_of(calendar: &Calendar, from: Timestamp, until: Timestamp) -> Vec<(LocalDate, Part)> {
    let inside = Timestamp::from_micros(until.as_micros().saturating_sub(1));
    let (Some(first), Some(last)) = (calendar.date_of(from), calendar.date_of(inside)) else {
        return Vec::new();
    };
    let window = Span::new(from, until);
    let part = |date: LocalDate| {
        let day = calendar.span(date, date);
        if day.overlap(window) == day { Part::Whole } else { Part::Window(window) }
    };
    dates(first, last).map(|date| (date, part(date))).collect()
}

/// The dates from one to another, both included.
pub(crate) fn dates(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    let all = std::iter::successors(Some(first), |date| date.plus_days(1));
    all.take_while(move |date| *date <= last)
}

/// What is asked of days.
pub(crate) struct AskedDays<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) now: Timestamp,
    /// The dates of a calendar, with what is asked of each, in order.
    pub(crate) dates: &'a (dyn Fn(&Calendar) -> Vec<(LocalDate, Part)> + Sync),
    /// Whether slices have to be divided at the full hours of the local clock.
    pub(crate) is_hourly: bool,
}

/// A production day, with what is asked of it.
pub(crate) struct Wanted {
    pub(crate) day: ProductionDay,
    pub(crate) part: Part,
}

impl Wanted {
    /// The number of its date, by which it is stored.
    pub(super) fn number(&self) -> i64 {
        i64::from(self.day.date.days_since_epoch())
    }
}

/// The days of one calendar.
pub(super) struct Plan {
    pub(super) calendar: Arc<Calendar>,
    pub(super) days: Vec<Wanted>,
    /// The sums of each day without any data.
    pub(super) without_data: Vec<Vec<NodeDay>>,
}

/// The times at which the cells of a day are divided: each half hour of UTC, and each full hour of the local clock.
fn edges(calendar: &Calendar, span: Span) -> Vec<Timestamp> {
    let mut edges = half_hours(span);
    edges.extend(calendar.hours(span).into_iter().map(Span::start));
    edges
}

/// The sums of a day, or of the asked part of it: one, or with hourly slices one for each hour.
pub(crate) fn sums(
    calendar: &Calendar,
    wanted: &Wanted,
    history: &SortedHistory,
    is_hourly: bool,
) -> Vec<NodeDay> {
    let window = match wanted.part {
        Part::Whole => wanted.day.span,
        Part::Window(window) => window.overlap(wanted.day.span),
    };
    if is_hourly {
        let hours = calendar.hours(window).into_iter();
        return hours.map(|hour| cut(&wanted.day, hour, history, &[])).collect();
    }
    vec![cut(&wanted.day, window, history, &edges(calendar, window))]
}

/// The place of the plan of a calendar, which is made if it is not there.
pub(super) async fn plan(plans: &mut Vec<Plan>, asked: &AskedDays<'_>, calendar: &Arc<Calendar>) -> usize {
    if let Some(place) = plans.iter().position(|plan| Arc::ptr_eq(&plan.calendar, calendar)) {
        return place;
    }
    let nothing = History::none(asked.now).sorted();
    let (mut days, mut without_data) = (Vec::new(), Vec::new());
    let mut pace = Pace::default();
    for (date, part) in (asked.dates)(calendar) {
        let day = calendar.day(date);
        // Nothing is known of days that have not begun.
        if day.span.start() < asked.now {
            let wanted = Wanted { day, part };
            without_data.push(sums(calendar, &wanted, &nothing, asked.is_hourly));
            days.push(wanted);
        }
        pace.step().await;
    }
    plans.push(Plan { calendar: Arc::clone(calendar), days, without_data });
    plans.len().saturating_sub(1)
}
