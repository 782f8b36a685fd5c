//! The first start, killed after each of its changes to files.

use crate::first_start_faults::kill_first_starts;
use crate::postgres::Database;

#[test]
#[ignore = "acceptance"]
fn a_first_start_killed_after_any_write_can_be_repeated() {
    println!("SQLite: killed after each of {} changes to files", kill_first_starts(1.., None) - 1);
    if let Some(database) = Database::of("first_starts") {
        let changes = kill_first_starts(1.., Some(&database)) - 1;
        println!("PostgreSQL: killed after each of {changes} changes to files");
    }
}
