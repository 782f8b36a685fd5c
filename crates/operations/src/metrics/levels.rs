//! How full pools and queues are, and which agents are connected.

use bailiwick_engine::control::Control;
use bailiwick_engine::levels::LevelOf;

use super::family::Family;

/// The pools, the queues and the log.
pub(super) fn families(control: &Control) -> Vec<Family> {
    let mut taken = Family::gauge("bailiwick_places_taken", "Places that are taken, by pool.");
    let mut places = Family::gauge("bailiwick_places", "Places that there are, by pool.");
    let help = "Memory that requests reserve, by pool.";
    let mut reserved = Family::gauge("bailiwick_reserved_memory_bytes", help);
    let help = "Memory that requests may reserve together, by pool.";
    let mut reservable = Family::gauge("bailiwick_reservable_memory_bytes", help);
    let mut waiting = Family::gauge("bailiwick_queue_length", "What waits, by queue.");
    let mut bytes = Family::gauge("bailiwick_queue_bytes", "The bytes that wait, by queue.");
    for level in control.levels() {
        let (family, limit, label) = match level.of {
            LevelOf::Places => (&mut taken, Some(&mut places), "pool"),
            LevelOf::Memory => (&mut reserved, Some(&mut reservable), "pool"),
            LevelOf::Queue => (&mut waiting, None, "queue"),
            LevelOf::QueueBytes => (&mut bytes, None, "queue"),
        };
        let labels = [(label, level.name)];
        family.add(&labels, level.used as f64);
        if let (Some(limit), Some(most)) = (limit, level.most) {
            limit.add(&labels, most as f64);
        }
    }
    let mut dropped = Family::counter(
        "bailiwick_log_lines_dropped",
        "Lines of the log that were dropped, because they could not be written fast enough.",
    );
    if let Some(lines) = control.log_lines_dropped() {
        dropped.add(&[], lines as f64);
    }
    vec![taken, places, reserved, reservable, waiting, bytes, dropped]
}

/// The clients that are connected as agents.
pub(super) fn connected(control: &Control) -> Family {
    let mut connected = Family::gauge(
        "bailiwick_connected_agents",
        "Agents that are connected to this server, by client and transport.",
    );
    for agents in control.connected_agents() {
        let labels = [("client", agents.client), ("transport", agents.transport)];
        connected.add(&labels, agents.count as f64);
    }
    connected
}
