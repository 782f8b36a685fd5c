//! The hints of errors in the words of HTTP requests.

use bailiwick_engine::hint::Hint;
use schemars::JsonSchema;
use serde::Serialize;

/// What can be done about an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct HintText {
    /// The hint, for programs.
    #[schemars(example = &"name_organization")]
    hint: Hint,
    /// The same for people who send requests.
    text: &'static str,
}

impl From<Hint> for HintText {
    fn from(hint: Hint) -> Self {
        Self { hint, text: text(hint) }
    }
}

/// What a hint means for those who send requests.
pub(crate) const fn text(hint: Hint) -> &'static str {
    match hint {
        Hint::SendCredential => {
            "send `Authorization: Bearer KEY`, `X-API-KEY: KEY`, or Basic authentication with the user \
             `api_key` or `service_token` and the key as the password"
        }
        Hint::KeyAsPassword => {
            "with Basic authentication, the user is `api_key` or `service_token` and the password is the key"
        }
        Hint::ShowScopes => "`GET /v1/whoami` shows the scopes of the key",
        Hint::UseRoot => "use a root key, or log in as a server administrator",
        Hint::NameOrganization => {
            "add `?organization=` with its id or slug; `GET /v1/organizations` lists them"
        }
        Hint::NameNoOrganization => "leave `?organization=` out",
        Hint::ListScopes => "`GET /v1/permissions` lists the scopes",
        Hint::Force => "`force=true` deletes them or removes their references to it",
        Hint::DryRun => "`dry_run=true` shows what would happen to each",
        Hint::AllowDuplicate => "send `allow_duplicate: true` to create a second one",
        Hint::ConnectAsAgent => "agents connect at `/v1/opamp`",
        Hint::IgnoreMaintenanceWindows => {
            "wait until a window opens; `ignore_maintenance_windows: true` does it now, and needs the scope \
             `maintenance_windows.update` and a reach over the whole organization"
        }
    }
}
