//! How commands went on all of their nodes together.

use bailiwick_domain::command::{CommandOutcome, CommandSummary, ResultState};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::commands::{Begin, NewResult};
use bailiwick_store::{CommandFilter, Store};

use crate::commands::{command_id, ended, give, new_result, record, reported, tx};
use crate::database::Database;
use crate::samples::{add_nodes, add_organizations, at, node, node_id, whole};

on_both!(
    an_outcome_follows_the_results,
    a_lost_result_that_is_reported_later_changes_the_outcome,
    a_cancelled_command_says_so,
    a_command_that_went_to_no_node_says_so,
    lists_are_filtered_by_how_commands_went,
    a_reach_sees_how_commands_went_on_its_nodes,
    commands_that_finish_together_each_have_their_outcome,
);

async fn list(store: &Store, reach: &OrganizationReach, filter: CommandFilter) -> Vec<CommandSummary> {
    store.commands(reach).list(&filter, crate::list::all("created_at")).await.unwrap().items
}

async fn ids(store: &Store, reach: &OrganizationReach, filter: CommandFilter) -> Vec<CommandId> {
    list(store, reach, filter).await.into_iter().map(|command| command.id).collect()
}

async fn only(store: &Store) -> CommandSummary {
    let mut all = list(store, &whole(1), CommandFilter::default()).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn failing(n: u32, node: u32, error: &str) -> bailiwick_store::commands::Reported {
    let mut report = reported(n, node, Some(ResultState::Failed));
    let end = bailiwick_store::commands::Ended {
        exit_code: Some(3),
        error: Some(error.to_owned()),
        ..ended(ResultState::Failed)
    };
    report.ended = Some(end);
    report
}

async fn an_outcome_follows_the_results(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(1, 3)]).await;
    give(&db.store, 1, &[1, 2], &[3]).await;
    let summary = only(&db.store).await;
    assert_eq!(
        (summary.outcome, summary.has_failed, summary.failure),
        (CommandOutcome::Running, false, None)
    );
    assert_eq!(summary.progress.0, [(ResultState::Queued, 1), (ResultState::Sent, 2)].into());

    record(&db.store, vec![failing(1, 2, "no such file")], 20).await;
    let summary = only(&db.store).await;
    assert_eq!((summary.outcome, summary.has_failed), (CommandOutcome::Running, true));
    let failure = summary.failure.unwrap();
    assert_eq!((failure.node_id, failure.node_name.as_str()), (node_id(2), "node-2"));
    assert_eq!((failure.state, failure.exit_code), (ResultState::Failed, Some(3)));
    assert_eq!(failure.error.as_deref(), Some("no such file"));

    let rest = [1, 3].map(|node| reported(1, node, Some(ResultState::Succeeded)));
    record(&db.store, rest.into(), 30).await;
    let summary = only(&db.store).await;
    assert_eq!((summary.outcome, summary.has_failed), (CommandOutcome::Failed, true));
    assert_eq!(summary.finished_at, Some(at(30)));
    assert_eq!(summary.progress.0, [(ResultState::Succeeded, 2), (ResultState::Failed, 1)].into());
}

async fn a_lost_result_that_is_reported_later_changes_the_outcome(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1], &[]).await;
    tx(&db.store, async |tx| {
        assert_eq!(tx.lose_results_of_node(node_id(1), &"long ".repeat(100), at(20)).await.unwrap(), 1);
    })
    .await;
    let summary = only(&db.store).await;
    assert_eq!((summary.outcome, summary.has_failed), (CommandOutcome::Failed, true));
    let error = summary.failure.unwrap().error.unwrap();
    assert!(error.len() < 310 && error.ends_with("long …"), "{error}");

    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 30).await;
    let summary = only(&db.store).await;
    assert_eq!(
        (summary.outcome, summary.has_failed, summary.failure),
        (CommandOutcome::Succeeded, false, None)
    );
    assert_eq!(summary.progress.0, [(ResultState::Succeeded, 1)].into());
}

async fn a_cancelled_command_says_so(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[], &[1, 2]).await;
    tx(&db.store, async |tx| tx.commands(&whole(1)).cancel(command_id(1), at(20)).await.unwrap()).await;
    let summary = only(&db.store).await;
    assert_eq!((summary.outcome, summary.has_failed), (CommandOutcome::Cancelled, false));
    assert_eq!(summary.progress.0, [(ResultState::Cancelled, 2)].into());
}

async fn a_command_that_went_to_no_node_says_so(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let results =
        [NewResult { begin: Begin::LeftOut("outside its windows".to_owned()), ..new_result(1, false) }];
    let command = crate::commands::command(1, 0);
    tx(&db.store, async |tx| tx.commands(&whole(1)).create(&command, None, &results).await.unwrap()).await;
    let summary = only(&db.store).await;
    assert_eq!((summary.outcome, summary.has_failed), (CommandOutcome::LeftOut, false));
    assert_eq!(summary.finished_at, Some(command.created_at));
}

