//! Opening a page in the person's browser.

use std::path::Path;
use std::process::{Command, Stdio};

use bailiwick_server::data::write_private;

/// The program that opens a file with the browser that the person has chosen.
const PROGRAM: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
/// The file in the data directory that leads the browser to the page.
const FILE: &str = "open.html";

/// Opens an address. The address may hold a secret, and the arguments of a program are seen by every user of the
/// machine, so the browser is given a file that leads there, which only its owner may read.
pub(crate) fn open(directory: &Path, address: &str) -> anyhow::Result<()> {
    let directory = std::path::absolute(directory)?;
    let file = directory.join(FILE);
    let quoted = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0; url={quoted}\"><title>Bailiwick</title>\n"
    );
    write_private(&file, page.as_bytes())?;
    let mut command = Command::new(PROGRAM);
    command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = command.spawn();
    started.map(drop).map_err(|error| {
        anyhow::anyhow!(
            "--open: {PROGRAM} cannot be started: {error}; leave --open out, and open the link yourself"
        )
    })
}
