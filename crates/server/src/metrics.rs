//! `GET /metrics`: the answer of `server.metrics` in the text formats of Prometheus (exposition format 0.0.4) and of
//! OpenMetrics (1.0.0).

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bailiwick_engine::catalogue::Described;
use bailiwick_operations::metrics::{Family, Kind, Metrics};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::app::App;
use crate::callers::Callers;
use crate::preferences::quality;
use crate::rest;

/// The path.
pub(crate) const PATH: &str = "/metrics";
/// The most bytes of an answer of `server.metrics` that are rewritten.
const ANSWER_MAX: usize = 64 << 20;

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFormat {
    Prometheus,
    OpenMetrics,
}

impl TextFormat {
    /// OpenMetrics if the client prefers it to plain text.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let of = |names: &[&str]| quality(headers, ACCEPT, names).unwrap_or_default();
        let open = quality(headers, ACCEPT, &["application/openmetrics-text"]).unwrap_or_default();
        if open > 0 && open >= of(&["text/plain", "text/*", "*/*"]) {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The metrics as text.
    pub(crate) fn write(self, metrics: &Metrics) -> String {
        let mut text = String::new();
        for family in metrics.families.iter().filter(|family| !family.samples.is_empty()) {
            self.write_family(&mut text, family);
        }
        if self == Self::OpenMetrics {
            text.push_str("# EOF\n");
        }
        text
    }

    fn write_family(self, text: &mut String, family: &Family) {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // The older format names a counter as its sample is named.
        let end = if self == Self::Prometheus && family.kind == Kind::Counter { "_total" } else { "" };
        let name = &family.name;
        let _ = writeln!(text, "# HELP {name}{end} {}", escaped(&family.help, false));
        let _ = writeln!(text, "# TYPE {name}{end} {kind}");
        for sample in &family.samples {
            let _ = write!(text, "{name}{}", sample.suffix);
            let mut open = '{';
            for (label, value) in &sample.labels {
                let _ = write!(text, "{open}{label}=\"{}\"", escaped(value, true));
                open = ',';
            }
            if open == ',' {
                text.push('}');
            }
            let _ = writeln!(text, " {}", sample.value);
        }
    }
}

/// A text in which backslashes and line breaks, and in the value of a label quotes, are escaped.
fn escaped(text: &str, is_label: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if is_label { text.replace('"', "\\\"") } else { text }
}

/// Answers a request: as `server.metrics` would, but as text. Refusals are the same.
pub(crate) async fn handle(
    app: Arc<App>,
    operation: &'static Described,
    callers: Callers,
    mut request: Request,
) -> Response {
    let format = TextFormat::wanted(request.headers());
    let is_head = request.method() == Method::HEAD;
    // The body is parsed here, so it must not be compressed.
    request.headers_mut().remove(ACCEPT_ENCODING);
    let response = rest::handle(app, operation, callers, Vec::new(), request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Those of the JSON.
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    parts.headers.insert(VARY, HeaderValue::from_static("accept"));
    if is_head {
        return Response::from_parts(parts, Body::empty());
    }
    let metrics: Option<Metrics> =
        to_bytes(body, ANSWER_MAX).await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(metrics) = metrics else {
        tracing::error!("the answer of server.metrics cannot be read");
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    Response::from_parts(parts, Body::from(format.write(&metrics)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        serde_json::from_value(serde_json::json!({ "families": [
            { "name": "requests", "help": "Requests: a\\b\nc \"d\".", "kind": "counter", "samples": [
                { "suffix": "_total", "labels": { "of": "a\"b\\c\nd", "x": "y" }, "value": 3.0 } ] },
            { "name": "none", "help": "Nothing.", "kind": "gauge", "samples": [] },
            { "name": "load", "help": "Load.", "kind": "gauge", "samples": [
                { "suffix": "", "labels": {}, "value": 0.5 } ] },
        ] }))
        .unwrap()
    }

    #[test]
    fn both_formats_escape_special_characters() {
        let samples = "requests_total{of=\"a\\\"b\\\\c\\nd\",x=\"y\"} 3\n";
        let help = "Requests: a\\\\b\\nc \"d\".\n";
        assert_eq!(
            TextFormat::Prometheus.write(&metrics()),
            format!(
                "# HELP requests_total {help}# TYPE requests_total counter\n{samples}\
                 # HELP load Load.\n# TYPE load gauge\nload 0.5\n"
            )
        );
        assert_eq!(
            TextFormat::OpenMetrics.write(&metrics()),
            format!(
                "# HELP requests {help}# TYPE requests counter\n{samples}\
                 # HELP load Load.\n# TYPE load gauge\nload 0.5\n# EOF\n"
            )
        );
    }

    #[test]
    fn openmetrics_is_for_clients_that_prefer_it() {
        for (accept, format) in [
            ("*/*", TextFormat::Prometheus),
            ("text/plain", TextFormat::Prometheus),
            (
                "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
                TextFormat::OpenMetrics,
            ),
            ("application/openmetrics-text;q=0.2,text/plain;q=0.5", TextFormat::Prometheus),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(TextFormat::wanted(&headers), format, "{accept}");
        }
        assert_eq!(TextFormat::wanted(&HeaderMap::new()), TextFormat::Prometheus);
    }
}
