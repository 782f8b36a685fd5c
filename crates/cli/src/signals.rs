//! Signals that ask the process to end.

use std::io;
use std::time::Duration;

use bailiwick_agent_program::service_manager;
use bailiwick_server::serve::Shutdown;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Stops a server at the first SIGINT, or `delay` after the first SIGTERM; in both cases its readiness
/// check fails at once. During the delay, another signal stops the server; after that, another one ends the
/// process. A server that does not serve yet stops without the delay.
pub(crate) fn watch_server(ending: Shutdown, delay: Duration) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    #[allow(clippy::disallowed_methods, reason = "it waits for signals until the process ends")]
    tokio::spawn(async move {
        let is_terminated = tokio::select! {
            _ = interrupt.recv() => false,
            _ = terminate.recv() => true,
        };
        service_manager::stopping();
        ending.announced.cancel();
        if is_terminated && !delay.is_zero() && ending.serving.is_cancelled() {
            let seconds = delay.as_secs();
            tracing::info!(
                "the server is stopping in {seconds} s, and /v1/readyz reports this to load balancers; send the signal again to stop now"
            );
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        tracing::info!(
            "the server is stopping and completes its open requests; send the signal again to end it at once"
        );
        ending.stop.cancel();
        end_at_next(interrupt, terminate).await;
    });
    Ok(())
}

/// Waits until the process is asked to end by SIGINT, SIGTERM or SIGHUP.
pub(crate) async fn asked_to_end() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

/// Ends the process at the next signal.
async fn end_at_next(mut interrupt: Signal, mut terminate: Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    std::process::exit(130);
}
