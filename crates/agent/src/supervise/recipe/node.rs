//! `node_exporter`: metrics of the machine itself.

use super::{CannotStart, Ingredients, Recipe};

pub(super) fn recipe(from: &Ingredients<'_>) -> Result<Recipe, CannotStart> {
    let mut recipe = Recipe::default();
    recipe.prometheus(from, "collector.")?;
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::written;

    #[test]
    fn collectors_are_switched_off_by_name() {
        let settings = json!({ "disabled_collectors": ["arp", "wifi"], "log_level": "fatal" });
        assert_eq!(
            written(json!({ "type": "node_exporter", "settings": settings })).unwrap(),
            [
                "--web.listen-address=127.0.0.1:9999",
                "--log.level=error",
                "--no-collector.arp",
                "--no-collector.wifi"
            ]
        );
    }
}
