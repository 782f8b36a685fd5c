//! Frames: OpAMP messages in WebSocket messages (OpAMP specification, "WebSocket Message Format"). A
//! frame is a header, which is zero, as a varint, then the message as Protocol Buffers.

use prost::Message;

/// The most bytes of a message that the server accepts. Reports of command output are the largest.
pub const TO_SERVER_MAX: usize = 1_048_576;
/// The most bytes of a message that an agent accepts. Configurations and scripts are the largest.
pub const TO_AGENT_MAX: usize = 4_194_304;
/// The most bytes of memory that a message to an agent may take after decoding.
pub const TO_AGENT_HELD_MAX: usize = 16_777_216;

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The header is missing or not zero.
    #[error("expected the header 0, which stands for the only version of the format")]
    Header,
    /// The rest is not a message.
    #[error("expected an OpAMP message: {0}")]
    Message(#[from] prost::DecodeError),
}

/// Encodes a message as a frame.
pub fn encode(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(0);
    // A `Vec` grows as needed, so `encode_raw` always has room.
    message.encode_raw(&mut bytes);
    bytes
}

/// The message's bytes after the header, for callers that check them before decoding. An error means
/// that the header is not that of this format.
pub fn body(bytes: &[u8]) -> Result<&[u8], BadFrame> {
    // The header is the single byte 0. A longer varint is malformed or belongs to another version.
    match bytes.split_first() {
        Some((0, rest)) => Ok(rest),
        _ => Err(BadFrame::Header),
    }
}

/// Decodes a frame.
pub fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, BadFrame> {
    Ok(M::decode(body(bytes)?)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::opamp::{AgentToServer, ServerToAgent};

    #[test]
    fn an_encoded_message_is_decoded_unchanged() {
        let message = AgentToServer { instance_uid: vec![7; 16], sequence_num: 3, ..Default::default() };
        let bytes = encode(&message);
        assert_eq!(bytes[0], 0);
        assert_eq!(decode::<AgentToServer>(&bytes).unwrap(), message);
        // An empty message is valid.
        assert_eq!(decode::<ServerToAgent>(&[0]).unwrap(), ServerToAgent::default());
        assert_eq!(decode::<ServerToAgent>(&[]), Err(BadFrame::Header));
        assert_eq!(decode::<ServerToAgent>(&[1, 0]), Err(BadFrame::Header));
    }

    proptest! {
        #[test]
        fn decoding_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(message) = decode::<AgentToServer>(&bytes) {
                prop_assert_eq!(decode::<AgentToServer>(&encode(&message)).unwrap(), message);
            }
        }
    }
}
