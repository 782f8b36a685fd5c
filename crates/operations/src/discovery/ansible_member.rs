//! The names of hosts, groups and labels in an inventory of Ansible.
//!
//! Ansible's decoder replaces an object of JSON that has a member `__ansible_unsafe` or `__ansible_vault` by the value of that
//! member, so a text that somebody entered must not become the name of a member as it is. [`Member`] is the only way to name
//! one. It allows what is known to be harmless, and gives everything else another name.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::label::{LabelName, LabelValue};
use serde::Serialize;

/// The name of a host, a group or a label. It begins with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(super) struct Member(String);

/// What a group is made of, other than a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A site.
    Site,
    /// The type of nodes.
    Type,
    /// The status of nodes.
    Status,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Type => "type",
            Self::Status => "status",
        }
    }
}

/// What is before a label's name, and before its group, if either could be taken for something else.
const OF_LABEL: &str = "label_";
/// What the groups begin with that are not of labels.
const OF_OTHERS: [&str; 4] = ["site_", "type_", "status_", OF_LABEL];
/// The groups that Ansible makes itself, and the names of its own machine.
const OF_ANSIBLE: [&str; 6] = ["all", "ungrouped", "localhost", "loopback", "ip6-localhost", "ip6-loopback"];

impl Member {
    /// The name as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a node as a host: its own name if that is harmless, and its id otherwise.
    pub(super) fn host(name: &str, id: NodeId) -> Self {
        Self(if is_plain(name) && !is_taken(name) { name.to_owned() } else { id.to_string() })
    }

    /// The name of a group, of the letters, digits and underscores that Ansible allows.
    pub(super) fn group(kind: Kind, value: &str) -> Self {
        Self(joined(kind.as_str(), value))
    }

    /// The group of a label, such as `env_prod`. A label whose group could be taken for one of another kind has `label_`
    /// before it: a caller that may set labels must not put a node into the group of another site.
    pub(super) fn group_of_label(name: &LabelName, value: &LabelValue) -> Self {
        let group = joined(name.as_str(), value.as_str());
        let is_of_others = OF_OTHERS.iter().any(|prefix| group.starts_with(prefix));
        Self(if is_of_others || !begins_well(&group) { format!("{OF_LABEL}{group}") } else { group })
    }

    /// The name of a label among the labels of a host.
    pub(super) fn label(name: &LabelName) -> Self {
        let name = name.as_str();
        Self(if begins_well(name) { name.to_owned() } else { format!("{OF_LABEL}{name}") })
    }
}

/// The text of a group, of two parts.
fn joined(kind: &str, value: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("{kind}_{value}").chars().map(allowed).collect()
}

/// Whether a text begins with a letter or digit. The marks of Ansible begin with underscores, and the options of `ssh` with `-`.
fn begins_well(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c.is_alphabetic())
}

/// Whether a text has only characters that mean nothing in the templates and in the patterns of Ansible.
fn is_plain(name: &str) -> bool {
    begins_well(name)
        && name.chars().all(|c| c.is_ascii_digit() || c.is_alphabetic() || matches!(c, '.' | '-' | '_'))
}

/// Whether the name of a node means something else in a pattern of Ansible: a group, Ansible's own machine, or an address.
/// Plays that are meant for those must not get the node.
fn is_taken(name: &str) -> bool {
    let name = name.to_lowercase();
    let name = name.trim_end_matches('.');
    OF_ANSIBLE.contains(&name)
        || name.starts_with("localhost.")
        || name.ends_with(".localhost")
        || ["localhost4", "localhost6"].iter().any(|local| name.starts_with(local))
        || OF_OTHERS.iter().any(|prefix| name.starts_with(prefix))
        || name.split('.').all(is_number)
        || name.parse::<NodeId>().is_ok()
}

/// Whether a text is a number as in addresses: `127`, `0177` and `0x7f`.
fn is_number(part: &str) -> bool {
    let digits = part.strip_prefix("0x");
    digits.map_or_else(
        || part.chars().all(|c| c.is_ascii_digit()),
        |digits| digits.chars().all(|c| c.is_ascii_hexdigit()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000007";

    fn id() -> NodeId {
        ID.parse().unwrap()
    }

    fn group_of(name: &str, value: &str) -> String {
        Member::group_of_label(&name.parse().unwrap(), &value.parse().unwrap()).0
    }

    #[test]
    fn a_label_makes_no_group_of_a_site_a_type_or_a_status_and_no_mark() {
        for (name, value, group) in [
            ("env", "prod", "env_prod"),
            ("Env", "prod", "env_prod"),
            ("site", "Berlin", "label_site_berlin"),
            ("Site_Berlin", "plant", "label_site_berlin_plant"),
            ("status", "online", "label_status_online"),
            ("label_site", "a", "label_label_site_a"),
            ("sites", "a", "sites_a"),
            ("_", "ansible_unsafe", "label___ansible_unsafe"),
            ("_", "ansible_vault", "label___ansible_vault"),
            ("_", "meta", "label___meta"),
        ] {
            assert_eq!(group_of(name, value), group);
        }
        for (name, shown) in [("env", "env"), ("_", "label__"), ("_note", "label__note")] {
            assert_eq!(Member::label(&name.parse().unwrap()).as_str(), shown);
        }
    }

    #[test]
    fn group_names_have_only_characters_that_ansible_allows() {
        assert_eq!(Member::group(Kind::Site, "Berlin plant").as_str(), "site_berlin_plant");
        for (kind, value, group) in [
            ("env", "prod", "env_prod"),
            ("version", "1.2-rc", "version_1_2_rc"),
            ("note", "{{ 7 * 7 }}", "note____7___7___"),
            ("empty", "", "empty_"),
        ] {
            assert_eq!(group_of(kind, value), group);
        }
    }

    #[test]
    fn a_node_whose_name_means_something_else_to_ansible_is_listed_by_its_id() {
        for name in ["db-1", "Press_3", "db-1.example.net", "bücher", "1-press", "web.10", "allround"] {
            assert_eq!(Member::host(name, id()).as_str(), name);
        }
        for name in [
            "__ansible_unsafe",
            "__ansible_vault",
            "_meta",
            "{{ 7 }}",
            "-oProxyCommand=id",
            "localhost",
            "LocalHost",
            "localhost.",
            "localhost.localdomain",
            "db.localhost",
            "localhost6",
            "localhost6.localdomain6",
            "ip6-localhost",
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "0x7f.1",
            "0X7F000001",
            "2130706433",
            "10.0.0.5",
            "::1",
            "::ffff:127.0.0.1",
            "fe80::1%eth0",
            "all",
            "ALL",
            "ungrouped",
            "site_berlin",
            "Type_generic",
            "status_online",
            "label_x",
            "*",
            "web*",
            "~web.*",
            "!web",
            "&web",
            "web:db",
            "web,db",
            "web all",
            "web[1:3]",
            "@file",
            "../../etc/x",
            "00000000-0000-0000-0000-000000000008",
            "１２７.0.0.1",
        ] {
            assert_eq!(Member::host(name, id()).0, id().to_string(), "{name}");
        }
    }

    #[test]
    fn no_member_begins_with_an_underscore_or_has_other_characters() {
        for c in ('\0'..='\u{ffff}').chain('\u{1f000}'..='\u{1ffff}') {
            for text in [format!("{c}ansible_unsafe"), format!("_{c}"), format!("a{c}b"), c.to_string()] {
                for member in [Member::host(&text, id()), Member::group(Kind::Site, &text)] {
                    assert!(is_plain(member.as_str()), "{text:?}: {member:?}");
                }
            }
        }
    }
}
