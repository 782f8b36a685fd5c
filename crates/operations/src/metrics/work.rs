//! What was done since the start: refusals, commands and observations.

use bailiwick_engine::control::Control;
use bailiwick_engine::measures::Snapshot;

use super::family::Family;

/// The refusals. Codes that were never answered are left out.
pub(super) fn refusals(measured: &Snapshot) -> Family {
    let mut refusals = Family::counter(
        "bailiwick_refusals",
        "Requests that were answered with an error, by its code; those before admission, too.",
    );
    for (code, count) in &measured.refusals {
        refusals.add(&[("reason", code)], *count as f64);
    }
    refusals
}

/// The commands and the results.
pub(super) fn commands(measured: &Snapshot) -> [Family; 2] {
    let work = &measured.database.work;
    let mut given = Family::counter("bailiwick_commands", "Commands that were given.");
    given.add(&[], work.commands as f64);
    let mut ended = Family::counter(
        "bailiwick_command_results",
        "Results of commands that ended, one for each node of a command, by final state.",
    );
    for (state, count) in &work.results {
        ended.add(&[("state", state.as_str())], *count as f64);
    }
    [given, ended]
}

/// The observations.
pub(super) fn observations(control: &Control) -> Family {
    let counts = control.observations().counts();
    let mut observations = Family::counter(
        "bailiwick_observations",
        "Values of machines and hosts that arrived, by what became of them.",
    );
    for (outcome, count) in [("stored", counts.stored), ("known", counts.known), ("refused", counts.refused)]
    {
        observations.add(&[("outcome", outcome)], count as f64);
    }
    observations
}
