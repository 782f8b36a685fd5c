//! Makes what is shipped: the packages, the container image, the program of the agent, the lists of what is in them
//! (SBOM), and their checksums.

mod container;
mod libraries;
mod materials;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::{Failed, cargo, metadata};

/// The platform of what is made, as the standard library names it and as the server names it.
const TARGET: &str = "x86_64-unknown-linux-gnu";
const PLATFORM: &str = "linux-x86_64";

/// The programs that must be there, and how to get them.
const PROGRAMS: [(&str, &[&str], &str); 6] = [
    ("cargo", &["deb", "--version"], "cargo install cargo-deb --version 3.8.0 --locked"),
    ("cargo", &["cyclonedx", "--version"], "cargo install cargo-cyclonedx --version 0.5.9 --locked"),
    ("dpkg-shlibdeps", &["--version"], "apt-get install dpkg-dev"),
    ("strip", &["--version"], "apt-get install binutils"),
    ("buildah", &["--version"], "apt-get install buildah"),
    ("sha256sum", &["--version"], "apt-get install coreutils"),
];

/// Makes everything. `profile` is the profile of cargo, `dist` unless something else is tried.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failed> {
    let profile = match arguments {
        [] => "dist",
        ["--profile", profile] => profile,
        _ => return Err(Failed("expected nothing, or --profile PROFILE".to_owned())),
    };
    for (program, arguments, how) in PROGRAMS {
        let found =
            Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            let line = format!("{program} {}", arguments.join(" "));
            return Err(Failed(format!("`{line}` does not work on this machine; run: {how}")));
        }
    }
    let dist = Dist::new(profile)?;
    dist.build()?;
    materials::make(&dist)?;
    dist.packages()?;
    container::make(&dist)?;
    dist.lists()?;
    dist.checksums()
}

/// Where things are made.
struct Dist {
    profile: String,
    target: PathBuf,
    /// What the packages are made of.
    materials: PathBuf,
    /// What is shipped.
    output: PathBuf,
    version: String,
}

impl Dist {
    fn new(profile: &str) -> Result<Self, Failed> {
        let metadata = metadata()?;
        let target = metadata["target_directory"].as_str().map(PathBuf::from).unwrap_or_default();
        let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
        let cli = packages.iter().find(|package| package["name"] == "bailiwick-cli");
        let version = cli.and_then(|package| package["version"].as_str()).unwrap_or_default().to_owned();
        let dist = Self {
            profile: profile.to_owned(),
            materials: target.join("package"),
            output: target.join("distribution"),
            target,
            version,
        };
        for directory in [&dist.materials, &dist.output] {
            clear(directory)?;
        }
        Ok(dist)
    }

    /// The directory that cargo has for the profile.
    fn built(&self) -> &str {
        if self.profile == "dev" { "debug" } else { &self.profile }
    }

    /// The program of the server and the command line, without symbols.
    fn server(&self) -> PathBuf {
        self.materials.join("bailiwick")
    }

    /// The program of the agent, which is statically linked, without symbols.
    fn agent(&self) -> PathBuf {
        self.materials.join("agents").join(format!("bailiwick-agent-{PLATFORM}"))
    }

    fn build(&self) -> Result<(), Failed> {
        let profile = ["--profile", &self.profile];
        cargo(&[&["build", "--locked", "-p", "bailiwick-cli"][..], &profile].concat(), &[])?;
        // With --target, the flags are not those of build scripts and macros, which cannot be static.
        let agent = ["build", "--locked", "-p", "bailiwick-agent-program", "--target", TARGET];
        // The symbols say what is in it; they are removed afterwards.
        let environment =
            [("RUSTFLAGS", "-C target-feature=+crt-static"), ("CARGO_PROFILE_DIST_STRIP", "none")];
        cargo(&[&agent[..], &profile].concat(), &environment)?;
        let built = self.target.join(TARGET).join(self.built()).join("bailiwick-agent");
        libraries::require_static(&built)?;
        let agents = self.materials.join("agents");
        fs::create_dir_all(&agents).map_err(|error| failed(&agents, &error))?;
        strip(&built, &self.agent())?;
        strip(&self.target.join(self.built()).join("bailiwick"), &self.server())
    }

    fn packages(&self) -> Result<(), Failed> {
        for package in ["bailiwick-cli", "bailiwick-agent-program"] {
            let output = self.output.display().to_string();
            let line = ["deb", "--no-build", "--no-strip", "-p", package, "--profile", &self.profile];
            cargo(&[&line[..], &["--output", &output]].concat(), &[])?;
        }
        Ok(())
    }

    /// Lists what each program is made of, in the format of CycloneDX 1.5.
    fn lists(&self) -> Result<(), Failed> {
        let line = ["cyclonedx", "--format", "json", "--spec-version", "1.5", "--target", TARGET];
        cargo(&[&line[..], &["--override-filename", "sbom.cdx"]].concat(), &[])?;
        for (crate_of, name) in [("cli", "bailiwick"), ("agent-program", "bailiwick-agent")] {
            let made = Path::new("crates").join(crate_of).join("sbom.cdx.json");
            move_file(&made, &self.output.join(format!("{name}_{}.cdx.json", self.version)))?;
        }
        for directory in
            fs::read_dir("crates").map_err(|error| failed(Path::new("crates"), &error))?.flatten()
        {
            let _ = fs::remove_file(directory.path().join("sbom.cdx.json"));
        }
        let _ = fs::remove_file("xtask/sbom.cdx.json");
        Ok(())
    }

    fn checksums(&self) -> Result<(), Failed> {
        copy(&self.agent(), &self.output.join(format!("bailiwick-agent-{PLATFORM}")))?;
        let mut names: Vec<String> = fs::read_dir(&self.output)
            .map_err(|error| failed(&self.output, &error))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let output = Command::new("sha256sum").args(&names).current_dir(&self.output).output();
        let output = output.map_err(|error| Failed(format!("could not run `sha256sum`: {error}")))?;
        write(&self.output.join("SHA256SUMS"), &output.stdout)?;
        println!("{}", self.output.display());
        print!("{}", String::from_utf8_lossy(&output.stdout));
        Ok(())
    }
}

/// Copies a program without its symbols.
fn strip(from: &Path, to: &Path) -> Result<(), Failed> {
    let arguments = ["--strip-all".as_ref(), "-o".as_ref(), to.as_os_str(), from.as_os_str()];
    output("strip", &arguments).map(drop)
}

fn failed(path: &Path, error: &std::io::Error) -> Failed {
    Failed(format!("{}: {error}", path.display()))
}

/// Makes a directory that is empty.
fn clear(directory: &Path) -> Result<(), Failed> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(|error| failed(directory, &error))?;
    }
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))
}

/// Copies a file, and makes the directory that it goes into.
fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    }
    fs::copy(from, to).map(drop).map_err(|error| failed(from, &error))
}

fn move_file(from: &Path, to: &Path) -> Result<(), Failed> {
    copy(from, to)?;
    fs::remove_file(from).map_err(|error| failed(from, &error))
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failed> {
    fs::write(path, content).map_err(|error| failed(path, &error))
}

/// Runs a program, and returns what it prints.
fn output(program: impl AsRef<OsStr>, arguments: &[&OsStr]) -> Result<Vec<u8>, Failed> {
    let program = program.as_ref();
    let shown = program.to_string_lossy().into_owned();
    let output = Command::new(program).args(arguments).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Failed(format!("could not run `{shown}`: {error}")))?;
    if !output.status.success() {
        return Err(Failed(format!("`{shown}` ended with {}", output.status)));
    }
    Ok(output.stdout)
}
