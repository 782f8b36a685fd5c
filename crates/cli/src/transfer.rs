//! Imports from a file and exports to one, with a progress bar.

use std::io::{IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bailiwick_catalogue::catalogue;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::format::Format;
use clap::{Arg, ArgMatches, Command, ValueHint, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};

use crate::client::{Reply, Server, Upload};
use crate::{fields, output};

const FILE: &str = "file";
const OUTPUT: &str = "output";
/// How many objects one call exports.
const AT_ONCE: u32 = 2_000;

/// Adds the arguments for the file of an operation that takes or answers text.
pub(crate) fn add(command: Command, operation: &Described, definitions: &Map<String, Value>) -> Command {
    let mut command = command;
    if operation.spec.takes_text {
        let help = match formats(operation, definitions)[..] {
            [Format::Jsonl] => "The file: .jsonl with one JSON object per line; - for standard input",
            _ => "The file: .csv, or .jsonl with one JSON object per line; - for standard input",
        };
        command = command.arg(
            Arg::new(FILE)
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help(help),
        );
    }
    if operation.spec.answers_text {
        command = command.arg(
            Arg::new(OUTPUT)
                .long(OUTPUT)
                .short('o')
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("Write to a file instead of standard output"),
        );
    }
    command
}

/// The formats that an operation takes.
fn formats(operation: &Described, definitions: &Map<String, Value>) -> Vec<Format> {
    let words = fields::values(operation, "format", definitions);
    Format::ALL.into_iter().filter(|format| words.iter().any(|word| word == format.as_str())).collect()
}

/// The format that a file's name tells, by its extension.
fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
        _ => None,
    }
}

fn named_format(fields: &mut Map<String, Value>, path: Option<&Path>) -> Option<Format> {
    let named = fields.remove("format");
    let named = named.and_then(|named| Format::ALL.into_iter().find(|f| named == f.as_str()));
    named.or_else(|| path.and_then(format_of))
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = match length {
        Some(length) => ProgressBar::new(length),
        None => ProgressBar::new_spinner(),
    };
    // If the template cannot be parsed, the library's default bar is used.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Imports the content of a file.
pub(crate) async fn bring_in(
    server: &Server,
    operation: &Described,
    matches: &ArgMatches,
    mut fields: Map<String, Value>,
    mut query: Vec<(String, String)>,
) -> anyhow::Result<Reply> {
    let path = matches.get_one::<PathBuf>(FILE).context("expected a file")?;
    let is_input = path.as_os_str() == "-";
    let format = named_format(&mut fields, Some(path));
    let only = match formats(operation, catalogue().definitions())[..] {
        [only] => Some(only),
        _ => None,
    };
    let format = format
        .or(only)
        .context("the format of the file is unknown: name it with --format csv or --format jsonl")?;
    let mut bytes = Vec::new();
    if is_input {
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let most = operation.spec.body_limit;
    ensure!(bytes.len() <= most, "the file has {} bytes; at most {most} are accepted at once", bytes.len());
    query.extend(fields.iter().map(|(name, value)| {
        (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }));
    let bar = bar(Some(bytes.len() as u64), "{msg} [{bar:30}] {bytes} of {total_bytes}");
    bar.set_message("sending");
    let progress = bar.clone();
    let upload = Upload {
        bytes,
        media_type: format.media_type(),
        progress: Box::new(move |sent, of| {
            progress.set_position(sent);
            if sent == of {
                progress.set_message("importing");
            }
        }),
    };
    let path: Vec<String> = operation.spec.path.trim_start_matches('/').split('/').map(Into::into).collect();
    let reply = server.upload(&path, &query, upload).await;
    bar.finish_and_clear();
    reply
}

/// The destination of an export. A file appears under its name only once it is complete.
enum Sink {
    Standard(std::io::Stdout),
    File { temporary: tempfile::NamedTempFile, path: PathBuf },
}

impl Sink {
    fn open(path: Option<&PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Standard(std::io::stdout())) };
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let temporary = tempfile::NamedTempFile::new_in(directory.unwrap_or_else(|| Path::new(".")));
        let temporary = temporary.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self::File { temporary, path: path.clone() })
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        match self {
            // Files and pipes get the text unchanged.
            Self::Standard(out) if out.is_terminal() => out.write_all(output::clean(text).as_bytes()),
            Self::Standard(out) => out.write_all(text.as_bytes()),
            Self::File { temporary, .. } => temporary.write_all(text.as_bytes()),
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        if let Self::File { temporary, path } = self {
            temporary.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Exports all objects that the fields select, page by page. Returns the last answer if the server refused
/// one.
pub(crate) async fn take_out(
    operation: &Described,
    matches: &ArgMatches,
    mut fields: Map<String, Value>,
    mut call: impl AsyncFnMut(&Map<String, Value>) -> anyhow::Result<Reply>,
) -> anyhow::Result<Option<Reply>> {
    let output = matches.get_one::<PathBuf>(OUTPUT);
    let format = named_format(&mut fields, output.map(PathBuf::as_path)).unwrap_or_default();
    fields.insert("format".into(), format.as_str().into());
    // If a limit or a cursor is given, only that page is wanted.
    let is_one_page = fields.contains_key("limit") || fields.contains_key("cursor");
    if !is_one_page && operation.fields.iter().any(|field| field == "limit") {
        fields.insert("limit".into(), AT_ONCE.into());
    }
    let mut sink = Sink::open(output)?;
    let bar = bar(None, "{spinner} {msg}");
    if output.is_none() && std::io::stdout().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut count = 0;
    loop {
        let reply = call(&fields).await?;
        if !reply.status.is_success() {
            bar.finish_and_clear();
            return Ok(Some(reply));
        }
        if let (None, Some(total)) = (fields.get("cursor"), reply.body["total"].as_u64()) {
            bar.set_length(total);
            if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos} of {len}") {
                bar.set_style(style.progress_chars("=> "));
            }
        }
        let text = reply.body["data"].as_str().unwrap_or_default();
        // In CSV, every page begins with a line of column names.
        let text = match format {
            Format::Csv if count > 0 => text.split_once('\n').map_or("", |(_, rest)| rest),
            _ => text,
        };
        // A closed pipe is no error.
        if sink.write(text).is_err() && output.is_none() {
            break;
        }
        count += reply.body["count"].as_u64().unwrap_or_default();
        bar.set_position(count);
        match reply.body["next_cursor"].as_str() {
            Some(cursor) if !is_one_page => drop(fields.insert("cursor".into(), cursor.into())),
            Some(cursor) => {
                bar.finish_and_clear();
                output::note(&format!(
                    "There are more: leave out --limit to get all of them, or use --cursor {cursor} to get the next page"
                ));
                break;
            }
            None => break,
        }
    }
    bar.finish_and_clear();
    sink.finish()?;
    Ok(None)
}
