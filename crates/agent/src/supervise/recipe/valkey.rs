//! The exporter of Valkey and Redis.

use std::collections::BTreeMap;

use super::{CannotStart, Ingredients, METRICS_USER, Recipe, host_and_port};

const PORT: u16 = 6_379;
/// The file with the password, and for which address it is.
const PASSWORDS: &str = "passwords.json";

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
    if let Some(password) = from.secret("password") {
        let path = recipe.file(from, PASSWORDS, passwords(&address, from.text("username"), password));
        recipe.variable("REDIS_PASSWORD_FILE", path.display().to_string());
    }
    recipe.variable("REDIS_ADDR", address);
    if let Some(user) = from.text("username") {
        recipe.variable("REDIS_USER", user);
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

/// The file of passwords by address. With a password in the environment, the exporter would send it to every
/// address that a client requests (`/scrape?target=`).
fn passwords(address: &str, user: Option<&str>, password: &str) -> String {
    let mut passwords = BTreeMap::from([(address.to_owned(), password)]);
    // Later versions look it up with its user.
    if let (Some(user), Some((scheme, rest))) = (user, address.split_once("://")) {
        passwords.insert(format!("{scheme}://{}@{rest}", encoded(user)), password);
    }
    serde_json::json!(passwords).to_string()
}

/// A user's name in an address, as Go's `net/url` writes it.
fn encoded(user: &str) -> String {
    let encode = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() || b"-_.~$&+,;=".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    user.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;
    use super::passwords;

    #[test]
    fn valkey_settings_are_passed_in_the_environment() {
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
                "REDIS_PASSWORD_FILE=/d/passwords.json",
                "REDIS_USER=mon",
                r#"passwords.json: {"rediss://cache-1:6379":"hunter2","rediss://mon@cache-1:6379":"hunter2"}"#,
                "key.pem: KEY",
            ]
        );
    }

    #[test]
    fn a_valkey_password_is_bound_to_one_address() {
        assert_eq!(passwords("redis://a:1", None, "p\"w"), r#"{"redis://a:1":"p\"w"}"#);
        assert_eq!(
            passwords("unix:///s", Some("a@b c"), "p"),
            r#"{"unix:///s":"p","unix://a%40b%20c@/s":"p"}"#
        );
    }
}
