//! `/graphql`: GraphQL over HTTP (GraphQL over HTTP, Stage 2 draft).

mod admitted;
mod live;
mod protocol;
mod reader;
mod request;
mod requester;
mod socket;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::party::Parties;
use bailiwick_engine::error::Error;
use bailiwick_graphql::{Answer, DOCUMENT_MAX, Query, Transport};
use futures::FutureExt as _;
use http::HeaderMap;
use http::header::{ACCEPT, UPGRADE};
use http::request::Parts;

use crate::app::App;
use crate::callers::Callers;
use crate::preferences::quality;
use crate::problem::HttpError;
use crate::respond::RateHeaders;
use crate::rest::{self, RequestLine};
use crate::{body, query, respond};

use self::reader::CallerReader;
use self::request::Asked;
use self::requester::Requester;

/// The path.
pub(crate) const PATH: &str = "/graphql";
/// The largest body, in bytes: a document, and as much for its variables.
const BODY_MAX: usize = 4 * DOCUMENT_MAX;

/// The media types of answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    /// The status says whether the document was executed.
    GraphQl,
    /// The status is 200 for every document, as older clients expect.
    Json,
}

impl Media {
    /// The type that a client accepts: JSON, unless it names the newer one and does not prefer JSON.
    fn accepted(headers: &HeaderMap) -> Self {
        let of = |name: &str| quality(headers, ACCEPT, &[name]).unwrap_or_default();
        let newer = of("application/graphql-response+json");
        if newer > 0 && newer >= of("application/json") { Self::GraphQl } else { Self::Json }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// The status of an answer.
    const fn status(self, answer: &Answer) -> u16 {
        if answer.is_executed || matches!(self, Self::Json) { 200 } else { 400 }
    }
}

/// The outcome of a request, for its response and its line in the log.
struct Completed {
    result: Result<Answer, HttpError>,
    actor: Option<Actor>,
    rate: Option<RateHeaders>,
    reader: Option<CallerReader>,
}

/// Answers a request for `/graphql`.
pub(crate) async fn handle(app: Arc<App>, callers: Callers, request: Request) -> Response {
    let began = Instant::now();
    let request_id = app.control.new_request_id();
    let (mut parts, body) = request.into_parts();
    let client = rest::client_address(&app, &parts);
    if parts.method == http::Method::GET && parts.headers.contains_key(UPGRADE) {
        return socket::upgrade(&app, callers, &mut parts, client, request_id);
    }
    let Completed { result, actor, rate, reader } =
        run(&app, callers, &parts, body, client, request_id).await;
    let error = result.as_ref().err();
    let last = reader.as_ref().and_then(CallerReader::last);
    let operation = last.or_else(|| requester::first_operation().ok().map(|first| first.spec));
    let line = operation.map(|operation| RequestLine {
        control: &app.control,
        operation,
        request_id,
        client,
        actor: actor.as_ref(),
        code: error.map(HttpError::code),
        began,
    });
    if let Some(line) = &line {
        line.write_failure(error.and_then(HttpError::failure));
    }
    let response = match result {
        Ok(answer) => {
            let media = Media::accepted(&parts.headers);
            let place = reader.and_then(CallerReader::into_place);
            respond::adapted(
                media.status(&answer),
                media.name(),
                answer.json,
                place,
                rate.as_ref(),
                request_id,
            )
        }
        Err(error) => respond::error(&error, rate.as_ref(), request_id),
    };
    if let Some(line) = line {
        line.write(response.status().as_u16());
    }
    response
}

async fn run(
    app: &Arc<App>,
    callers: Callers,
    parts: &Parts,
    body: Body,
    client: IpAddr,
    request_id: RequestId,
) -> Completed {
    let refused = |error| Completed { result: Err(error), actor: None, rate: None, reader: None };
    let admitted = async {
        let mut pairs = query::parse(parts.uri.query())?;
        let organization = query::organization(&mut pairs)?;
        let (headers, uri) = (parts.headers.clone(), parts.uri.clone());
        let requester = Requester { headers, uri, callers, organization, client };
        let cx = requester.admit(app, requester::first_operation()?, request_id)?;
        Ok((cx, pairs, requester))
    };
    let (cx, pairs, requester) = match admitted.await {
        Ok(admitted) => admitted,
        Err(error) => return refused(error),
    };
    let (actor, rate, parties) = (Some(cx.actor()), RateHeaders::of(&cx), cx.parties());
    let owner = cx.organization().map(|organization| organization.id);
    drop(cx);
    let mut reader = None;
    // Boxed: the future is large.
    let answered = Box::pin(async {
        let (asked, memory) = if parts.method == http::Method::POST {
            let bounds = body::BodyBounds {
                limit: BODY_MAX.min(app.body_limit),
                patience: app.request_timeout,
                least_rate: None,
                arriving: &app.arriving,
                memory: &app.memory,
                parties,
                values: bailiwick_engine::shape::json::VALUES_MAX,
            };
            let (fields, memory) = body::read(&parts.headers, body, bounds, false).await?;
            (Asked::of_body(fields)?, Some(memory))
        } else {
            (Asked::of_query(pairs)?, None)
        };
        let Some(asked) = app.persisted.resolve(owner, asked.query, asked.hash)? else {
            return Ok(Answer::not_persisted());
        };
        let of_caller = CallerReader::new(app, Arc::new(requester), request_id, parties);
        let reader = &*reader.insert(of_caller);
        let answer = execute(app, asked, Transport::Request, reader, parties).await;
        drop(memory);
        answer
    });
    let result = answered.await;
    let rate = reader.as_ref().and_then(CallerReader::take_rate).or(rate);
    Completed { result, actor, rate, reader }
}

/// Runs a query in the caller's place among the requests, and reserves memory for its answer.
async fn execute(
    app: &App,
    asked: Query,
    transport: Transport,
    reader: &CallerReader,
    parties: Parties,
) -> Result<Answer, HttpError> {
    let place = app.requests.take(parties, 1).ok_or(HttpError::Overloaded)?;
    let answer = AssertUnwindSafe(app.graphql.answer(asked, transport, reader)).catch_unwind();
    let answer = tokio::time::timeout(app.request_timeout, answer).await;
    drop(place);
    let seconds = app.request_timeout.as_secs();
    match answer.map_err(|_| HttpError::Timeout { seconds })? {
        Ok(Ok(answer)) => {
            reader.hold(answer.json.len())?;
            Ok(answer)
        }
        // The reader has the error of the request, if it is one of HTTP.
        Ok(Err(error)) => Err(reader.take_error().unwrap_or_else(|| error.into())),
        Err(_) => Err(Error::internal("panicked").into()),
    }
}
