//! The ports of programs, recorded in a file, so that each program has the same port after the agent is
//! restarted.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use bailiwick_domain::agent::PROGRAMS_MAX;
use bailiwick_domain::id::AgentId;
use parking_lot::Mutex;

use crate::private_file;

/// How many programs are remembered: more than may run, so that a program that is disabled for a while
/// gets its port again.
const REMEMBERED_MAX: usize = 4 * PROGRAMS_MAX;

/// The ports of programs, by the id of their agent record.
pub(super) struct Ports {
    file: PathBuf,
    ports: Mutex<BTreeMap<AgentId, u16>>,
}

impl Ports {
    /// Reads the ports from a file. If it cannot be read, the programs get other ports.
    pub(super) fn open(file: PathBuf) -> Self {
        let read = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { file, ports: Mutex::new(read.unwrap_or_default()) }
    }

    /// The recorded port of a program.
    pub(super) fn of(&self, program: AgentId) -> Option<u16> {
        self.ports.lock().get(&program).copied()
    }

    /// Whether a port is recorded for any program.
    pub(super) fn has(&self, port: u16) -> bool {
        self.ports.lock().values().any(|known| *known == port)
    }

    /// Records the port of a program.
    pub(super) fn note(&self, program: AgentId, port: u16) -> io::Result<()> {
        let mut ports = self.ports.lock();
        ports.insert(program, port);
        let bytes = serde_json::to_vec(&*ports)?;
        private_file::write(&self.file, &bytes)
    }

    /// If too many programs are recorded, forgets those for which `is_kept` is false.
    pub(super) fn keep_those_of(&self, is_kept: impl Fn(AgentId) -> bool) {
        let mut ports = self.ports.lock();
        if ports.len() > REMEMBERED_MAX {
            ports.retain(|id, _| is_kept(*id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> AgentId {
        format!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d{n:04x}").parse().unwrap()
    }

    #[test]
    fn ports_are_remembered_across_restarts_and_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ports.json");
        let ports = Ports::open(file.clone());
        assert_eq!((ports.of(id(1)), ports.has(9_100)), (None, false));
        ports.note(id(1), 9_100).unwrap();
        ports.note(id(2), 9_101).unwrap();
        ports.note(id(1), 9_102).unwrap();
        let again = Ports::open(file.clone());
        assert_eq!((again.of(id(1)), again.of(id(2)), again.has(9_100)), (Some(9_102), Some(9_101), false));
        again.keep_those_of(|_| false);
        assert_eq!(again.of(id(2)), Some(9_101));
        for n in 3..300 {
            again.note(id(n), 9_000).unwrap();
        }
        again.keep_those_of(|program| program == id(2));
        assert_eq!((again.of(id(2)), again.has(9_000)), (Some(9_101), false));
        fs::write(&file, "no ports").unwrap();
        assert_eq!(Ports::open(file).of(id(2)), None);
    }
}
