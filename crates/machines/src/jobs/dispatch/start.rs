//! Start a job.

use std::collections::BTreeSet;

use bailiwick_domain::id::{JobOperationId, JobRunId, NodeId};
use bailiwick_domain::label::{LabelName, LabelValue};
use bailiwick_domain::meaning::job::{
    JOB_RUNS_MAX, JobOperation, PART_MS_MAX, PartValue, QUANTITY_MAX, SavedJobRun,
};
use bailiwick_domain::name::{Code, Description, Name};
use bailiwick_domain::node::{NodeName, NodeRef};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{operations, runs};
use super::view::JobDispatch;
use super::{NOUN, run_named};
use crate::of_nodes::{require_free, require_room};
use crate::places::one_node;
use crate::{PRODUCTION as TAG, ids, noun};

/// The label that says how programs for enterprise resource planning name a machine.
const MACHINE_LABEL: &str = "erp_machine_id";

/// Start a job on a machine, in the words of another system.
///
/// The job operation with this job, name, part and lot is changed as the request says, or created. Then a run of it
/// begins. A machine can run one job at a time: stop the job before. If the run is there already, nothing new begins,
/// so a request can be sent again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "external_id": "run-5501", "node": "db-1", "job": "J-1024", "name": "Mill first side", "expected_part_ms": 5000,
}]))]
pub(crate) struct StartJobDispatch {
    /// How the other system names this run; unique in its organization.
    external_id: Code,
    /// The machine: the id or name of a node.
    node: Option<NodeRef>,
    /// The machine, instead of `node`: the id or name of a node, or the value of its label `erp_machine_id`. It must
    /// mean one node.
    erp_machine_id: Option<Code>,
    /// The job.
    job: Code,
    /// The name of its operation.
    name: Name,
    /// The part that is made.
    part: Option<Code>,
    /// The lot that is made.
    lot: Option<Code>,
    /// What is to be done, in a few sentences.
    description: Option<Description>,
    /// The shortest time that one part can take, in milliseconds.
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    ideal_part_ms: Option<u32>,
    /// The time that one part should take, in milliseconds.
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    expected_part_ms: Option<u32>,
    /// The time that the setup should take, in milliseconds.
    #[schemars(range(max = PART_MS_MAX))]
    expected_setup_ms: Option<u32>,
    /// How many parts are to be made.
    #[schemars(range(min = 1, max = QUANTITY_MAX))]
    quantity_required: Option<u32>,
    /// When they are to be ready.
    due_at: Option<Timestamp>,
    /// What one part is worth, in the organization's currency.
    part_value: Option<PartValue>,
    /// When the run began; now if absent.
    start_at: Option<Timestamp>,
    /// Whether the machine is being set up for it; false if absent.
    in_setup: Option<bool>,
}

impl Operation for StartJobDispatch {
    const SPEC: Spec =
        Spec::act(ids::JOB_DISPATCHES_START, "/v1/job_dispatches").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&JobDispatch) -> Option<Revision> = JobDispatch::revision;
    type Output = JobDispatch;

    async fn run(self, cx: &Cx) -> Result<JobDispatch> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut write = cx.write().await?;
        let node = self.machine(&mut write, &reach).await?;
        // Of two equal requests, the second one finds the run of the first.
        write.tx().lock_node(reach.organization, node).await?;
        let known = run_named(write.tx(), &reach, &self.external_id).await?;
        let (write, job_operation) = self.operation(cx, write, &reach).await?;
        let mut write = write;
        let mut targets = vec![noun::JOB_OPERATION.target(job_operation.id)];
        let run = match known {
            Some(run) if run.node_id == node && run.job_operation_id == job_operation.id => run,
            Some(run) => return Err(NOUN.taken("external_id", Some(run.id))),
            None => {
                let run = SavedJobRun {
                    id: JobRunId::new(cx.clock(), cx.entropy()),
                    organization_id: reach.organization,
                    node_id: node,
                    job_operation_id: job_operation.id,
                    start_at: self.start_at.unwrap_or(now),
                    end_at: None,
                    in_setup: self.in_setup.unwrap_or_default(),
                    external_id: Some(self.external_id),
                    created_at: now,
                    updated_at: now,
                    revision: Revision::FIRST,
                };
                require_free(write.tx(), &reach, noun::JOB_RUN, &run, (run.start_at, None)).await?;
                require_room::<SavedJobRun>(write.tx(), &reach, noun::JOB_RUN, node, JOB_RUNS_MAX).await?;
                let written = write.tx().of_nodes(&reach).create(&run).await;
                write = write.unless_taken(written, runs::taken(cx, &reach, &run)).await?;
                run
            }
        };
        targets.insert(0, noun::JOB_RUN.target(run.id));
        write.commit(targets, JobDispatch { run, job_operation }).await
    }
}

