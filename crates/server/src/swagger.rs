//! Swagger UI, from files in the binary.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use utoipa_swagger_ui::Config;

/// Where it is: at our own path, and where the systems whose scripts we run have it.
pub(crate) const PLACES: [&str; 3] = ["/v1/docs", "/swagger", "/api/schema/swagger-ui"];

/// Nothing from elsewhere runs or is sent. Swagger UI sets styles on elements and has its icons
/// as data.
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
            // Otherwise the page asks a server on the internet about ours.
            .validator_url("none"),
    )
}

/// One of its files; `None` if there is no such file.
pub(crate) fn file(name: &str, config: Arc<Config<'static>>) -> Option<Response> {
    let file = utoipa_swagger_ui::serve(name, config).ok().flatten()?;
    // Nearly all of them are in the binary, and are not copied for each request.
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

/// Sends a browser from `/v1/docs` to `/v1/docs/`, where the page's own files are found.
pub(crate) fn redirect(place: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(location) = HeaderValue::from_str(&format!("{place}/")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
