//! Errors in the lines of an import.

use crate::error::{Error, FieldError, Result};

/// How many different errors are listed.
const ERRORS_MAX: usize = 100;
/// Up to how many lines with the same error are listed one by one.
const ALIKE_MAX: usize = 5;

/// Errors in lines. The same error in many lines is reported once.
#[derive(Debug, Default)]
pub struct LineErrors {
    groups: Vec<Group>,
    /// How many errors were dropped because there were too many different ones.
    more: usize,
    /// Whether a line would grant more than the caller has.
    exceeds: bool,
}

/// An error in a field, and the lines in which it occurs.
#[derive(Debug)]
struct Group {
    field: String,
    detail: String,
    /// The first lines, at most [`ALIKE_MAX`].
    lines: Vec<u64>,
    /// In how many lines it occurs.
    count: usize,
}

impl LineErrors {
    /// Adds an error in a field of a line; an empty field stands for the whole line.
    pub fn push(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        let detail = detail.as_ref();
        if let Some(group) = self.groups.iter_mut().find(|g| g.detail == detail && g.field == field) {
            group.count += 1;
            if group.lines.len() < ALIKE_MAX {
                group.lines.push(line);
            }
        } else if self.groups.len() == ERRORS_MAX {
            self.more += 1;
        } else {
            let (field, detail) = (field.to_owned(), detail.to_owned());
            self.groups.push(Group { field, detail, lines: vec![line], count: 1 });
        }
    }

    /// Adds an error because a field of a line would grant more than the caller has.
    pub fn push_beyond(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        self.exceeds = true;
        self.push(line, field, detail);
    }

    /// Refuses the import if there are errors.
    pub fn check(self) -> Result<()> {
        let exceeds = self.exceeds;
        let errors = self.into_errors();
        if errors.is_empty() {
            return Ok(());
        }
        Err(if exceeds { Error::GrantExceedsOwn(errors) } else { Error::Invalid(errors) })
    }

    /// The errors in the order of their lines: at most a hundred, then the number of the others.
    pub(super) fn into_errors(self) -> Vec<FieldError> {
        let mut named: Vec<(u64, usize, FieldError)> = Vec::new();
        for Group { field, detail, lines, count } in self.groups {
            let field = if field.is_empty() { field } else { format!(": {field}") };
            if count > ALIKE_MAX {
                let Some(first) = lines.first() else { continue };
                let place = format!("line {first} and {} more{field}", count - 1);
                named.push((*first, count, FieldError::new(place, detail)));
            } else {
                let each = |line| (line, 1, FieldError::new(format!("line {line}{field}"), &detail));
                named.extend(lines.into_iter().map(each));
            }
        }
        named.sort_by_key(|(line, ..)| *line);
        let left_out = named.iter().skip(ERRORS_MAX).map(|(_, count, _)| count).sum::<usize>() + self.more;
        let mut errors: Vec<_> = named.into_iter().take(ERRORS_MAX).map(|(_, _, error)| error).collect();
        if left_out > 0 {
            errors.push(FieldError::new("", format!("and {left_out} more")));
        }
        errors
    }
}
