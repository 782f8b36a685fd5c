//! The fronts of exporters: answering what agents ask about theirs.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_operations::front::{
    BadRequest, CertificateRequest, Issued, Question, Verdict, issue, may_scrape,
};

use crate::connections::{AgentMessage, Connection, FrontAnswers, FrontAsks, FrontQuestion};
use crate::fleet::Fleet;

/// How long one question may take. The conversation waits for it.
const ANSWER_PATIENCE: Duration = Duration::from_secs(3);

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
