//! The libraries that a program is linked to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Failed, output};

/// Functions of the C library that load modules at run time to look up hosts, users and groups (NSS). In a statically
/// linked program that fails, or crashes, unless the machine has the very same version of the C library.
const NSS: [&str; 9] = [
    "getaddrinfo",
    "getgrgid_r",
    "getgrnam_r",
    "getgrouplist",
    "gethostbyname_r",
    "getnameinfo",
    "getpwnam_r",
    "getpwuid_r",
    "initgroups",
];

/// Fails if a program, which has its symbols, is not statically linked, or contains one of these functions.
pub(super) fn require_static(program: &Path) -> Result<(), Failed> {
    let header = output("readelf", &[OsStr::new("--program-headers"), program.as_os_str()])?;
    if String::from_utf8_lossy(&header).contains("INTERP") {
        return Err(Failed(format!("{} is not statically linked", program.display())));
    }
    let symbols = output("nm", &[OsStr::new("--defined-only"), program.as_os_str()])?;
    let symbols = String::from_utf8_lossy(&symbols);
    let names: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    if !names.contains(&"main") {
        return Err(Failed(format!("{} has no symbols, so nothing can be said of it", program.display())));
    }
    let found: Vec<&str> = NSS.into_iter().filter(|function| names.contains(function)).collect();
    if !found.is_empty() {
        return Err(Failed(format!(
            "{} is statically linked and contains {}, which would load modules at run time",
            program.display(),
            found.join(", ")
        )));
    }
    Ok(())
}

/// The files of the libraries that a program is linked to, the loader among them.
pub(super) fn of(program: &Path) -> Result<Vec<PathBuf>, Failed> {
    let text = output("ldd", &[program.as_os_str()])?;
    let text = String::from_utf8_lossy(&text);
    let path = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(PathBuf::from);
    Ok(text.lines().filter_map(path).collect())
}
