//! Suggestions for commands that do not exist. They never lead to a command that deletes.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Words of commands that delete or end something. Their letters are like those of harmless words: `move` and `remove`.
const DELETE: [&str; 6] = ["remove", "rm", "delete", "prune", "cut", "revoke"];

/// What people look for, and the command that does it: what comes before the word, the word, and the command.
const SENSE: [(&str, &str, &str); 15] = [
    ("nodes", "move", "nodes update NODE --site SITE; many at once: nodes import FILE --existing update"),
    ("", "reboot", "commands reboot --targets nodes=NODE"),
    ("", "exporters", "agents list; an exporter is an agent with another type than bailiwick_agent"),
    ("", "exporter", "agents list; an exporter is an agent with another type than bailiwick_agent"),
    ("", "logs", "agents logs NODE/TYPE"),
    ("", "log", "agents logs NODE/TYPE"),
    ("", "history", "audit list"),
    ("", "invite", "users create --email EMAIL --name NAME; for another invitation: users invite EMAIL"),
    ("", "patch", "updates install --targets site=SITE --updates security"),
    ("", "upgrade", "updates install --targets site=SITE --updates security"),
    ("", "ssh", "run --nodes NODE -- COMMAND"),
    ("", "exec", "run --nodes NODE -- COMMAND"),
    ("machines", "list", "nodes list; `machines` is about data of machine tools"),
    ("backup", "restore", "restore FILE"),
    ("keys", "revoke", "keys disable KEY"),
];

/// An error with better suggestions, if it is about a command that does not exist.
pub(crate) fn improved(mut error: Error, tree: &Command, arguments: &[String]) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand).cloned() else {
        return error;
    };
    let before = arguments
        .iter()
        .take_while(|argument| **argument != word)
        .filter(|argument| !argument.starts_with('-'))
        .last();
    let before = before.map(String::as_str).unwrap_or_default();
    let of_sense = SENSE.iter().find(|(noun, known, _)| *noun == before && *known == word);
    let plural = format!("{word}s");
    let found = match of_sense {
        Some((_, _, command)) => vec![format!("bailiwick {command}")],
        None if before.is_empty() && tree.find_subcommand(&plural).is_some() => vec![plural],
        None => match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::String(one)) => vec![one.clone()],
            Some(ContextValue::Strings(many)) => many.clone(),
            _ => Vec::new(),
        },
    };
    let safe: Vec<String> = found.into_iter().filter(|name| !DELETE.contains(&name.as_str())).collect();
    error.remove(ContextKind::SuggestedSubcommand);
    if !safe.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(safe));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tree;

    fn said(arguments: &[&str]) -> String {
        let arguments: Vec<String> =
            std::iter::once("bailiwick").chain(arguments.iter().copied()).map(str::to_owned).collect();
        let error = tree().try_get_matches_from(&arguments).unwrap_err();
        improved(error, &tree(), arguments.get(1..).unwrap_or_default()).to_string()
    }

    #[test]
    fn no_suggestion_deletes() {
        let shown = said(&["nodes", "move", "web-1", "--site", "South"]);
        assert!(shown.contains("nodes update NODE --site SITE") && !shown.contains("remove"), "{shown}");
        for (noun, verb) in [("sites", "move"), ("keys", "delet"), ("users", "remov"), ("audit", "cat")] {
            let shown = said(&[noun, verb]);
            let tips = shown.split("tip:").nth(1).unwrap_or_default();
            assert!(!DELETE.iter().any(|word| tips.contains(&format!("'{word}'"))), "{noun} {verb}: {shown}");
        }
    }

    #[test]
    fn suggestions_go_by_sense() {
        assert!(said(&["user", "list"]).contains("'users'"));
        assert!(said(&["reboot", "db-3"]).contains("commands reboot"));
        assert!(said(&["exporters", "list"]).contains("agents list"));
        assert!(said(&["backup", "restore", "x"]).contains("restore FILE"));
        assert!(said(&["nodes", "lst"]).contains("'list'"));
    }

    #[test]
    fn what_is_suggested_exists() {
        for (_, word, command) in SENSE {
            let mut tree = tree();
            for part in command
                .split([';', ' '])
                .take_while(|part| part.chars().all(|c| c.is_ascii_lowercase()))
                .take(2)
            {
                let found = tree.find_subcommand(part).cloned();
                tree = found.unwrap_or_else(|| panic!("{word}: there is no command {part}"));
            }
        }
    }
}
