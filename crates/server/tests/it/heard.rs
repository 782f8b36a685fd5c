//! Reads server-sent events.

use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::app::TestApp;

/// Events as they come.
pub struct Heard {
    body: axum::body::Body,
    text: String,
}

impl Heard {
    /// Of an operation that answers events, after the event with an id.
    pub async fn at(app: &TestApp, key: &str, path: &str, after: Option<&str>) -> Self {
        let mut request = http::Request::builder().uri(path).header("authorization", format!("Bearer {key}"));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { body: response.into_body(), text: String::new() }
    }

    /// The next event: its type, id and data; `None` at the end.
    pub async fn next(&mut self) -> Option<(String, Option<String>, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let line = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
                };
                if let (Some(kind), Some(data)) = (line("event"), line("data")) {
                    return Some((kind, line("id"), serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let wait = std::time::Duration::from_secs(20);
            let frame =
                tokio::time::timeout(wait, self.body.frame()).await.expect("an event or the end in time")?;
            self.text.push_str(str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
        }
    }
}
