//! PMM's routes for services. In PMM, a service runs on exactly one node; in Bailiwick, on any number.

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::{Value, json};

use super::shape::Shape::{Id, Map, Number, Text};
use super::shape::{
    Field, ITEMS_MAX, PmmType, Version, buckets, flag, id, kind_of, one_of, required_id, wanted,
};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, honoured, refused};
use crate::problem::HttpError;

/// PMM's names for our fields, where they differ.
const NAMES: Names = &[
    ("service_id", "service"),
    ("service_name", "name"),
    ("node_id", "nodes"),
    ("node_id", "node"),
    ("custom_labels", "labels"),
];

const SERVICE_ID: Field = ("service_id", "id", Id("service_id"));
const VERSION: Field = ("version", "version", Text);
const ANSWERED: &[Field] = &[SERVICE_ID, VERSION];

const NAME: Field = ("service_name", "name", Text);
const NODE_ID: Field = ("node_id", "node_id", Id("node_id"));
const ADDRESS: Field = ("address", "address", Text);
const PORT: Field = ("port", "port", Number);
const SOCKET: Field = ("socket", "socket", Text);
const ENVIRONMENT: Field = ("environment", "environment", Text);
const CLUSTER: Field = ("cluster", "cluster", Text);
const REPLICATION_SET: Field = ("replication_set", "replication_set", Text);
const LABELS: Field = ("custom_labels", "labels", Map);

/// The fields of services that have an address to connect to.
const CONNECTED: &[Field] =
    &[NAME, NODE_ID, ADDRESS, PORT, SOCKET, ENVIRONMENT, CLUSTER, REPLICATION_SET, LABELS];

/// PMM's types of services.
pub(super) const KINDS: &[PmmType] = &[
    PmmType {
        bucket: "mysql",
        ours: Some("mysql"),
        name: "SERVICE_TYPE_MYSQL_SERVICE",
        number: 1,
        fields: CONNECTED,
        answered: ANSWERED,
    },
    PmmType {
        bucket: "mongodb",
        ours: Some("mongodb"),
        name: "SERVICE_TYPE_MONGODB_SERVICE",
        number: 2,
        fields: CONNECTED,
        answered: ANSWERED,
    },
    PmmType {
        bucket: "postgresql",
        ours: Some("postgresql"),
        name: "SERVICE_TYPE_POSTGRESQL_SERVICE",
        number: 3,
        fields: &[
            NAME,
            NODE_ID,
            ADDRESS,
            PORT,
            SOCKET,
            ENVIRONMENT,
            CLUSTER,
            REPLICATION_SET,
            LABELS,
            ("database_name", "database_name", Text),
            ("auto_discovery_limit", "auto_discovery_limit", Number),
        ],
        answered: ANSWERED,
    },
    PmmType {
        bucket: "proxysql",
        ours: Some("proxysql"),
        name: "SERVICE_TYPE_PROXYSQL_SERVICE",
        number: 4,
        fields: CONNECTED,
        answered: ANSWERED,
    },
    PmmType {
        bucket: "external",
        ours: Some("external"),
        name: "SERVICE_TYPE_EXTERNAL_SERVICE",
        number: 5,
        fields: &[NAME, NODE_ID, ENVIRONMENT, CLUSTER, REPLICATION_SET, LABELS, ("group", "group", Text)],
        answered: &[SERVICE_ID],
    },
    PmmType {
        bucket: "haproxy",
        ours: Some("haproxy"),
        name: "SERVICE_TYPE_HAPROXY_SERVICE",
        number: 6,
        fields: &[NAME, NODE_ID, ENVIRONMENT, CLUSTER, REPLICATION_SET, LABELS],
        answered: &[SERVICE_ID],
    },
    PmmType {
        bucket: "valkey",
        ours: Some("valkey"),
        name: "SERVICE_TYPE_VALKEY_SERVICE",
        number: 7,
        fields: &[
            NAME,
            NODE_ID,
            ADDRESS,
            PORT,
            SOCKET,
            ENVIRONMENT,
            CLUSTER,
            REPLICATION_SET,
            LABELS,
            ("database_name", "database_name", Text),
        ],
        answered: ANSWERED,
    },
];

/// What happens with the members of a service that is added.
pub(super) fn added(kind: &PmmType) -> Vec<Member> {
    kind.added()
}

