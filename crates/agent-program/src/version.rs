//! The version and commit of this build, which are those of the server's program too.

/// The version with the commit it was built from.
pub fn full() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match env!("BUILD_COMMIT") {
        "" => version.to_owned(),
        commit => format!("{version}+{commit}"),
    }
}

/// When that commit was made, or the program was built, in seconds since 1970.
pub fn seconds() -> i64 {
    env!("BUILD_SECONDS").parse().unwrap_or_default()
}
