//! What an enrolment key makes of the machines that come with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SiteId;
use crate::label::Labels;

/// The most machines that one key enrols.
pub const USES_MAX: u32 = 100_000;

/// What an enrolment key makes of the machines that come with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Enrolment {
    /// How many machines it enrols.
    #[schemars(range(min = 1, max = USES_MAX))]
    pub uses: u32,
    /// How many it has enrolled.
    pub used: u32,
    /// The site that they are at; null for none.
    pub site_id: Option<SiteId>,
    /// The labels that they get.
    pub labels: Labels,
}

impl Enrolment {
    /// How many machines it still enrols.
    pub const fn left(&self) -> u32 {
        self.uses.saturating_sub(self.used)
    }
}
