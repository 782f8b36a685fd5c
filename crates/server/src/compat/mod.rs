//! The APIs of other systems, so that scripts written for them work with Bailiwick.
//!
//! An adapter turns a request in another system's format into operations of the
//! [catalogue](bailiwick_catalogue::catalogue), and their answers and errors into that system's format. It
//! decides nothing: each operation is admitted with the caller's own credential, charged, run and audited
//! as over REST.

mod adapter;
mod call;
mod fields;
mod machinemetrics;
mod members;
mod pangolin;
mod pmm;
mod tactical;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::MethodRouter;
use bailiwick_catalogue::scope_match::{OtherRoute, know_other_routes};
use bailiwick_domain::id::RequestId;
use bailiwick_engine::error::Error;
use futures::FutureExt as _;

use crate::app::App;
use crate::problem::HttpError;
use crate::{respond, rest};
use call::Call;

pub use adapter::{Adapter, Method, Route};
pub use members::{Member, Treatment};

/// How long a request that waits for an agent may take: an hour more than the longest command. Its body has
/// only the time that any other has, see [`Call::body`].
const WAITING: Duration = Duration::from_secs(90_000);

/// The systems for which there are adapters.
pub const ADAPTERS: &[Adapter] =
    &[pangolin::ADAPTER, tactical::ADAPTER, pmm::ADAPTER, machinemetrics::ADAPTER];

/// Tells the operation `scopes.match` of the routes of every adapter.
pub(crate) fn make_known() {
    let routes = ADAPTERS.iter().flat_map(|adapter| adapter.routes);
    know_other_routes(routes.map(|route| OtherRoute {
        method: route.method.as_str(),
        path: route.path,
        operations: route.operations,
    }));
}

/// Adds the routes of every adapter to a router.
pub(crate) fn mount(app: &Arc<App>, mut router: Router) -> Router {
    for adapter in ADAPTERS {
        let mut paths: BTreeMap<&str, Vec<&'static Route>> = BTreeMap::new();
        for route in adapter.routes {
            paths.entry(route.path).or_default().push(route);
        }
        for (path, routes) in paths {
            router = router.route(path, methods(app, adapter, &routes));
        }
        for rest in adapter.unknown {
            let app = Arc::clone(app);
            let nothing = move |request: Request| {
                let error = rest::unknown_path(request.uri());
                std::future::ready(refuse(&app, adapter, &error, app.control.new_request_id()))
            };
            router = router.route(rest, axum::routing::any(nothing));
        }
    }
    router
}

fn methods(app: &Arc<App>, adapter: &'static Adapter, routes: &[&'static Route]) -> MethodRouter {
    let mut router = MethodRouter::new();
    let mut allow = Vec::new();
    for route in routes.iter().copied() {
        let app = Arc::clone(app);
        let handler = move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let app = Arc::clone(&app);
            async move {
                // A path that is not UTF-8 names no object.
                let path = path.map(|path| path.iter().map(|(n, v)| (n.into(), v.into())).collect());
                handle(&app, adapter, route, path.ok(), request).await
            }
        };
        router = router.on(route.method.filter(), handler);
        allow.push(route.method.as_str());
        if route.method == Method::Get {
            allow.push("HEAD");
        }
    }
    let (app, allow) = (Arc::clone(app), allow.join(", "));
    router.fallback(move || {
        let error = HttpError::MethodNotAllowed { allow: allow.clone() };
        std::future::ready(refuse(&app, adapter, &error, app.control.new_request_id()))
    })
}

fn refuse(app: &App, adapter: &Adapter, error: &HttpError, request_id: RequestId) -> Response {
    app.control.measures().refusals().note(error.code());
    respond::adapted_error(
        error,
        (adapter.status)(error),
        (adapter.error)(error, request_id),
        None,
        request_id,
    )
}

async fn handle(
    app: &Arc<App>,
    adapter: &'static Adapter,
    route: &'static Route,
    path: Option<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let request_id = app.control.new_request_id();
    let (parts, body) = request.into_parts();
    let client = rest::client_address(app, &parts);
    let Some(path) = path else {
        return refuse(app, adapter, &rest::unknown_path(&parts.uri), request_id);
    };
    let terms = adapter.terms(route);
    let (names, operations) = (adapter.names, route.operations);
    let mut call =
        Call::new(Arc::clone(app), names, terms, operations, path, parts, body, client, request_id);
    let result = match call.arrive() {
        Ok(()) => {
            let answered = AssertUnwindSafe((route.run)(&mut call)).catch_unwind();
            let patience = if route.waits { WAITING } else { app.request_timeout };
            match tokio::time::timeout(patience, answered).await {
                Ok(result) => result.unwrap_or_else(|_| Err(Error::internal("panicked").into())),
                Err(_) => Err(HttpError::Timeout { seconds: patience.as_secs() }),
            }
        }
        Err(error) => Err(error),
    };
    let answers = call.take_answers();
    let (actor, rate) = (call.actor(), call.rate());
    let error = result.as_ref().err();
    let code = error.map(HttpError::code);
    let control = &app.control;
    let line = call.operation().map(|operation| rest::RequestLine {
        control,
        operation,
        request_id,
        client,
        actor,
        code,
        began,
    });
    if let (Some(code), None) = (code, &line) {
        control.measures().refusals().note(code);
    }
    if let Some(line) = &line {
        line.write_failure(error.and_then(HttpError::failure));
    }
    let response = match result {
        Ok(reply) => respond::adapted(reply.status, reply.media, reply.body, answers, rate, request_id),
        Err(error) => {
            let (status, body) = ((adapter.status)(&error), (adapter.error)(&error, request_id));
            respond::adapted_error(&error, status, body, rate, request_id)
        }
    };
    if let Some(line) = line {
        line.write(response.status().as_u16());
    }
    response
}
