//! Which runs of a polling agent there are. Two programs with one key and one `instance_uid` poll as if they
//! were one; but each says when it was started, and a run that another has followed does not come back.

use std::collections::VecDeque;

/// How many runs are remembered.
const MOST: usize = 16;

/// The runs of one polling agent, each by when it was started (`ComponentHealth.start_time_unix_nano`).
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// In the order in which they first spoke.
    seen: VecDeque<u64>,
    /// Those that followed one which has spoken since: they are of a copy of its disk.
    clones: VecDeque<u64>,
}

impl Runs {
    /// Takes in that a run spoke. Whether it is that of a clone.
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
    fn an_agent_that_is_started_again_and_again_is_no_clone() {
        assert_eq!(clones(&[1, 1, 2, 2, 3, 4]), [false; 6]);
    }

    #[test]
    fn whoever_followed_one_that_speaks_again_is_a_clone() {
        assert_eq!(clones(&[1, 2, 1, 2, 2, 1]), [false, false, false, true, true, false]);
        // Two copies, and the original is started again at last.
        assert_eq!(
            clones(&[1, 2, 3, 1, 3, 2, 1, 4, 2]),
            [false, false, false, false, true, true, false, false, true]
        );
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut runs = Runs::default();
        for run in 0..1_000 {
            assert!(!runs.is_clone(run));
        }
        assert_eq!(runs.seen.len(), MOST);
    }
}
