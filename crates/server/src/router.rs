//! The routes of the API, made from the catalogue, with one route for each path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, get};
use bailiwick_catalogue::catalogue;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::spec::Method;
use bailiwick_operations::ids;
use http::header::HOST;
use http::{HeaderMap, Version};

use crate::app::App;
use crate::callers::Callers;
use crate::openapi::Served;
use crate::problem::HttpError;
use crate::{compat, console, graphiql, graphql, installer, link, metrics, respond, rest, swagger};

const fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// The API: every operation of the catalogue, its documentation, and the calls that scripts for other
/// systems make.
pub fn api(app: &Arc<App>, callers: Callers) -> Router {
    let mut paths: BTreeMap<&str, Vec<&'static Described>> = BTreeMap::new();
    for operation in catalogue().operations().iter().filter(|o| callers.may_call(o.spec.access)) {
        paths.entry(operation.spec.path).or_default().push(operation);
    }
    let mut router = Router::new();
    for (path, operations) in paths {
        router = router.route(path, methods(app, &operations, callers));
    }
    if callers == Callers::Keys {
        router = without_people(app, router);
    }
    let document = Arc::clone(app);
    router = router.route(
        "/v1/openapi.json",
        get(move |headers: HeaderMap| {
            let request_id = document.control.new_request_id();
            std::future::ready(Served::openapi(&headers, request_id))
        })
        .fallback(not_allowed(app, "GET, HEAD".into())),
    );
    let document = Arc::clone(app);
    router = router.route(
        "/v1/catalogue",
        get(move |headers: HeaderMap| {
            let request_id = document.control.new_request_id();
            std::future::ready(Served::catalogue(&headers, request_id))
        })
        .fallback(not_allowed(app, "GET, HEAD".into())),
    );
    let agents = Arc::clone(app);
    let connect = move |request: Request| link::handle(Arc::clone(&agents), request);
    let connect = get(connect.clone())
        .post(connect.clone())
        .delete(connect)
        .fallback(not_allowed(app, "GET, POST, DELETE".into()));
    router = router.route(link::PATH, connect);
    router = installer_routes(app, router);
    compat::make_known();
    router = compat::mount(app, router);
    router = queries(app, router, callers);
    router = text_of_metrics(app, router, callers);
    if app.console.is_some() && callers == Callers::All {
        router = pages_for_people(app, router);
    }
    if app.swagger {
        router = swagger_pages(app, router);
    }
    let app = Arc::clone(app);
    let router = router.fallback(move |request: Request| {
        let app = Arc::clone(&app);
        async move { unknown_path(&app, &request) }
    });
    router.layer(axum::middleware::from_fn(without_password_prompt))
}

/// Removes the Basic challenge from answers to pages in a browser: the browser would cover the page with
/// its own prompt, and the page would wait for it. Browsers can be told by `Sec-Fetch-Mode` (Fetch Metadata
/// Request Headers, section 2.2).
async fn without_password_prompt(request: Request, next: Next) -> Response {
    let is_browser = request.headers().contains_key("sec-fetch-mode");
    let mut response = next.run(request).await;
    if is_browser {
        respond::drop_basic_challenge(response.headers_mut());
    }
    response
}

/// The router, with a check that refuses HTTP/1.1 requests without a valid header `Host`.
pub fn require_host(app: &Arc<App>, router: Router) -> Router {
    let app = Arc::clone(app);
    router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
        let app = Arc::clone(&app);
        async move {
            let hosts = request.headers().get_all(HOST).iter().count();
            if request.version() == Version::HTTP_11 && hosts != 1 {
                return respond::refusal(&app, &HttpError::HostMissing);
            }
            next.run(request).await
        }
    }))
}

/// The parameters of a path, or an error if the path is not UTF-8.
type RawPath = Result<RawPathParams, RawPathParamsRejection>;

/// The rest of a path that names a file, empty if there is none; `None` if it is not UTF-8, which no file is named.
fn rest_of(path: RawPath) -> Option<String> {
    Some(path.ok()?.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default())
}

fn unknown_path(app: &App, request: &Request) -> Response {
    respond::refusal(app, &rest::unknown_path(request.uri()))
}

/// The paths for people at the port that takes only keys: those of the operations that no key may call, and the console.
/// Their answer says where people go.
fn without_people(app: &Arc<App>, mut router: Router) -> Router {
    let (mut of_people, mut of_keys) = (BTreeSet::new(), BTreeSet::new());
    for spec in catalogue().operations().iter().map(|operation| operation.spec) {
        let set = if Callers::Keys.may_call(spec.access) { &mut of_keys } else { &mut of_people };
        set.insert(spec.path);
    }
    let console = [console::PATH.trim_end_matches('/').to_owned(), console::PATH.to_owned()];
    let console = console.into_iter().chain([format!("{}{{*path}}", console::PATH)]);
    for path in of_people.difference(&of_keys).map(|path| (*path).to_owned()).chain(console) {
        let app = Arc::clone(app);
        let refuse = move || std::future::ready(respond::refusal(&app, &HttpError::ForPeople));
        router = router.route(&path, axum::routing::any(refuse));
    }
    router
}

