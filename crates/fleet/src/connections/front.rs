//! What agents ask about the fronts of exporters, and what they are answered.

use std::net::IpAddr;

use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::KeyText;
use bailiwick_operations::front::{CertificateRequest, Issued, Verdict};

/// What an agent asks about its front.
#[derive(Debug, Default)]
pub struct FrontAsks {
    /// A request for a certificate.
    pub certificate: Option<CertificateRequest>,
    /// Who may fetch metrics.
    pub questions: Vec<FrontQuestion>,
}

/// A question whether somebody may fetch the metrics of an exporter.
#[derive(Debug)]
pub struct FrontQuestion {
    /// The agent's number of the question.
    pub number: u64,
    /// The exporter; `None` if the node has none of the name that was asked for.
    pub exporter: Option<AgentId>,
    /// The key of the one who fetches.
    pub key: KeyText,
    /// The address of the one who fetches.
    pub address: IpAddr,
}

/// What an agent is answered about its front.
#[derive(Clone, Debug, Default)]
pub struct FrontAnswers {
    /// The public key for which a certificate was asked, and the certificate, or why there is none.
    pub certificate: Option<(Vec<u8>, Result<Issued, String>)>,
    /// The answers to questions, by their numbers.
    pub verdicts: Vec<(u64, Verdict)>,
}

impl FrontAnswers {
    /// Adds further answers.
    pub fn merge(&mut self, other: Self) {
        self.certificate = other.certificate.or_else(|| self.certificate.take());
        self.verdicts.extend(other.verdicts);
    }
}
