//! The files in `contracts/sql/`: how they are written and read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::fixture;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The longest line of SQL.
const WIDTH: usize = 110;
/// What begins the version of PostgreSQL in the head of a file.
const VERSION: &str = "PostgreSQL's plans are of major version ";
/// What begins a plan.
const SQLITE: &str = "  SQLite";
const ANALYSED: &str = "  SQLite, after ANALYZE";
const POSTGRES: &str = "  PostgreSQL";

/// A statement, and how the databases would find its rows.
pub(super) struct Recorded {
    pub(super) name: StatementName,
    pub(super) statement: Statement,
    /// SQLite's plan.
    pub(super) sqlite: Vec<String>,
    /// SQLite's plan on a database with statistics.
    pub(super) analysed: Vec<String>,
}

impl Recorded {
    pub(super) const fn new(name: StatementName, statement: Statement) -> Self {
        Self { name, statement, sqlite: Vec::new(), analysed: Vec::new() }
    }
}

/// What one filter or order of a list runs.
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) statements: Vec<Recorded>,
}

/// The entries of one list.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) entries: Vec<Entry>,
}

/// A statement of a file: the file's name, the title of the entry, and the statement's index in it.
type Place = (String, String, usize);

/// PostgreSQL's plans for the statements of all files.
#[derive(Default)]
pub(super) struct Plans {
    /// The major version of the server that made them; `None` if there are none.
    version: Option<u32>,
    plans: BTreeMap<Place, Vec<String>>,
}

impl Plans {
    pub(super) const fn of(version: u32) -> Self {
        Self { version: Some(version), plans: BTreeMap::new() }
    }

    pub(super) const fn version(&self) -> Option<u32> {
        self.version
    }

    pub(super) fn add(&mut self, file: &File, entry: &Entry, n: usize, plan: Vec<String>) {
        self.plans.insert((file.name.to_owned(), entry.title.clone(), n), plan);
    }
}

impl File {
    /// The title of each entry, and the text of each statement.
    pub(super) fn sql(&self) -> Vec<(&str, Vec<&str>)> {
        self.entries
            .iter()
            .map(|entry| {
                let texts = entry.statements.iter().map(|one| one.statement.sql()).collect();
                (entry.title.as_str(), texts)
            })
            .collect()
    }

    /// The file's text.
    pub(super) fn text(&self, plans: &Plans) -> String {
        let mut text = format!("# The statements of a list: {}\n#\n", self.name.replace('_', " "));
        for line in fixture::ABOUT.lines() {
            let _ = writeln!(text, "{}", format!("# {line}").trim_end());
        }
        match plans.version {
            Some(version) => drop(writeln!(text, "# {VERSION}{version}.")),
            None => drop(writeln!(text, "# There are no plans of PostgreSQL yet.")),
        }
        for entry in &self.entries {
            let _ = write!(text, "\n## {}\n", entry.title);
            for (n, recorded) in entry.statements.iter().enumerate() {
                let _ = write!(text, "\n{}\n", recorded.name.as_str());
                for line in lines(recorded.statement.sql()) {
                    let _ = writeln!(text, "    {line}");
                }
                push_plan(&mut text, SQLITE, &recorded.sqlite);
                if recorded.analysed != recorded.sqlite {
                    push_plan(&mut text, ANALYSED, &recorded.analysed);
                }
                if let Some(plan) = plans.plans.get(&(self.name.to_owned(), entry.title.clone(), n)) {
                    push_plan(&mut text, POSTGRES, plan);
                }
            }
        }
        text
    }
}

fn push_plan(text: &mut String, heading: &str, plan: &[String]) {
    let _ = writeln!(text, "{heading}");
    for line in plan {
        let _ = writeln!(text, "    {line}");
    }
}