fn methods(app: &Arc<App>, operations: &[&'static Described], callers: Callers) -> MethodRouter {
    let mut router = MethodRouter::new();
    let mut allow = Vec::new();
    for operation in operations.iter().copied() {
        let app = Arc::clone(app);
        let handler = move |path: RawPath, request: Request| {
            let app = Arc::clone(&app);
            async move {
                match path {
                    Ok(path) => {
                        let path = path.iter().map(|(name, value)| (name.into(), value.into())).collect();
                        rest::handle(app, operation, callers, path, request).await
                    }
                    // A path that is not UTF-8 names no object.
                    Err(_) => unknown_path(&app, &request),
                }
            }
        };
        router = router.on(filter(operation.spec.method), handler);
        allow.push(operation.spec.method.as_str());
        if operation.spec.method == Method::Get {
            allow.push("HEAD");
        }
    }
    router.fallback(not_allowed(app, allow.join(", ")))
}

fn not_allowed(
    app: &Arc<App>,
    allow: String,
) -> impl Fn() -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let app = Arc::clone(app);
    move || {
        let error = HttpError::MethodNotAllowed { allow: allow.clone() };
        std::future::ready(respond::refusal(&app, &error))
    }
}

/// GraphQL, and the page with which people ask queries. The port that takes only keys is for programs, and has
/// no page.
fn queries(app: &Arc<App>, router: Router, callers: Callers) -> Router {
    let queries = Arc::clone(app);
    let answer = move |request: Request| graphql::handle(Arc::clone(&queries), callers, request);
    let methods =
        |get: MethodRouter| get.post(answer.clone()).fallback(not_allowed(app, "GET, HEAD, POST".into()));
    if app.graphiql.is_none() || callers != Callers::All {
        return router.route(graphql::PATH, methods(get(answer.clone())));
    }
    let pages = Arc::clone(app);
    let page_or_answer = {
        let answer = answer.clone();
        move |request: Request| {
            let (app, answer) = (Arc::clone(&pages), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                match &app.graphiql {
                    Some(graphiql) if graphiql::wants_page(&parts) => graphiql.page(&parts.headers),
                    _ => answer(Request::from_parts(parts, body)).await,
                }
            }
        }
    };
    let files = Arc::clone(app);
    let file = move |name: RawPath, request: Request| {
        let graphiql = files.graphiql.as_ref();
        let file = graphiql.and_then(|graphiql| graphiql.file(&rest_of(name)?, request.headers()));
        std::future::ready(file.unwrap_or_else(|| unknown_path(&files, &request)))
    };
    let file = get(file).fallback(not_allowed(app, "GET, HEAD".into()));
    router.route(graphql::PATH, methods(get(page_or_answer))).route(graphiql::FILES, file)
}

/// The script that installs the agent, and the programs that it downloads.
fn installer_routes(app: &Arc<App>, router: Router) -> Router {
    let (of_script, of_program) = (Arc::clone(app), Arc::clone(app));
    let script = move |request: Request| std::future::ready(installer::script(&of_script, request));
    let program = move |platform: RawPath, request: Request| {
        installer::program(Arc::clone(&of_program), rest_of(platform).unwrap_or_default(), request)
    };
    let only_get = not_allowed(app, "GET, HEAD".into());
    router
        .route(installer::PATH, get(script).fallback(only_get.clone()))
        .route(installer::PROGRAM_PATH, get(program).fallback(only_get))
}

/// What the server measures of itself, as text.
fn text_of_metrics(app: &Arc<App>, router: Router, callers: Callers) -> Router {
    let Some(operation) = catalogue().get(ids::SERVER_METRICS.as_str()) else { return router };
    let of = Arc::clone(app);
    let answer = move |request: Request| metrics::handle(Arc::clone(&of), operation, callers, request);
    router.route(metrics::PATH, get(answer).fallback(not_allowed(app, "GET, HEAD".into())))
}

/// The console, and its redirect from `/` for browsers. The port that takes only keys has no pages.
fn pages_for_people(app: &Arc<App>, mut router: Router) -> Router {
    let only_get = not_allowed(app, "GET, HEAD".into());
    let redirect = get(|| std::future::ready(console::redirect())).fallback(only_get.clone());
    router = router.route(console::PATH.trim_end_matches('/'), redirect);
    for path in [console::PATH.to_owned(), format!("{}{{*path}}", console::PATH)] {
        let app = Arc::clone(app);
        let answer = move |path: RawPath, request: Request| {
            let console = app.console.as_ref();
            let found = console.and_then(|console| console.at(&rest_of(path)?, request.headers()));
            std::future::ready(found.unwrap_or_else(|| unknown_path(&app, &request)))
        };
        router = router.route(&path, get(answer).fallback(only_get.clone()));
    }
    router.layer(axum::middleware::from_fn(|request: Request, next: Next| async move {
        if console::is_wanted_at_root(request.method(), request.uri(), request.headers()) {
            return console::redirect();
        }
        next.run(request).await
    }))
}

fn swagger_pages(app: &Arc<App>, mut router: Router) -> Router {
    let config = swagger::config();
    for place in swagger::PLACES {
        let only_get = not_allowed(app, "GET, HEAD".into());
        let redirect = get(move || async move { swagger::redirect(place) });
        router = router.route(place, redirect.fallback(only_get.clone()));
        for path in [format!("{place}/"), format!("{place}/{{*file}}")] {
            let (app, config) = (Arc::clone(app), Arc::clone(&config));
            let page = move |file: RawPath, request: Request| {
                let page = rest_of(file).and_then(|name| swagger::file(&name, Arc::clone(&config)));
                std::future::ready(page.unwrap_or_else(|| unknown_path(&app, &request)))
            };
            router = router.route(&path, get(page).fallback(only_get.clone()));
        }
    }
    router
}
