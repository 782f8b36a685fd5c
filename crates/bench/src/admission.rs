//! Measures the time of one admission, and the memory of one key.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bailiwick_catalogue::catalogue;
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::{Actor, Key, KeyDigests, KeyKind, KeyText, Peppers};
use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::admission::{By, Credential, Request};
use bailiwick_engine::build::Build;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::control::{Control, Outside};
use bailiwick_engine::first_run;
use bailiwick_engine::outside::{SystemClock, SystemEntropy};
use bailiwick_store::{DatabaseUrl, Databases};

use crate::numbers::Numbers;
use crate::proc;
use crate::report::{Times, count, time, verdict};

/// The largest allowed p99 of an admission.
const BUDGET: Duration = Duration::from_micros(2);
/// How many calls are timed, each on its own.
const SAMPLES: usize = 1_000_000;
/// How many keys are in memory, in rising order.
const KEYS: [usize; 3] = [1, 1_000, 1_000_000];
/// Keys with numbers from here on are never in memory.
const UNKNOWN: u64 = 1 << 40;
/// Far more than this benchmark uses, so that requests are counted but never limited.
const RATE: RateLimit = RateLimit { per_minute: NonZeroU32::MAX, burst: None };

fn key(number: u64) -> KeyText {
    KeyText::mint(KeyKind::Org, &Numbers::from(number))
}

/// Builds a text that a client could send as a key, from the number of a key.
type Presented = fn(u64) -> String;

fn right(number: u64) -> String {
    key(number).reveal().to_string()
}

fn mistyped(number: u64) -> String {
    let mut text = right(number);
    let last = if text.pop() == Some('0') { '1' } else { '0' };
    text.push(last);
    text
}

fn unknown(number: u64) -> String {
    right(number + UNKNOWN)
}

fn wrong_secret(number: u64) -> String {
    let id = key(number).id();
    KeyText::mint_secret(KeyKind::Org, id, &Numbers::from(number + UNKNOWN)).reveal().to_string()
}

struct Bench {
    control: Arc<Control>,
    peppers: Peppers,
    organization: OrganizationId,
    request: RequestId,
    keys: usize,
}

/// Measures and prints both.
pub(crate) fn measure() -> anyhow::Result<()> {
    println!(
        "One admission (`Control::authorize`, beginning with the text of the key), {} calls each",
        count(SAMPLES)
    );
    println!("  the timer itself                   {}", timer());
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut bench = runtime.block_on(Bench::open(&directory.path().join("bench.db")))?;
    let mut per_key = None;
    for keys in KEYS {
        let before = proc::resident(std::process::id());
        let had = bench.keys;
        bench.fill_to(keys)?;
        if let (Some(before), Some(after)) = (before, proc::resident(std::process::id())) {
            per_key = Some(after.saturating_sub(before) / (keys - had) as u64);
        }
        let times = bench.time("sites.list", right, true)?;
        let p99 = times.quantile(990);
        println!(
            "  {:>9} {:<24} {times}   budget: p99 ≤ {}: {}",
            count(keys),
            if keys == 1 { "key" } else { "keys" },
            time(BUDGET),
            verdict(p99 <= BUDGET)
        );
    }
    let refusals: [(&str, &str, Presented); 4] = [
        ("mistyped", "sites.list", mistyped),
        ("unknown id", "sites.list", unknown),
        ("wrong secret", "sites.list", wrong_secret),
        ("missing scope", "keys.list", right),
    ];
    for (name, operation, presented) in refusals {
        let times = bench.time(operation, presented, false)?;
        println!("  {:>9} keys, {name:<18} {times}   refused", count(bench.keys));
    }
    match per_key {
        Some(bytes) => println!("  memory of one key among {}: {bytes} bytes", count(bench.keys)),
        None => println!("  memory of one key: not known on this system"),
    }
    println!();
    Ok(())
}

/// The cost of reading the clock twice, which every time below includes.
fn timer() -> Times {
    Times::new((0..SAMPLES).map(|_| nanos(Instant::now())).collect())
}

fn nanos(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_nanos()).unwrap_or(u32::MAX)
}

impl Bench {
    async fn open(database: &std::path::Path) -> anyhow::Result<Self> {
        let outside = Outside { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
        let peppers = Peppers::generate(&SystemEntropy);
        let databases = Databases::connect(&DatabaseUrl::Sqlite(database.to_owned()), 1).await?;
        databases.migrate().await?;
        let store = databases.store.clone();
        let build = Build {
            version: env!("CARGO_PKG_VERSION"),
            full_version: env!("CARGO_PKG_VERSION").into(),
            timestamp: outside.clock.now(),
        };
        let control =
            Control::open(databases, peppers.clone(), outside, build, catalogue().listings()).await?;
        let first = first_run::run(&control, |_| anyhow::Ok(())).await?;
        first.context("the database is not empty")?;
        let organizations = store.organizations(&Reach::EVERYTHING).all().await?;
        let organization = organizations.first().context("there is no organization in the database")?.id;
        let request = control.new_request_id();
        Ok(Self { control, peppers, organization, request, keys: 0 })
    }

    fn fill_to(&mut self, keys: usize) -> anyhow::Result<()> {
        for number in self.keys..keys {
            let text = key(number as u64);
            let key = self.record(&text, number)?;
            let digests = KeyDigests { key, current: self.peppers.digest(&text), previous: None };
            self.control.keyring().apply(digests);
        }
        self.keys = keys;
        Ok(())
    }

    fn record(&self, text: &KeyText, number: usize) -> anyhow::Result<Key> {
        let now = SystemClock.now();
        Ok(Key {
            id: text.id(),
            kind: text.kind(),
            name: format!("Key {number}").parse()?,
            description: None,
            organization_id: Some(self.organization),
            user: None,
            role: None,
            scopes: ["sites:*".parse()?, "organizations:read".parse()?].into(),
            reach: Reach::EVERYTHING,
            not_before: None,
            expires_at: Some(now.plus_seconds(86_400)),
            disabled: None,
            allowed_ips: vec!["127.0.0.0/8".parse()?],
            denied_ips: Vec::new(),
            rate_limit: Some(RATE),
            command_limits: None,
            enrolment: None,
            agent: None,
            created_at: now,
            created_by: Actor::System,
            updated_at: now,
            revision: Revision::FIRST,
            last_used: None,
            previous_secret_until: None,
        })
    }

    /// Times the admission of randomly picked keys to one operation.
    fn time(&self, operation: &str, presented: Presented, admitted: bool) -> anyhow::Result<Times> {
        let operation = catalogue().get(operation).context("the operation is unknown")?;
        let numbers = Numbers::from(self.keys as u64);
        let mut nanos = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let text = presented(numbers.next() % self.keys as u64);
            let (took, was_admitted) = self.once(operation, &text);
            ensure!(was_admitted == admitted, "the answer to {} was not as expected", operation.spec.id);
            nanos.push(took);
        }
        Ok(Times::new(nanos))
    }

    fn once(&self, operation: &'static Described, text: &str) -> (u32, bool) {
        let began = Instant::now();
        let credential = text.parse::<KeyText>().map_or_else(Credential::Malformed, Credential::Key);
        let request = Request {
            id: self.request,
            address: IpAddr::from([127, 0, 0, 1]),
            credential,
            organization: None,
            if_match: None,
            user_agent: None,
        };
        let answer = self.control.authorize(By::Request(request), &operation.listing);
        (nanos(began), answer.is_ok())
    }
}