/// SQL on several lines, indented by its parentheses.
fn lines(sql: &str) -> Vec<String> {
    const BEGIN: [&str; 10] = [
        "FROM ",
        "WHERE ",
        "AND ",
        "OR ",
        "ORDER BY ",
        "LIMIT ",
        "UNION ",
        "CROSS JOIN ",
        "JOIN ",
        "SELECT ",
    ];
    let (mut lines, mut line, mut depth, mut at_line) = (Vec::new(), String::new(), 0_usize, 0_usize);
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let begins = c == ' ' && BEGIN.iter().any(|word| rest.get(1..).is_some_and(|r| r.starts_with(word)));
        // Not in the middle of `CROSS JOIN`, `UNION ALL SELECT` and `IS NOT DISTINCT FROM`.
        let in_the_middle =
            ["CROSS", "UNION", "UNION ALL", "DISTINCT"].iter().any(|word| line.ends_with(word));
        let is_long = c == ' ' && line.len() + at_line > WIDTH - 20 && line.ends_with(',');
        if (begins && !in_the_middle) || is_long {
            lines.push(format!("{}{line}", " ".repeat(at_line)));
            line.clear();
            at_line = depth * 2 + if is_long && !begins { 4 } else { 0 };
        } else {
            line.push(c);
        }
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    lines.push(format!("{}{line}", " ".repeat(at_line)));
    lines
}

/// The directory of the files.
fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/sql")
}

/// The files as they are checked in: the names of the lists, and the texts.
pub(super) fn read_all() -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(directory()) else { return Vec::new() };
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    let mut files: Vec<_> = entries.map(|entry| read(entry.unwrap().path())).collect();
    files.sort();
    files
}

/// Writes the files, and removes others.
pub(super) fn write_all(files: &[(String, String)]) {
    std::fs::create_dir_all(directory()).unwrap();
    let path = |name: &str| directory().join(format!("{name}.txt"));
    for (name, _) in read_all().iter().filter(|(name, _)| !files.iter().any(|(other, _)| other == name)) {
        std::fs::remove_file(path(name)).unwrap();
    }
    for (name, text) in files {
        std::fs::write(path(name), text).unwrap();
    }
}

/// PostgreSQL's plans in files.
pub(super) fn plans_in(files: &[(String, String)]) -> Plans {
    let mut plans = Plans::default();
    for (file, text) in files {
        let (mut title, mut n, mut in_plan) = ("", 0, false);
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("# ").and_then(|line| line.strip_prefix(VERSION)) {
                plans.version = version.trim_end_matches('.').parse().ok();
            } else if let Some(next) = line.strip_prefix("## ") {
                (title, n, in_plan) = (next, 0, false);
            } else if line == POSTGRES {
                in_plan = true;
            } else if line.is_empty() || !line.starts_with("    ") {
                // The name of a statement follows an empty line.
                n += usize::from(in_plan);
                in_plan = false;
            } else if in_plan {
                let place = (file.clone(), title.to_owned(), n);
                plans.plans.entry(place).or_default().push(line[4..].to_owned());
            }
        }
    }
    plans
}

#[test]
fn plans_are_read_as_they_were_written() {
    let recorded = || Recorded {
        sqlite: vec!["SCAN a".into(), "  SEARCH b".into()],
        ..Recorded::new(StatementName::NodesList, Statement::new("SELECT 1 FROM a WHERE (b = 1 OR c = 2)"))
    };
    let entry = |title: &str| Entry { title: title.into(), statements: vec![recorded(), recorded()] };
    let file = File { name: "nodes", entries: vec![entry("one"), entry("two")] };
    let mut plans = Plans::of(15);
    for (e, entry) in file.entries.iter().enumerate() {
        for n in 0..2 {
            plans.add(&file, entry, n, vec![format!("Limit {e} {n}"), "  ->  Scan".into()]);
        }
    }
    let text = file.text(&plans);
    let read = plans_in(&[("nodes".to_owned(), text.clone())]);
    assert_eq!(read.version(), Some(15));
    assert_eq!(file.text(&read), text);
}
