//! Take users out as text.

use std::collections::HashMap;

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::Name;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::user::User;
use schemars::JsonSchema;
use serde::Deserialize;

use super::TAG;
use super::line::UserLine;
use super::read::UserSort;
use crate::answer::Text;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::export::{Export, Exported};
use crate::format::Format;
use crate::operation::Operation;
use crate::spec::Spec;

/// Take the users of an organization out as text, by e-mail address.
///
/// Each with name and role, and with nothing by which they log in. With `Accept: text/csv` or
/// `application/x-ndjson` the answer is the text alone, and the next page is in the header `Link`.
/// What is taken out can be brought in again by an import: an own role stands in it by name. In CSV,
/// a cell that a spreadsheet would take for a formula has an apostrophe before it, which an import
/// takes off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportUsers {
    /// How they are written; as `Accept` says if absent, otherwise `jsonl`.
    format: Option<Format>,
    /// The most users at once.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the export before.
    cursor: Option<Cursor>,
}

impl Operation for ExportUsers {
    const SPEC: Spec =
        Spec::read("users.export", "/v1/users/export").tag(TAG).whole_organization().answers_text();
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let organization = cx.organization().ok_or(Error::OrganizationRequired)?.id;
        let reach = cx.reach()?;
        let total = match self.cursor {
            Some(_) => None,
            None => Some(cx.store().users(&reach).count().await?),
        };
        let roles = cx.store().roles(&cx.organization_reach()?).all().await?;
        let names: HashMap<RoleId, Name> = roles.into_iter().map(|role| (role.id, role.name)).collect();
        let mut export = Export::begin::<UserLine>(self.format, self.limit.unwrap_or_default(), self.cursor)?;
        while let Some(list) = export.next_page(UserSort::Email) {
            let page = cx.store().users(&reach).list(None, list).await?;
            let mut lines = Vec::new();
            for user in page.items {
                let role = user.role_in(organization).map(|role| name(role, &names)).transpose()?;
                lines.push(line(user, role));
            }
            export.add(&lines, page.next_cursor)?;
        }
        Ok(export.end(total))
    }

    fn text(output: &Exported) -> Option<Text> {
        Some(output.as_text())
    }
}

fn line(user: User, role: Option<Name>) -> UserLine {
    UserLine { email: user.email, name: Some(user.name), role }
}

/// What a role is called in a line: by its name, but for one that would be taken for another's id.
fn name(role: RoleRef, names: &HashMap<RoleId, Name>) -> Result<Name> {
    if let RoleRef::Own(id) = role
        && let Some(name) = names.get(&id)
        && name.as_str().parse::<RoleRef>().is_err()
    {
        return Ok(name.clone());
    }
    role.to_string().parse().map_err(Error::internal)
}
