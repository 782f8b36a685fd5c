//! `mysqld_exporter`: metrics of `MySQL`. All its versions read the connection settings from a file in
//! the format of `MySQL`'s option files.

use super::{CannotStart, Ingredients, Recipe};

const FILE: &str = "my.cnf";

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.prometheus(from, "collect.")?;
    recipe.cannot_tell(from, &["extra_dsn_params", "connection_timeout", "tablestats_group_table_limit"]);
    let service = from.service()?;
    let mut lines = vec!["[client]".to_owned()];
    let mut set = |name: &str, value: &str, what| {
        lines.push(format!("{name} = {}", quoted(value, what)?));
        Ok(())
    };
    set("user", from.text("username").unwrap_or_default(), "the username")?;
    if let Some(password) = from.secret("password") {
        set("password", password, "the password")?;
    }
    match (&service.socket, &service.address) {
        (Some(socket), _) => set("socket", socket, "the socket")?,
        (None, Some(address)) => {
            set("host", address, "the address")?;
            set("port", &service.port.unwrap_or(3_306).to_string(), "the port")?;
        }
        (None, None) => return Err(CannotStart::NoAddress(service.name.clone())),
    }
    if from.flag("tls") {
        for (name, file, body) in [
            ("ssl-ca", "ca.pem", from.text("tls_ca")),
            ("ssl-cert", "certificate.pem", from.text("tls_cert")),
            ("ssl-key", "key.pem", from.secret("tls_key")),
        ] {
            if let Some(path) = recipe.pem(from, file, body) {
                set(name, &path, "the agent's directory")?;
            }
        }
        if from.flag("tls_skip_verify") {
            recipe.argument("--tls.insecure-skip-verify");
        }
    }
    let path = recipe.file(from, FILE, lines.join("\n") + "\n");
    recipe.argument(format!("--config.my-cnf={}", path.display()));
    Ok(recipe)
}

/// A value in backquotes. In these, the exporter's parser takes everything literally, up to the last
/// backquote of the line.
fn quoted(value: &str, what: &'static str) -> Result<String, CannotStart> {
    // The parser would replace `%(name)s` with the value of that name.
    if value.contains(['\n', '\r']) || value.contains("%(") {
        return Err(CannotStart::Unwritable(what));
    }
    Ok(format!("`{value}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::CannotStart;
    use super::super::tests::written;

    #[test]
    fn the_mysql_password_is_written_into_a_file() {
        let with = |password: &str, service| {
            written(json!({
                "type": "mysqld_exporter", "settings": { "username": "monitor", "tls": true, "tls_skip_verify": true },
                "secrets": { "password": password }, "service": service,
            }))
        };
        let socket = json!({ "name": "a", "socket": "/run/mysqld.sock" });
        assert_eq!(
            with("a`b;#\"c", json!({ "name": "a", "address": "127.0.0.1", "port": 3307 })).unwrap()[2..],
            [
                "--tls.insecure-skip-verify",
                "--config.my-cnf=/d/my.cnf",
                "my.cnf: [client]\nuser = `monitor`\npassword = `a`b;#\"c`\nhost = `127.0.0.1`\nport = `3307`\n",
            ]
        );
        assert!(with("x", socket.clone()).unwrap()[4].contains("socket = `/run/mysqld.sock`\n"));
        for wrong in ["a\nb", "%(user)s"] {
            assert_eq!(with(wrong, socket.clone()).unwrap_err(), CannotStart::Unwritable("the password"));
        }
    }
}
