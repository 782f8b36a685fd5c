//! Measures the memory of an idle server.

use std::time::Duration;

use crate::proc;
use crate::product::Home;
use crate::report::verdict;

/// The largest allowed resident memory, in MB.
pub(crate) const BUDGET: f64 = 40.0;
/// The time to wait after a start, so that temporary memory use settles.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);

/// Measures and prints it.
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
