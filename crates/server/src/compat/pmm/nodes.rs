//! PMM's routes for nodes.

use bailiwick_operations::ids;
use serde_json::{Value, json};

use super::shape::Shape::{Id, Map, Text};
use super::shape::{
    Field, ITEMS_MAX, ONLY_ANSWERED, PmmType, Version, buckets, flag, kind_of, one_of, required_id, wanted,
};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, refused};
use crate::problem::HttpError;

/// PMM's names for our fields, where they differ.
const NAMES: Names =
    &[("node_id", "node"), ("node_name", "name"), ("node_model", "model"), ("custom_labels", "labels")];

const NODE_ID: &[Field] = &[("node_id", "id", Id("node_id"))];

/// The fields that some type of nodes may have when it is added.
pub(super) const FIELDS: &[Field] = &[
    NAME,
    ADDRESS,
    MACHINE_ID,
    DISTRO,
    ("container_id", "container_id", Text),
    ("container_name", "container_name", Text),
    MODEL,
    REGION,
    AZ,
    LABELS,
];

const NAME: Field = ("node_name", "name", Text);
const ADDRESS: Field = ("address", "address", Text);
const MACHINE_ID: Field = ("machine_id", "machine_id", Text);
const DISTRO: Field = ("distro", "distro", Text);
const MODEL: Field = ("node_model", "model", Text);
const REGION: Field = ("region", "region", Text);
const AZ: Field = ("az", "az", Text);
const LABELS: Field = ("custom_labels", "labels", Map);

/// PMM's types of nodes, which do not include machine tools.
pub(super) const KINDS: &[PmmType] = &[
    PmmType {
        bucket: "generic",
        ours: Some("generic"),
        name: "NODE_TYPE_GENERIC_NODE",
        number: 1,
        fields: &[NAME, ADDRESS, MACHINE_ID, DISTRO, MODEL, REGION, AZ, LABELS],
        answered: NODE_ID,
    },
    PmmType {
        bucket: "container",
        ours: Some("container"),
        name: "NODE_TYPE_CONTAINER_NODE",
        number: 2,
        fields: &[
            NAME,
            ADDRESS,
            MACHINE_ID,
            ("container_id", "container_id", Text),
            ("container_name", "container_name", Text),
            MODEL,
            REGION,
            AZ,
            LABELS,
        ],
        answered: NODE_ID,
    },
    PmmType {
        bucket: "remote",
        ours: Some("remote"),
        name: "NODE_TYPE_REMOTE_NODE",
        number: 3,
        fields: &[NAME, ADDRESS, MODEL, REGION, AZ, LABELS],
        answered: NODE_ID,
    },
    PmmType {
        bucket: "remote_rds",
        ours: Some("remote_rds"),
        name: "NODE_TYPE_REMOTE_RDS_NODE",
        number: 4,
        fields: &[NAME, ADDRESS, MODEL, REGION, AZ, ("instance_id", "instance_id", Text), LABELS],
        answered: NODE_ID,
    },
    PmmType {
        bucket: "remote_azure_database",
        ours: Some("remote_azure_database"),
        name: "NODE_TYPE_REMOTE_AZURE_DATABASE_NODE",
        number: 5,
        fields: &[NAME, ADDRESS, MODEL, REGION, AZ, LABELS],
        answered: NODE_ID,
    },
];

/// What happens with the members of a node that is added.
pub(super) fn added(kind: &PmmType) -> Vec<Member> {
    let mut members = kind.added();
    members.push(refused("is_pmm_server_node", ONLY_ANSWERED));
    members
}

/// One of our nodes as an answer, in a member named after its type. PMM has no machine tools, so they are
/// not found.
fn reply(node: &Fields, version: Version) -> Result<Reply, HttpError> {
    let Some(kind) = kind_of(KINDS, node) else { return Err(not_theirs(node)) };
    Reply::json(200, &json!({ (kind.bucket): kind.show(node, version) }))
}

fn not_theirs(node: &Fields) -> HttpError {
    let id = node.get("id").and_then(Value::as_str).unwrap_or_default();
    bailiwick_engine::error::Error::not_found("node", id).into()
}

pub(super) async fn list(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_LIST, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let of = match wanted(KINDS, &asked, "node_type")? {
        Some(kind) => fields([("type", kind.ours.into())]),
        None => fields([]),
    };
    let nodes: Vec<Fields> = call.gather(admitted, organization.as_deref(), of, ITEMS_MAX).await?;
    let shown = nodes.iter().filter_map(|node| {
        let kind = kind_of(KINDS, node)?;
        Some((kind, kind.show(node, version)))
    });
    Reply::json(200, &buckets(KINDS, shown, version))
}

pub(super) async fn get(call: &mut Call, version: Version) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_GET, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let of = fields([("node", required_id(&asked, "node_id")?.into())]);
    let node: Fields = call.run(admitted, of).await?;
    reply(&node, version)
}

/// Adds the node in a body. Its type is named by a member, or by the path.
pub(super) async fn add(
    call: &mut Call,
    version: Version,
    named: Option<&'static str>,
) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_CREATE, organization.as_deref())?;
    let body = call.body(&admitted).await?;
    let body = match named {
        Some(bucket) => fields([(bucket, body.into())]),
        None => body,
    };
    let (kind, theirs) = one_of(KINDS, body)?;
    let node: Fields = call.run(admitted, kind.read(theirs)?).await?;
    reply(&node, version)
}

/// Deletes the node that the request names; with `force`, what depends on it too.
pub(super) async fn delete(call: &mut Call) -> Result<(), HttpError> {
    let organization = call.organization();
    let admitted = call.admit(ids::NODES_DELETE, organization.as_deref())?;
    let asked = call.all_fields(&admitted).await?;
    let node = required_id(&asked, "node_id")?;
    let of = fields([("node", node.into()), ("force", flag(&asked, "force")?.into())]);
    let _: Value = call.run(admitted, of).await?;
    Ok(())
}

pub(super) async fn remove(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    delete(call).await?;
    Reply::json(200, &json!({}))
}
