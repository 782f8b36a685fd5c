//! Attempts to get a WebSocket while the agent polls, because an earlier attempt failed. Whatever failed, a proxy
//! that was set up wrongly or a server that was being started, may be over.

use std::pin::Pin;
use std::sync::Arc;

use bailiwick_domain::outside::Entropy;
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::dial::Dialer;
use super::refusal::NoConnection;
use super::websocket;
use super::wire::{Ticket, Wire};
use crate::backoff::Pace;

type Attempt = Pin<Box<dyn Future<Output = Result<Wire, NoConnection>> + Send>>;

/// Tries to get a WebSocket again and again.
pub(super) struct Again {
    dialer: Dialer,
    authorization: Zeroizing<String>,
    pace: Pace,
    entropy: Arc<dyn Entropy>,
    next: Instant,
    attempt: Option<Attempt>,
}

impl Again {
    pub(super) fn new(
        dialer: Dialer,
        authorization: Zeroizing<String>,
        pace: Pace,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let next = Instant::now() + pace.until_websocket(&*entropy);
        Self { dialer, authorization, pace, entropy, next, attempt: None }
    }

    /// Waits for a WebSocket of the agent with this instance UID. Nothing is lost if the future is dropped.
    pub(super) async fn websocket(&mut self, instance_uid: Uuid) -> Wire {
        loop {
            let Some(attempt) = &mut self.attempt else {
                tokio::time::sleep_until(self.next).await;
                let (dialer, authorization) = (self.dialer.clone(), self.authorization.clone());
                let ticket = Ticket { authorization, instance_uid };
                self.attempt = Some(Box::pin(async move { websocket::connect(&dialer, &ticket).await }));
                continue;
            };
            let ended = attempt.await;
            self.attempt = None;
            match ended {
                Ok(wire) => return wire,
                Err(why) => {
                    self.next = Instant::now() + self.pace.until_websocket(&*self.entropy);
                    tracing::debug!(%why, "there is still no WebSocket; the agent goes on polling");
                }
            }
        }
    }
}
