//! The libraries that a program is linked to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Failed, failed, output};

/// What the C library contains if a program uses its lookups of hosts and users, which load modules at run time (NSS).
const NSS: &[u8] = b"/etc/nsswitch.conf";

/// Fails if a program is not statically linked, or if it would load modules at run time to look up hosts or users.
pub(super) fn require_static(program: &Path) -> Result<(), Failed> {
    let found = of(program)?;
    if !found.is_empty() {
        return Err(Failed(format!("{} is not statically linked, but to {found:?}", program.display())));
    }
    let content = std::fs::read(program).map_err(|error| failed(program, &error))?;
    if content.windows(NSS.len()).any(|window| window == NSS) {
        let what = "uses the C library to look up hosts or users, which does not work in a statically linked program";
        return Err(Failed(format!("{} {what}", program.display())));
    }
    Ok(())
}

/// The files of the libraries that a program is linked to, the loader among them.
pub(super) fn of(program: &Path) -> Result<Vec<PathBuf>, Failed> {
    let text = output("ldd", &[program.as_os_str()]).or_else(|failed| {
        // ldd fails for a static program.
        let header = output("readelf", &[OsStr::new("--program-headers"), program.as_os_str()])?;
        if String::from_utf8_lossy(&header).contains("INTERP") { Err(failed) } else { Ok(Vec::new()) }
    })?;
    let text = String::from_utf8_lossy(&text);
    let path = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(PathBuf::from);
    Ok(text.lines().filter_map(path).collect())
}
