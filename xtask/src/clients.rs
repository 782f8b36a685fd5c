//! Generates clients from the OpenAPI document with the generators of others, and makes every JSON call with each.
//! The scripts beside the sources of this program plan the calls and make them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::{Failed, cargo, metadata};

/// With a dot in front: `openapi-ts` takes it for a project on its makers' server otherwise.
const DOCUMENT: &str = "./contracts/openapi.json";
const SCRIPTS: &str = "xtask/clients";

/// The programs that must be there, and what they are for.
const PROGRAMS: [(&str, &str); 3] = [
    ("python3", "clients in Python, and the calls"),
    ("node", "clients in TypeScript (version 20 or later)"),
    ("npm", "clients in TypeScript"),
];
/// What the clients of OpenAPI Generator need besides.
const JAVA: (&str, &str) = ("java", "OpenAPI Generator (version 11 or later)");
const OPENAPI_GENERATOR: &str = "openapi-generator-";

/// Generates the clients, checks them and makes their calls. `words` are the names of clients, none for all; after
/// `--program FILE`, the server is that program, and none is built.
pub(crate) fn run(words: &[&str]) -> Result<(), Failed> {
    let (program, names) = match words {
        ["--program", program, names @ ..] => (Some(Path::new(program)), names),
        ["--program"] => return Err(Failed("expected a file after --program".to_owned())),
        names => (None, names),
    };
    let all: [(&str, Check); 5] = [
        ("lint", Workshop::lint),
        ("openapi-python-client", Workshop::openapi_python_client),
        ("typescript", Workshop::typescript),
        ("openapi-generator-python", Workshop::openapi_generator_python),
        ("openapi-generator-rust", Workshop::openapi_generator_rust),
    ];
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|(known, _)| known != *name)) {
        let known: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        return Err(Failed(format!("there is no client {unknown}; expected one of {}", known.join(", "))));
    }
    let chosen: Vec<_> =
        all.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name)).collect();
    PROGRAMS.into_iter().try_for_each(needed)?;
    if chosen.iter().any(|(name, _)| name.starts_with(OPENAPI_GENERATOR)) {
        needed(JAVA)?;
    }
    let target = metadata()?["target_directory"].as_str().map(PathBuf::from).unwrap_or_default();
    let program = match program {
        Some(program) => program.to_owned(),
        None => {
            // In the same way as the tests, so that nothing is compiled twice.
            cargo(&["build", "--workspace", "--test", "it", "--bin", "bailiwick"], &[])?;
            target.join("debug/bailiwick")
        }
    };
    let workshop = Workshop::new(target.join("clients"), program)?;
    workshop.install()?;
    for (name, check) in chosen {
        eprintln!("xtask: {name}");
        check(&workshop)?;
    }
    Ok(())
}

/// Checks that a program is on this machine.
fn needed((program, purpose): (&str, &str)) -> Result<(), Failed> {
    let tried = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried
        .map(drop)
        .map_err(|_| Failed(format!("there is no `{program}` on this machine; it is needed for {purpose}")))
}

/// Makes a client, and makes its calls.
type Check = fn(&Workshop) -> Result<(), Failed>;

/// Where generators are installed and clients are made.
struct Workshop {
    home: PathBuf,
    /// The program whose server is called.
    program: PathBuf,
}

impl Workshop {
    fn new(home: PathBuf, program: PathBuf) -> Result<Self, Failed> {
        let made = fs::create_dir_all(&home);
        made.map_err(|error| Failed(format!("could not make {}: {error}", home.display())))?;
        Ok(Self { home, program })
    }

