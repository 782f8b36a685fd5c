//! The baseline server for comparison: axum with one route and a small answer.

use std::io::Write as _;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

/// Serves until it is killed. The first line of its output is its address.
pub(crate) fn serve() -> anyhow::Result<()> {
    // The same kind of runtime as `bailiwick` uses.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?)?;
        out.flush()?;
        let answer = || async { ([(CONTENT_TYPE, "application/json")], r#"{"ready":true}"#) };
        axum::serve(listener, Router::new().route("/", get(answer))).await?;
        Ok(())
    })
}
