//! GraphiQL, the page with which people ask GraphQL queries in a browser. It is built in `graphiql/` and compiled
//! into the program.

use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, REFERRER_POLICY, UPGRADE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use crate::preferences::quality;
use crate::static_files::{NO_CACHE, StaticFile};
use crate::{entity_tag, query, static_files};

/// The content security policy: nothing is loaded from or sent to other servers, and no style or script is in
/// the page itself. `'self'` covers WebSockets to this server. Icons are `data:` URLs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// The path of the files. The page names them relative to its own address.
pub(crate) const FILES: &str = "/graphql/{file}";

const PAGE: &str = include_str!("../../../graphiql/dist/index.html");
/// How the page is told that there is a schema.
const WITH_SCHEMA: &str = "data-introspection=\"true\"";
const WITHOUT_SCHEMA: &str = "data-introspection=\"false\"";

/// A file that the page loads. The program contains it in two compressed forms.
struct Source {
    /// The name without the hash, and its extension.
    name: (&'static str, &'static str),
    content_type: HeaderValue,
    brotli: &'static [u8],
    gzip: &'static [u8],
}

const SOURCES: [Source; 2] = [
    Source {
        name: ("app", "js"),
        content_type: HeaderValue::from_static("text/javascript; charset=utf-8"),
        brotli: include_bytes!("../../../graphiql/dist/app.js.br"),
        gzip: include_bytes!("../../../graphiql/dist/app.js.gz"),
    },
    Source {
        name: ("app", "css"),
        content_type: HeaderValue::from_static("text/css; charset=utf-8"),
        brotli: include_bytes!("../../../graphiql/dist/app.css.br"),
        gzip: include_bytes!("../../../graphiql/dist/app.css.gz"),
    },
];

/// The page and its files.
pub(crate) struct Graphiql {
    page: Bytes,
    etag: HeaderValue,
    /// The files, by their name with the hash.
    files: Vec<(String, StaticFile)>,
}

/// Whether a request asks for the page: a browser that goes to the address. Programs that accept anything, and
/// those that ask something, do not.
pub(crate) fn wants_page(parts: &Parts) -> bool {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if !reads || parts.headers.contains_key(UPGRADE) {
        return false;
    }
    // An address that contains a key, or is not valid, gets the error that it would get from a program.
    let Ok(pairs) = query::parse(parts.uri.query()) else { return false };
    if pairs.iter().any(|(name, _)| name == "query" || name == "extensions") {
        return false;
    }
    let of = |names: &[&str]| quality(&parts.headers, ACCEPT, names).unwrap_or_default();
    let html = of(&["text/html"]);
    html > of(&["application/json", "application/*", "*/*"])
        && html > of(&["application/graphql-response+json", "application/*", "*/*"])
}

impl Graphiql {
    /// Prepares the page. `has_schema` is whether the server answers questions about its schema.
    pub(crate) fn new(has_schema: bool) -> Self {
        let mut page = PAGE.to_owned();
        let mut files = Vec::new();
        for source in SOURCES {
            let (stem, extension) = source.name;
            let name = format!("{stem}-{}.{extension}", entity_tag::digest(source.brotli));
            page = page.replace(&format!("graphql/{stem}.{extension}"), &format!("graphql/{name}"));
            let Source { content_type, brotli, gzip, .. } = source;
            files.push((
                name,
                StaticFile {
                    content_type,
                    brotli: Bytes::from_static(brotli),
                    gzip: Bytes::from_static(gzip),
                },
            ));
        }
        if !has_schema {
            page = page.replace(WITH_SCHEMA, WITHOUT_SCHEMA);
        }
        let etag = static_files::etag(page.as_bytes());
        Self { page: page.into(), etag, files }
    }

    /// The page.
    pub(crate) fn page(&self, headers: &HeaderMap) -> Response {
        let mut response = static_files::page(&self.page, &self.etag, headers);
        let fields = [
            (CACHE_CONTROL, NO_CACHE),
            (ETAG, self.etag.clone()),
            (VARY, HeaderValue::from_static("accept")),
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        response.headers_mut().extend(fields);
        response
    }

    /// One of the page's files; `None` if there is no such file.
    pub(crate) fn file(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        let (_, file) = self.files.iter().find(|(known, _)| known == name)?;
        file.response(headers)
    }
}
