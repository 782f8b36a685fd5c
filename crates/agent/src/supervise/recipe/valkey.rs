//! The exporter of Valkey and Redis.

use super::{CannotStart, Ingredients, METRICS_USER, Recipe, host_and_port};

const PORT: u16 = 6_379;

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.argument(format!("--web.listen-address={}", from.listen));
    if from.text("log_level") == Some("debug") {
        recipe.argument("--debug");
    }
    recipe.cannot_tell(from, &["disabled_collectors"]);
    if let Some(password) = from.secret("agent_password") {
        recipe.variable("REDIS_EXPORTER_BASIC_AUTH_USERNAME", METRICS_USER);
        recipe.variable("REDIS_EXPORTER_BASIC_AUTH_PASSWORD", password);
    }
    let service = from.service()?;
    let tls = from.flag("tls");
    let address = match &service.socket {
        Some(socket) => format!("unix://{socket}"),
        None => format!("{}://{}", if tls { "rediss" } else { "redis" }, host_and_port(service, PORT)?),
    };
    recipe.variable("REDIS_ADDR", address);
    if let Some(user) = from.text("username") {
        recipe.variable("REDIS_USER", user);
    }
    if let Some(password) = from.secret("password") {
        recipe.variable("REDIS_PASSWORD", password);
    }
    if tls {
        if from.flag("tls_skip_verify") {
            recipe.variable("REDIS_EXPORTER_SKIP_TLS_VERIFICATION", "true");
        }
        for (name, file, body) in [
            ("REDIS_EXPORTER_TLS_CA_CERT_FILE", "ca.pem", from.text("tls_ca")),
            ("REDIS_EXPORTER_TLS_CLIENT_CERT_FILE", "certificate.pem", from.text("tls_cert")),
            ("REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", "key.pem", from.secret("tls_key")),
        ] {
            if let Some(path) = recipe.pem(from, file, body) {
                recipe.variable(name, path);
            }
        }
    }
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;

    #[test]
    fn it_is_told_by_its_environment() {
        let program = json!({
            "type": "valkey_exporter", "settings": { "username": "mon", "tls": true, "log_level": "debug" },
            "secrets": { "password": "hunter2", "tls_key": "KEY" },
            "service": { "name": "a", "address": "cache-1" },
        });
        assert_eq!(
            written(program).unwrap(),
            [
                "--web.listen-address=127.0.0.1:9999",
                "--debug",
                "REDIS_ADDR=rediss://cache-1:6379",
                "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE=/d/key.pem",
                "REDIS_PASSWORD=hunter2",
                "REDIS_USER=mon",
                "key.pem: KEY",
            ]
        );
    }
}
