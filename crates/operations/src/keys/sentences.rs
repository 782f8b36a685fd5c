//! Sentences that say in plain words what a key may do.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::network::Network;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::scope::{Class, Scope};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::shape::listing::{Listing, Listings};
use bailiwick_engine::shape::spec::Access;
use schemars::JsonSchema;
use serde::Serialize;

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SentenceKind {
    /// What the key may do.
    May,
    /// What it may not do, of what people often expect.
    MayNot,
    /// The objects that it reaches.
    Reach,
    /// When, from where and how often it works, and what limits its commands.
    Limit,
    /// What to think about before using it.
    Warning,
}

/// A sentence about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Sentence {
    /// What it is about.
    pub(crate) kind: SentenceKind,
    /// The sentence.
    #[schemars(example = &"May read nodes and sites.")]
    pub(crate) text: String,
}

impl Sentence {
    pub(crate) fn new(kind: SentenceKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The most operations that are named one by one.
const NAMED: usize = 12;
/// A key that lives longer than this many seconds gets a warning: a year.
const LONG_LIFE: i64 = 366 * 86_400;

/// Words as a list: `a, b and c`.
pub(crate) fn list(words: &[impl AsRef<str>]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

/// A number and a word, which gets an `s` for any number but one.
pub(crate) fn count(number: i64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A noun as people write it.
fn words(noun: &str) -> String {
    noun.replace('_', " ")
}

/// A summary within a sentence: with a small first letter, unless the word is an abbreviation.
fn within(summary: &str) -> String {
    let mut letters = summary.chars();
    let is_abbreviation = summary.chars().nth(1).is_some_and(char::is_uppercase);
    match letters.next() {
        Some(first) if !is_abbreviation => first.to_lowercase().chain(letters).collect(),
        _ => summary.to_owned(),
    }
}

/// What a key may do of one noun.
#[derive(Default)]
struct OfNoun<'a> {
    reads: Vec<&'a Listing>,
    writes: Vec<&'a Listing>,
    may: Vec<&'a Listing>,
}

/// The operations of a noun that need a scope which the key could have.
fn by_noun<'a>(
    listings: &'a Listings,
    may: &BTreeSet<usize>,
    is_root: bool,
) -> BTreeMap<&'a str, OfNoun<'a>> {
    let mut nouns: BTreeMap<&str, OfNoun<'_>> = BTreeMap::new();
    for listing in listings.iter() {
        match listing.spec.access {
            Access::Scoped => {}
            Access::Root if is_root => {}
            _ => continue,
        }
        let of = nouns.entry(listing.spec.subject().noun).or_default();
        match listing.spec.class {
            Class::Read => of.reads.push(listing),
            Class::Write => of.writes.push(listing),
        }
        if may.contains(&listing.index) {
            of.may.push(listing);
        }
    }
    nouns
}

/// What a key may do, and what it may not do that people often expect. `may` has the positions in the catalogue of
/// the operations that it may run.
pub(crate) fn rights(listings: &Listings, may: &BTreeSet<usize>, is_root: bool) -> Vec<Sentence> {
    let nouns = by_noun(listings, may, is_root);
    let all = |of: &[&Listing]| of.iter().all(|listing| may.contains(&listing.index));
    let is_everything = nouns.values().all(|of| all(&of.reads) && all(&of.writes));
    let mut sentences = Vec::new();
    let mut say = |kind, text: String| sentences.push(Sentence::new(kind, text));
    if is_everything {
        say(SentenceKind::May, "May do everything in its reach.".to_owned());
        return sentences;
    }
    let (mut whole, mut read) = (Vec::new(), Vec::new());
    let mut single: Vec<&Listing> = Vec::new();
    for (noun, of) in nouns.iter().filter(|(_, of)| !of.may.is_empty()) {
        let reads_all = !of.reads.is_empty() && all(&of.reads);
        if reads_all && !of.writes.is_empty() && all(&of.writes) {
            whole.push(words(noun));
            continue;
        }
        if reads_all {
            read.push(words(noun));
        }
        single.extend(of.may.iter().filter(|listing| !(reads_all && listing.spec.class == Class::Read)));
    }
    if !whole.is_empty() {
        say(SentenceKind::May, format!("May read and change {}.", list(&whole)));
    }
    if !read.is_empty() {
        say(SentenceKind::May, format!("May read {}.", list(&read)));
    }
    for listing in single.iter().take(NAMED) {
        say(SentenceKind::May, format!("May {}.", within(&listing.summary)));
    }
    if single.len() > NAMED {
        say(
            SentenceKind::May,
            format!("May run {} more.", count((single.len() - NAMED) as i64, "operation")),
        );
    }
    if may.is_empty() {
        say(SentenceKind::May, "May only ask who it is.".to_owned());
    }
    let has_any = |noun: &str| nouns.get(noun).is_some_and(|of| !of.may.is_empty());
    let writes_any = |noun: &str| {
        nouns.get(noun).is_some_and(|of| of.may.iter().any(|listing| listing.spec.class == Class::Write))
    };
    let mut cannot = Vec::new();
    if !["commands", "scripts", "schedules", "updates"].into_iter().any(writes_any) {
        cannot.push("run anything on machines");
    }
    if !["nodes", "services", "agents", "sites"].into_iter().any(writes_any) {
        cannot.push("change the inventory");
    }
    if !["keys", "users", "roles"].into_iter().any(writes_any) {
        cannot.push("make keys or give rights to people");
    }
    if !has_any("audit") {
        cannot.push("read the audit trail");
    }
    if let [rest @ .., last] = cannot.as_slice() {
        let text =
            if rest.is_empty() { (*last).to_owned() } else { format!("{} or {last}", rest.join(", ")) };
        say(SentenceKind::MayNot, format!("May not {text}."));
    }
    sentences
}

/// Warnings about scopes that also cover operations which later versions add.
pub(crate) fn open_ended<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Option<Sentence> {
    let groups: Vec<String> = scopes
        .filter(|scope| matches!(scope, Scope::Group { .. }))
        .map(|scope| format!("`{scope}`"))
        .collect();
    if groups.is_empty() {
        return None;
    }
    let verb = if groups.len() == 1 { "opens" } else { "open" };
    Some(Sentence::new(
        SentenceKind::Warning,
        format!("{} also {verb} operations that later versions add.", list(&groups)),
    ))
}

/// When, from where and how often a key works.
pub(crate) fn times_and_places(
    now: Timestamp,
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    allowed: &[Network],
    denied: &[Network],
    rate: Option<RateLimit>,
) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut say = |kind, text: String| sentences.push(Sentence::new(kind, text));
    if let Some(begin) = not_before.filter(|begin| *begin > now) {
        say(SentenceKind::Limit, format!("Works from {} on.", moment(begin)));
    }
    match expires_at {
        Some(end) => {
            let seconds = (end.as_micros() - now.as_micros()) / 1_000_000;
            say(SentenceKind::Limit, format!("Stops working at {}, in {}.", moment(end), duration(seconds)));
            if seconds > LONG_LIFE {
                say(
                    SentenceKind::Warning,
                    "It lives for more than a year: nobody may remember it then.".to_owned(),
                );
            }
        }
        None => {
            say(
                SentenceKind::Warning,
                "It never expires. Give it a time to live, and rotate it before that ends.".to_owned(),
            );
        }
    }
    let networks = |networks: &[Network]| list(&networks.iter().map(ToString::to_string).collect::<Vec<_>>());
    if allowed.is_empty() {
        say(
            SentenceKind::Warning,
            "It works from every address. Name the networks that it is used from.".to_owned(),
        );
    } else {
        say(SentenceKind::Limit, format!("Works only from {}.", networks(allowed)));
    }
    if !denied.is_empty() {
        say(SentenceKind::Limit, format!("Never works from {}.", networks(denied)));
    }
    if let Some(rate) = rate {
        say(
            SentenceKind::Limit,
            format!(
                "Uses at most {} units a minute, and {} at once; most requests cost one.",
                rate.per_minute,
                rate.bucket()
            ),
        );
    }
    sentences
}

/// A time to the minute: `2030-01-31 08:00 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let minute = text.get(..16).unwrap_or(&text);
    format!("{} UTC", minute.replace('T', " "))
}

