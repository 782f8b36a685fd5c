//! An inventory of Ansible, written while it is sent: groups repeat the names of hosts, so the text is many times as large as
//! what is known.

use std::collections::BTreeMap;
use std::collections::btree_map::IntoIter;

use bailiwick_engine::operation::Output;
use bailiwick_engine::shape::body::{Body, Pieces};
use serde::Serialize;

use super::ansible_member::Member;

/// How many bytes a piece has at least, but the last one.
const PIECE: usize = 64 << 10;
/// About how many bytes a host or a group takes beside its texts.
const ENTRY_BYTES: usize = 96;

/// The name and the variables of a host, both as JSON.
type Host = (Box<str>, Box<str>);

/// The hosts and groups of an inventory.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The hosts.
    hosts: Vec<Host>,
    /// The places of the hosts of each group.
    groups: BTreeMap<Member, Vec<u32>>,
    held: usize,
}

impl Written {
    /// Adds a host with its groups.
    pub(super) fn add(
        &mut self,
        name: Member,
        groups: Vec<Member>,
        variables: &impl Serialize,
    ) -> serde_json::Result<()> {
        let place = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        let (name, variables) = (serde_json::to_string(&name)?, serde_json::to_string(variables)?);
        self.held += name.len() + variables.len() + ENTRY_BYTES;
        self.hosts.push((name.into(), variables.into()));
        for group in groups {
            self.held += 2 * size_of::<u32>();
            let length = group.as_str().len();
            let hosts = self.groups.entry(group).or_insert_with(|| {
                self.held += length + ENTRY_BYTES;
                Vec::new()
            });
            // Two labels may make the same group.
            if hosts.last() != Some(&place) {
                hosts.push(place);
            }
        }
        Ok(())
    }

    /// How many hosts there are.
    pub(super) const fn count(&self) -> usize {
        self.hosts.len()
    }

    /// About how many bytes of memory it takes.
    pub(super) const fn held(&self) -> usize {
        self.held
    }
}

impl Output for Written {
    fn into_body(self) -> serde_json::Result<Body> {
        let held = self.held;
        // The hosts of each group are in the order of their names.
        let mut hosts: Vec<(u32, Host)> = (0..).zip(self.hosts).collect();
        hosts.sort_by(|(_, (one, _)), (_, (other, _))| one.cmp(other));
        let mut places = vec![0; hosts.len()];
        for (place, (before, _)) in (0..).zip(&hosts) {
            if let Some(entry) = usize::try_from(*before).ok().and_then(|before| places.get_mut(before)) {
                *entry = place;
            }
        }
        let mut groups = self.groups;
        for group in groups.values_mut() {
            for host in group.iter_mut() {
                let place = usize::try_from(*host).ok().and_then(|host| places.get(host));
                *host = place.copied().unwrap_or(u32::MAX);
            }
            group.sort_unstable();
        }
        let hosts = hosts.into_iter().map(|(_, host)| host).collect();
        let mut writing = Writing { step: Step::Variables(0), hosts, groups: groups.into_iter() };
        let first = writing.piece().unwrap_or_default();
        if matches!(writing.step, Step::End) {
            return Ok(Body::Whole(first));
        }
        let mut first = Some(first);
        Ok(Body::Pieces(Pieces::new(held, move || first.take().or_else(|| writing.piece()))))
    }
}

/// What is written next.
enum Step {
    /// The variables of the host at this place.
    Variables(usize),
    /// The group of all hosts, from the host at this place.
    All(usize),
    /// The group that was begun, from its host at this place.
    Group(Vec<u32>, usize),
    /// The next group.
    NextGroup,
    /// Nothing.
    End,
}

struct Writing {
    step: Step,
    hosts: Vec<Host>,
    groups: IntoIter<Member, Vec<u32>>,
}

impl Writing {
    /// The next piece; `None` at the end.
    fn piece(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while out.len() < PIECE && !matches!(self.step, Step::End) {
            let step = std::mem::replace(&mut self.step, Step::End);
            // Writing to memory does not fail. If it did, the answer would end here, and would not be valid JSON.
            self.step = self.write(step, &mut out).unwrap_or(Step::End);
        }
        (!out.is_empty()).then_some(out)
    }

