//! The fronts of exporters: on each node one HTTPS port, on which the node's agent serves the metrics of the exporters
//! that it keeps running. An organization switches them on.

mod certificates;
mod names;
mod scrape;
mod settings;

use bailiwick_engine::operation::erase;

pub use certificates::{BadRequest, CertificateRequest, Issued, Offered, issue, offered};
pub use scrape::{Question, Verdict, may_scrape};

use crate::ids;
use crate::noun::{self, Noun, NounSpec};

const TAG: &str = "Inventory";
const NOUN: Noun = noun::FRONT;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<settings::ShowFront>(),
        erase::<settings::UpdateFront>(),
        erase::<certificates::ShowAuthority>(),
        erase::<scrape::Scrape>(),
    ],
);