    /// Installs the generators and what their clients need.
    fn install(&self) -> Result<(), Failed> {
        for name in ["package.json", "package-lock.json"] {
            let to = self.home.join(name);
            fs::copy(Path::new(SCRIPTS).join(name), &to)
                .map_err(|error| Failed(format!("could not write {}: {error}", to.display())))?;
        }
        Tool::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .args([&self.home])
            .run()?;
        Tool::new("python3").args(["-m", "venv"]).args([self.home.join("venv")]).run()?;
        let pip = ["install", "--quiet", "--disable-pip-version-check", "--requirement"];
        self.python("pip")
            .args(pip)
            .args([Path::new(SCRIPTS).join("requirements.txt")])
            .args(["--constraint"])
            .args([Path::new(SCRIPTS).join("constraints.txt")])
            .run()
    }

    fn python(&self, program: &str) -> Tool {
        let mut tool = Tool::new(self.home.join("venv/bin").join(program));
        // The scripts leave no compiled files among the sources.
        tool.0.env("PYTHONDONTWRITEBYTECODE", "1");
        tool
    }

    fn node(&self, program: &str) -> Tool {
        let mut tool = Tool::new(self.home.join("node_modules/.bin").join(program));
        // Redocly would tell its makers that it runs, and ask them for a later version.
        tool.0.envs([("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")]);
        tool
    }

    /// Makes every JSON call with a script.
    fn call(&self, script: &str, client: &Path) -> Result<(), Failed> {
        let script = Path::new(SCRIPTS).join(script);
        self.python("python").args([&script, &self.program, Path::new(DOCUMENT), client]).run()
    }

    fn lint(&self) -> Result<(), Failed> {
        let rules = Path::new(SCRIPTS).join("spectral.yaml");
        self.node("spectral")
            .args(["lint", DOCUMENT, "--fail-severity", "error", "--display-only-failures", "--ruleset"])
            .args([rules])
            .run()?;
        self.node("redocly").args(["lint", DOCUMENT, "--format", "summary"]).run()
    }

    fn openapi_python_client(&self) -> Result<(), Failed> {
        let client = self.home.join("openapi-python-client");
        let package = client.join("bailiwick_client");
        let generate = ["generate", "--path", DOCUMENT, "--meta", "none", "--overwrite", "--output-path"];
        self.python("openapi-python-client").args(generate).args([&package]).run()?;
        self.python("mypy").args([&package]).run()?;
        self.call("openapi_python_client.py", &client)
    }

    fn openapi_generator_python(&self) -> Result<(), Failed> {
        let client = self.generate("python")?;
        self.call("openapi_generator_python.py", &client)
    }

    fn openapi_generator_rust(&self) -> Result<(), Failed> {
        let client = self.generate("rust")?;
        self.call("openapi_generator_rust.py", &client)
    }

    /// Makes a client with OpenAPI Generator; its directory.
    fn generate(&self, language: &str) -> Result<PathBuf, Failed> {
        let client = self.home.join(format!("openapi-generator-{language}"));
        let generate = ["generate", "-i", DOCUMENT, "-g", language, "-o"];
        self.python("openapi-generator-cli").args(generate).args([&client]).quietly().run()?;
        Ok(client)
    }

    fn typescript(&self) -> Result<(), Failed> {
        self.node("openapi-typescript").args([DOCUMENT, "-o"]).args([self.home.join("schema.d.ts")]).run()?;
        self.node("openapi-ts").args(["-i", DOCUMENT, "-o"]).args([self.home.join("hey-api")]).run()?;
        self.call("typescript.py", &self.home)
    }
}

/// A program of others, with its arguments.
struct Tool(Command);

impl Tool {
    fn new(program: impl AsRef<OsStr>) -> Self {
        Self(Command::new(program))
    }

    fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(arguments);
        self
    }

    /// Leaves out what it prints, except for errors.
    fn quietly(mut self) -> Self {
        self.0.stdout(Stdio::null());
        self
    }

    fn run(mut self) -> Result<(), Failed> {
        let line = format!("{:?}", self.0);
        match self.0.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failed(format!("{line} ended with {status}"))),
            Err(error) => Err(Failed(format!("could not run {line}: {error}"))),
        }
    }
}
