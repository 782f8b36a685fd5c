//! Swagger UI, served from files that are compiled into the program.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use utoipa_swagger_ui::Config;

/// The paths of Swagger UI: our own, and those of the systems for whose scripts there are adapters.
pub(crate) const PLACES: [&str; 3] = ["/v1/docs", "/swagger", "/api/schema/swagger-ui"];

/// The content security policy: nothing is loaded from or sent to other servers. Swagger UI sets styles on
/// elements and has its icons as `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The configuration of the page.
pub(crate) fn config() -> Arc<Config<'static>> {
    Arc::new(
        Config::new(["/v1/openapi.json"])
            .try_it_out_enabled(true)
            .display_request_duration(true)
            .filter(true)
            .doc_expansion("list")
            .default_models_expand_depth(0)
            // Otherwise the page would send our document to a validator on the internet.
            .validator_url("none"),
    )
}

/// One of Swagger UI's files; `None` if there is no such file.
pub(crate) fn file(name: &str, config: Arc<Config<'static>>) -> Option<Response> {
    let file = utoipa_swagger_ui::serve(name, config).ok().flatten()?;
    // Nearly all files are static data in the program, which need not be copied for each request.
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(&file.content_type).ok()?);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}

/// Redirects from `/v1/docs` to `/v1/docs/`, relative to which the page finds its files.
pub(crate) fn redirect(place: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(location) = HeaderValue::from_str(&format!("{place}/")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
