//! Checks of a script's text and parameters.

use bailiwick_domain::command::COMMAND_MAX;
use bailiwick_domain::script::{PARAMETERS_MAX, Parameter};
use bailiwick_engine::error::FieldError;

/// Errors in a script's text and parameters.
pub(super) fn faults(body: &str, parameters: &[Parameter]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if body.trim().is_empty() || body.contains('\0') {
        errors.push(FieldError::new("body", "expected a text without NUL"));
    }
    if body.len() > COMMAND_MAX {
        let detail = format!("expected at most {COMMAND_MAX} bytes, found {}", body.len());
        errors.push(FieldError::new("body", detail));
    }
    if parameters.len() > PARAMETERS_MAX {
        errors.push(FieldError::new("parameters", format!("expected at most {PARAMETERS_MAX} parameters")));
        return errors;
    }
    for (n, parameter) in parameters.iter().enumerate() {
        let is_twice = parameters[..n].iter().any(|other| other.name == parameter.name);
        let fault = parameter.fault().or(is_twice.then_some("expected each name once"));
        errors.extend(fault.map(|fault| FieldError::new(format!("parameters[{n}]"), fault)));
    }
    errors
}
