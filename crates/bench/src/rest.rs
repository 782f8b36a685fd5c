//! The memory of a server that does nothing.

use std::time::Duration;

use crate::proc;
use crate::product::Home;
use crate::report::verdict;

/// MB of resident memory, at the most.
pub(crate) const BUDGET: f64 = 40.0;
/// For what a start leaves behind to settle.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);

/// Prints it.
pub(crate) fn measure() -> anyhow::Result<()> {
    println!("Memory of an empty server at rest (`bailiwick up`, HTTPS)");
    let home = Home::new(None)?;
    let server = home.start(false)?;
    std::thread::sleep(SETTLE);
    match proc::resident(server.process.0.id()) {
        Some(bytes) => {
            let megabytes = bytes as f64 / 1e6;
            println!(
                "  resident {megabytes:.1} MB   budget: ≤ {BUDGET} MB: {}",
                verdict(megabytes <= BUDGET)
            );
        }
        None => println!("  not known on this system"),
    }
    println!();
    Ok(())
}
