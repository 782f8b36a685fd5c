//! `postgres_exporter`: metrics of `PostgreSQL`.

use super::{CannotStart, Ingredients, Recipe, host_and_port, percent_encoded};

const PORT: u16 = 5_432;
/// The prefix of a socket's file name; the port follows.
const SOCKET_FILE: &str = ".s.PGSQL.";

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.prometheus(from, "collector.")?;
    recipe.cannot_tell(from, &["max_exporter_connections"]);
    // The exporter discovers all databases or none; it has no limit.
    if from.number("auto_discovery_limit").is_some_and(|limit| limit >= 0) {
        recipe.cannot_tell(from, &["auto_discovery_limit"]);
    }
    let service = from.service()?;
    let database = percent_encoded(service.database.as_deref().unwrap_or("postgres"));
    let mut parameters = Vec::new();
    let place = match &service.socket {
        Some(socket) => {
            // The setting is the socket's directory, or the socket itself, whose name ends with the
            // port.
            let (directory, port) = match socket.rsplit_once('/') {
                Some((directory, file)) if file.starts_with(SOCKET_FILE) => {
                    (directory, file[SOCKET_FILE.len()..].parse().ok())
                }
                _ => (socket.as_str(), service.port),
            };
            parameters.push(("host", percent_encoded(directory)));
            format!(":{}", port.unwrap_or(PORT))
        }
        None => host_and_port(service, PORT)?,
    };
    if from.flag("tls") {
        let mode = if from.flag("tls_skip_verify") { "require" } else { "verify-full" };
        parameters.push(("sslmode", mode.to_owned()));
        for (name, file, body) in [
            ("sslrootcert", "ca.pem", from.text("tls_ca")),
            ("sslcert", "certificate.pem", from.text("tls_cert")),
            ("sslkey", "key.pem", from.secret("tls_key")),
        ] {
            parameters.extend(recipe.pem(from, file, body).map(|path| (name, percent_encoded(&path))));
        }
    } else {
        parameters.push(("sslmode", "disable".to_owned()));
    }
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    recipe.variable("DATA_SOURCE_URI", format!("{place}/{database}?{}", parameters.join("&")));
    recipe.variable("DATA_SOURCE_USER", from.text("username").unwrap_or_default());
    recipe.variable("DATA_SOURCE_PASS", from.secret("password").unwrap_or_default());
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;

    #[test]
    fn a_postgresql_server_is_reached_by_address_or_socket() {
        let by = |service| {
            let program = json!({
                "type": "postgres_exporter", "settings": { "username": "monitor" },
                "secrets": { "password": "p@ss/word" }, "service": service,
            });
            written(program).unwrap()
        };
        assert_eq!(
            by(json!({ "name": "a", "address": "db-1", "port": 5433, "database": "orders" })),
            [
                "--web.listen-address=127.0.0.1:9999",
                "--log.level=info",
                "DATA_SOURCE_PASS=p@ss/word",
                "DATA_SOURCE_URI=db-1:5433/orders?sslmode=disable",
                "DATA_SOURCE_USER=monitor",
            ]
        );
        for (socket, uri) in [
            ("/run/pg", "DATA_SOURCE_URI=:5432/postgres?host=%2Frun%2Fpg&sslmode=disable"),
            ("/run/.s.PGSQL.5499", "DATA_SOURCE_URI=:5499/postgres?host=%2Frun&sslmode=disable"),
        ] {
            assert!(by(json!({ "name": "a", "socket": socket })).contains(&uri.to_owned()), "{socket}");
        }
    }

    #[test]
    fn tls_is_verified_unless_tls_skip_verify_is_set() {
        let with = |settings| {
            let secrets = json!({ "tls_key": "KEY" });
            let service = json!({ "name": "a", "address": "db-1" });
            let program = json!({ "type": "postgres_exporter", "settings": settings, "secrets": secrets, "service": service });
            written(program).unwrap().join("\n")
        };
        let verified = with(json!({ "tls": true, "tls_ca": "CA", "tls_cert": "CERT" }));
        assert!(verified.contains("?sslmode=verify-full&sslrootcert=%2Fd%2Fca.pem&sslcert=%2Fd%2Fcertificate.pem&sslkey=%2Fd%2Fkey.pem"));
        assert!(verified.contains("key.pem: KEY"), "{verified}");
        let skipped = with(json!({ "tls": true, "tls_skip_verify": true, "auto_discovery_limit": 5 }));
        assert!(skipped.contains("sslmode=require"), "{skipped}");
        assert!(skipped.contains("not applied: auto_discovery_limit"), "{skipped}");
    }
}
