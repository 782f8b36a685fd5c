//! The console: pages for people under `/console/`. It is built in the top-level `console/` and compiled into the
//! program. It uses only the API.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LOCATION, REFERRER_POLICY, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use rust_embed::Embed;
use zeroize::Zeroizing;

use crate::preferences::quality;
use crate::static_files::{self, NO_CACHE, StaticFile};

/// The path of the console. Every path below it that is no file is the page, which shows what the path names.
pub(crate) const PATH: &str = "/console/";
/// The path of the files below it.
const FILES: &str = "assets/";
const PAGE: &str = "index.html";

/// The content security policy: nothing is loaded from or sent to other servers, no style or script is in the page
/// itself, scripts write no markup (`require-trusted-types-for`), and no other page may show this one in a frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'",
);
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// The bundle: the page, and each file in two compressed forms.
#[derive(Embed)]
#[folder = "../../console/dist/"]
#[include = "index.html"]
#[include = "assets/*.br"]
#[include = "assets/*.gz"]
struct Bundle;

/// The page and its files.
pub(crate) struct Console {
    page: Bytes,
    etag: HeaderValue,
    /// The files, by their path below [`PATH`].
    files: BTreeMap<String, StaticFile>,
}

impl Console {
    /// Prepares the console; `None` if the program was built without it.
    pub(crate) fn new() -> Option<Self> {
        let page: Bytes = Bytes::from(Bundle::get(PAGE)?.data.into_owned());
        let mut files = BTreeMap::new();
        for compressed in Bundle::iter() {
            let Some(path) = compressed.strip_suffix(".br") else { continue };
            let bytes = |name: &str| match Bundle::get(name)?.data {
                Cow::Borrowed(bytes) => Some(Bytes::from_static(bytes)),
                Cow::Owned(bytes) => Some(Bytes::from(bytes)),
            };
            let (brotli, gzip) = (bytes(&compressed), bytes(&format!("{path}.gz")));
            if let (Some(brotli), Some(gzip), Some(content_type)) = (brotli, gzip, content_type(path)) {
                files.insert(path.to_owned(), StaticFile { content_type, brotli, gzip });
            }
        }
        Some(Self { etag: static_files::etag(&page), page, files })
    }

    /// What is at a path below [`PATH`]: a file, or the page; `None` if there is no such file.
    pub(crate) fn at(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let mut response = if path.starts_with(FILES) {
            self.files.get(path)?.response(headers)?
        } else {
            self.page(headers)
        };
        response.headers_mut().insert(RESOURCE_POLICY, SAME_ORIGIN);
        Some(response)
    }

    fn page(&self, headers: &HeaderMap) -> Response {
        let mut response = static_files::page(&self.page, &self.etag, headers);
        let fields = [
            (CACHE_CONTROL, NO_CACHE),
            (ETAG, self.etag.clone()),
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (OPENER_POLICY, SAME_ORIGIN),
        ];
        response.headers_mut().extend(fields);
        response
    }
}

fn content_type(path: &str) -> Option<HeaderValue> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(HeaderValue::from_static(match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    }))
}

/// Whether a request to `/` is that of a browser which somebody directs there: it gets the console. Programs that
/// accept anything get what they would get without a console.
pub(crate) fn is_wanted_at_root(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let of = |names: &[&str]| quality(headers, ACCEPT, names).unwrap_or_default();
    reads
        && uri.path() == "/"
        && uri.query().is_none()
        && of(&["text/html"]) > of(&["application/json", "application/*", "*/*"])
}

/// A redirect to the console.
pub(crate) fn redirect() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(PATH));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

/// The address of the page on which a server administrator chooses a password. Browsers do not send what is behind
/// `#`, so that the secret is in no log.
pub fn first_run_page(url: &str, token: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{url}/console/first-run#{token}"))
}
