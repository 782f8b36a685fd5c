//! `mongodb_exporter`: metrics of `MongoDB`.

use super::{CannotStart, Ingredients, Recipe, WEB_FILE, host_and_port, percent_encoded, web_file};

const PORT: u16 = 27_017;
/// The prefix of the agent's own variables, which no program gets, even if a setting names them.
const OURS: &str = "BAILIWICK_";

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.argument(format!("--web.listen-address={}", from.listen));
    recipe.argument(format!("--log.level={}", from.log_level()));
    if from.flag("enable_all_collectors") {
        recipe.argument("--collect-all");
    }
    if let Some(limit) = from.number("collections_limit") {
        recipe.argument(format!("--collector.collstats-limit={limit}"));
    }
    let collections = from.list("stats_collections");
    if !collections.is_empty() {
        recipe.argument(format!("--mongodb.collstats-colls={}", collections.join(",")));
    }
    // This exporter's collectors are enabled one by one, so none can be disabled.
    recipe.cannot_tell(from, &["disabled_collectors"]);
    if let Some(password) = from.secret("agent_password") {
        let web = web_file(password, from.salt)?;
        let path = recipe.file(from, WEB_FILE, web);
        recipe.argument(format!("--web.config={}", path.display()));
    }
    for name in from.list("environment_variable_names") {
        if let Ok(value) = std::env::var(name)
            && !name.starts_with(OURS)
        {
            recipe.variable(name, value);
        }
    }

    let service = from.service()?;
    let place = match &service.socket {
        Some(socket) => percent_encoded(socket),
        None => host_and_port(service, PORT)?,
    };
    let mut who = String::new();
    if let Some(user) = from.text("username") {
        who =
            format!("{}:{}@", percent_encoded(user), percent_encoded(from.secret("password").unwrap_or("")));
    }
    let mut parameters = vec![("directConnection", "true".to_owned())];
    for (name, setting) in
        [("authMechanism", "authentication_mechanism"), ("authSource", "authentication_database")]
    {
        parameters.extend(from.text(setting).map(|text| (name, percent_encoded(text))));
    }
    if from.flag("tls") {
        parameters.push(("tls", "true".to_owned()));
        if from.flag("tls_skip_verify") {
            parameters.push(("tlsInsecure", "true".to_owned()));
        }
        for (name, file, body) in [
            ("tlsCAFile", "ca.pem", from.text("tls_ca")),
            ("tlsCertificateKeyFile", "certificate-and-key.pem", from.secret("tls_certificate_key")),
        ] {
            parameters.extend(recipe.pem(from, file, body).map(|path| (name, percent_encoded(&path))));
        }
        let password = from.secret("tls_certificate_key_file_password").map(percent_encoded);
        parameters.extend(password.map(|password| ("tlsCertificateKeyFilePassword", password)));
    }
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    recipe.variable("MONGODB_URI", format!("mongodb://{who}{place}/?{}", parameters.join("&")));
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;

    #[test]
    fn mongodb_settings_are_written_into_one_uri() {
        let settings = json!({
            "username": "mon", "tls": true, "tls_ca": "CA", "authentication_database": "admin",
            "collections_limit": 200, "stats_collections": ["a.b", "c"], "disabled_collectors": ["top"],
            "environment_variable_names": ["BAILIWICK_SECRET", "NOT_SET_ANYWHERE"],
        });
        let written = written(json!({
            "type": "mongodb_exporter", "settings": settings,
            "secrets": { "password": "p@ss", "tls_certificate_key_file_password": "x&y" },
            "service": { "name": "a", "address": "fe80::1" },
        }));
        assert_eq!(
            written.unwrap(),
            [
                "--web.listen-address=127.0.0.1:9999",
                "--log.level=info",
                "--collector.collstats-limit=200",
                "--mongodb.collstats-colls=a.b,c",
                "MONGODB_URI=mongodb://mon:p%40ss@[fe80::1]:27017/?directConnection=true&authSource=admin&tls=true\
                 &tlsCAFile=%2Fd%2Fca.pem&tlsCertificateKeyFilePassword=x%26y",
                "ca.pem: CA",
                "not applied: disabled_collectors",
            ]
        );
    }
}