/// A number of seconds in the largest unit that has at least two of it.
fn duration(seconds: i64) -> String {
    for (unit, word) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] {
        if seconds >= 2 * unit {
            return count(seconds / unit, word);
        }
    }
    count(seconds.max(0), "second")
}

/// What limits a key's commands. `gives` is whether it may give commands at all.
pub(crate) fn commands(limits: Option<&CommandLimits>, gives: bool) -> Vec<Sentence> {
    if !gives {
        return Vec::new();
    }
    let Some(limits) = limits.filter(|limits| **limits != CommandLimits::default()) else {
        let text = "It may run any text on the machines in its reach. Limit it to saved scripts, or to a number of machines.";
        return vec![Sentence::new(SentenceKind::Warning, text)];
    };
    let mut sentences = Vec::new();
    let mut say = |text: String| sentences.push(Sentence::new(SentenceKind::Limit, text));
    if let Some(most) = limits.most_targets {
        say(format!("One command goes to at most {}.", count(most.into(), "machine")));
    }
    if let Some(shells) = &limits.shells {
        let names: Vec<String> = shells.iter().map(ToString::to_string).collect();
        say(if names.is_empty() {
            "Runs no text.".to_owned()
        } else {
            format!("Runs text only in {}.", list(&names))
        });
    }
    if let Some(scripts) = &limits.scripts {
        say(match scripts.len() {
            0 => "Runs no saved script.".to_owned(),
            n => format!(
                "Runs only {}, in the versions named, and no text of its own.",
                count(n as i64, "saved script")
            ),
        });
    }
    sentences
}
