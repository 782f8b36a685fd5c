//! Text for a terminal: errors with their causes, and nothing that would control the terminal.

use std::io::Write as _;

use bailiwick_domain::hidden::is_hidden;

/// A text in which characters that would control a terminal or are invisible are replaced.
pub fn clean(text: &str) -> String {
    let is_plain = |c: char| !(c.is_control() && c != '\n' && c != '\t' || is_hidden(c));
    text.chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect()
}

/// Prints an error and its causes to standard error.
pub fn print_error(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "{}", clean(&in_lines(error)));
}

/// An error and its causes, a line each.
fn in_lines(error: &anyhow::Error) -> String {
    let mut text = format!("error: {}", without_number(&error.to_string()));
    for cause in error.chain().skip(1) {
        let cause = without_number(&cause.to_string());
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because {cause}"));
        }
    }
    text
}

/// The text of an error without the operating system's number for it, as in `(os error 2)`.
fn without_number(text: &str) -> String {
    let cut = text.rsplit_once(" (os error ").filter(|(_, rest)| {
        rest.strip_suffix(')').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    cut.map_or(text, |(before, _)| before).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_causes_and_without_numbers_of_the_system() {
        let missing = std::io::Error::from_raw_os_error(2);
        let error = anyhow::Error::new(missing).context("x.pem cannot be read").context("--ca");
        let expected = "error: --ca\n  because x.pem cannot be read\n  because No such file or directory";
        assert_eq!(in_lines(&error), expected);
    }
}
