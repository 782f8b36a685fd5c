//! Chooses which of the available updates to install.

use std::collections::BTreeSet;

use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::{Update, UpdateName};

use super::Failure;

/// The updates that were chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen<'u> {
    /// The updates to install.
    pub(super) updates: Vec<&'u Update>,
    /// Names without an available update; the package may be up to date already.
    pub(super) missing: Vec<String>,
}

/// Chooses among the available updates, by name or by reference. An update whose own name is not a
/// valid [`UpdateName`], and so could be mistaken for an option, is never chosen.
pub(super) fn choose<'u>(updates: &'u [Update], choice: &UpdateChoice) -> Result<Chosen<'u>, Failure> {
    let all = updates.iter().filter(|update| update.name.parse::<UpdateName>().is_ok());
    let names = match choice {
        UpdateChoice::All => return Ok(Chosen { updates: all.collect(), missing: Vec::new() }),
        UpdateChoice::Security => {
            return Ok(Chosen {
                updates: all.filter(|update| update.security).collect(),
                missing: Vec::new(),
            });
        }
        UpdateChoice::Names(names) => names,
    };
    if let Some(name) = names.iter().find(|name| name.parse::<UpdateName>().is_err()) {
        return Err(Failure::NoName(name.clone()));
    }
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let (mut chosen, mut found) = (Vec::new(), BTreeSet::new());
    for update in all {
        let own = std::iter::once(update.name.as_str());
        let meant: Vec<&str> = own
            .chain(update.references.iter().map(String::as_str))
            .filter(|name| names.contains(name))
            .collect();
        if !meant.is_empty() {
            chosen.push(update);
            found.extend(meant);
        }
    }
    let missing = names.difference(&found).map(|&name| name.to_owned()).collect();
    Ok(Chosen { updates: chosen, missing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::updates::named;

    fn updates() -> Vec<Update> {
        let references = vec!["RHSA-2026:1".to_owned(), "RHBA-2026:2".to_owned()];
        vec![
            Update { security: true, references: references.clone(), ..named("openssl") },
            Update { references: references[..1].to_vec(), ..named("openssl-libs") },
            named("bash"),
            named("-o=Dir=/tmp"),
        ]
    }

    fn chosen(choice: &UpdateChoice) -> (Vec<String>, Vec<String>) {
        let updates = updates();
        let Chosen { updates, missing } = choose(&updates, choice).unwrap();
        (updates.into_iter().map(|update| update.name.clone()).collect(), missing)
    }

    #[test]
    fn updates_are_chosen_by_name_or_reference() {
        let by = |names: &[&str]| UpdateChoice::Names(names.iter().map(|&name| name.to_owned()).collect());
        let none: Vec<String> = Vec::new();
        assert_eq!(chosen(&UpdateChoice::All).0, ["openssl", "openssl-libs", "bash"]);
        assert_eq!(chosen(&UpdateChoice::Security), (vec!["openssl".to_owned()], none.clone()));
        assert_eq!(chosen(&by(&["bash", "bash"])), (vec!["bash".to_owned()], none.clone()));
        assert_eq!(chosen(&by(&["RHSA-2026:1"])).0, ["openssl", "openssl-libs"]);
        assert_eq!(chosen(&by(&["zlib", "bash"])), (vec!["bash".to_owned()], vec!["zlib".to_owned()]));
        assert_eq!(chosen(&by(&[])), (none.clone(), none));
        for name in ["-o=Dir=/tmp", "", "bash curl", "bash/stable"] {
            assert!(matches!(choose(&updates(), &by(&["bash", name])), Err(Failure::NoName(_))), "{name}");
        }
    }
}
