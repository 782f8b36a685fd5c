//! The fronts of exporters: what agents ask about theirs, and the answers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::KeyText;
use bailiwick_operations::front::{
    BadRequest, CertificateRequest, Issued, Question, Verdict, issue, may_scrape,
};

use crate::connections::{AgentMessage, Connection};
use crate::fleet::Fleet;

/// How long one question may take. The conversation waits for it.
const ANSWER_PATIENCE: Duration = Duration::from_secs(3);

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

impl Fleet {
    /// Answers what the agent of a connection asks about its front. An answer for which there is no room is lost, and
    /// the agent asks again.
    pub async fn answer_front(&self, connection: &Arc<Connection>, asks: FrontAsks) {
        if !connection.is_ours {
            return;
        }
        let FrontAsks { certificate, questions } = asks;
        let verdicts = questions.into_iter().map(|question| self.verdict(connection, question));
        let verdicts = futures::future::join_all(verdicts).await;
        let certificate = match certificate {
            Some(request) => {
                let public_key = request.public_key.clone();
                Some((public_key, self.certificate(connection, request).await))
            }
            None => None,
        };
        let _ = connection.tell(AgentMessage::Front(FrontAnswers { certificate, verdicts }));
    }

    async fn verdict(&self, connection: &Connection, question: FrontQuestion) -> (u64, Verdict) {
        let FrontQuestion { number, exporter, key, address } = question;
        let Connection { organization, node, .. } = *connection;
        let question = Question { organization, node, exporter, key, address };
        let decided = tokio::time::timeout(ANSWER_PATIENCE, may_scrape(&self.control, question)).await;
        let too_late = |_| Verdict {
            status: 503,
            reason: "the server is too busy to check the key; try again later".to_owned(),
        };
        (number, decided.unwrap_or_else(too_late))
    }

    async fn certificate(
        &self,
        connection: &Connection,
        request: CertificateRequest,
    ) -> Result<Issued, String> {
        issue(&self.control, connection.organization, connection.node, request).await.map_err(|error| {
            match &error {
                BadRequest::Other(inner) => {
                    let error = inner as &dyn std::error::Error;
                    tracing::error!(error, agent = %connection.agent, "a certificate for the front of an agent could not be issued; the agent asks again");
                    "the server cannot issue a certificate now".to_owned()
                }
                BadRequest::Authority(_) => {
                    tracing::error!(organization = %connection.organization, "{error}");
                    error.to_string()
                }
                BadRequest::Unwanted | BadRequest::Unsigned => error.to_string(),
            }
        })
    }
}
