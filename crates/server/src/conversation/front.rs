//! Converts what agents ask about their fronts, and the answers, between the wire format and the types of the crate
//! `fleet`.

use bailiwick_domain::id::AgentId;
use bailiwick_fleet::{FrontAnswers, FrontAsks, FrontQuestion};
use bailiwick_link::front as wire;
use bailiwick_operations::front::{CertificateRequest, Issued, Verdict};
use uuid::Uuid;

/// What an agent asks. Questions that are not valid are left out: the agent gets no answer to them.
pub(crate) fn asks(message: wire::Asks) -> FrontAsks {
    let wire::Asks { certificate, questions } = message;
    let certificate = certificate.map(|wire::CertificateRequest { public_key, signature }| {
        CertificateRequest { public_key, signature }
    });
    let questions = questions.into_iter().take(wire::QUESTIONS_MAX).filter_map(question).collect();
    FrontAsks { certificate, questions }
}

fn question(asked: wire::Question) -> Option<FrontQuestion> {
    let wire::Question { number, exporter, key, address } = asked;
    let key = zeroize::Zeroizing::new(key);
    let exporter = match exporter.as_slice() {
        [] => None,
        bytes => Some(AgentId::from_uuid(Uuid::from_slice(bytes).ok()?)),
    };
    Some(FrontQuestion { number, exporter, key: key.parse().ok()?, address: address.parse().ok()? })
}

/// Answers in their wire format.
pub(crate) fn answers(answers: FrontAnswers) -> wire::Answers {
    let FrontAnswers { certificate, verdicts } = answers;
    let certificate = certificate.map(|(public_key, issued)| match issued {
        Ok(Issued { certificate, expires_at, label, note }) => wire::Certificate {
            public_key,
            certificate,
            expires_at: expires_at.as_micros(),
            label,
            error: String::new(),
            note: note.unwrap_or_default(),
        },
        Err(error) => wire::Certificate { public_key, error, ..wire::Certificate::default() },
    });
    let verdict =
        |(number, Verdict { status, reason })| wire::Verdict { number, status: status.into(), reason };
    wire::Answers { certificate, verdicts: verdicts.into_iter().map(verdict).collect() }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::key::{KeyKind, KeyText};
    use bailiwick_domain::outside::Entropy;

    use super::*;

    struct Bytes;
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn questions_that_are_not_valid_are_left_out() {
        let key = KeyText::mint(KeyKind::Org, &Bytes);
        let good = wire::Question {
            number: 7,
            exporter: vec![1; 16],
            key: key.reveal().to_string(),
            address: "192.0.2.7".into(),
        };
        let bad = [
            wire::Question { exporter: vec![1; 15], ..good.clone() },
            wire::Question { key: "blw_org_x".into(), ..good.clone() },
            wire::Question { address: "nowhere".into(), ..good.clone() },
        ];
        let none = wire::Question { number: 8, exporter: Vec::new(), ..good.clone() };
        let mut questions = vec![good.clone(), none];
        questions.extend(bad);
        questions.extend(vec![good.clone(); wire::QUESTIONS_MAX]);
        assert!(!format!("{good:?}").contains("blw_"));
        let asked = asks(wire::Asks { certificate: None, questions });
        assert!(asked.questions.len() <= wire::QUESTIONS_MAX);
        let first: Vec<_> =
            asked.questions.iter().take(2).map(|q| (q.number, q.exporter.is_some())).collect();
        assert_eq!(first, [(7, true), (8, false)]);
        assert!(asked.questions.iter().skip(2).all(|question| question.number == 7));
        assert!(!format!("{asked:?}").contains(&*key.reveal()));
    }
}
