//! The life of one simulated agent: it connects, enrols, reconnects with its own key, and carries out
//! commands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{bail, ensure};
use bailiwick_agent::client::{PING, SILENCE};
use bailiwick_agent::session::{Heard, Part, Session};
use bailiwick_link::commands::{Orders, Report, ReportBody, Started};
use bailiwick_link::frame;
use bailiwick_link::opamp::AgentToServer;
use futures::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Common;
use crate::dial::Stream;
use crate::machine::SimulatedMachine;
use crate::memory::{Receipt, report};
use crate::sim::{Sim, random};

type Socket = WebSocketStream<Box<dyn Stream>>;

/// The interval of heartbeats if the server does not set one.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Runs an agent until the swarm is stopped.
pub(crate) async fn live(sim: Arc<Sim>, common: Arc<Common>) {
    let stop = common.stop.clone();
    let life = async {
        loop {
            match connect(&sim, &common).await {
                // The agent has its own key now, and reconnects with it.
                Ok(true) => {}
                Ok(false) => back_off(&common).await,
                Err(error) => {
                    *common.failure.lock() = Some(format!("{error:#}"));
                    common.add(|counts| &counts.failed);
                    if is_final(&error) {
                        return;
                    }
                    back_off(&common).await;
                }
            }
        }
    };
    tokio::select! {
        () = life => {}
        () = stop.cancelled() => {}
    }
}

