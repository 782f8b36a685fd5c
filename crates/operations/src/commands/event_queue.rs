//! The events that were read for a watcher of a command and not sent yet.

use std::collections::VecDeque;

use bailiwick_engine::events::Event;
use bailiwick_store::commands::OutputEvent;

use super::event::CommandEvent;

/// The most bytes of output that wait. A single stored piece may be larger.
const OUTPUT_MAX: usize = 64 << 10;
/// The most bytes of output in one event.
const PIECE_MAX: usize = 8 << 10;

/// The content of an event. Output is kept as bytes until it is sent, because its text may be six times as long.
enum Content {
    Output(OutputEvent),
    Other(CommandEvent),
}

struct Waiting {
    id: Option<String>,
    content: Content,
}

/// The events that wait to be sent, in their order.
#[derive(Default)]
pub(super) struct EventQueue(VecDeque<Waiting>);

impl EventQueue {
    /// Adds the first pieces of output, as many as there is room for, but at least one. Returns how many.
    pub(super) fn add_output(&mut self, pieces: impl IntoIterator<Item = OutputEvent>) -> usize {
        let (mut count, mut bytes) = (0, 0_usize);
        for piece in pieces {
            bytes = bytes.saturating_add(piece.bytes.len());
            if bytes > OUTPUT_MAX && count > 0 {
                break;
            }
            self.0.push_back(Waiting { id: None, content: Content::Output(piece) });
            count += 1;
        }
        count
    }

    /// Adds an event other than output.
    pub(super) fn add(&mut self, id: Option<String>, event: CommandEvent) {
        self.0.push_back(Waiting { id, content: Content::Other(event) });
    }

    /// Gives the last event an id, if one waits.
    pub(super) fn name_last(&mut self, id: String) {
        if let Some(last) = self.0.back_mut() {
            last.id = Some(id);
        }
    }

    /// Takes the next event. A long piece of output becomes several events.
    pub(super) fn take(&mut self) -> Option<Event<CommandEvent>> {
        if let Some(Waiting { content: Content::Output(piece), .. }) = self.0.front_mut()
            && let Some(first) = split(piece)
        {
            return Some(Event { id: None, told: CommandEvent::from(&first) });
        }
        let Waiting { id, content } = self.0.pop_front()?;
        let told = match content {
            Content::Output(piece) => CommandEvent::from(&piece),
            Content::Other(event) => event,
        };
        Some(Event { id, told })
    }
}

/// Takes the beginning of a piece that is too long for one event, if possible between two characters.
fn split(piece: &mut OutputEvent) -> Option<OutputEvent> {
    if piece.bytes.len() <= PIECE_MAX {
        return None;
    }
    // In UTF-8, a byte that begins with the bits 10 continues a character of at most four bytes.
    let continues = |at: &usize| piece.bytes.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let at = (PIECE_MAX - 3..=PIECE_MAX).rev().find(|at| !continues(at)).unwrap_or(PIECE_MAX);
    let rest = piece.bytes.split_off(at);
    let first = OutputEvent { bytes: std::mem::replace(&mut piece.bytes, rest), ..*piece };
    piece.position += u64::try_from(at).unwrap_or(u64::MAX);
    Some(first)
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::command::OutputStream;

    use super::*;

    fn piece(position: u64, bytes: Vec<u8>) -> OutputEvent {
        let node = "01932f4e-7b5a-7c3d-8e9f-000000000001".parse().unwrap();
        OutputEvent { node, stream: OutputStream::Stdout, position, bytes, change: 1 }
    }

    fn sent(queue: &mut EventQueue) -> Vec<(Option<String>, u64, String)> {
        std::iter::from_fn(|| queue.take())
            .map(|event| {
                let value = serde_json::to_value(&event.told).unwrap();
                assert!(value.get("base64").is_none(), "a character was split: {value}");
                let text = value["text"].as_str().unwrap().to_owned();
                (event.id, value["position"].as_u64().unwrap(), text)
            })
            .collect()
    }

    #[test]
    fn long_output_is_sent_in_pieces_that_keep_characters_whole() {
        let text = "ä€😀x".repeat(3_000);
        let mut queue = EventQueue::default();
        assert_eq!(queue.add_output([piece(7, text.clone().into_bytes())]), 1);
        queue.name_last("9".into());
        let sent = sent(&mut queue);
        assert_eq!(sent.len(), text.len().div_ceil(PIECE_MAX - 3));
        let mut position = 7;
        for (n, (id, at, piece)) in sent.iter().enumerate() {
            assert!(piece.len() <= PIECE_MAX);
            assert_eq!(*at, position);
            position += piece.len() as u64;
            // Only a client that has seen the last piece has seen all.
            assert_eq!(id.as_deref(), (n + 1 == sent.len()).then_some("9"));
        }
        assert_eq!(sent.into_iter().map(|(_, _, piece)| piece).collect::<String>(), text);
    }

    #[test]
    fn the_output_that_waits_is_bounded() {
        let pieces = |bytes: usize| (0..200).map(move |n| piece(n, vec![b'x'; bytes]));
        assert_eq!(EventQueue::default().add_output(pieces(10)), 200);
        assert_eq!(EventQueue::default().add_output(pieces(20_000)), 3);
        assert_eq!(EventQueue::default().add_output(pieces(OUTPUT_MAX + 1)), 1);
    }
}
