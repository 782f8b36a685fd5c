//! The messages of the custom capability `dev.bailiwick.front`, by which an agent gets the certificate of its front, and
//! asks who may fetch the metrics of exporters there. It has two types of messages: `asks` from an agent to the server,
//! and `answers` from the server to an agent. `docs/agent-protocol.md` describes when they are sent.

use prost::Message;

/// The type of messages to agents: [`Answers`].
pub const ANSWERS: &str = "answers";
/// The type of messages to the server: [`Asks`].
pub const ASKS: &str = "asks";
/// The most questions in one message. The server does not answer further ones.
pub const QUESTIONS_MAX: usize = 32;

/// What an agent asks.
#[derive(Clone, PartialEq, Message)]
pub struct Asks {
    /// A request for a certificate, if the agent needs one.
    #[prost(message, optional, tag = "1")]
    pub certificate: Option<CertificateRequest>,
    /// Questions who may fetch metrics.
    #[prost(message, repeated, tag = "2")]
    pub questions: Vec<Question>,
}

/// A request for a certificate.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct CertificateRequest {
    /// The public key: an uncompressed point of P-256.
    #[prost(bytes = "vec", tag = "1")]
    pub public_key: Vec<u8>,
    /// The signature of `public_key` (ECDSA with SHA-256, in DER) by its private key.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// A question whether somebody may fetch the metrics of an exporter.
#[derive(Clone, PartialEq, Eq, Message)]
#[prost(skip_debug)]
pub struct Question {
    /// The agent's number of the question.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// The id of the exporter in the inventory: 16 bytes, a UUID. Empty if the node has none of the name that was
    /// asked for.
    #[prost(bytes = "vec", tag = "2")]
    pub exporter: Vec<u8>,
    /// The key of the one who fetches.
    #[prost(string, tag = "3")]
    pub key: String,
    /// The address of the one who fetches.
    #[prost(string, tag = "4")]
    pub address: String,
}

impl std::fmt::Debug for Question {
    /// Leaves out the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question").field("number", &self.number).finish_non_exhaustive()
    }
}

/// What the server answers.
#[derive(Clone, PartialEq, Message)]
pub struct Answers {
    /// The certificate that was asked for.
    #[prost(message, optional, tag = "1")]
    pub certificate: Option<Certificate>,
    /// Answers to questions.
    #[prost(message, repeated, tag = "2")]
    pub verdicts: Vec<Verdict>,
}

/// A certificate, or why there is none.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Certificate {
    /// The public key of the request.
    #[prost(bytes = "vec", tag = "1")]
    pub public_key: Vec<u8>,
    /// The certificate, in DER; empty if there is none.
    #[prost(bytes = "vec", tag = "2")]
    pub certificate: Vec<u8>,
    /// Until when it is valid, in microseconds since 1970.
    #[prost(int64, tag = "3")]
    pub expires_at: i64,
    /// The label of the authority and the names, as in the [desired state](crate::desired::Front).
    #[prost(string, tag = "4")]
    pub label: String,
    /// Why there is no certificate; empty if there is one.
    #[prost(string, tag = "5")]
    pub error: String,
    /// Which names of the node the certificate leaves out, and why, for people; empty for none.
    #[prost(string, tag = "6")]
    pub note: String,
}

/// The answer to a question.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Verdict {
    /// The number of the question.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// 200 if they may; otherwise the HTTP status with which to refuse them.
    #[prost(uint32, tag = "2")]
    pub status: u32,
    /// Why they may not, for people.
    #[prost(string, tag = "3")]
    pub reason: String,
}
