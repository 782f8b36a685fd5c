//! Reach check for a single object, without an operation on it.

use bailiwick_domain::node::NodeRef;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::service::ServiceRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};

/// Whether the caller reaches the object with this noun and id; false also if there is none. `None` if
/// objects of that noun cannot be asked about one by one.
pub(crate) async fn reaches(cx: &Cx, noun: &str, id: &str) -> Result<Option<bool>> {
    Ok(match noun {
        "organizations" => match id.parse::<OrganizationRef>() {
            Ok(id) => Some(cx.store().organizations(&cx.reach()?).get(&id).await?.is_some()),
            Err(_) => Some(false),
        },
        "sites" => match (id.parse(), cx.organization_reach()) {
            (Ok(id), Ok(reach)) => Some(cx.store().sites(&reach).get(id).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "nodes" => match (id.parse::<NodeRef>(), cx.organization_reach()) {
            (Ok(node), Ok(reach)) => Some(cx.store().nodes(&reach).find(&node).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "services" => match (id.parse::<ServiceRef>(), cx.organization_reach()) {
            (Ok(service), Ok(reach)) => Some(cx.store().services(&reach).get(&service).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "agents" => match (id.parse(), cx.organization_reach()) {
            (Ok(agent), Ok(reach)) => Some(cx.store().agents(&reach).get(agent).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "commands" => match (id.parse(), cx.organization_reach()) {
            (Ok(command), Ok(reach)) => Some(cx.store().commands(&reach).get(command).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "scripts" => match (id.parse(), cx.organization_reach()) {
            (Ok(script), Ok(reach)) => Some(cx.store().scripts(&reach).find(&script).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "schedules" => match (id.parse(), cx.organization_reach()) {
            (Ok(schedule), Ok(reach)) => Some(cx.store().schedules(&reach).get(schedule).await?.is_some()),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        "keys" => match id.parse() {
            Ok(id) => Some(cx.store().keys(&cx.reach()?).get(id).await?.is_some()),
            Err(_) => Some(false),
        },
        "users" => match id.parse() {
            Ok(id) => Some(cx.store().users(&cx.reach()?).get(id).await?.is_some()),
            Err(_) => Some(false),
        },
        "roles" => match (id.parse(), cx.organization_reach()) {
            (Ok(RoleRef::Own(id)), Ok(reach)) => Some(cx.store().roles(&reach).get(id).await?.is_some()),
            (Ok(RoleRef::BuiltIn(_)), Ok(_)) => Some(true),
            (_, Err(error @ Error::OrganizationRequired)) => return Err(error),
            _ => Some(false),
        },
        _ => None,
    })
}
