//! Maintenance windows: the times at which nodes may be worked on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{MaintenanceWindowId, OrganizationId, SiteId};
use crate::inventory::site::SiteRef;
use crate::inventory::targets::{TargetNode, Targets};
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::text::selector::Selector;
use crate::time::Timestamp;
use crate::time::cron::{Cron, Zone};

/// The most maintenance windows of one organization.
pub const MAINTENANCE_WINDOWS_MAX: i64 = 200;
/// The shortest time that a window is open, in seconds: five minutes.
pub const DURATION_MIN: u32 = 300;
/// The longest time that a window is open after one opening, in seconds: seven days.
pub const DURATION_MAX: u32 = 604_800;
/// The most openings on one day: to find out when a window closes, its openings are looked at one by one.
pub const OPENINGS_A_DAY_MAX: u32 = 24;
/// How far ahead the end of an open window is looked for, in seconds: 31 days, longer than any command waits.
const AHEAD_SECONDS: i64 = 2_678_400;

/// A maintenance window: some nodes, and the times at which they may be worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MaintenanceWindow {
    /// Its id.
    pub id: MaintenanceWindowId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it is switched on. A window that is switched off limits no node.
    pub enabled: bool,
    /// The labels of the nodes that it covers; an empty selector stands for any labels.
    pub selector: Selector,
    /// The site of the nodes that it covers; null for nodes anywhere.
    pub site_id: Option<SiteId>,
    /// What else the nodes meet that it covers. Nodes and the host are named by their ids. It has no labels and no
    /// site, which are above.
    #[serde(skip)]
    pub others: Targets,
    /// When it opens: minute, hour, day of the month, month, day of the week.
    pub cron: Cron,
    /// The time zone of `cron`.
    pub time_zone: Zone,
    /// How long it is open each time, in seconds.
    pub duration_seconds: u32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a maintenance window: its id or its name. A text that looks like an id is taken as one.
    MaintenanceWindowRef: MaintenanceWindowId, Name(Name), expected "a maintenance window's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["sundays"],
}

/// Whether a window is open at some time, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Opening {
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next after it was closed; null if it is switched off, or open without a known end.
    pub opens_at: Option<Timestamp>,
    /// When it closes; null if it is closed, or stays open for the next 31 days.
    pub closes_at: Option<Timestamp>,
}

impl Opening {
    /// A window that is switched off.
    const NEVER: Self = Self { open: false, opens_at: None, closes_at: None };
}

impl MaintenanceWindow {
    /// The nodes that it covers, by ids.
    pub fn targets(&self) -> Targets {
        Targets {
            labels: Some(self.selector.clone()).filter(|selector| !selector.is_empty()),
            site: self.site_id.map(SiteRef::Id),
            ..self.others.clone()
        }
    }

    /// Makes it cover other nodes. The site, the host and the nodes must be named by their ids: a name is ignored.
    pub fn set_targets(&mut self, mut targets: Targets) {
        self.selector = targets.labels.take().unwrap_or_default();
        self.site_id = match targets.site.take() {
            Some(SiteRef::Id(id)) => Some(id),
            _ => None,
        };
        self.others = targets;
    }

    /// Whether it covers a node. It does not matter here whether the window is switched on.
    pub fn covers(&self, node: &TargetNode) -> bool {
        self.site_id.is_none_or(|own| node.site_id == Some(own))
            && self.selector.matches(&node.labels)
            && self.others.include(node)
    }

