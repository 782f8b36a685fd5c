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
                bail!("the server sent an event that is too long");
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
    let end = waiting.windows(2).position(|pair| pair == b"\n\n")?;
    let rest = waiting.split_off(end + 2);
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
            "data" => data.push_str(value),
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
}
