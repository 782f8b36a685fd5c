//! One simulated agent.

use anyhow::Context as _;
use bailiwick_link::commands::Report;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Plan;
use crate::memory::Memory;

/// One simulated agent: the state that it keeps across connections.
pub(crate) struct Sim {
    pub(crate) number: u32,
    pub(crate) machine_id: String,
    pub(crate) uid: Mutex<Uuid>,
    /// The `Authorization` header with its own key, once it has one.
    pub(crate) authorization: Mutex<Option<Zeroizing<String>>>,
    pub(crate) memory: Mutex<Memory>,
    pub(crate) config_hash: Mutex<Vec<u8>>,
    /// Sends reports to the current connection, if there is one.
    tell: Mutex<Option<UnboundedSender<Report>>>,
    cut: Notify,
}

/// Random bytes.
#[allow(clippy::disallowed_methods, reason = "simulated machines differ from run to run")]
pub(crate) fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

impl Sim {
    #[allow(clippy::disallowed_methods, reason = "simulated machines differ from run to run")]
    pub(crate) fn new(number: u32, plan: &Plan) -> anyhow::Result<Self> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = now.context("the clock of this machine is before 1970")?.as_millis();
        let millis =
            u64::try_from(millis).context("the clock of this machine is after the year 584 million")?;
        let uid = uuid::Builder::from_unix_timestamp_millis(millis, &random()?).into_uuid();
        // A machine id that no other swarm uses.
        let unique = Uuid::from_bytes(random()?).simple();
        Ok(Self {
            number,
            machine_id: format!("{}-{number}-{unique}", plan.prefix),
            uid: Mutex::new(uid),
            authorization: Mutex::new(None),
            memory: Mutex::default(),
            config_hash: Mutex::default(),
            tell: Mutex::default(),
            cut: Notify::new(),
        })
    }

    /// Registers a new connection. Returns the reports that are still to be sent, and a channel of new ones.
    pub(crate) fn connected(&self) -> (Vec<Report>, UnboundedReceiver<Report>) {
        let (tell, told) = mpsc::unbounded_channel();
        // The channel is set first, so that a command that ends meanwhile is either in it or among the
        // reports.
        *self.tell.lock() = Some(tell);
        (self.memory.lock().untold(), told)
    }

    /// Marks a command as ended, if it was not lost meanwhile, and sends the report. Without a connection,
    /// the report is sent on the next one.
    pub(crate) fn ended(&self, id: Uuid) {
        let report = self.memory.lock().ended(id);
        if let (Some(report), Some(tell)) = (report, &*self.tell.lock()) {
            let _ = tell.send(report);
        }
    }

    /// Closes its connection, if it has one.
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Completes when the connection should be closed.
    pub(crate) async fn is_cut(&self) {
        self.cut.notified().await;
    }
}
