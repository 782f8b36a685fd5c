//! The query of a request for metrics: which of its parameters reach the exporter.
//!
//! Exporters also take parameters that make them connect elsewhere: `mysqld_exporter` logs in to the `target` that
//! `/metrics` names, with the password of its own database. So only parameters that choose among an exporter's metrics
//! are passed on.

use bailiwick_domain::hidden::is_hidden;

/// The parameters that are passed on. They name collectors or metrics: `collect[]` and `exclude[]` of the exporters of the
/// Prometheus project and of MongoDB, and `name[]` of Prometheus' library.
const PASSED: [&str; 3] = ["collect[]", "exclude[]", "name[]"];
/// The most characters of a refused parameter's name that the answer repeats.
const SHOWN_MAX: usize = 40;

/// A query has a parameter that is not passed on.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the parameter {0:?} is not passed on to exporters: leave it out; only {list} are passed on",
    list = PASSED.join(", ")
)]
pub(super) struct NotPassed(String);

/// The query for the exporter. It is written anew from the parameters that were understood, so that the exporter reads
/// no others in it than were checked here.
pub(super) fn passed(query: &str) -> Result<String, NotPassed> {
    let mut passed = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !PASSED.contains(&&*name) {
            return Err(NotPassed(shown(&name)));
        }
        passed.append_pair(&name, &value);
    }
    Ok(passed.finish())
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !is_hidden(*c)).take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_choose_metrics_are_passed_on() {
        for (query, expected) in [
            ("", ""),
            ("collect[]=loadavg&collect%5B%5D=cpu", "collect%5B%5D=loadavg&collect%5B%5D=cpu"),
            ("exclude[]=wifi&name[]=up", "exclude%5B%5D=wifi&name%5B%5D=up"),
            // What would end the parameter for another reader stays within it.
            ("collect[]=a%26target=evil", "collect%5B%5D=a%26target%3Devil"),
            ("collect[]=a;target=evil", "collect%5B%5D=a%3Btarget%3Devil"),
        ] {
            assert_eq!(passed(query).as_deref(), Ok(expected), "{query}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused_by_name() {
        for (query, name) in [
            ("target=evil.example:3306", "target"),
            ("%74arget=evil", "target"),
            ("collect[]=a&target=evil", "target"),
            ("auth_module=client", "auth_module"),
            ("Collect[]=a", "Collect[]"),
            ("collect[];target=evil", "collect[];target"),
            ("target", "target"),
            ("=x", ""),
            ("a%0d%0ab%e2%80%8b=x", "ab"),
        ] {
            let refused = passed(query).unwrap_err();
            assert_eq!(refused, NotPassed(name.to_owned()), "{query}");
            assert!(refused.to_string().contains("collect[], exclude[], name[]"), "{refused}");
        }
        assert_eq!(passed(&"x".repeat(100)), Err(NotPassed("x".repeat(SHOWN_MAX))));
    }
}
