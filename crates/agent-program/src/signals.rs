//! Signals that ask the agent to end.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::service_manager;

/// Stops an agent at the first SIGINT or SIGTERM; another one ends the process. SIGUSR1 cancels `drain`: the agent
/// then ends as soon as no command runs.
pub(crate) fn watch(stop: CancellationToken, drain: CancellationToken) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut restart = signal(SignalKind::user_defined1())?;
    #[allow(clippy::disallowed_methods, reason = "it waits for signals until the process ends")]
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                _ = restart.recv() => {
                    tracing::info!(
                        "the agent starts again as soon as no command runs; until then it starts no further one"
                    );
                    drain.cancel();
                }
            }
        }
        tracing::info!(
            "the agent is stopping: it ends its commands and tells the server; send the signal again to end it at once"
        );
        service_manager::stopping();
        stop.cancel();
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(())
}
