//! Reads server-sent events (WHATWG HTML, section 9.2).

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde_json::Value;

/// How long a stream may be silent: a server sends a comment at least every 15 seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// The largest size of one event in bytes.
const EVENT_MAX: usize = 16 << 20;

/// An event.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// The event's id, with which the events after it can be requested.
    pub(crate) id: Option<String>,
    /// The content of the event.
    pub(crate) data: Value,
}

/// A stream of events.
pub(crate) struct EventStream {
    bytes: BoxStream<'static, reqwest::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl EventStream {
    pub(crate) fn new(bytes: BoxStream<'static, reqwest::Result<Bytes>>) -> Self {
        Self { bytes, waiting: Vec::new() }
    }

    /// The next event; `None` if the server has ended the stream.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            while let Some(block) = take_block(&mut self.waiting) {
                if let Some(event) = read(&block)? {
                    return Ok(Some(event));
                }
            }
            if self.waiting.len() > EVENT_MAX {
                bail!(
                    "the server sent an event of more than {} MiB; `bailiwick commands results` shows the results",
                    EVENT_MAX >> 20
                );
            }
            match tokio::time::timeout(SILENCE, self.bytes.next()).await {
                Ok(Some(bytes)) => self.waiting.extend(bytes.context("the event stream ended unexpectedly")?),
                Ok(None) => return Ok(None),
                Err(_) => bail!("the server has sent nothing for {} s", SILENCE.as_secs()),
            }
        }
    }
}

/// Takes the block before the first empty line, if it is complete.
fn take_block(waiting: &mut Vec<u8>) -> Option<Vec<u8>> {
    // A line ends with `\n` or `\r\n`.
    let ends = |at: usize| [&b"\n\n"[..], b"\n\r\n"].into_iter().find(|end| waiting[at..].starts_with(end));
    let end = (0..waiting.len()).find_map(|at| Some(at + ends(at)?.len()))?;
    let rest = waiting.split_off(end);
    Some(std::mem::replace(waiting, rest))
}

/// The event in a block; `None` if it has no data, such as a comment.
fn read(block: &[u8]) -> anyhow::Result<Option<Event>> {
    let (mut id, mut data) = (None, String::new());
    for line in String::from_utf8_lossy(block).lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => id = Some(value.to_owned()),
            "data" if data.is_empty() => data.push_str(value),
            "data" => data.extend(["\n", value]),
            _ => {}
        }
    }
    if data.is_empty() {
        return Ok(None);
    }
    let data = serde_json::from_str(&data).context("the server sent an event that cannot be read")?;
    Ok(Some(Event { id, data }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_split_at_any_byte_are_read() {
        let text = b"id: 7\nevent: result\ndata: {\"a\":1}\n\n: still here\n\ndata:{\"b\":2}\n\nid: 9";
        for cut in 0..text.len() {
            let (mut waiting, mut found) = (Vec::new(), Vec::new());
            for part in [&text[..cut], &text[cut..]] {
                waiting.extend(part);
                while let Some(block) = take_block(&mut waiting) {
                    found.extend(read(&block).unwrap());
                }
            }
            let first = Event { id: Some("7".into()), data: json!({ "a": 1 }) };
            assert_eq!(found, [first, Event { id: None, data: json!({ "b": 2 }) }], "{cut}");
            assert_eq!(waiting, b"id: 9");
        }
        assert!(read(b"data: {").is_err());
    }

    #[test]
    fn lines_may_end_with_carriage_returns_and_data_may_have_several() {
        let mut waiting = b"id: 7\r\ndata: {\r\ndata: \"a\": 1}\r\n\r\ndata: 1\ndata: 2\n\n".to_vec();
        let first = read(&take_block(&mut waiting).unwrap()).unwrap();
        assert_eq!(first, Some(Event { id: Some("7".into()), data: json!({ "a": 1 }) }));
        assert!(read(&take_block(&mut waiting).unwrap()).is_err(), "`1` and `2` are not `12`");
        assert!(waiting.is_empty());
    }
}
