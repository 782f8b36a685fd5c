//! Tests of arguments.

use serde_json::json;

use super::schema::SECRETS_DEPTH;
use super::*;

fn read(schema: &Value, text: &str) -> Result<Value, String> {
    let definitions = Map::new();
    let field = Field { schema, definitions: &definitions };
    value(&field, "field", &[text.to_owned()], &mut Sources::default()).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_date_stands_for_its_beginning_where_a_time_is_expected() {
    let time = json!({ "type": ["string", "null"], "format": "date-time" });
    for (text, expected) in [
        ("2026-11-29", "2026-11-29T00:00:00Z"),
        ("2026-11-29T06:00:00+01:00", "2026-11-29T06:00:00+01:00"),
        ("2026-11-2", "2026-11-2"),
        ("yesterday!", "yesterday!"),
    ] {
        assert_eq!(read(&time, text).unwrap(), expected);
    }
    // A day, as in reports, stays one.
    let day = json!({ "type": "string", "format": "date" });
    assert_eq!(read(&day, "2026-11-29").unwrap(), "2026-11-29");
}

#[test]
fn a_duration_is_that_long_ago_in_since_and_until() {
    let now: Timestamp = "2026-11-29T06:00:00Z".parse().unwrap();
    for (text, expected) in [
        ("1d", "2026-11-28T06:00:00Z"),
        ("90m", "2026-11-29T04:30:00Z"),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
    ] {
        assert_eq!(times("since", vec![text.to_owned()], now).unwrap(), [expected]);
    }
}

#[test]
fn a_time_that_clears_or_comes_from_elsewhere_stays_as_it_is() {
    let now: Timestamp = "2026-11-29T06:00:00Z".parse().unwrap();
    for text in ["null", "-", "@file"] {
        assert_eq!(times("expires_at", vec![text.to_owned()], now).unwrap(), [text]);
    }
    assert!(times("expires_at", vec!["soon".to_owned()], now).is_err());
}

#[test]
fn members_may_be_named_in_the_singular_or_plural() {
    let schema = json!({ "type": "object", "properties": {
        "site": { "type": "string" },
        "nodes": { "type": "array", "items": { "type": "string" } },
        "labels": { "type": "string" },
    } });
    assert_eq!(
        read(&schema, "sites=Berlin,node=db-1,db-2,label=env=prod").unwrap(),
        json!({ "site": "Berlin", "nodes": ["db-1", "db-2"], "labels": "env=prod" })
    );
    assert!(read(&schema, "Berlin").unwrap_err().contains("for example site=Berlin"));
}

#[test]
fn a_list_of_objects_is_read_from_json() {
    let list = json!({ "type": "array", "items": { "type": "object" } });
    assert_eq!(read(&list, r#"{"name":"unit"}"#).unwrap(), json!([{ "name": "unit" }]));
    assert_eq!(
        read(&list, r#"[{"name":"a"},{"name":"b"}]"#).unwrap(),
        json!([{ "name": "a" }, { "name": "b" }])
    );
    for wrong in ["unit", "7", r#"["a"]"#, "{"] {
        assert!(read(&list, wrong).unwrap_err().contains("expected a JSON object, or an array"), "{wrong}");
    }
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    assert_eq!(read(&texts, "a").unwrap(), json!(["a"]));
}

#[test]
fn only_formats_that_an_operation_takes_are_offered() {
    let catalogue = bailiwick_catalogue::catalogue();
    let formats = |id: &str| {
        let operation = catalogue.operations().iter().find(|operation| operation.spec.id.as_str() == id);
        values(operation.unwrap(), "format", catalogue.definitions())
    };
    assert_eq!(formats("observations.create"), ["jsonl"]);
    assert_eq!(formats("nodes.import"), ["jsonl", "csv"]);
}

#[test]
fn a_one_of_schema_is_chosen_by_the_given_member() {
    let schema = json!({ "oneOf": [
        { "const": "all", "type": "string" },
        { "type": "object", "properties": { "nodes": { "type": "array", "items": { "type": "string" } } } },
        { "type": "object", "properties": { "labels": { "type": "string" } } },
    ] });
    for (text, expected) in [
        ("all", json!("all")),
        ("nodes=db-1", json!({ "nodes": ["db-1"] })),
        ("nodes=db-1, db-2", json!({ "nodes": ["db-1", "db-2"] })),
        ("labels=env=prod,tier in (web,db)", json!({ "labels": "env=prod,tier in (web,db)" })),
        (r#"{"site": "Berlin"}"#, json!({ "site": "Berlin" })),
        ("site=Berlin", json!({ "site": "Berlin" })),
    ] {
        assert_eq!(read(&schema, text).unwrap(), expected, "{text}");
    }
    let error = read(&schema, "db-1").unwrap_err();
    assert!(error.contains("expected all, nodes=VALUE,… with the names nodes, labels"), "{error}");
}

#[test]
fn an_object_with_free_members_is_read_from_pairs() {
    let schema = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    assert_eq!(read(&schema, "env=prod,note=a=b").unwrap(), json!({ "env": "prod", "note": "a=b" }));
    assert!(read(&schema, "env=prod,web").unwrap_err().contains("NAME=VALUE"));
    // As in CSV and in selectors.
    for (text, expected) in [
        (r#"b="two, words""#, json!({ "b": "two, words" })),
        (r#"a=1,b="two words",c=3"#, json!({ "a": "1", "b": "two words", "c": "3" })),
        (r#"b="say \"hi\" \\o/""#, json!({ "b": "say \"hi\" \\o/" })),
        (r#"b="""#, json!({ "b": "" })),
        ("tier=a-b-c", json!({ "tier": "a-b-c" })),
    ] {
        assert_eq!(read(&schema, text).unwrap(), expected, "{text}");
    }
    for (text, said) in [
        (r#"b="two"#, "not closed"),
        (r#"b="two"x"#, "nothing after"),
        (r#"b=say "hi""#, "double quotes around a value"),
    ] {
        let error = read(&schema, text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn secrets_are_read_from_files_at_any_depth() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("@{}", path.display())
    };
    let hunter = file("hunter", "hunter2\n");
    let secret = json!({ "type": ["string", "null"], "writeOnly": true });
    assert_eq!(read(&secret, &hunter).unwrap(), json!("hunter2"));
    let object =
        json!({ "type": "object", "properties": { "password": secret, "note": { "type": "string" } } });
    for (text, expected) in [
        (format!("password={hunter}"), json!({ "password": "hunter2" })),
        (format!("note=@@x,password={hunter}"), json!({ "note": "@x", "password": "hunter2" })),
        (format!("note={hunter},password={hunter}"), json!({ "note": "hunter2", "password": "hunter2" })),
        (file("object", "{\"password\": \"a,b\"}\n"), json!({ "password": "a,b" })),
        (file("pairs", "password=a,b"), json!({ "password": "a,b" })),
        (r#"{"password": null}"#.to_owned(), json!({ "password": null })),
    ] {
        assert_eq!(read(&object, &text).unwrap(), expected, "{text}");
    }
    let nested = json!({ "type": "object", "properties": { "secrets": object } });
    assert_eq!(read(&nested, &file("nested", "{\"secrets\": {}}")).unwrap(), json!({ "secrets": {} }));
    let any = json!({ "type": "object", "additionalProperties": secret });
    assert_eq!(read(&any, &format!("A={hunter}")).unwrap(), json!({ "A": "hunter2" }));
    // An argument that is a secret is refused, and not repeated.
    for (schema, text) in [
        (&secret, "hunter2"),
        (&object, "password=hunter2"),
        (&object, r#"{"password": "hunter2"}"#),
        (&nested, r#"{"secrets": {"password": "hunter2"}}"#),
        (&nested, "secrets.password=hunter2"),
        (&any, "A=hunter2"),
        (&any, r#"{"A": "hunter2"}"#),
    ] {
        let error = read(schema, text).unwrap_err();
        assert!(error.contains("not taken from an argument") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn every_kind_of_value_can_come_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = directory.path().join("value");
        std::fs::write(&path, text).unwrap();
        format!("@{}", path.display())
    };
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    for (schema, text, expected) in [
        (json!({ "type": "string" }), "a\nb\n", json!("a\nb")),
        (json!({ "type": "string", "enum": ["a", "b"] }), "b\n", json!("b")),
        (json!({ "type": "integer" }), "5\n", json!(5)),
        (json!({ "type": "number" }), "0.5\n", json!(0.5)),
        (json!({ "type": "object" }), "{\"a\": 1}", json!({ "a": 1 })),
        (texts.clone(), "a,b\nc\n", json!(["a", "b", "c"])),
        (texts.clone(), "[\"a,b\"]", json!(["a,b"])),
    ] {
        assert_eq!(read(&schema, &file(text)).unwrap(), expected, "{text}");
    }
    assert_eq!(read(&texts, r#"["a,b", "c"]"#).unwrap(), json!(["a,b", "c"]));
    assert_eq!(read(&texts, r#""a,b",c"#).unwrap(), json!(["a,b", "c"]));
    assert_eq!(read(&texts, "").unwrap(), json!([]));
}

#[test]
fn members_have_the_types_of_their_schema() {
    let schema = json!({ "type": "object", "properties": {
        "uses": { "type": "integer" },
        "life_seconds": { "type": ["integer", "null"] },
        "ratio": { "type": "number" },
        "labels": { "type": "object", "additionalProperties": { "type": "string" } },
        "names": { "type": "array", "items": { "type": "string" } },
    } });
    for (text, expected) in [
        ("uses=2,labels.env=edge,labels.a=b", json!({ "uses": 2, "labels": { "env": "edge", "a": "b" } })),
        ("life_seconds=1d", json!({ "life_seconds": 86_400 })),
        ("life_seconds=null,ratio=0.5", json!({ "life_seconds": null, "ratio": 0.5 })),
        (r#"labels={"a":"b","c":"d"},uses=1"#, json!({ "labels": { "a": "b", "c": "d" }, "uses": 1 })),
        ("names=a,b", json!({ "names": ["a", "b"] })),
        (r#"names=["a,b"]"#, json!({ "names": ["a,b"] })),
    ] {
        assert_eq!(read(&schema, text).unwrap(), expected, "{text}");
    }
    for (text, said) in [
        ("uses=2,colour=red", "with the names labels, life_seconds, names, ratio, uses"),
        ("uses=many", "uses: expected a number"),
        ("life_seconds=soon", "life_seconds: expected a number of seconds"),
        ("null", "{} makes it empty"),
    ] {
        let error = read(&schema, text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn every_secret_field_can_be_read_from_a_file() {
    use bailiwick_catalogue::catalogue;

    let (mut found, definitions) = (Vec::new(), catalogue().definitions());
    for operation in catalogue().operations() {
        for name in &operation.fields {
            let Some(field) = Field::of(operation, name, definitions) else { continue };
            if field.is_secret() || field.holds_secrets(SECRETS_DEPTH) {
                assert!(field.description().contains("@FILE"), "{} {name}", operation.spec.id);
                found.push(format!("{} {name}", operation.spec.id));
            }
        }
    }
    for expected in [
        "sessions.create password",
        "sessions.create code",
        "users.create password",
        "invitations.accept password",
        "invitations.accept token",
        "me.update password",
        "second_factor.begin password",
        "second_factor.confirm code",
        "second_factor.end code",
        "agents.create secrets",
        "agents.update secrets",
        "services.create agent",
        "commands.create env",
    ] {
        assert!(found.iter().any(|one| one == expected), "{expected}: {found:?}");
    }
}