    fn write(&mut self, step: Step, out: &mut Vec<u8>) -> serde_json::Result<Step> {
        let comma = |place: usize, out: &mut Vec<u8>| {
            if place > 0 {
                out.push(b',');
            }
        };
        let name_of = |place: u32| {
            let host = usize::try_from(place).ok().and_then(|place| self.hosts.get(place));
            host.map_or(&b"null"[..], |(name, _)| name.as_bytes())
        };
        Ok(match step {
            Step::Variables(place) => {
                if place == 0 {
                    out.extend(b"{\"_meta\":{\"hostvars\":{");
                }
                match self.hosts.get(place) {
                    Some((name, variables)) => {
                        comma(place, out);
                        out.extend(name.as_bytes());
                        out.push(b':');
                        out.extend(variables.as_bytes());
                        Step::Variables(place + 1)
                    }
                    None => {
                        out.extend(b"}},\"all\":{\"hosts\":[");
                        Step::All(0)
                    }
                }
            }
            Step::All(place) => match self.hosts.get(place) {
                Some((name, _)) => {
                    comma(place, out);
                    out.extend(name.as_bytes());
                    Step::All(place + 1)
                }
                None => {
                    out.extend(b"]}");
                    Step::NextGroup
                }
            },
            Step::NextGroup => match self.groups.next() {
                Some((name, hosts)) => {
                    out.push(b',');
                    serde_json::to_writer(&mut *out, &name)?;
                    out.extend(b":{\"hosts\":[");
                    Step::Group(hosts, 0)
                }
                None => {
                    out.push(b'}');
                    Step::End
                }
            },
            Step::Group(hosts, place) => match hosts.get(place) {
                Some(host) => {
                    comma(place, out);
                    out.extend(name_of(*host));
                    Step::Group(hosts, place + 1)
                }
                None => {
                    out.extend(b"]}");
                    Step::NextGroup
                }
            },
            Step::End => Step::End,
        })
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::NodeId;
    use serde_json::{Value, json};

    use super::*;
    use crate::discovery::ansible_member::Kind;

    fn host(name: &str) -> Member {
        Member::host(name, "00000000-0000-0000-0000-000000000007".parse::<NodeId>().unwrap())
    }

    fn inventory(hosts: usize) -> Written {
        let mut inventory = Written::default();
        // Not in the order of their names.
        for n in (0..hosts).rev() {
            let groups = ["all", "all", &(n % 3).to_string()].map(|value| Member::group(Kind::Site, value));
            inventory.add(host(&format!("h{n}")), groups.into(), &json!({ "n": n })).unwrap();
        }
        inventory
    }

    fn read(body: Body) -> Value {
        serde_json::from_slice(&body.into_bytes()).unwrap()
    }

    #[test]
    fn an_inventory_is_written_in_pieces_that_are_one_document() {
        let none = read(inventory(0).into_body().unwrap());
        assert_eq!(none, json!({ "_meta": { "hostvars": {} }, "all": { "hosts": [] } }));
        let two = read(inventory(2).into_body().unwrap());
        let expected = json!({
            "_meta": { "hostvars": { "h0": { "n": 0 }, "h1": { "n": 1 } } },
            "all": { "hosts": ["h0", "h1"] }, "site_0": { "hosts": ["h0"] }, "site_1": { "hosts": ["h1"] },
            "site_all": { "hosts": ["h0", "h1"] },
        });
        assert_eq!(two, expected);
        let many = inventory(20_000);
        let held = many.held();
        let body = many.into_body().unwrap();
        assert!(matches!(body, Body::Pieces(_)) && body.held() == held);
        let many = read(body);
        assert_eq!(many["_meta"]["hostvars"].as_object().unwrap().len(), 20_000);
        assert_eq!(many["site_all"], many["all"]);
    }

    #[test]
    fn an_inventory_takes_less_memory_than_its_text() {
        // As many hosts with as large labels as were once refused.
        let mut inventory = Written::default();
        for n in 0..1_000 {
            let name = format!("{}{n}", "n".repeat(186));
            let group = |label| Member::group(Kind::Site, &format!("{label}{}{n}", "v".repeat(44)));
            let groups = (0..10).map(group).collect();
            let labels: BTreeMap<String, Value> = (0..10)
                .map(|label| (format!("l{label}"), json!({ "__ansible_unsafe": "v".repeat(50) })))
                .collect();
            inventory.add(host(&name), groups, &json!({ "bailiwick_name": name, "labels": labels })).unwrap();
        }
        // A thousand of ten thousand: a tenth of a caller's share of 32 MiB.
        let held = inventory.held();
        assert!(held < 3_200_000, "{held}");
        assert!(inventory.into_body().unwrap().into_bytes().len() > held);
    }
}
