//! Tells a polling agent from a copy of it. Two machines with the same key and `instance_uid`, such as a
//! machine and a clone of its disk, would poll as if they were one client. But each message says when its
//! program was started; the time from one start to the next is a run. If a message of an older run arrives
//! after one of a newer run, both are alive, and the newer one is counted as the clone.

use std::collections::VecDeque;

/// How many runs are remembered.
const MOST: usize = 16;

/// The runs of one polling agent. Each is identified by its start time
/// (`ComponentHealth.start_time_unix_nano`).
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// The runs, in the order in which they first sent a message.
    seen: VecDeque<u64>,
    /// The runs of clones: they followed a run that has sent a message since.
    clones: VecDeque<u64>,
}

impl Runs {
    /// Records that a run has sent a message. Returns whether it is the run of a clone.
    pub(crate) fn is_clone(&mut self, run: u64) -> bool {
        if self.clones.contains(&run) {
            return true;
        }
        match self.seen.iter().position(|seen| *seen == run) {
            Some(at) => {
                for later in self.seen.split_off(at + 1) {
                    remember(&mut self.clones, later);
                }
            }
            None => remember(&mut self.seen, run),
        }
        false
    }
}

fn remember(runs: &mut VecDeque<u64>, run: u64) {
    if runs.len() == MOST {
        runs.pop_front();
    }
    runs.push_back(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clones(spoken: &[u64]) -> Vec<bool> {
        let mut runs = Runs::default();
        spoken.iter().map(|run| runs.is_clone(*run)).collect()
    }

    #[test]
    fn an_agent_that_restarts_repeatedly_is_not_a_clone() {
        assert_eq!(clones(&[1, 1, 2, 2, 3, 4]), [false; 6]);
    }

    #[test]
    fn the_later_of_two_alternating_runs_is_a_clone() {
        assert_eq!(clones(&[1, 2, 1, 2, 2, 1]), [false, false, false, true, true, false]);
        // Two clones, and finally the original is restarted.
        assert_eq!(
            clones(&[1, 2, 3, 1, 3, 2, 1, 4, 2]),
            [false, false, false, false, true, true, false, false, true]
        );
    }

    #[test]
    fn the_number_of_remembered_runs_is_bounded() {
        let mut runs = Runs::default();
        for run in 0..1_000 {
            assert!(!runs.is_clone(run));
        }
        assert_eq!(runs.seen.len(), MOST);
    }
}
