use proptest::prelude::*;

use super::*;
use crate::production::span::Span;

/// Zones with daylight saving time of one hour and of half an hour, and zones that are 30 and 45 minutes
/// apart from UTC.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Adelaide",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
];
const HOUR: i64 = 3_600_000_000;

fn date(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn calendar(json: serde_json::Value) -> Result<Calendar, BadCalendar> {
    Calendar::new(&serde_json::from_value(json).unwrap())
}

fn refused(json: serde_json::Value) -> String {
    calendar(json).unwrap_err().to_string()
}

fn shown(span: Span) -> String {
    format!("{} {}", span.start(), span.end())
}

/// Three shifts on Monday to Friday; the night shift starts at 22:00.
fn three_shifts(zone: &str, day_starts_at: &str) -> Calendar {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    calendar(serde_json::json!({
        "time_zone": zone, "day_starts_at": day_starts_at,
        "shifts": [
            { "name": "Night", "starts_at": "22:00", "ends_at": "06:00", "weekdays": days },
            { "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": days },
            { "name": "Late", "starts_at": "14:00", "ends_at": "22:00", "weekdays": days },
        ],
        "holidays": [{ "date": "2030-05-01" }],
        "exceptions": [
            { "date": "2030-05-04", "shifts": [{ "name": "Extra", "starts_at": "08:00", "ends_at": "12:00" }] },
        ],
    }))
    .unwrap()
}

#[test]
fn a_night_shift_belongs_to_the_day_on_which_it_starts() {
    let calendar = three_shifts("Europe/Berlin", "00:00");
    // Tuesday 29 January 2030; winter time is an hour ahead of UTC.
    let day = calendar.day(date("2030-01-29"));
    assert_eq!(shown(day.span), "2030-01-29T05:00:00Z 2030-01-30T05:00:00Z");
    let names: Vec<&str> = day.shifts.iter().map(|shift| shift.name.as_str()).collect();
    assert_eq!(names, ["Early", "Late", "Night"]);
    assert_eq!(shown(day.shifts[2].span), "2030-01-29T21:00:00Z 2030-01-30T05:00:00Z");
    for (at, day) in [
        ("2030-01-29T04:59:59.999999Z", "2030-01-28"),
        ("2030-01-29T05:00:00Z", "2030-01-29"),
        ("2030-01-30T04:59:59.999999Z", "2030-01-29"),
        // No shift runs in the night from Saturday to Sunday, so the day begins at midnight.
        ("2030-02-02T22:59:59.999999Z", "2030-02-02"),
        ("2030-02-02T23:00:00Z", "2030-02-03"),
    ] {
        assert_eq!(calendar.date_of(at.parse().unwrap()), Some(date(day)), "{at}");
    }
    // Friday's night shift runs into Saturday; on Sunday no shift starts until Monday.
    assert_eq!(shown(calendar.day(date("2030-02-01")).span), "2030-02-01T05:00:00Z 2030-02-02T05:00:00Z");
    let sunday = calendar.day(date("2030-02-03"));
    assert_eq!(shown(sunday.span), "2030-02-02T23:00:00Z 2030-02-03T23:00:00Z");
    assert!(sunday.shifts.is_empty() && sunday.scheduled.is_empty());
    // Monday's early shift starts at 06:00, the day at midnight.
    assert_eq!(shown(calendar.day(date("2030-02-04")).span), "2030-02-03T23:00:00Z 2030-02-05T05:00:00Z");
}

#[test]
fn holidays_have_no_shifts_and_exceptions_have_others() {
    let calendar = three_shifts("UTC", "06:00");
    let names =
        |day| calendar.day(date(day)).shifts.iter().map(|shift| shift.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names("2030-04-30"), ["Early", "Late", "Night"]);
    assert!(names("2030-05-01").is_empty());
    assert_eq!(names("2030-05-04"), ["Extra"]);
    // The night shift of 30 April goes on into the holiday, and belongs to 30 April.
    assert_eq!(shown(calendar.day(date("2030-04-30")).span), "2030-04-30T06:00:00Z 2030-05-01T06:00:00Z");
    assert_eq!(calendar.shift_names().len(), 4);
}

#[test]
fn without_shifts_everything_is_scheduled() {
    let always = Calendar::without_shifts("Europe/Berlin".parse().unwrap());
    let day = always.day(date("2030-03-31"));
    assert_eq!(day.span.micros(), 23 * HOUR);
    assert_eq!(day.scheduled, [day.span]);
    assert!(day.shifts.is_empty());
    assert_eq!(always.day(date("2030-10-27")).span.micros(), 25 * HOUR);
    let but_holidays =
        calendar(serde_json::json!({ "time_zone": "UTC", "holidays": [{ "date": "2030-05-01" }] })).unwrap();
    assert!(but_holidays.day(date("2030-05-01")).scheduled.is_empty());
    assert_eq!(but_holidays.day(date("2030-05-02")).scheduled.len(), 1);
}

#[test]
fn days_and_hours_follow_the_local_clock() {
    for (zone, day, day_hours, hours, first) in [
        ("Europe/Berlin", "2030-03-31", 23.0, 23, "2030-03-30T23:00:00Z"),
        ("Europe/Berlin", "2030-10-27", 25.0, 25, "2030-10-26T22:00:00Z"),
        ("America/New_York", "2030-03-10", 23.0, 23, "2030-03-10T05:00:00Z"),
        ("Australia/Adelaide", "2030-10-06", 23.0, 23, "2030-10-05T14:30:00Z"),
        ("Australia/Adelaide", "2030-04-07", 25.0, 25, "2030-04-06T13:30:00Z"),
        ("Asia/Kathmandu", "2030-10-06", 24.0, 24, "2030-10-05T18:15:00Z"),
        // The clock is put forward by half an hour at 02:00, and back from 02:00 to 01:30: the second half
        // of the hour from 01:00 comes twice.
        ("Australia/Lord_Howe", "2030-10-06", 23.5, 24, "2030-10-05T13:30:00Z"),
        ("Australia/Lord_Howe", "2030-04-07", 24.5, 25, "2030-04-06T13:00:00Z"),
        ("Pacific/Chatham", "2030-09-29", 23.0, 24, "2030-09-28T11:15:00Z"),
        ("Pacific/Chatham", "2030-04-07", 25.0, 26, "2030-04-06T10:15:00Z"),
        // The whole day was skipped.
        ("Pacific/Apia", "2011-12-30", 0.0, 0, "2011-12-30T10:00:00Z"),
    ] {
        let calendar = Calendar::without_shifts(zone.parse().unwrap());
        let found = calendar.day(date(day)).span;
        assert_eq!(found.micros() as f64 / HOUR as f64, day_hours, "{zone} {day}");
        assert_eq!(found.start().to_string(), first, "{zone} {day}");
        assert_eq!(calendar.hours(found).len(), hours, "{zone} {day}");
    }
}

#[test]
fn local_times_around_a_change_of_the_clock_are_decided() {
    let calendar = |zone: &str, shifts: &[(&str, &str)]| {
        let shift = |(from, to): &(&str, &str)| {
            serde_json::json!({
                "name": format!("{from} to {to}"), "starts_at": from, "ends_at": to, "weekdays": ["sunday"],
            })
        };
        let shifts: Vec<_> = shifts.iter().map(shift).collect();
        calendar(serde_json::json!({ "time_zone": zone, "shifts": shifts })).unwrap()
    };
    let spans = |calendar: &Calendar, day: &str| {
        calendar.day(date(day)).shifts.iter().map(|shift| shown(shift.span)).collect::<Vec<_>>()
    };
    // In Berlin, 02:00 to 03:00 is skipped on 31 March 2030 and occurs twice on 27 October.
    let berlin = calendar("Europe/Berlin", &[("01:00", "02:30"), ("02:30", "06:00")]);
    assert_eq!(
        spans(&berlin, "2030-03-31"),
        ["2030-03-31T00:00:00Z 2030-03-31T01:30:00Z", "2030-03-31T01:30:00Z 2030-03-31T04:00:00Z"]
    );
    assert_eq!(
        spans(&berlin, "2030-10-27"),
        ["2030-10-26T23:00:00Z 2030-10-27T00:30:00Z", "2030-10-27T00:30:00Z 2030-10-27T05:00:00Z"]
    );
    // The first would end at 03:30, so it ends when the next one starts; the second one is in the gap.
    let skipped = calendar("Europe/Berlin", &[("01:00", "02:15"), ("02:15", "02:45"), ("03:00", "06:00")]);
    assert_eq!(
        spans(&skipped, "2030-03-31"),
        ["2030-03-31T00:00:00Z 2030-03-31T01:00:00Z", "2030-03-31T01:00:00Z 2030-03-31T04:00:00Z"]
    );
    let howe = calendar("Australia/Lord_Howe", &[("01:00", "02:15"), ("02:15", "06:00")]);
    assert_eq!(
        spans(&howe, "2030-10-06"),
        ["2030-10-05T14:30:00Z 2030-10-05T15:45:00Z", "2030-10-05T15:45:00Z 2030-10-05T19:00:00Z"]
    );
}

#[test]
fn overlapping_shifts_are_refused_with_both_names() {
    let shift = |name: &str, from: &str, to: &str, day: &str| serde_json::json!({ "name": name, "starts_at": from, "ends_at": to, "weekdays": [day] });
    let week = |one, two| serde_json::json!({ "time_zone": "UTC", "shifts": [one, two] });
    assert_eq!(
        refused(week(shift("A", "06:00", "14:01", "monday"), shift("B", "14:00", "22:00", "monday"))),
        "the shift A still runs on monday when the shift B starts; let it end earlier, or change the other"
    );
    // Across midnight, and across the end of the week.
    assert!(
        refused(week(shift("N", "22:00", "06:01", "monday"), shift("E", "06:00", "14:00", "tuesday")))
            .starts_with("the shift N still runs on tuesday when the shift E")
    );
    assert!(
        refused(week(shift("E", "06:00", "14:00", "monday"), shift("N", "22:00", "06:01", "sunday")))
            .starts_with("the shift N still runs on monday when the shift E")
    );
    assert!(
        calendar(week(shift("N", "22:00", "06:00", "sunday"), shift("E", "06:00", "06:00", "monday")))
            .is_ok()
    );
    // A shift of 24 hours on each day touches itself, and does not overlap.
    let all: Vec<&str> = Weekday::ALL.iter().map(|day| day.as_str()).collect();
    let whole = serde_json::json!({ "name": "A", "starts_at": "06:00", "ends_at": "06:00", "weekdays": all });
    assert!(calendar(serde_json::json!({ "time_zone": "UTC", "shifts": [whole] })).is_ok());
    // An exception next to a night shift of the week. 2030-05-05 is a Sunday.
    let beside = |date: &str, from: &str, to: &str| {
        serde_json::json!({
            "time_zone": "UTC", "shifts": [shift("N", "22:00", "06:00", "sunday")],
            "exceptions": [{ "date": date, "shifts": [{ "name": "X", "starts_at": from, "ends_at": to }] }],
        })
    };
    assert!(calendar(beside("2030-05-06", "06:00", "12:00")).is_ok());
    assert!(refused(beside("2030-05-06", "05:00", "12:00")).contains("N still runs on 2030-05-06"));
    assert!(
        refused(beside("2030-05-04", "23:00", "22:30")).starts_with("the shift X still runs on 2030-05-05")
    );
    assert!(calendar(beside("2030-05-05", "05:00", "12:00")).is_ok());
}

#[test]
fn calendars_are_bounded_and_have_one_rule_for_each_date() {
    let rules = |shifts: usize, holidays: usize| {
        let mut rules: CalendarRules = serde_json::from_str(r#"{"time_zone":"UTC"}"#).unwrap();
        let shift: Shift = serde_json::from_str(
            r#"{"name":"A","starts_at":"06:00","ends_at":"07:00","weekdays":["monday"]}"#,
        )
        .unwrap();
        rules.shifts = vec![shift; shifts];
        rules.holidays = (0..i32::try_from(holidays).unwrap())
            .map(|days| Holiday { date: LocalDate::from_days_since_epoch(days).unwrap(), name: None })
            .collect();
        Calendar::new(&rules).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(rules(3_000_000, 0), Err("shifts: expected at most 100, found 3000000".to_owned()));
    assert_eq!(rules(0, 1_001), Err("holidays: expected at most 1000, found 1001".to_owned()));
    assert_eq!(rules(1, 1_000), Ok(()));
    let twice = refused(serde_json::json!({
        "time_zone": "UTC", "holidays": [{ "date": "2030-05-01" }],
        "exceptions": [
            { "date": "2030-05-01", "shifts": [{ "name": "X", "starts_at": "06:00", "ends_at": "07:00" }] },
        ],
    }));
    assert_eq!(twice, "expected each date once among holidays and exceptions, found 2030-05-01 twice");
    let none =
        serde_json::json!({ "time_zone": "UTC", "exceptions": [{ "date": "2030-05-01", "shifts": [] }] });
    assert!(refused(none).starts_with("exceptions: expected at least one shift on 2030-05-01"));
    let days = |days: &[&str]| {
        refused(serde_json::json!({
            "time_zone": "UTC",
            "shifts": [{ "name": "A", "starts_at": "06:00", "ends_at": "07:00", "weekdays": days }],
        }))
    };
    assert_eq!(days(&[]), "shifts: expected 1 to 7 different weekdays for the shift A");
    assert_eq!(days(&["monday", "monday"]), days(&[]));
}

#[test]
fn weeks_and_months_are_of_whole_production_days() {
    let mut rules: CalendarRules =
        serde_json::from_str(r#"{"time_zone":"UTC","day_starts_at":"06:00"}"#).unwrap();
    rules.week_starts_on = Weekday::Sunday;
    let calendar = Calendar::new(&rules).unwrap();
    // 2030-05-01 is a Wednesday.
    assert_eq!(calendar.week(date("2030-05-01")), (date("2030-04-28"), date("2030-05-04")));
    assert_eq!(calendar.week(date("2030-04-28")), (date("2030-04-28"), date("2030-05-04")));
    assert_eq!(calendar.month(date("2028-02-10")), (date("2028-02-01"), date("2028-02-29")));
    let (first, last) = calendar.month(date("2030-05-01"));
    assert_eq!(shown(calendar.span(first, last)), "2030-05-01T06:00:00Z 2030-06-01T06:00:00Z");
    assert_eq!(calendar.days(first, last).count(), 31);
    // At the ends of all dates, nothing fails.
    for text in ["1970-01-01", "9998-12-31"] {
        let (first, last) = calendar.week(date(text));
        assert!(first <= date(text) && date(text) <= last);
        assert_eq!(calendar.day(date(text)).span.micros(), 24 * HOUR);
    }
    assert_eq!(calendar.date_of(Timestamp::from_micros(0)), None);
    assert_eq!(calendar.date_of(Timestamp::from_micros(i64::MAX)), None);
}

/// Shifts that do not overlap: some minutes of a week, each with a length up to the next one.
fn any_rules() -> impl Strategy<Value = CalendarRules> {
    let starts = prop::collection::btree_set(0_u16..7 * 96, 0..15);
    let zone = prop::sample::select(&ZONES[..]);
    (starts, zone, 0_u16..96, prop::collection::vec(any::<bool>(), 15)).prop_map(
        |(starts, zone, day_starts, whole)| {
            let clock = |quarter: u16| format!("{:02}:{:02}", quarter % 96 / 4, quarter % 4 * 15);
            let starts: Vec<u16> = starts.into_iter().collect();
            let mut shifts = Vec::new();
            for (number, start) in starts.iter().enumerate() {
                let next = starts.get(number + 1).copied().unwrap_or(starts[0] + 7 * 96);
                let gap = (next - start).min(96);
                let length = if whole[number] { gap } else { gap.div_ceil(2) };
                shifts.push(serde_json::json!({
                    "name": format!("Shift {number}"),
                    "starts_at": clock(*start), "ends_at": clock(start + length),
                    "weekdays": [Weekday::ALL[usize::from(start / 96)].as_str()],
                }));
            }
            serde_json::from_value(serde_json::json!({
                "time_zone": zone, "day_starts_at": clock(day_starts), "shifts": shifts,
            }))
            .unwrap()
        },
    )
}

proptest! {
    /// Days follow each other without a gap, shifts are within their day, and hours add up to it.
    #[test]
    fn every_microsecond_is_in_one_day_one_hour_and_at_most_one_shift(
        rules in any_rules(),
        // Around the changes of the clock in 2026, in both hemispheres, and around Apia's skipped day.
        first in prop::sample::select(&["2026-03-05", "2026-03-26", "2026-04-02", "2026-09-24", "2026-10-01",
            "2026-10-22", "2026-10-29", "2011-12-27"][..]),
        // Ten dates have at least eight days, even in Apia.
        moment in 0_i64..8 * 24 * HOUR,
    ) {
        let calendar = Calendar::new(&rules).unwrap();
        let days: Vec<ProductionDay> =
            calendar.days(date(first), date(first).plus_days(9).unwrap()).collect();
        for pair in days.windows(2) {
            prop_assert_eq!(pair[0].span.end(), pair[1].span.start());
        }
        for day in &days {
            prop_assert_eq!(calendar.span(day.date, day.date), day.span);
            let mut before = day.span.start();
            for shift in &day.shifts {
                prop_assert!(before <= shift.span.start() && !shift.span.is_empty());
                before = shift.span.end();
            }
            prop_assert!(before <= day.span.end());
            let mut before = day.span.start();
            for hour in calendar.hours(day.span) {
                prop_assert_eq!(hour.start(), before);
                prop_assert!(0 < hour.micros() && hour.micros() <= HOUR);
                before = hour.end();
            }
            prop_assert_eq!(before, day.span.end());
        }
        let at = Timestamp::from_micros(days[0].span.start().as_micros() + moment);
        let in_days: Vec<LocalDate> =
            days.iter().filter(|day| day.span.contains(at)).map(|day| day.date).collect();
        prop_assert_eq!(calendar.date_of(at).into_iter().collect::<Vec<_>>(), in_days);
        // Each shift of the week takes place, in the day in which it starts. Those of the Friday that Apia skipped are
        // moved to the Saturday, where the shifts of that day go before them.
        let starts: usize = days.iter().map(|day| day.shifts.len()).sum();
        let is_skipped = first == "2011-12-27" && rules.time_zone.to_string() == "Pacific/Apia";
        let of_friday = |shift: &&Shift| is_skipped && shift.weekdays.contains(&Weekday::Friday);
        let moved = rules.shifts.iter().filter(of_friday).count();
        prop_assert!(starts >= rules.shifts.len().saturating_sub(1 + moved));
    }
}
