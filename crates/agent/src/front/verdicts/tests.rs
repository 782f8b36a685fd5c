//! What is remembered, for how long, and who may ask how often. The server's part is played by hand.

use std::sync::atomic::{AtomicI64, Ordering};

use bailiwick_domain::key::KeyKind;
use bailiwick_link::front::Question;
use tokio::sync::Notify;

use super::*;
use crate::testing::Seeded;

/// A clock that the test moves.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

struct Bench {
    clock: Arc<Hand>,
    news: Arc<Notify>,
    questions: Arc<Questions>,
    verdicts: Arc<Verdicts>,
}

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(1_800_000_000_000_000)));
        let news = Arc::new(Notify::new());
        let questions = Arc::new(Questions::new(Arc::clone(&news)));
        questions.connected();
        let verdicts = Verdicts::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::clone(&questions));
        Self { clock, news, questions, verdicts: Arc::new(verdicts) }
    }

    fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// The status that somebody gets. If the agent asks the server, the server answers with `answer`.
    async fn status(&self, key: &KeyText, answer: u32) -> (u16, usize) {
        let mut asked = 0;
        let of = self.verdicts.of(key, None, HERE);
        tokio::pin!(of);
        loop {
            tokio::select! {
                verdict = &mut of => return (verdict.status, asked),
                () = self.news.notified() => for Question { number, .. } in self.questions.take_unsent() {
                    asked += 1;
                    self.questions.answered(Told { number, status: answer, reason: String::new() });
                },
            }
        }
    }
}

fn keys() -> impl Iterator<Item = KeyText> {
    (1..).map(|seed| KeyText::mint(KeyKind::Org, &Seeded::new(seed)))
}

#[tokio::test]
async fn answers_are_remembered_for_a_short_time() {
    let bench = Bench::new();
    let [good, bad] = [1, 2].map(|seed| KeyText::mint(KeyKind::Org, &Seeded::new(seed)));
    assert_eq!(bench.status(&good, 200).await, (200, 1));
    assert_eq!(bench.status(&bad, 403).await, (403, 1));
    bench.pass(9);
    assert_eq!(bench.status(&good, 401).await, (200, 0));
    assert_eq!(bench.status(&bad, 200).await, (403, 0));
    bench.pass(1);
    assert_eq!(bench.status(&bad, 200).await, (200, 1), "a refusal is remembered for ten seconds");
    bench.pass(49);
    assert_eq!(bench.status(&good, 401).await, (200, 0));
    bench.pass(1);
    assert_eq!(bench.status(&good, 401).await, (401, 1), "a disabled key is refused after a minute");
    bench.questions.disconnected();
    assert_eq!(bench.status(&good, 200).await, (401, 0));
    bench.pass(60);
    assert_eq!(bench.status(&good, 200).await, (503, 0), "what was refused is not allowed later");
}

#[tokio::test]
async fn a_known_key_works_for_fifteen_minutes_without_the_server() {
    let bench = Bench::new();
    let [good, other] = [1, 2].map(|seed| KeyText::mint(KeyKind::Org, &Seeded::new(seed)));
    assert_eq!(bench.status(&good, 200).await, (200, 1));
    bench.questions.disconnected();
    assert_eq!(bench.status(&other, 200).await, (503, 0));
    bench.pass(ALLOWED_SECONDS + AWAY_SECONDS - 1);
    assert_eq!(bench.status(&good, 200).await, (200, 0));
    bench.pass(1);
    assert_eq!(bench.status(&good, 200).await, (503, 0));
    // A server that cannot decide is like one that is away; one that refuses is believed at once.
    bench.questions.connected();
    assert_eq!(bench.status(&good, 200).await, (200, 1));
    bench.pass(ALLOWED_SECONDS);
    assert_eq!(bench.status(&good, 503).await, (200, 1));
    assert_eq!(bench.status(&good, 403).await, (403, 1));
    // A clock that is set back makes nothing last longer.
    assert_eq!(bench.status(&other, 200).await, (200, 1));
    bench.pass(-3_600);
    assert_eq!(bench.status(&other, 401).await, (401, 1));
}

#[tokio::test]
async fn the_same_question_is_asked_once_at_a_time() {
    let bench = Bench::new();
    let key = KeyText::mint(KeyKind::Org, &Seeded::new(1));
    let both =
        futures::future::join(bench.verdicts.of(&key, None, HERE), bench.verdicts.of(&key, None, HERE));
    let answer = async {
        bench.news.notified().await;
        let asked = bench.questions.take_unsent();
        assert_eq!(asked.len(), 1);
        // After a new connection it is asked again.
        bench.questions.connected();
        assert_eq!(bench.questions.take_unsent(), asked);
        bench.questions.answered(Told { number: asked[0].number, status: 200, reason: String::new() });
    };
    let ((one, other), ()) = futures::future::join(both, answer).await;
    assert_eq!((one.status, other.status), (200, 200));
    // If the one who asked goes away, the next one asks.
    let second = KeyText::mint(KeyKind::Org, &Seeded::new(2));
    let mut gone = Box::pin(bench.verdicts.of(&second, None, HERE));
    assert!(futures::poll!(&mut gone).is_pending());
    drop(gone);
    assert_eq!(bench.status(&second, 200).await.0, 200);
}

#[tokio::test]
async fn strangers_ask_the_server_a_bounded_number_of_times() {
    let bench = Bench::new();
    let mut keys = keys();
    let good = keys.next().unwrap();
    assert_eq!(bench.status(&good, 200).await, (200, 1));
    let mut asked = 0;
    for key in keys.by_ref().take(200) {
        let (status, questions) = bench.status(&key, 401).await;
        assert!(status == 401 && questions == 1 || status == 503 && questions == 0);
        asked += questions;
    }
    assert_eq!(asked, 19, "one address may try twenty keys at once");
    bench.pass(ALLOWED_SECONDS);
    assert_eq!(bench.status(&good, 200).await, (200, 1), "a known key is still asked for");
    for key in keys.by_ref().take(2_000) {
        bench.pass(1);
        bench.status(&key, 401).await;
    }
    assert!(bench.verdicts.memory.lock().known.len() <= REMEMBERED_MAX);
}