/// Whether reconnecting is pointless after this error, because the server rejects the key.
fn is_final(error: &anyhow::Error) -> bool {
    let answer = match error.downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Http(answer)) => answer.status(),
        _ => return false,
    };
    matches!(answer, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

async fn back_off(common: &Common) {
    let most = common.plan.back_off.as_millis();
    let wait =
        random::<8>().map(u64::from_le_bytes).unwrap_or_default() % u64::try_from(most.max(1)).unwrap_or(1);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// Runs one connection until it ends. Returns whether it ended because the agent received its own key.
async fn connect(sim: &Arc<Sim>, common: &Arc<Common>) -> anyhow::Result<bool> {
    let own = sim.authorization.lock().clone();
    let is_own = own.is_some();
    let authorization = own.unwrap_or_else(|| Zeroizing::new(format!("Bearer {}", common.plan.key.as_str())));
    let place = common.doors.acquire().await?;
    let mut socket = common.dialer.dial(sim.number, &authorization).await?;
    let mut session = Session::new(*sim.uid.lock());
    let hello = session.tell(&machine(sim, common));
    send(&mut socket, &hello).await?;
    // The agent counts as connected once the server has answered.
    let first = socket.next().await;
    drop(place);
    if !is_own {
        return enrol(sim, common, &mut session, &mut socket, first).await;
    }
    let ended = {
        common.counts.connected.fetch_add(1, Ordering::Relaxed);
        common.changed.send_replace(());
        let ended = talk(sim, common, &mut session, &mut socket, first).await;
        common.counts.connected.fetch_sub(1, Ordering::Relaxed);
        common.changed.send_replace(());
        ended
    };
    ended.map(|()| false)
}

type Frame = Option<Result<Message, tungstenite::Error>>;

async fn enrol(
    sim: &Sim,
    common: &Common,
    session: &mut Session,
    socket: &mut Socket,
    first: Frame,
) -> anyhow::Result<bool> {
    let mut next = first;
    loop {
        for heard in hear(session, next)? {
            match heard {
                Heard::Offer(offer) if offer.authorization.is_some() => {
                    *sim.uid.lock() = session.uid();
                    *sim.authorization.lock() = offer.authorization;
                    common.counts.enrolled.fetch_add(1, Ordering::Relaxed);
                    common.changed.send_replace(());
                    // Completes the closing handshake, so that the server need not wait for it.
                    let _ = socket.close(None).await;
                    return Ok(true);
                }
                Heard::Refused { why, .. } => bail!("refused: {why}"),
                _ => {}
            }
        }
        next = socket.next().await;
    }
}

fn hear(session: &mut Session, frame: Frame) -> anyhow::Result<Vec<Heard>> {
    match frame {
        Some(Ok(Message::Binary(bytes))) => Ok(session.hear(frame::decode(&bytes)?)),
        Some(Ok(Message::Close(close))) => bail!("the server closed the connection: {close:?}"),
        Some(Ok(_)) => Ok(Vec::new()),
        Some(Err(error)) => bail!(error),
        None => bail!("the server closed the connection"),
    }
}

fn machine<'a>(sim: &'a Sim, common: &'a Common) -> SimulatedMachine<'a> {
    SimulatedMachine {
        number: sim.number,
        prefix: &common.plan.prefix,
        machine_id: &sim.machine_id,
        instance: sim.uid.lock().to_string(),
        config_hash: sim.config_hash.lock().clone(),
    }
}

async fn send(socket: &mut Socket, message: &AgentToServer) -> anyhow::Result<()> {
    Ok(socket.send(Message::Binary(frame::encode(message).into())).await?)
}

/// Carries out commands until the connection ends.
async fn talk(
    sim: &Arc<Sim>,
    common: &Arc<Common>,
    session: &mut Session,
    socket: &mut Socket,
    first: Frame,
) -> anyhow::Result<()> {
    let (again, mut ended) = sim.connected();
    let mut beat = Instant::now() + HEARTBEAT;
    let mut ping = Instant::now() + PING;
    let mut last_heard = Instant::now();
    let mut heard = hear(session, first)?;
    if !again.is_empty() {
        send(socket, &session.report(again)).await?;
    }
    loop {
        let mut reports = Vec::new();
        for heard in std::mem::take(&mut heard) {
            match heard {
                Heard::Orders(orders) => reports.extend(obey(sim, common, orders)),
                Heard::Config(config) => {
                    *sim.config_hash.lock() = config.config_hash;
                    session.changed(Part::RemoteConfigStatus);
                }
                Heard::Identity(uid) => *sim.uid.lock() = uid,
                Heard::Offer(offer) if offer.authorization.is_some() => {
                    *sim.authorization.lock() = offer.authorization;
                    return Ok(());
                }
                Heard::Refused { why, .. } => bail!("refused: {why}"),
                // Everything that the server has not stored was sent on this connection already.
                Heard::Offer(_) | Heard::AllAsked | Heard::Stored(_) | Heard::Front(_) => {}
            }
        }
        if !reports.is_empty() {
            send(socket, &session.report(reports)).await?;
        }
        if session.has_news() {
            let message = session.tell(&machine(sim, common));
            send(socket, &message).await?;
        }
        tokio::select! {
            frame = socket.next() => {
                last_heard = Instant::now();
                heard = hear(session, frame)?;
            }
            Some(report) = ended.recv() => send(socket, &session.report(vec![report])).await?,
            () = tokio::time::sleep_until(beat) => {
                let message = session.tell(&machine(sim, common));
                send(socket, &message).await?;
                beat = Instant::now() + HEARTBEAT;
            }
            () = tokio::time::sleep_until(ping) => {
                ensure!(last_heard.elapsed() <= SILENCE, "the server sent nothing for a minute");
                socket.send(Message::Ping(Vec::new().into())).await?;
                ping = Instant::now() + PING;
            }
            () = sim.is_cut() => return Ok(()),
        }
    }
}

/// Starts new commands. Returns the reports to send at once.
fn obey(sim: &Arc<Sim>, common: &Arc<Common>, orders: Orders) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut memory = sim.memory.lock();
    for order in orders.run {
        let Ok(id) = Uuid::from_slice(&order.id) else { continue };
        match memory.told(id) {
            Receipt::New => {
                common.add(|counts| &counts.carried_out);
                reports.push(report(id, ReportBody::Started(Started {})));
                if common.plan.run_for.is_zero() {
                    reports.extend(memory.ended(id));
                } else {
                    run(sim, common, id);
                }
            }
            Receipt::Known(report) => {
                common.add(|counts| &counts.told_again);
                reports.push(report);
            }
            Receipt::Over => common.add(|counts| &counts.told_again),
        }
    }
    for id in orders.acknowledge {
        if Uuid::from_slice(&id).is_ok_and(|id| memory.acknowledged(id)) {
            common.add(|counts| &counts.acknowledged);
        }
    }
    reports
}

/// Waits as long as a command runs, and then marks it as ended.
fn run(sim: &Arc<Sim>, common: &Arc<Common>, id: Uuid) {
    let (sim, run_for) = (Arc::clone(sim), common.plan.run_for);
    #[allow(clippy::disallowed_methods, reason = "it ends after the time that a simulated command takes")]
    tokio::spawn(async move {
        tokio::time::sleep(run_for).await;
        sim.ended(id);
    });
}
