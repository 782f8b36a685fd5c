//! What the programs of PostgreSQL, such as `pg_dump`, must know to reach a database.

use sqlx::postgres::PgSslMode;

use crate::database::address::{PostgresAddress, decoded};
use crate::error::Result;

/// A variable of the environment, and its value, which may be secret.
pub type Variable = (&'static str, String);

/// The environment for programs that use libpq, for a database with this address, which is `text` parsed. The password
/// is in the environment because other users of the machine can see arguments.
pub fn environment(text: &str, address: &PostgresAddress) -> Result<Vec<Variable>> {
    let mut found = Vec::new();
    let hosts = address.hosts();
    let joined = |values: Vec<String>| values.join(",");
    let host = |options: &sqlx::postgres::PgConnectOptions| match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    found.push(("PGHOST", joined(hosts.iter().map(host).collect())));
    found.push(("PGPORT", joined(hosts.iter().map(|options| options.get_port().to_string()).collect())));
    found.push(("PGCONNECT_TIMEOUT", address.connect_timeout().as_secs().to_string()));
    if hosts.len() > 1 {
        found.push(("PGTARGETSESSIONATTRS", "read-write".to_owned()));
    }
    if let Some(options) = hosts.first() {
        found.push(("PGUSER", options.get_username().to_owned()));
        let database = options.get_database().unwrap_or(options.get_username());
        found.push(("PGDATABASE", database.to_owned()));
        found.extend(options.get_options().map(|options| ("PGOPTIONS", options.to_owned())));
        let mode = match options.get_ssl_mode() {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        };
        found.push(("PGSSLMODE", mode.to_owned()));
    }
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((_, password)) = user.split_once(':')
    {
        found.push(("PGPASSWORD", decoded(password)?));
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let variable = match &*name {
            "password" => "PGPASSWORD",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            _ => continue,
        };
        found.push((variable, value.into_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(text: &str) -> BTreeMap<&'static str, String> {
        environment(text, &PostgresAddress::parse(text).unwrap()).unwrap().into_iter().collect()
    }

    #[test]
    fn the_parts_of_an_address_become_variables() {
        let found = of("postgres://ann:a%40b+c@db:5433/fleet?sslmode=require&sslrootcert=/ca.pem");
        for (name, value) in [
            ("PGHOST", "db"),
            ("PGPORT", "5433"),
            ("PGUSER", "ann"),
            ("PGPASSWORD", "a@b+c"),
            ("PGDATABASE", "fleet"),
            ("PGSSLMODE", "require"),
            ("PGSSLROOTCERT", "/ca.pem"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
        }
        let found = of("postgres://bo@a,b:7/x?password=p%26q");
        assert_eq!((&*found["PGHOST"], &*found["PGPORT"], &*found["PGPASSWORD"]), ("a,b", "5432,7", "p&q"));
        assert_eq!(found["PGTARGETSESSIONATTRS"], "read-write");
        let found = of("postgres://bo@%2Frun%2Fpg/x");
        assert_eq!(found["PGHOST"], "/run/pg");
        assert!(!found.contains_key("PGPASSWORD"));
    }
}
