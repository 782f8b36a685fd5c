//! What systemd is told of a service of `Type=notify`. Without its `NOTIFY_SOCKET`, nothing is told.

use sd_notify::NotifyState;

/// The service does its work from now on.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// The service is stopping.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told the state of the service");
    }
}
