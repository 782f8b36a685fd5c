//! Everything about the server whose data directory is on this machine, in the order in which it is shown.

use bailiwick_domain::outside::Clock;
use bailiwick_server::check;
use bailiwick_server::config::Config;

use super::finding::Finding;
use super::{DoctorArgs, apart, certificate, database, files, fleet, peers, running, space, unit, within};

/// Checks the configuration.
fn configuration(args: &DoctorArgs) -> Result<(Config, Vec<Finding>), Finding> {
    const CHECK: &str = "configuration";
    let effective = args.config.effective().map_err(|error| {
        let next = "correct it; `bailiwick config check` shows all settings and where each is set";
        Finding::of_error(CHECK, format!("{error:#}"), next)
    })?;
    let next = "docs/configuration.md explains this setting";
    let noted = check::settings(&effective.config);
    let mut found: Vec<_> = noted.iter().map(|one| Finding::of_setting(CHECK, one, next)).collect();
    if found.is_empty() {
        found.push(Finding::ok(CHECK, "all settings are known and valid"));
    }
    Ok((effective.config, found))
}

/// What is known of the server before it is asked.
struct Known {
    /// Whether a server runs with the data directory.
    is_running: bool,
    /// Machines whose servers use the same database.
    others: Vec<String>,
}

/// Checks what only the user of the server can: files, the database and the certificate.
async fn own(args: &DoctorArgs, config: &Config, found: &mut Vec<Finding>, clock: &dyn Clock) -> Known {
    let directory = config.data.directory.clone();
    let is_running = check::is_locked(&directory);
    let mut known = Known { is_running, others: Vec::new() };
    if let Some(skipped) = files::of_another_user(&directory) {
        found.push(skipped);
        return known;
    }
    let at = directory.clone();
    let refused = apart("files", move || files::refused(&at)).await;
    if !refused.is_empty() {
        found.extend(refused);
        // All else would only be the same once more.
        let next = "do what is said about the files, and run doctor again";
        found.push(Finding::skipped(
            "database",
            "the server would refuse its files before it opens the database",
            next,
        ));
        return known;
    }
    found.extend(apart("files", move || files::check(&directory, is_running)).await);
    let mut others = Vec::new();
    let of_database = within("database", async {
        let (found, machines) = database::check(config, clock).await;
        others = machines;
        found
    });
    found.extend(of_database.await);
    known.others = others;
    let valid_for = args.valid_for;
    let (config, urls, now) = (config.clone(), args.urls.clone(), clock.now());
    found.extend(apart("certificate", move || certificate::check(&config, &urls, now, valid_for)).await);
    known
}

/// Makes all checks of the server.
pub(super) async fn examine(args: &DoctorArgs, clock: &dyn Clock) -> Vec<Finding> {
    let (config, mut found) = match configuration(args) {
        Ok(read) => read,
        Err(fault) => {
            let next = "correct the configuration, and run doctor again";
            let skipped =
                Finding::skipped("server", "nothing else can be checked without the configuration", next);
            return vec![fault, skipped];
        }
    };
    let directory = config.data.directory.clone();
    if !directory.is_dir() {
        let what = format!("the data directory {} does not exist or cannot be entered", directory.display());
        let next =
            "name it with --data, or run doctor as the user of the server; `bailiwick up` makes a new one";
        found.push(Finding::fault("files", what, next));
        return found;
    }
    let authorization = match args.authorization() {
        Ok(authorization) => authorization,
        Err(fault) => {
            found.push(fault);
            None
        }
    };
    let authorization = authorization.as_ref().map(|text| text.as_str());
    let (free, at) = (args.free_bytes(), directory.clone());
    found.extend(apart("disk", move || vec![space::check("disk", &at, free)]).await);
    let Known { is_running, others } = own(args, &config, &mut found, clock).await;

    let ca = args.ca.as_deref();
    let mut asker = None;
    if is_running {
        let about = within("server", async {
            let (found, answering) = running::running(&config, &directory, authorization, clock).await;
            asker = answering;
            found
        });
        found.extend(about.await);
    } else {
        found.extend(running::stopped(&config));
    }
    found.extend(within("address", peers::addresses(&config, &args.urls, ca, is_running, clock)).await);
    found.extend(peers::proxies(&config, &args.urls));
    found.extend(within("peers", peers::check(&args.peers, &others, ca, authorization, clock)).await);
    if let Some(asker) = &asker {
        let organization = args.organization.as_deref();
        found.extend(within("agents", fleet::check(asker, organization, args.offline_for, clock)).await);
    }
    let units = args.units.clone();
    found.extend(apart("unit", move || unit::SERVER.check("unit", &units).into_iter().collect()).await);
    found
}