    /// Whether it is open at a time. If it opens again before it has closed, it stays open without a break.
    pub fn opening(&self, now: Timestamp) -> Opening {
        let Self { cron, time_zone, .. } = self;
        if !self.enabled {
            return Opening::NEVER;
        }
        let seconds = i64::from(self.duration_seconds);
        let last = cron.last_until(now, time_zone).filter(|last| now < last.plus_seconds(seconds));
        let Some(opened) = last else {
            return Opening { opens_at: cron.next_after(now, time_zone), ..Opening::NEVER };
        };
        let end = cron.last_of_series(opened, seconds, now.plus_seconds(AHEAD_SECONDS), time_zone);
        let closes_at = end.map(|last| last.plus_seconds(seconds));
        let opens_at = closes_at.and_then(|closes_at| cron.next_after(closes_at, time_zone));
        Opening { open: true, opens_at, closes_at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::id::NodeId;
    use crate::inventory::node::NodeType;
    use crate::text::label::Labels;

    fn window(cron: &str, zone: &str, duration_seconds: u32) -> MaintenanceWindow {
        let at = Timestamp::from_micros(0);
        MaintenanceWindow {
            id: MaintenanceWindowId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            name: "Nights".parse().unwrap(),
            description: None,
            enabled: true,
            selector: "env=prod".parse().unwrap(),
            site_id: None,
            others: Targets::default(),
            cron: cron.parse().unwrap(),
            time_zone: zone.parse().unwrap(),
            duration_seconds,
            created_at: at,
            updated_at: at,
            revision: Revision::FIRST,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The opening at a time: whether it is open, when it opens and when it closes; `-` for null.
    fn seen(window: &MaintenanceWindow, now: &str) -> (bool, String, String) {
        let Opening { open, opens_at, closes_at } = window.opening(at(now));
        let text = |time: Option<Timestamp>| time.map_or_else(|| "-".into(), |time| time.to_string());
        (open, text(opens_at), text(closes_at))
    }

    fn opening(open: bool, opens_at: &str, closes_at: &str) -> (bool, String, String) {
        (open, opens_at.into(), closes_at.into())
    }

    #[test]
    fn a_window_is_open_from_its_opening_until_its_duration_has_passed() {
        let nightly = window("0 2 * * *", "UTC", 3_600);
        let (tonight, tomorrow) = ("2030-01-01T02:00:00Z", "2030-01-02T02:00:00Z");
        for (now, expected) in [
            ("2030-01-01T01:59:59.999Z", opening(false, tonight, "-")),
            ("2030-01-01T02:00:00Z", opening(true, tomorrow, "2030-01-01T03:00:00Z")),
            ("2030-01-01T02:59:59.999Z", opening(true, tomorrow, "2030-01-01T03:00:00Z")),
            ("2030-01-01T03:00:00Z", opening(false, tomorrow, "-")),
        ] {
            assert_eq!(seen(&nightly, now), expected, "{now}");
        }
        let off = MaintenanceWindow { enabled: false, ..nightly };
        assert_eq!(seen(&off, "2030-01-01T02:00:00Z"), opening(false, "-", "-"));
    }

    #[test]
    fn a_window_follows_its_time_zone_through_both_changes_of_daylight_saving_time() {
        // In Berlin, 02:00 to 03:00 is skipped on 31 March 2030 and comes twice on 27 October.
        let nightly = window("30 2 * * *", "Europe/Berlin", 7_200);
        for (now, expected) in [
            // The skipped time is moved later: 03:30 in summer time. The window is open for two hours all the same.
            ("2030-03-31T01:29:59Z", opening(false, "2030-03-31T01:30:00Z", "-")),
            ("2030-03-31T01:30:00Z", opening(true, "2030-04-01T00:30:00Z", "2030-03-31T03:30:00Z")),
            ("2030-03-31T03:30:00Z", opening(false, "2030-04-01T00:30:00Z", "-")),
            // The time that comes twice counts the first time: from 02:30 in summer time to 03:30 in winter time.
            ("2030-10-27T00:29:59Z", opening(false, "2030-10-27T00:30:00Z", "-")),
            ("2030-10-27T01:30:00Z", opening(true, "2030-10-28T01:30:00Z", "2030-10-27T02:30:00Z")),
            ("2030-10-27T02:30:00Z", opening(false, "2030-10-28T01:30:00Z", "-")),
        ] {
            assert_eq!(seen(&nightly, now), expected, "{now}");
        }
        // A window over the change is as long as any other.
        let evening = window("0 22 * * *", "Europe/Berlin", 8 * 3_600);
        let summer = opening(true, "2030-03-31T20:00:00Z", "2030-03-31T05:00:00Z");
        assert_eq!(seen(&evening, "2030-03-31T00:00:00Z"), summer);
        let winter = opening(true, "2030-10-27T21:00:00Z", "2030-10-27T04:00:00Z");
        assert_eq!(seen(&evening, "2030-10-27T00:00:00Z"), winter);
    }

    #[test]
    fn a_window_that_opens_again_before_it_closes_stays_open() {
        // Weekdays, for 25 hours each: open from Monday to Saturday without a break.
        let weekdays = window("0 2 * * mon-fri", "UTC", 90_000);
        let expected = opening(true, "2030-01-14T02:00:00Z", "2030-01-12T03:00:00Z");
        assert_eq!(seen(&weekdays, "2030-01-07T02:00:00Z"), expected);
        assert_eq!(seen(&weekdays, "2030-01-12T02:59:59Z"), expected);
        // Openings that follow each other without a gap make one, too.
        let halves = window("0,30 2 * * *", "UTC", 1_800);
        let expected = opening(true, "2030-01-02T02:00:00Z", "2030-01-01T03:00:00Z");
        assert_eq!(seen(&halves, "2030-01-01T02:10:00Z"), expected);
        for always in ["* * * * *", "0 * * * *", "0 2 * * *"] {
            let window = window(always, "Europe/Berlin", DURATION_MAX);
            assert_eq!(seen(&window, "2030-03-31T01:10:00Z"), opening(true, "-", "-"), "{always}");
        }
        // Every day for 24 hours: when clocks are put back, the day is an hour longer than the window.
        let daily = window("0 12 * * *", "Europe/Berlin", 86_400);
        let expected = opening(true, "2030-10-27T11:00:00Z", "2030-10-27T10:00:00Z");
        assert_eq!(seen(&daily, "2030-10-25T10:00:00Z"), expected);
    }

    #[test]
    fn a_window_covers_the_nodes_that_meet_all_of_its_targets() {
        let labels: Labels = serde_json::from_value(serde_json::json!({ "env": "prod" })).unwrap();
        let [here, there] = [1, 2].map(|n| Some(SiteId::from_uuid(Uuid::from_u128(n))));
        let anywhere = window("0 2 * * *", "UTC", 3_600);
        let at_site = MaintenanceWindow { site_id: here, ..anywhere.clone() };
        let all_at_site = MaintenanceWindow { selector: Selector::default(), ..at_site.clone() };
        let others: Targets = serde_json::from_value(serde_json::json!({ "type": "container" })).unwrap();
        let containers = MaintenanceWindow { others, ..anywhere.clone() };
        for (site_id, labels, kind, covering) in [
            (None, &labels, NodeType::Generic, [true, false, false, false]),
            (here, &labels, NodeType::Container, [true, true, true, true]),
            (there, &labels, NodeType::Generic, [true, false, false, false]),
            (here, &Labels::default(), NodeType::Container, [false, false, true, false]),
            (None, &Labels::default(), NodeType::Generic, [false, false, false, false]),
        ] {
            let node = TargetNode {
                id: NodeId::from_uuid(Uuid::from_u128(3)),
                kind,
                site_id,
                host_id: None,
                labels: labels.clone(),
                searchable: "db-1".into(),
            };
            let found = [&anywhere, &at_site, &all_at_site, &containers].map(|window| window.covers(&node));
            assert_eq!(found, covering, "{node:?}");
        }
    }

    #[test]
    fn targets_of_a_window_are_its_selector_its_site_and_the_others() {
        let mut window = window("0 2 * * *", "UTC", 3_600);
        let site = Uuid::from_u128(1).to_string();
        for members in [
            serde_json::json!({ "labels": "env=test", "site": site, "type": "container" }),
            serde_json::json!({ "all": true }),
        ] {
            let targets: Targets = serde_json::from_value(members.clone()).unwrap();
            window.set_targets(targets.clone());
            assert_eq!(window.targets(), targets, "{members}");
        }
        assert!(window.selector.is_empty() && window.site_id.is_none());
    }

    /// How far ahead the openings are compared one by one, in seconds.
    const COMPARED_SECONDS: i64 = 6 * 86_400;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_opening_agrees_with_all_openings_one_by_one(
            cron in prop::sample::select(vec![
                "0 2 * * *", "30 2 * * *", "*/20 * * * *", "0 */3 * * *", "0 0 * * *", "15 23,1 * * sat,sun",
                "0 0 1,15 * *",
            ]),
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia"]),
            duration in prop::sample::select(vec![300_u32, 1_200, 3_600, 10_800, 86_400, 90_000]),
            // Around the changes of 2030.
            begin in prop_oneof![
                Just("2030-03-09T00:00:00Z"), Just("2030-03-30T00:00:00Z"), Just("2030-10-26T00:00:00Z"),
                Just("2030-11-02T00:00:00Z"),
            ],
            minutes in 0_i64..4_320,
        ) {
            let window = window(cron, zone, duration);
            let now = at(begin).plus_seconds(minutes * 60);
            let length = i64::from(duration);
            let mut moment = now.plus_seconds(-length - 1);
            let mut openings = Vec::new();
            while moment < now.plus_seconds(COMPARED_SECONDS) {
                let Some(next) = window.cron.next_after(moment, &window.time_zone) else { break };
                openings.push(next);
                moment = next;
            }
            let is_open = |time: Timestamp| {
                openings.iter().any(|opened| *opened <= time && time < opened.plus_seconds(length))
            };
            let found = window.opening(now);
            prop_assert_eq!(found.open, is_open(now));
            let until = now.plus_seconds(COMPARED_SECONDS - length);
            if let Some(closes_at) = found.closes_at.filter(|closes_at| *closes_at < until) {
                prop_assert!(!is_open(closes_at));
                let before = openings.iter().filter(|opened| **opened > now && **opened < closes_at);
                for opened in before {
                    prop_assert!(is_open(opened.plus_seconds(-1)));
                }
                prop_assert!(is_open(closes_at.plus_seconds(-1)));
            }
            if let Some(opens_at) = found.opens_at.filter(|opens_at| *opens_at < until) {
                prop_assert!(!is_open(opens_at.plus_seconds(-1)) && is_open(opens_at));
                let end = found.closes_at.unwrap_or(now);
                prop_assert!(openings.iter().all(|opened| *opened <= end || *opened >= opens_at));
            }
        }
    }
}