/// Gives five commands to node 1 (and the first also to node 2), which go differently there.
async fn five_outcomes(store: &Store) {
    add_organizations(store, &[1]).await;
    add_nodes(store, &[node(1, 1), node(1, 2)]).await;
    give(store, 1, &[1, 2], &[]).await;
    for n in 2..=4 {
        give(store, n, &[1], &[]).await;
    }
    give(store, 5, &[], &[1]).await;
    let reports = vec![
        // Command 1 succeeds on node 1 and fails on node 2.
        reported(1, 1, Some(ResultState::Succeeded)),
        failing(1, 2, "broken"),
        reported(2, 1, Some(ResultState::Succeeded)),
        reported(3, 1, Some(ResultState::TimedOut)),
        // Command 4 still runs.
        reported(4, 1, None),
    ];
    record(store, reports, 20).await;
    tx(store, async |tx| tx.commands(&whole(1)).cancel(command_id(5), at(20)).await.unwrap()).await;
}

fn went(outcome: CommandOutcome) -> CommandFilter {
    CommandFilter { outcome: Some(outcome), ..CommandFilter::default() }
}

async fn lists_are_filtered_by_how_commands_went(db: &Database) {
    five_outcomes(&db.store).await;
    let whole = whole(1);
    for (outcome, numbers) in [
        (CommandOutcome::Running, vec![4]),
        (CommandOutcome::Succeeded, vec![2]),
        (CommandOutcome::Failed, vec![1, 3]),
        (CommandOutcome::Cancelled, vec![5]),
        (CommandOutcome::LeftOut, vec![]),
    ] {
        let expected: Vec<_> = numbers.into_iter().map(command_id).collect();
        assert_eq!(ids(&db.store, &whole, went(outcome)).await, expected, "{outcome:?}");
    }
    let failed = |has_failed| CommandFilter { has_failed: Some(has_failed), ..CommandFilter::default() };
    assert_eq!(ids(&db.store, &whole, failed(true)).await, [1, 3].map(command_id));
    assert_eq!(ids(&db.store, &whole, failed(false)).await, [2, 4, 5].map(command_id));

    let by = |by| CommandFilter { by: Some(by), ..CommandFilter::default() };
    assert_eq!(ids(&db.store, &whole, by(Actor::System)).await.len(), 5);
    assert_eq!(ids(&db.store, &whole, by(Actor::Anonymous)).await, []);
    let since = CommandFilter { since: Some(at(4)), ..CommandFilter::default() };
    assert_eq!(ids(&db.store, &whole, since).await, [4, 5].map(command_id));
}

async fn a_reach_sees_how_commands_went_on_its_nodes(db: &Database) {
    five_outcomes(&db.store).await;
    let reach = OrganizationReach { nodes: Some([node_id(1)].into()), ..whole(1) };
    for (outcome, numbers) in [
        (CommandOutcome::Running, vec![4]),
        (CommandOutcome::Succeeded, vec![1, 2]),
        (CommandOutcome::Failed, vec![3]),
        (CommandOutcome::Cancelled, vec![5]),
        (CommandOutcome::LeftOut, vec![]),
    ] {
        let found = list(&db.store, &reach, went(outcome)).await;
        let expected: Vec<_> = numbers.into_iter().map(command_id).collect();
        assert_eq!(found.iter().map(|c| c.id).collect::<Vec<_>>(), expected, "{outcome:?}");
        assert!(found.iter().all(|command| command.outcome == outcome));
    }
    let failed = |has_failed| CommandFilter { has_failed: Some(has_failed), ..CommandFilter::default() };
    assert_eq!(ids(&db.store, &reach, failed(true)).await, [3].map(command_id));
    assert_eq!(ids(&db.store, &reach, failed(false)).await, [1, 2, 4, 5].map(command_id));
    let first = &list(&db.store, &reach, CommandFilter::default()).await[0];
    assert_eq!((first.has_failed, &first.failure), (false, &None));
    assert_eq!(first.progress.0, [(ResultState::Succeeded, 1)].into());
}

async fn commands_that_finish_together_each_have_their_outcome(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    for n in 1..=30 {
        give(&db.store, n, &[1, 2], &[]).await;
    }
    let state = |n| if n % 3 == 0 { ResultState::Failed } else { ResultState::Succeeded };
    let reports = (1..=30)
        .flat_map(|n| [reported(n, 1, Some(ResultState::Succeeded)), reported(n, 2, Some(state(n)))])
        .collect();
    record(&db.store, reports, 40).await;
    let expected: Vec<_> = (1..=30).filter(|n| n % 3 == 0).map(command_id).collect();
    assert_eq!(ids(&db.store, &whole(1), went(CommandOutcome::Failed)).await, expected);
    assert_eq!(ids(&db.store, &whole(1), went(CommandOutcome::Succeeded)).await.len(), 20);
}
