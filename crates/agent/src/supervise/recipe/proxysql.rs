//! `proxysql_exporter`: metrics of `ProxySQL`, through its administration port.

use super::{CannotStart, Ingredients, METRICS_USER, Recipe, host_and_port};

const PORT: u16 = 6_032;

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.argument(format!("--web.listen-address={}", from.listen));
    recipe.argument(format!("--log.level={}", from.log_level()));
    recipe.cannot_tell(from, &["disabled_collectors"]);
    if let Some(password) = from.secret("agent_password") {
        recipe.variable("HTTP_AUTH", format!("{METRICS_USER}:{password}"));
    }
    let service = from.service()?;
    let place = match &service.socket {
        Some(socket) => format!("unix({socket})"),
        None => format!("tcp({})", host_and_port(service, PORT)?),
    };
    let tls = match (from.flag("tls"), from.flag("tls_skip_verify")) {
        (false, _) => "",
        (true, false) => "?tls=true",
        (true, true) => "?tls=skip-verify",
    };
    let (user, password) =
        (from.text("username").unwrap_or_default(), from.secret("password").unwrap_or_default());
    // The first colon separates the user name from the password.
    if user.contains(':') {
        return Err(CannotStart::Unwritable("the username"));
    }
    recipe.variable("DATA_SOURCE_NAME", format!("{user}:{password}@{place}/{tls}"));
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;

    #[test]
    fn proxysql_settings_are_written_into_one_variable() {
        let program = json!({
            "type": "proxysql_exporter", "settings": { "username": "stats", "tls": true },
            "secrets": { "password": "p@:/s", "agent_password": "hunter2" },
            "service": { "name": "a", "address": "127.0.0.1" },
        });
        assert_eq!(
            written(program).unwrap()[2..],
            ["DATA_SOURCE_NAME=stats:p@:/s@tcp(127.0.0.1:6032)/?tls=true", "HTTP_AUTH=pmm:hunter2"]
        );
    }
}