impl StartJobDispatch {
    /// The node that is named in one of two ways.
    async fn machine(&self, write: &mut Write<'_>, reach: &OrganizationReach) -> Result<NodeId> {
        let value = match (&self.node, &self.erp_machine_id) {
            (Some(node), None) => return one_node(write.tx(), reach, node).await,
            (None, Some(value)) => value,
            _ => return Err(Error::invalid("node", "expected either node or erp_machine_id")),
        };
        // Nobody can give a node the id of another.
        if let Ok(NodeRef::Id(id)) = value.as_str().parse::<NodeRef>()
            && let Some(node) = write.tx().nodes(reach).get(id).await?
        {
            return Ok(node.id);
        }
        let mut found: BTreeSet<NodeId> = BTreeSet::new();
        if let Ok(name) = value.as_str().parse::<NodeName>() {
            found.extend(write.tx().nodes(reach).named(&name).await?.map(|node| node.id));
        }
        if let Ok(label) = value.as_str().parse::<LabelValue>() {
            // The value is not parsed as a part of a selector: it may have commas and spaces.
            let name: LabelName = MACHINE_LABEL.parse().map_err(Error::internal)?;
            let filter = NodeFilter { labels: Selector::of_value(name, label), ..NodeFilter::default() };
            found.extend(write.tx().nodes(reach).first(&filter, 2).await?.into_iter().map(|node| node.id));
        }
        let detail = match found.first() {
            Some(node) if found.len() == 1 => return Ok(*node),
            Some(_) => format!(
                "several nodes have this name or the label {MACHINE_LABEL}={value}: leave it at one, or name the machine in node"
            ),
            None => {
                format!("no node has this name or the label {MACHINE_LABEL}={value}: add the label to a node")
            }
        };
        Err(Error::invalid("erp_machine_id", detail))
    }

    /// The job operation, changed as the request says, or created.
    async fn operation<'c>(
        &self,
        cx: &Cx,
        mut write: Write<'c>,
        reach: &OrganizationReach,
    ) -> Result<(Write<'c>, JobOperation)> {
        let now = cx.now();
        let mut operation = JobOperation {
            id: JobOperationId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            job: self.job.clone(),
            name: self.name.clone(),
            part: self.part.clone(),
            lot: self.lot.clone(),
            description: None,
            ideal_part_ms: None,
            expected_part_ms: None,
            expected_setup_ms: None,
            quantity_required: None,
            due_at: None,
            part_value: None,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let before = write.tx().job_operations(reach).like(&operation).await?;
        operation = before.clone().unwrap_or(operation);
        self.apply(&mut operation);
        operations::check(&operation)?;
        let written = match before {
            Some(before) if before == operation => Ok(()),
            Some(before) => {
                cx.revise(before.revision, &mut operation.revision, &mut operation.updated_at);
                write.tx().job_operations(reach).update(&operation, &before).await
            }
            None => {
                operations::require_room(write.tx(), reach).await?;
                write.tx().job_operations(reach).create(&operation).await
            }
        };
        let write = write.unless_taken(written, operations::taken(cx, reach, &operation)).await?;
        Ok((write, operation))
    }

    /// Sets what the request says.
    fn apply(&self, operation: &mut JobOperation) {
        fn set<T: Clone>(field: &mut Option<T>, said: &Option<T>) {
            if said.is_some() {
                field.clone_from(said);
            }
        }
        set(&mut operation.description, &self.description);
        set(&mut operation.ideal_part_ms, &self.ideal_part_ms);
        set(&mut operation.expected_part_ms, &self.expected_part_ms);
        set(&mut operation.expected_setup_ms, &self.expected_setup_ms);
        set(&mut operation.quantity_required, &self.quantity_required);
        set(&mut operation.due_at, &self.due_at);
        set(&mut operation.part_value, &self.part_value);
    }
}