/// What happens with the members of a change.
pub(super) fn changed() -> Vec<Member> {
    let fixed = |name| refused(name, "this field cannot be changed: remove the service, and add it again");
    [
        "service_id",
        "environment",
        "cluster",
        "replication_set",
        "external_group",
        "custom_labels",
        "remove_custom_labels",
    ]
    .map(honoured)
    .into_iter()
    .chain(["service_name", "node_id", "address", "port", "socket"].map(fixed))
    .collect()
}

/// One of our services, with its first node as the only one that PMM knows.
pub(super) fn flat(mut service: Fields) -> Fields {
    let first = service.get("nodes").and_then(|nodes| nodes.get(0)).cloned();
    service.insert("node_id".into(), first.unwrap_or_default());
    service
}

fn reply(service: Fields, version: Version) -> Result<Reply, HttpError> {
    let service = flat(service);
    let kind = kind_of(KINDS, &service)
        .ok_or_else(|| Error::internal("the service has a type that PMM does not have"))?;
    Reply::json(200, &json!({ (kind.bucket): kind.show(&service, version) }))
}

pub(super) async fn list(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_LIST, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let mut of = fields([]);
    if let Some(kind) = wanted(KINDS, &asked, "service_type")? {
        of.insert("type".into(), kind.ours.into());
    }
    if let Some(node) = id(&asked, "node_id") {
        of.insert("node".into(), node.into());
    }
    if let Some(group) = asked.get("external_group").filter(|group| **group != "") {
        of.insert("group".into(), group.clone());
    }
    let services: Vec<Fields> = call.gather(admitted, organization.as_deref(), of, ITEMS_MAX).await?;
    let shown = services.into_iter().filter_map(|service| {
        let service = flat(service);
        let kind = kind_of(KINDS, &service)?;
        Some((kind, kind.show(&service, version)))
    });
    Reply::json(200, &buckets(KINDS, shown, version))
}

pub(super) async fn get(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_GET, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let of = fields([("service", required_id(&asked, "service_id")?.into())]);
    let service: Fields = call.run(admitted, of).await?;
    reply(service, version)
}

/// Adds the service in a body. Its type is named by a member, or by the path.
pub(super) async fn add(
    call: &mut Call,
    version: Version,
    named: Option<&'static str>,
) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_CREATE, organization.as_deref())?;
    let body = call.body(&admitted).await?;
    let body = match named {
        Some(bucket) => fields([(bucket, body.into())]),
        None => body,
    };
    let (kind, theirs) = one_of(KINDS, body)?;
    let mut ours = kind.read(theirs)?;
    let node = ours.remove("node_id");
    let node = node
        .ok_or_else(|| Error::invalid("node_id", "expected the id of the node that the service runs on"))?;
    ours.insert("nodes".into(), json!([node]));
    let service: Fields = call.run(admitted, ours).await?;
    reply(service, version)
}

pub(super) async fn change(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_UPDATE, organization.as_deref())?;
    let mut asked = call.all_fields(&admitted).await?;
    let mut ours = fields([("service", required_id(&asked, "service_id")?.into())]);
    for (theirs, name) in [
        ("environment", "environment"),
        ("cluster", "cluster"),
        ("replication_set", "replication_set"),
        ("external_group", "group"),
    ] {
        match asked.remove(theirs) {
            None | Some(Value::Null) => {}
            Some(value) => {
                let value = if value == "" { Value::Null } else { value };
                ours.insert(name.into(), value);
            }
        }
    }
    if let Some(labels) = super::changed_labels(&mut asked)? {
        ours.insert("labels".into(), labels);
    }
    let service: Fields = call.run(admitted, ours).await?;
    reply(service, version)
}

pub(super) async fn remove(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_DELETE, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let service = required_id(&asked, "service_id")?;
    let of = fields([("service", service.into()), ("force", flag(&asked, "force")?.into())]);
    let _: Value = call.run(admitted, of).await?;
    Reply::json(200, &json!({}))
}

/// The types of the services that exist.
pub(super) async fn types(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SERVICES_LIST, organization.as_deref())?;
    call.body(&admitted).await?;
    let services: Vec<Fields> = call.gather(admitted, organization.as_deref(), fields([]), ITEMS_MAX).await?;
    let has = |kind: &&PmmType| services.iter().any(|s| s.get("type").and_then(Value::as_str) == kind.ours);
    let names: Vec<&str> = KINDS.iter().filter(has).map(|kind| kind.written(version)).collect();
    Reply::json(200, &json!({ "service_types": names }))
}
