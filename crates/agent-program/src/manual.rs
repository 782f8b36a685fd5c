//! The hidden command that writes the manual pages of a program, for its package.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_mangen::Man;

/// Its name.
pub const NAME: &str = "manual";
/// The name of its argument.
const DIRECTORY: &str = "directory";

/// The command.
pub fn command() -> Command {
    Command::new(NAME)
        .about("Write the manual pages into a directory")
        .hide(true)
        .arg(Arg::new(DIRECTORY).required(true).value_parser(value_parser!(PathBuf)))
}

/// Writes a page for a program, and one for each of its commands that is not hidden, into the directory that the
/// arguments name.
pub fn run(mut program: Command, matches: &ArgMatches) -> io::Result<()> {
    let Some(directory) = matches.get_one::<PathBuf>(DIRECTORY) else { return Ok(()) };
    program.build();
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        // The page of a command lists what it has, not what all commands have.
        let name = format!("{}-{}", program.get_name(), command.get_name());
        if command.get_name() != "help" {
            write(command.clone().display_name(name.clone()), &name, directory)?;
        }
    }
    let name = program.get_name().to_owned();
    write(program, &name, directory)
}

/// Writes the page of a command into a directory.
fn write(command: Command, name: &str, directory: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(command).title(name.to_uppercase()).render(&mut page)?;
    std::fs::write(directory.join(format!("{name}.1")), page)
}
