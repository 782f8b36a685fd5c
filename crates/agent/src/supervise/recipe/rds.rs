//! `rds_exporter`: metrics of Amazon RDS databases, fetched from Amazon.

use serde_json::{Map, Value, json};

use super::{CannotStart, Ingredients, Recipe};

const FILE: &str = "rds.yml";

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.argument(format!("--web.listen-address={}", from.listen));
    recipe.cannot_tell(from, &["disabled_collectors"]);
    let instances: Vec<Value> = from
        .program
        .nodes
        .iter()
        .map(|node| {
            let mut instance = Map::new();
            let mut set = |name: &str, value: Value| instance.insert(name.to_owned(), value);
            set("region", json!(node.region));
            set("instance", json!(node.address));
            for (name, value) in [
                ("aws_access_key", from.text("aws_access_key")),
                ("aws_secret_key", from.secret("aws_secret_key")),
                ("aws_role_arn", from.text("aws_role_arn")),
            ] {
                if let Some(value) = value {
                    set(name, value.into());
                }
            }
            set("disable_basic_metrics", from.flag("basic_metrics_disabled").into());
            set("disable_enhanced_metrics", from.flag("enhanced_metrics_disabled").into());
            instance.into()
        })
        .collect();
    if instances.is_empty() {
        return Err(CannotStart::NothingToWatch("no node of type remote_rds"));
    }
    // JSON is valid YAML.
    let path = recipe.file(from, FILE, json!({ "instances": instances }).to_string());
    recipe.argument(format!("--config.file={}", path.display()));
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::CannotStart;
    use super::super::tests::written;

    #[test]
    fn each_rds_instance_is_written_into_the_configuration() {
        let with = |nodes| {
            written(json!({
                "type": "rds_exporter", "settings": { "aws_access_key": "AK", "enhanced_metrics_disabled": true },
                "secrets": { "aws_secret_key": "SK" }, "nodes": nodes,
            }))
        };
        let written = with(json!([{ "name": "n", "address": "orders", "region": "eu-west-1" }])).unwrap();
        assert_eq!(
            written[1..],
            [
                "--config.file=/d/rds.yml",
                "rds.yml: {\"instances\":[{\"aws_access_key\":\"AK\",\"aws_secret_key\":\"SK\",\
                 \"disable_basic_metrics\":false,\"disable_enhanced_metrics\":true,\"instance\":\"orders\",\
                 \"region\":\"eu-west-1\"}]}",
            ]
        );
        assert_eq!(with(json!([])).unwrap_err(), CannotStart::NothingToWatch("no node of type remote_rds"));
    }
}
