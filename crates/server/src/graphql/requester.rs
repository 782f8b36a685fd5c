//! Who asks: what the operations of a query are admitted with.

use std::net::IpAddr;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use http::{HeaderMap, Uri};

use crate::app::App;
use crate::callers::Callers;
use crate::problem::HttpError;
use crate::rest::{self, Asking};

/// What the operations of a query are admitted with: the credential in the headers, the organization, and the address.
#[derive(Clone)]
pub(super) struct Requester {
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    pub(super) callers: Callers,
    pub(super) organization: Option<OrganizationRef>,
    pub(super) client: IpAddr,
}

/// The operation that a caller is admitted to before its document is read: any key may run it.
pub(super) fn first_operation() -> Result<&'static Described, HttpError> {
    let first = catalogue().get(&ids::WHOAMI_GET);
    first.ok_or_else(|| Error::internal("there is no operation whoami.get").into())
}

impl Requester {
    /// Admits the caller to an operation.
    pub(super) fn admit(
        &self,
        app: &App,
        operation: &'static Described,
        request_id: RequestId,
    ) -> Result<Cx, HttpError> {
        let authority = self.uri.authority().map(http::uri::Authority::as_str);
        let asking = Asking { callers: self.callers, authority, client: self.client, request_id };
        rest::admit_within(app, operation, &self.headers, Ok(self.organization.clone()), asking)
    }
}
