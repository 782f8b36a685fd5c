//! Tactical RMM's lists of what Bailiwick does not have, which are empty; and those of what machines have, but
//! Bailiwick does not know, which are refused, because an empty list would say that there is none.

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use serde_json::{Value, json};

use super::agents::find;
use super::organizations::organizations;
use crate::compat::call::{Call, Reply};
use crate::compat::members::{Member, as_it_is};
use crate::problem::HttpError;

/// Why filters of alerts need no action.
const NO_ALERTS: &str = "Bailiwick has no alerts, so none match";

/// What happens with the members of a search for alerts.
pub(super) const ALERTS: &[Member] = &[
    as_it_is("top", &[], NO_ALERTS),
    as_it_is("timeFilter", &[], NO_ALERTS),
    as_it_is("clientFilter", &[], NO_ALERTS),
    as_it_is("severityFilter", &[], NO_ALERTS),
    as_it_is("resolvedFilter", &[], NO_ALERTS),
    as_it_is("snoozedFilter", &[], NO_ALERTS),
];

const NO_SOFTWARE: &str = "Bailiwick does not know which programs are installed on machines: GET /winupdate/{agent_id}/ \
                           lists the packages with updates, and a command such as `dpkg -l` (POST \
                           /agents/{agent_id}/cmd/) lists all";
const NO_SERVICES: &str = "Bailiwick does not know the system's services on machines: a command such as `systemctl list-units \
                           --type=service` or `Get-Service` (POST /agents/{agent_id}/cmd/) lists them";

/// A list of things that Bailiwick does not have.
pub(super) async fn nothing(call: &mut Call) -> Result<Reply, HttpError> {
    organizations(call).await?;
    Reply::json(200, &[Value::Null; 0])
}

/// A list of things that Bailiwick does not have, for one agent.
pub(super) async fn nothing_of_agent(call: &mut Call) -> Result<Reply, HttpError> {
    find(call).await?;
    Reply::json(200, &[Value::Null; 0])
}

/// The alerts that match filters, or the first of those that are open: there are none.
pub(super) async fn alerts(call: &mut Call) -> Result<Reply, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    let asked = call.body(&admitted).await?;
    if asked.contains_key("top") {
        return Reply::json(200, &json!({ "alerts_count": 0, "alerts": [] }));
    }
    Reply::json(200, &[Value::Null; 0])
}

fn unknown(detail: &str) -> HttpError {
    Error::invalid("", detail).into()
}

pub(super) async fn software(call: &mut Call) -> Result<Reply, HttpError> {
    organizations(call).await?;
    Err(unknown(NO_SOFTWARE))
}

pub(super) async fn software_of_agent(call: &mut Call) -> Result<Reply, HttpError> {
    find(call).await?;
    Err(unknown(NO_SOFTWARE))
}

pub(super) async fn services(call: &mut Call) -> Result<Reply, HttpError> {
    find(call).await?;
    Err(unknown(NO_SERVICES))
}
