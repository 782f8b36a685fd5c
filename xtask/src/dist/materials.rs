//! What the packages are made of, besides programs: manual pages, completion scripts, changelogs.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Dist, Failed, failed, output, write};

/// Shells, and the file names of their completion scripts: before and after the name of the program.
const SHELLS: [(&str, &str, &str); 3] = [("bash", "", ".bash"), ("zsh", "_", ""), ("fish", "", ".fish")];

/// Makes all of it.
pub(super) fn make(dist: &Dist) -> Result<(), Failed> {
    let Dist { materials, version, .. } = dist;
    for (program, name, pages) in
        [(dist.server(), "bailiwick", "man"), (dist.agent(), "bailiwick-agent", "man-agent")]
    {
        let pages = materials.join(pages);
        fs::create_dir_all(&pages).map_err(|error| failed(&pages, &error))?;
        output(&program, &[OsStr::new("manual"), pages.as_os_str()])?;
        if name == "bailiwick" {
            // The package of the agent has a page of this name, and both can be installed.
            let page = pages.join("bailiwick-agent.1");
            fs::remove_file(&page).map_err(|error| failed(&page, &error))?;
        }
        let completions = materials.join("completions");
        fs::create_dir_all(&completions).map_err(|error| failed(&completions, &error))?;
        for (shell, before, after) in SHELLS {
            let script = output(&program, &[OsStr::new("completions"), OsStr::new(shell)])?;
            write(&completions.join(format!("{before}{name}{after}")), &script)?;
        }
    }
    let date = date()?;
    for (name, file) in [("bailiwick", "changelog"), ("bailiwick-agent", "changelog-agent")] {
        write(&materials.join(file), changelog(name, version, &date).as_bytes())?;
    }
    Ok(())
}

/// When the last commit was made, as RFC 5322 writes it; now, if there is no repository.
fn date() -> Result<String, Failed> {
    let seconds = output("git", &[OsStr::new("log"), OsStr::new("-1"), OsStr::new("--format=%ct")]);
    let text = seconds.ok().and_then(|text| String::from_utf8(text).ok());
    let seconds = text.and_then(|text| text.trim().parse::<u64>().ok());
    #[allow(clippy::disallowed_methods, reason = "a build outside of a repository says when it was made")]
    let time = seconds.map_or_else(SystemTime::now, |seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let date = format!("@{seconds}");
    let text = output("date", &["-u", "-R", "-d", &date].map(OsStr::new))?;
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}

/// A changelog of Debian (deb-changelog(5)), which names the changelog of the project.
fn changelog(package: &str, version: &str, date: &str) -> String {
    let file = Path::new("/usr/share/doc").join(package).join("NEWS.md.gz");
    format!(
        "{package} ({version}-1) unstable; urgency=medium\n\n  * Version {version}. What has changed is in\n    {}.\n\n -- Bailiwick <maintainers@bailiwick.example>  {date}\n",
        file.display()
    )
}
