//! Export users as text.

use std::collections::HashMap;

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::role::{NamedRole, RoleRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::UserLine;
use super::read::UserSort;
use super::{TAG, ids};

/// Export the users of an organization as text, sorted by e-mail address.
///
/// Each line has a user's name and role, but no passwords or other credentials. With `Accept: text/csv`
/// or `application/x-ndjson`, the answer is only the text, and the header `Link` names the next page.
/// The text can be imported again: it refers to custom roles by name. In CSV, an apostrophe is put
/// before a cell that a spreadsheet would take for a formula; an import removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportUsers {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
    /// The most users in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

impl Operation for ExportUsers {
    const SPEC: Spec =
        Spec::read(ids::USERS_EXPORT, "/v1/users/export").tag(TAG).whole_organization().answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let organization = cx.organization().ok_or(Error::OrganizationRequired)?.id;
        let reach = cx.reach()?;
        let roles = cx.store().roles(&cx.organization_reach()?).all().await?;
        let names: HashMap<RoleId, Name> = roles.into_iter().map(|role| (role.id, role.name)).collect();
        let (names, reach) = (&names, &reach);
        let count = async { Ok(Some(cx.store().users(reach).count().await?)) };
        let page = |list| async move {
            let page = cx.store().users(reach).list(None, list).await?;
            let lines = page.items.into_iter().map(|user| {
                let role = user.role_in(organization).map(|role| named(role, names));
                UserLine { email: user.email, name: Some(user.name), role }
            });
            Ok((lines.collect(), page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(UserSort::Email, count, page).await
    }
}

/// A role in a line: its name, or its id if the name would be read as another role's id.
fn named(role: RoleRef, names: &HashMap<RoleId, Name>) -> NamedRole {
    if let RoleRef::Own(id) = role
        && let Some(name) = names.get(&id)
        && name.as_str().parse::<RoleRef>().is_err()
    {
        return NamedRole::Name(name.clone());
    }
    NamedRole::Ref(role)
}
