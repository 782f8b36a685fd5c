//! How long an organization keeps observations, commands and their output.
//!
//! It is a noun of its own, so that a key that may send observations or run commands cannot have old ones deleted.

use bailiwick_domain::observations::retention::{RETENTION_DAYS_MAX, Retained, Retention};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::Patch;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_operations::noun::ORGANIZATION;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{TAG, ids, noun};

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::RETENTION, &[erase::<ShowRetention>(), erase::<UpdateRetention>()])
        .built_in(BuiltIn::Reads);

/// Show how many days observations, commands and their output are kept.
///
/// Null stands for as long as the server allows: observations forever, commands and their output for the days of the
/// server's setting `commands.keep_days`. The metrics of hosts themselves, whose keys begin with `system.` or `bailiwick.agent.`,
/// have days of their own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowRetention {}

impl Operation for ShowRetention {
    const SPEC: Spec = Spec::read(ids::RETENTION_SHOW, "/v1/retention")
        .tag(TAG)
        .whole_organization()
        .columns(&["state", "count", "quantity", "alarm", "host", "commands", "output"]);
    type Output = Retention;

    async fn run(self, cx: &Cx) -> Result<Retention> {
        Ok(cx.store().retention(&cx.organization_reach()?).await?)
    }
}

/// Change how many days observations, commands and their output are kept.
///
/// Fields that are absent stay as they are; null stands for as long as the server allows. What is older is deleted
/// within an hour, observations in pieces of one day or of 32 days.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "quantity": 365, "host": 30 }]))]
struct UpdateRetention {
    /// Days for states.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    state: Patch<u32>,
    /// Days for readings of counters.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    count: Patch<u32>,
    /// Days for quantities.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    quantity: Patch<u32>,
    /// Days for alarms.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    alarm: Patch<u32>,
    /// Days for the metrics of hosts themselves, whatever their kind.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    host: Patch<u32>,
    /// Days for commands that have finished, with their results.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    commands: Patch<u32>,
    /// Days for the output of commands that have finished. Their results remain, without text.
    #[serde(default)]
    #[schemars(range(min = 1, max = RETENTION_DAYS_MAX))]
    output: Patch<u32>,
}

impl Operation for UpdateRetention {
    const SPEC: Spec = Spec::update(ids::RETENTION_UPDATE, "/v1/retention").tag(TAG).whole_organization();
    type Output = Retention;

    async fn run(self, cx: &Cx) -> Result<Retention> {
        let reach = cx.organization_reach()?;
        let Self { state, count, quantity, alarm, host, commands, output } = self;
        let mut write = cx.write().await?;
        // Two that change it at the same time must not undo each other's change.
        write.tx().lock_organization(reach.organization).await?;
        let mut retention = write.tx().retention(&reach).await?;
        state.apply(&mut retention.state);
        count.apply(&mut retention.count);
        quantity.apply(&mut retention.quantity);
        alarm.apply(&mut retention.alarm);
        host.apply(&mut retention.host);
        commands.apply(&mut retention.commands);
        output.apply(&mut retention.output);
        let wrong = Retained::ALL.into_iter().filter_map(|retained| {
            let days = retention.days(retained).filter(|days| !(1..=RETENTION_DAYS_MAX).contains(days))?;
            let detail =
                format!("expected 1 to {RETENTION_DAYS_MAX} days, or null for as long as the server allows, found {days}");
            Some(FieldError::new(retained.as_str(), detail))
        });
        let wrong: Vec<FieldError> = wrong.collect();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        write.tx().set_retention(&reach, &retention).await?;
        let targets = vec![ORGANIZATION.target(reach.organization)];
        write.commit(targets, retention).await
    }
}
