//! The database: whether a server can use it, whether it is damaged, and whether it has connections enough.

use bailiwick_domain::outside::Clock;
use bailiwick_server::check;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Databases, Engine, Error, Store};

use super::ask::judge_clock;
use super::finding::{Finding, Mark};

/// The name of this check.
const CHECK: &str = "database";
/// The name of the check of the file itself.
const DAMAGE: &str = "database_file";
/// The name of the check of connections.
const CONNECTIONS: &str = "connections";
/// The name of the check of the clock.
const CLOCK: &str = "clock";
/// The connections that a server needs beside `database.max_connections`.
const BESIDE: i64 = 2;

/// What to do if the error itself does not say it.
fn advice(url: Option<&DatabaseUrl>) -> &'static str {
    match url {
        Some(DatabaseUrl::Postgres(_)) => {
            "check that PostgreSQL runs, and the host, user, password and database in database.url"
        }
        _ => "stop the server, keep a copy of the file, and restore the database from your backup",
    }
}

/// Checks the database. The addresses of other machines whose servers use it come with the findings.
pub(super) async fn check(config: &Config, clock: &dyn Clock) -> (Vec<Finding>, Vec<String>) {
    let url = check::database_url(config).ok();
    let next = advice(url.as_ref());
    let noted = check::database(config, clock).await;
    let mut found: Vec<_> = noted.iter().map(|one| Finding::of_setting(CHECK, one, next)).collect();
    let Some(url) = url.filter(|_| found.is_empty()) else { return (found, Vec::new()) };
    match inside(config, &url, clock).await {
        Ok((more, others)) => {
            found.extend(more);
            if found.iter().all(|finding| finding.mark == Mark::Ok) {
                found.insert(
                    0,
                    Finding::ok(CHECK, format!("{url:?} answers, has this version, and the peppers fit it")),
                );
            }
            (found, others)
        }
        Err(error) => (vec![Finding::of_error(CHECK, format!("{url:?}: {error}"), next)], Vec::new()),
    }
}

async fn inside(
    config: &Config,
    url: &DatabaseUrl,
    clock: &dyn Clock,
) -> Result<(Vec<Finding>, Vec<String>), Error> {
    let databases = Databases::connect(url, 1).await?;
    let store = &databases.store;
    let mut found = Vec::new();
    if store.engine() == Engine::Sqlite {
        found.push(damage(url, &databases).await?);
    } else {
        found.extend(connections(config, store).await?);
        let off = store.clock_ahead_micros(clock).await?;
        let judged = judge_clock(CLOCK, "the database", off);
        found.push(
            judged.unwrap_or_else(|| {
                Finding::ok(CLOCK, "the clocks of this machine and of the database agree")
            }),
        );
    }
    let others = store.other_machines().await?;
    databases.close().await;
    Ok((found, others))
}

async fn damage(url: &DatabaseUrl, databases: &Databases) -> Result<Finding, Error> {
    let own = databases.store.damage().await?.map(|damage| (format!("{url:?}"), damage));
    let found = match own {
        Some(found) => Some(found),
        None => {
            let file = url.observations_file().unwrap_or_default();
            databases.observations.damage().await?.map(|damage| (file.display().to_string(), damage))
        }
    };
    Ok(match found {
        Some((file, damage)) => {
            Finding::fault(DAMAGE, format!("{file} is damaged: {}", damage.trim()), advice(Some(url)))
        }
        None => Finding::ok(DAMAGE, "the files of the database are not damaged"),
    })
}

async fn connections(config: &Config, store: &Store) -> Result<Option<Finding>, Error> {
    let Some(limit) = store.connection_limit().await? else { return Ok(None) };
    let needed = i64::from(config.database.max_connections) + BESIDE;
    let most = limit.most;
    if needed <= most {
        let text = format!("PostgreSQL allows {most} connections, and a server needs {needed}");
        return Ok(Some(Finding::ok(CONNECTIONS, text)));
    }
    Ok(Some(Finding::fault(
        CONNECTIONS,
        format!(
            "a server may need {needed} connections (database.max_connections and {BESIDE} more), but {most} are allowed by {}",
            limit.of
        ),
        format!(
            "raise that limit to the number of servers times {needed}, or lower database.max_connections"
        ),
    )))
}
