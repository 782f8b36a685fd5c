//! Metrics of a host itself, which say nothing about the machine that it belongs to.

use crate::observations::metric::MetricKey;

/// How the keys of a host's own metrics begin: those of the host, in the words of OpenTelemetry, and those of its
/// agent. They say nothing about the production of a node, and not whether the machine was heard.
pub const HOST_METRICS: [&str; 2] = ["system.", "bailiwick.agent."];

/// Whether this is the key of one of a host's own metrics.
pub fn is_of_host(key: &str) -> bool {
    HOST_METRICS.iter().any(|beginning| key.starts_with(beginning))
}

impl MetricKey {
    /// Whether it is one of a host's own metrics.
    pub fn is_of_host(&self) -> bool {
        is_of_host(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_metric_is_known_by_the_beginning_of_its_key() {
        for (key, is_of_host) in [
            ("system.cpu.utilization", true),
            ("system.filesystem.usage:var:lib", true),
            ("bailiwick.agent.batches_dropped", true),
            ("System.cpu", false),
            ("system", false),
            ("systems.load", false),
            ("bailiwick.agents", false),
            ("path1.system.load", false),
        ] {
            assert_eq!(key.parse::<MetricKey>().unwrap().is_of_host(), is_of_host, "{key}");
        }
    }
}
