use bailiwick_domain::command::{
    Command, CommandResult, Instruction, OutputStream, Progress, ResultState, Script, Shell, Targets,
};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::key::{Actor, Sealed};
use bailiwick_domain::node::NodeSummary;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::change::Change;
use bailiwick_store::commands::{Begin, Ended, NewResult, OldWork, OnNode, OutputPiece, Reported, on_node};
use bailiwick_store::{CommandFilter, ResultFilter, Store, Tx};
use uuid::Uuid;

use crate::database::Database;
use crate::samples::{add_nodes, add_organizations, at, node, node_id, organization_id, whole};

on_both!(
    a_node_that_is_left_out_has_a_result_that_is_final,
    a_command_has_one_result_for_each_target_node,
    a_queued_result_is_claimed_once,
    repeated_reports_of_results_have_no_effect,
    repeated_and_excess_output_is_left_out,
    cancelling_a_command_cancels_only_queued_results,
    queued_results_expire_and_silent_results_are_lost,
    results_and_output_are_found_by_change_number,
    a_reach_limits_commands_and_their_results,
    pages_of_results_return_every_node_once,
    the_sealed_environment_is_deleted_when_a_command_ends,
    commands_that_ended_before_the_retention_are_deleted,
    an_organization_deletes_its_commands_and_their_output_after_days_of_its_own,
    ten_thousand_results_are_recorded_in_batches,
    the_results_of_a_merged_node_move_with_their_output,
    a_result_does_not_replace_that_of_the_other_node,
    commands_and_results_that_ended_are_counted_at_the_commit,
);

pub fn command_id(n: u32) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(0x0193_2f4e_7b5a_7c3d_8e9f_0100_0000_0000 + u128::from(n)))
}

pub fn command(n: u32, targets: u32) -> Command {
    Command {
        id: command_id(n),
        organization_id: organization_id(1),
        instruction: Instruction::Shell(Script {
            shell: Shell::Sh,
            command: format!("echo {n}"),
            arguments: Vec::new(),
            env: ["A".to_owned()].into(),
            run_as: None,
            working_directory: None,
            script: None,
        }),
        targets: Targets::labelled("env=prod".parse().unwrap()),
        target_count: targets,
        timeout_seconds: 60,
        expires_at: at(1_000_000_000),
        output_limit_bytes: 100,
        created_by: Actor::System,
        schedule_id: None,
        created_at: at(i64::from(n)),
        cancelled_at: None,
        finished_at: None,
    }
}

pub fn new_result(n: u32, is_sent: bool) -> NewResult {
    let begin = if is_sent { Begin::Sent } else { Begin::Queued };
    NewResult { node: NodeSummary { id: node_id(n), name: format!("node-{n}").parse().unwrap() }, begin }
}

fn sealed() -> Sealed {
    Sealed { pepper: 1, bytes: b"sealed".to_vec() }
}

pub async fn tx(store: &Store, body: impl AsyncFnOnce(&mut Tx)) -> std::collections::BTreeSet<Change> {
    let mut tx = store.begin().await.unwrap();
    body(&mut tx).await;
    tx.commit().await.unwrap()
}

/// Command `n` to nodes `sent`, told already, and `queued`.
pub async fn give(store: &Store, n: u32, sent: &[u32], queued: &[u32]) {
    let results: Vec<_> = sent
        .iter()
        .map(|n| new_result(*n, true))
        .chain(queued.iter().map(|n| new_result(*n, false)))
        .collect();
    let command = command(n, u32::try_from(results.len()).unwrap());
    let changes = tx(store, async |tx| {
        tx.commands(&whole(1)).create(&command, Some(&sealed()), &results).await.unwrap();
    })
    .await;
    assert_eq!(changes, [Change::Command(command.id)].into());
}

pub fn ended(state: ResultState) -> Ended {
    Ended {
        state,
        exit_code: Some(0),
        signal: None,
        error: None,
        duration_ms: Some(1),
        stdout_bytes: 0,
        stderr_bytes: 0,
    }
}

pub fn reported(n: u32, node: u32, end: Option<ResultState>) -> Reported {
    Reported {
        command: command_id(n),
        node: node_id(node),
        is_started: true,
        output: Vec::new(),
        ended: end.map(ended),
    }
}

pub async fn record(store: &Store, reports: Vec<Reported>, now: i64) -> usize {
    let mut new = 0;
    tx(store, async |tx| new = tx.record_results(reports, at(now)).await.unwrap().len()).await;
    new
}

async fn all(store: &Store, n: u32) -> Vec<CommandResult> {
    let reach = whole(1);
    let mut commands = store.commands(&reach);
    let filter = ResultFilter::default();
    commands.results(command_id(n), 100, &filter, PageLimit::near(1_000), None).await.unwrap().items
}

async fn states(store: &Store, n: u32) -> Vec<ResultState> {
    all(store, n).await.into_iter().map(|result| result.state).collect()
}

async fn found(store: &Store, n: u32) -> Command {
    store.commands(&whole(1)).get(command_id(n)).await.unwrap().unwrap()
}

async fn commands_and_results_that_ended_are_counted_at_the_commit(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let before = db.store.measures().work;
    let since = |state: Option<ResultState>| {
        let work = db.store.measures().work;
        match state {
            None => work.commands - before.commands,
            Some(state) => work.results[&state] - before.results[&state],
        }
    };
    give(&db.store, 1, &[1], &[2, 3]).await;
    let rolled_back = command(2, 1);
    let mut dropped = db.store.begin().await.unwrap();
    dropped.commands(&whole(1)).create(&rolled_back, None, &[new_result(1, false)]).await.unwrap();
    drop(dropped);
    assert_eq!((since(None), since(Some(ResultState::Cancelled))), (1, 0));
    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 5).await;
    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 6).await;
    tx(&db.store, async |tx| tx.commands(&whole(1)).cancel(command_id(1), at(7)).await.unwrap()).await;
    give(&db.store, 3, &[], &[4]).await;
    tx(&db.store, async |tx| assert_eq!(tx.expire_results(at(1_000_000_000)).await.unwrap(), 1)).await;
    let why = Begin::LeftOut("outside its windows".into());
    let left_out = [NewResult { begin: why, ..new_result(2, false) }];
    tx(&db.store, async |tx| tx.commands(&whole(1)).create(&command(4, 1), None, &left_out).await.unwrap())
        .await;
    assert_eq!(since(None), 3);
    for (state, count) in [
        (ResultState::Succeeded, 1),
        (ResultState::Cancelled, 2),
        (ResultState::Expired, 1),
        (ResultState::LeftOut, 1),
        (ResultState::Failed, 0),
        (ResultState::Lost, 0),
    ] {
        assert_eq!(since(Some(state)), count, "{state:?}");
    }
    assert!(!before.results.contains_key(&ResultState::Running), "only final states are counted");
}

async fn a_node_that_is_left_out_has_a_result_that_is_final(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let why = Begin::LeftOut("outside its windows".into());
    let results = [new_result(1, false), NewResult { begin: why, ..new_result(2, false) }];
    let command = command(1, 2);
    tx(&db.store, async |tx| tx.commands(&whole(1)).create(&command, None, &results).await.unwrap()).await;
    let found = all(&db.store, 1).await;
    let seen = |result: &CommandResult| (result.state, result.error.clone(), result.finished_at);
    assert_eq!(seen(&found[0]), (ResultState::Queued, None, None));
    let error = Some("outside its windows".to_owned());
    assert_eq!(seen(&found[1]), (ResultState::LeftOut, error, Some(command.created_at)));
    // No agent is told of it, and none can tell anything about it.
    assert_eq!(db.store.open_results_of(node_id(2), None, 10).await.unwrap(), []);
    tx(&db.store, async |tx| {
        assert_eq!(tx.claim_results(command.id, &[node_id(2)], at(5)).await.unwrap(), []);
    })
    .await;
    assert_eq!(record(&db.store, vec![reported(1, 2, Some(ResultState::Succeeded))], 6).await, 0);
    assert_eq!(states(&db.store, 1).await, [ResultState::Queued, ResultState::LeftOut]);
    // The command is over with the result of the other node.
    assert_eq!(record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 7).await, 1);
    assert_eq!(self::found(&db.store, 1).await.finished_at, Some(at(7)));
}

async fn a_command_has_one_result_for_each_target_node(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    give(&db.store, 1, &[1], &[2, 3]).await;
    let reach = whole(1);
    let mut commands = db.store.commands(&reach);
    assert_eq!(commands.get(command_id(1)).await.unwrap(), Some(command(1, 3)));
    assert_eq!(db.store.commands(&whole(2)).get(command_id(1)).await.unwrap(), None);
    let progress = Progress([(ResultState::Sent, 1), (ResultState::Queued, 2)].into());
    assert_eq!(commands.progress(command_id(1)).await.unwrap(), progress);
    let results = all(&db.store, 1).await;
    assert_eq!(results[0].sent_at, Some(at(1)));
    assert_eq!((results[1].sent_at, results[1].node_name.as_str()), (None, "node-2"));
    let issued = db.store.issued(&[command_id(1), command_id(9)]).await.unwrap();
    assert_eq!((issued.len(), &issued[0].env), (1, &Some(sealed())));
}

async fn a_queued_result_is_claimed_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[], &[1, 2, 3]).await;
    let claim = async |nodes: &[u32], now| {
        let nodes: Vec<_> = nodes.iter().copied().map(node_id).collect();
        let mut claimed = Vec::new();
        tx(&db.store, async |tx| claimed = tx.claim_results(command_id(1), &nodes, at(now)).await.unwrap())
            .await;
        claimed
    };
    assert_eq!(claim(&[1, 2, 9], 5).await, [node_id(1), node_id(2)]);
    assert_eq!(claim(&[1, 2], 6).await, []);
    assert_eq!(claim(&[3], 1_000_000_000).await, [], "an expired result was claimed");
    let open = db.store.open_results_of(node_id(1), None, 10).await.unwrap();
    assert_eq!((open.len(), open[0].command, open[0].state), (1, command_id(1), ResultState::Sent));
    assert_eq!(db.store.open_results_of(node_id(1), Some(command_id(1)), 10).await.unwrap(), []);
    let waiting = db.store.open_nodes_of(command_id(1), &[ResultState::Queued]).await.unwrap();
    assert_eq!(waiting, [node_id(3)]);
    tx(&db.store, async |tx| tx.commands(&whole(1)).cancel(command_id(1), at(7)).await.unwrap()).await;
    assert_eq!(claim(&[3], 8).await, [], "a cancelled result was claimed");
}

async fn repeated_reports_of_results_have_no_effect(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1, 2], &[]).await;
    give(&db.store, 2, &[1], &[]).await;
    let reports = vec![
        reported(1, 1, Some(ResultState::Succeeded)),
        reported(1, 2, None),
        reported(2, 1, Some(ResultState::Failed)),
        reported(2, 2, Some(ResultState::Succeeded)),
        reported(3, 1, Some(ResultState::Succeeded)),
    ];
    assert_eq!(record(&db.store, reports.clone(), 50).await, 2, "the last two reports belong to no result");
    assert_eq!(states(&db.store, 1).await, [ResultState::Succeeded, ResultState::Running]);
    assert_eq!(states(&db.store, 2).await, [ResultState::Failed]);
    assert_eq!(
        (found(&db.store, 1).await.finished_at, found(&db.store, 2).await.finished_at),
        (None, Some(at(50)))
    );
    let before = (all(&db.store, 1).await, all(&db.store, 2).await);
    assert_eq!(record(&db.store, reports, 60).await, 0);
    assert_eq!((all(&db.store, 1).await, all(&db.store, 2).await), before);
    // An end that says otherwise comes too late.
    assert_eq!(record(&db.store, vec![reported(1, 1, Some(ResultState::Lost))], 70).await, 0);
    assert_eq!(record(&db.store, vec![reported(1, 2, Some(ResultState::TimedOut))], 80).await, 1);
    assert_eq!(found(&db.store, 1).await.finished_at, Some(at(80)));
}

async fn repeated_and_excess_output_is_left_out(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1], &[]).await;
    let piece =
        |position, text: &str| OutputPiece { stream: OutputStream::Stdout, position, bytes: text.into() };
    let told = async |pieces: Vec<OutputPiece>, end: Option<Ended>| {
        let report = Reported { output: pieces, ended: end, ..reported(1, 1, None) };
        record(&db.store, vec![report], 9).await
    };
    told(vec![piece(0, "0123456789"), piece(5, "xxxxxabcde")], None).await;
    told(vec![piece(0, "yyyyyyyyyy"), piece(15, &"f".repeat(90))], None).await;
    told(vec![piece(60, "beyond the first half")], None).await;
    let end = Ended { stdout_bytes: 200, ..ended(ResultState::Succeeded) };
    told(vec![piece(140, &"z".repeat(70))], Some(end)).await;
    let result = &all(&db.store, 1).await[0];
    let expected = format!("0123456789abcde{}\n[100 bytes left out]\n{}", "f".repeat(35), "z".repeat(50));
    assert_eq!(result.stdout.text, expected);
    assert_eq!((result.stdout.total_bytes, result.stdout.omitted_bytes), (200, 100));
}

async fn cancelling_a_command_cancels_only_queued_results(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1], &[2]).await;
    let changes =
        tx(&db.store, async |tx| tx.commands(&whole(1)).cancel(command_id(1), at(7)).await.unwrap()).await;
    assert_eq!(changes, [Change::Command(command_id(1)), Change::Results(command_id(1))].into());
    assert_eq!(states(&db.store, 1).await, [ResultState::Sent, ResultState::Cancelled]);
    assert_eq!(found(&db.store, 1).await.cancelled_at, Some(at(7)));
    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 9).await;
    tx(&db.store, async |tx| tx.commands(&whole(1)).cancel(command_id(1), at(10)).await.unwrap()).await;
    let whole = found(&db.store, 1).await;
    assert_eq!((whole.cancelled_at, whole.finished_at), (Some(at(7)), Some(at(9))));
}

async fn queued_results_expire_and_silent_results_are_lost(db: &Database) {
    const OVERDUE: i64 = 1_000_000_000 + 3_660_000_000;
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    give(&db.store, 1, &[1, 2], &[3]).await;
    record(&db.store, vec![reported(1, 2, None)], 2_000_000_000).await;
    let expire = async |now| {
        let mut count = 0;
        tx(&db.store, async |tx| count = tx.expire_results(at(now)).await.unwrap()).await;
        count
    };
    assert_eq!(
        (expire(999_999_999).await, expire(1_000_000_000).await, expire(1_000_000_000).await),
        (0, 1, 0)
    );
    let lose = async |silent_since, now| {
        let mut count = 0;
        tx(&db.store, async |tx| {
            count = tx.lose_overdue_results(at(silent_since), at(now)).await.unwrap();
        })
        .await;
        count
    };
    assert_eq!(lose(0, OVERDUE - 1).await, 0);
    // A node that is there will tell.
    db.execute(&format!(
        "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since) \
         SELECT id, organization_id, {}, 0 FROM nodes WHERE name = 'node-1'",
        at(OVERDUE).as_micros()
    ))
    .await
    .unwrap();
    assert_eq!(lose(OVERDUE - 1, OVERDUE).await, 0);
    assert_eq!(lose(OVERDUE, OVERDUE).await, 1);
    // What runs is overdue by when it began.
    assert_eq!(lose(OVERDUE, 2_000_000_000 + 3_659_999_999).await, 0);
    assert_eq!(lose(OVERDUE, 2_000_000_000 + 3_660_000_000).await, 1);
    assert_eq!(states(&db.store, 1).await, [ResultState::Lost, ResultState::Lost, ResultState::Expired]);
    assert!(found(&db.store, 1).await.finished_at.is_some());
    // A true end takes the place of a loss.
    assert_eq!(record(&db.store, vec![reported(1, 2, Some(ResultState::Succeeded))], OVERDUE).await, 1);
    assert_eq!(states(&db.store, 1).await[1], ResultState::Succeeded);
    give(&db.store, 2, &[1], &[2]).await;
    let mut lost = (0, 0);
    tx(&db.store, async |tx| {
        lost.0 = tx.lose_results_of_node(node_id(1), "gone", at(1)).await.unwrap();
        lost.1 = tx.drop_results_of_node(node_id(2), "gone", at(1)).await.unwrap();
    })
    .await;
    assert_eq!((lost, states(&db.store, 2).await), ((1, 1), vec![ResultState::Lost, ResultState::Expired]));
    assert_eq!(all(&db.store, 2).await[0].error.as_deref(), Some("gone"));
}

async fn results_and_output_are_found_by_change_number(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1, 2, 3], &[]).await;
    let reach = whole(1);
    let mut commands = db.store.commands(&reach);
    let id = command_id(1);
    assert_eq!(commands.last_change(id).await.unwrap(), Some((1, false)));
    assert_eq!(commands.results_since(id, 0, 1, None, 10).await.unwrap().len(), 3);
    let piece = |n: u64| OutputPiece { stream: OutputStream::Stdout, position: n, bytes: vec![b'x'] };
    let wrote = |node, n| Reported { output: vec![piece(n)], ..reported(1, node, None) };
    record(&db.store, vec![wrote(1, 0), wrote(2, 0)], 5).await;
    record(&db.store, vec![wrote(2, 1)], 6).await;
    assert_eq!(commands.last_change(id).await.unwrap(), Some((3, false)));
    let changed = commands.results_since(id, 1, 3, None, 10).await.unwrap();
    let numbers: Vec<_> = changed.iter().map(|event| (event.result.node_id, event.change)).collect();
    assert_eq!(numbers, [(node_id(1), 2), (node_id(2), 3)]);
    assert_eq!(commands.results_since(id, 1, 3, Some(&changed[0]), 10).await.unwrap(), changed[1..]);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let output = commands.output_since(id, 0, 3, after.as_ref(), 1).await.unwrap();
        let Some(one) = output.into_iter().next() else { break };
        seen.push((one.change, one.node, one.position));
        after = Some(one);
    }
    assert_eq!(seen, [(2, node_id(1), 0), (2, node_id(2), 0), (3, node_id(2), 1)]);
    assert_eq!(commands.output_since(id, 2, 3, None, 10).await.unwrap().len(), 1);
}

async fn a_reach_limits_commands_and_their_results(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    give(&db.store, 1, &[1, 2, 3], &[]).await;
    give(&db.store, 2, &[2], &[]).await;
    let reach = OrganizationReach { nodes: Some([node_id(1)].into()), ..whole(1) };
    let mut commands = db.store.commands(&reach);
    assert!(commands.get(command_id(1)).await.unwrap().is_some());
    assert!(commands.get(command_id(2)).await.unwrap().is_none());
    assert_eq!(commands.progress(command_id(1)).await.unwrap().total(), 1);
    assert!(commands.is_beyond(command_id(1)).await.unwrap());
    assert_eq!(commands.results_since(command_id(1), 0, 9, None, 10).await.unwrap().len(), 1);
    let filter = ResultFilter { node: Some(node_id(2)), ..ResultFilter::default() };
    let page = commands.results(command_id(1), 9, &filter, PageLimit::default(), None).await.unwrap();
    assert_eq!(page.items, []);
    // All of an organization has what was done on nodes that are gone.
    assert_eq!(db.store.commands(&whole(1)).progress(command_id(1)).await.unwrap().total(), 3);
    let list = crate::list::all("created_at");
    let filter = CommandFilter { node: Some(node_id(2)), ..CommandFilter::default() };
    let listed = db.store.commands(&whole(1)).list(&filter, list.clone()).await.unwrap();
    assert_eq!(listed.items.iter().map(|c| c.id).collect::<Vec<_>>(), [command_id(1), command_id(2)]);
    let listed = commands.list(&CommandFilter::default(), list).await.unwrap();
    assert_eq!(
        listed.items.iter().map(|c| (c.id, c.target_count)).collect::<Vec<_>>(),
        [(command_id(1), None)]
    );
}

async fn pages_of_results_return_every_node_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &(1..=7).collect::<Vec<_>>(), &[]).await;
    let reach = whole(1);
    let mut commands = db.store.commands(&reach);
    let (mut seen, mut cursor, filter) = (Vec::new(), None, ResultFilter::default());
    loop {
        let page =
            commands.results(command_id(1), 9, &filter, PageLimit::near(3), cursor.as_ref()).await.unwrap();
        seen.extend(page.items.into_iter().map(|result| result.node_id));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, (1..=7).map(node_id).collect::<Vec<_>>());
    let other =
        bailiwick_domain::cursor::Cursor::after("name", bailiwick_domain::cursor::Mark::Number(0), "x");
    let refused = commands.results(command_id(1), 9, &filter, PageLimit::default(), Some(&other)).await;
    assert!(matches!(refused, Err(bailiwick_store::Error::Cursor)));
}

async fn the_sealed_environment_is_deleted_when_a_command_ends(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    give(&db.store, 1, &[1], &[]).await;
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), [(1, 1)]);
    let before = db.store.command_env_before(2, None, 10).await.unwrap();
    assert_eq!(before, [(command_id(1), sealed())]);
    assert_eq!(db.store.command_env_before(1, None, 10).await.unwrap(), []);
    assert_eq!(db.store.command_env_before(2, Some(command_id(1)), 10).await.unwrap(), []);
    let again = Sealed { pepper: 2, bytes: b"again".to_vec() };
    tx(&db.store, async |tx| tx.reseal_command_env(command_id(1), &sealed(), &again).await.unwrap()).await;
    assert_eq!(db.store.issued(&[command_id(1)]).await.unwrap()[0].env, Some(again));
    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 5).await;
    assert_eq!(db.store.secrets_by_pepper().await.unwrap(), []);
    assert_eq!(db.store.issued(&[command_id(1)]).await.unwrap()[0].env, None);
}

async fn an_organization_deletes_its_commands_and_their_output_after_days_of_its_own(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let piece = OutputPiece { stream: OutputStream::Stdout, position: 0, bytes: b"x".to_vec() };
    for n in 1..=3 {
        give(&db.store, n, &[1, 2], &[]).await;
        let wrote = |node| Reported {
            output: vec![piece.clone()],
            ..reported(n, node, (n < 3).then_some(ResultState::Succeeded))
        };
        record(&db.store, vec![wrote(1), wrote(2)], i64::from(4 + n)).await;
    }
    let output = async |n| {
        let reach = whole(1);
        db.store.commands(&reach).output_since(command_id(n), 0, 9, None, 10).await.unwrap().len()
    };
    let (one, two) = (organization_id(1), organization_id(2));
    tx(&db.store, async |tx| {
        assert_eq!(tx.forget(OldWork::OutputOf(two), at(9), 10).await.unwrap(), 0);
        assert_eq!(tx.forget(OldWork::CommandsOf(two), at(9), 10).await.unwrap(), 0);
        assert_eq!(tx.forget(OldWork::OutputOf(one), at(6), 10).await.unwrap(), 2);
        assert_eq!(tx.forget(OldWork::OutputOf(one), at(6), 10).await.unwrap(), 0);
    })
    .await;
    assert_eq!(db.store.open_results().await.unwrap(), [("running".to_owned(), 2)]);
    // The command that runs keeps its output, and so does the one that ended later.
    assert_eq!((output(1).await, output(2).await, output(3).await), (0, 2, 2));
    assert_eq!(states(&db.store, 1).await, [ResultState::Succeeded; 2]);
    tx(&db.store, async |tx| {
        assert_eq!(tx.forget(OldWork::CommandsOf(one), at(9), 1).await.unwrap(), 1);
        assert_eq!(tx.forget(OldWork::CommandsOf(one), at(9), 10).await.unwrap(), 1);
        assert_eq!(tx.forget(OldWork::CommandsOf(one), at(9), 10).await.unwrap(), 0);
    })
    .await;
    let reach = whole(1);
    assert!(db.store.commands(&reach).get(command_id(3)).await.unwrap().is_some());
}

async fn commands_that_ended_before_the_retention_are_deleted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    for n in 1..=3 {
        give(&db.store, n, &[1], &[]).await;
    }
    record(&db.store, vec![reported(1, 1, Some(ResultState::Succeeded))], 5).await;
    record(&db.store, vec![reported(2, 1, Some(ResultState::Succeeded))], 6).await;
    tx(&db.store, async |tx| assert_eq!(tx.forget(OldWork::Commands, at(6), 10).await.unwrap(), 1)).await;
    let reach = whole(1);
    let mut commands = db.store.commands(&reach);
    assert!(commands.get(command_id(1)).await.unwrap().is_none());
    assert_eq!(commands.progress(command_id(1)).await.unwrap().total(), 0);
    assert!(commands.get(command_id(2)).await.unwrap().is_some());
    // With an organization goes all that was done in it.
    let everything = bailiwick_domain::reach::Reach::EVERYTHING;
    let owned = db.store.organizations(&everything).owned(organization_id(1), 10).await.unwrap();
    assert_eq!((owned[0].noun, owned[0].count, owned[0].first[0].1.as_str()), ("commands", 2, "echo 2"));
    tx(&db.store, async |tx| {
        tx.organizations(&everything).delete_with_owned(organization_id(1)).await.unwrap();
    })
    .await;
}

async fn ten_thousand_results_are_recorded_in_batches(db: &Database) {
    const COUNT: u32 = 10_000;
    add_organizations(&db.store, &[1]).await;
    let nodes: Vec<u32> = (1..=COUNT).collect();
    give(&db.store, 1, &nodes, &[]).await;
    for nodes in nodes.chunks(1_000) {
        let piece = OutputPiece { stream: OutputStream::Stdout, position: 0, bytes: b"Linux\n".to_vec() };
        let end = Ended { stdout_bytes: 6, ..ended(ResultState::Succeeded) };
        let report = |node| Reported {
            output: vec![piece.clone()],
            ended: Some(end.clone()),
            ..reported(1, node, None)
        };
        let reports = nodes.iter().map(|node| report(*node)).collect();
        assert_eq!(record(&db.store, reports, 9).await, nodes.len());
    }
    let progress = db.store.commands(&whole(1)).progress(command_id(1)).await.unwrap();
    assert_eq!(progress, Progress([(ResultState::Succeeded, COUNT)].into()));
    assert_eq!(found(&db.store, 1).await.finished_at, Some(at(9)));
}

async fn the_results_of_a_merged_node_move_with_their_output(db: &Database) {
    let store = &db.store;
    add_organizations(store, &[1]).await;
    add_nodes(store, &[node(1, 1), node(1, 2), node(1, 3)]).await;
    give(store, 1, &[1], &[]).await;
    let piece = OutputPiece { stream: OutputStream::Stdout, position: 0, bytes: b"done".to_vec() };
    let end = Ended { stdout_bytes: 4, ..ended(ResultState::Succeeded) };
    record(store, vec![Reported { output: vec![piece], ended: Some(end), ..reported(1, 1, None) }], 10).await;
    give(store, 2, &[], &[1, 3]).await;
    let before = store.commands(&whole(1)).last_change(command_id(2)).await.unwrap().unwrap();
    let changes = tx(store, async |tx| {
        let on = on_node(&mut *tx, node_id(1), 20).await.unwrap();
        assert_eq!((on.all, on.waiting), (2, 1));
        assert_eq!(on.newest, [(command_id(2), "echo 2".to_owned()), (command_id(1), "echo 1".to_owned())]);
        tx.move_results(node_id(1), node_id(2), at(50)).await.unwrap();
        assert_eq!(on_node(&mut *tx, node_id(1), 20).await.unwrap(), OnNode::default());
    })
    .await;
    // The node is told of the command that waits, and clients that watch it are told of the result.
    assert_eq!(changes, [Change::Command(command_id(2)), Change::Results(command_id(2))].into());
    let after = store.commands(&whole(1)).last_change(command_id(2)).await.unwrap().unwrap();
    assert_eq!(after.0, before.0 + 1);
    let changed =
        store.commands(&whole(1)).results_since(command_id(2), before.0, after.0, None, 10).await.unwrap();
    assert_eq!(changed.iter().map(|event| event.result.node_id).collect::<Vec<_>>(), [node_id(2)]);
    let ended = &all(store, 1).await[0];
    assert_eq!(
        (ended.node_id, ended.state, ended.stdout.text.as_str(), ended.finished_at),
        (node_id(2), ResultState::Succeeded, "done", Some(at(10)))
    );
    let waiting = all(store, 2).await;
    let waiting: Vec<_> = waiting.iter().map(|result| (result.node_id, result.state)).collect();
    assert_eq!(waiting, [(node_id(2), ResultState::Queued), (node_id(3), ResultState::Queued)]);
    assert_eq!(store.open_results_of(node_id(1), None, 10).await.unwrap(), []);
}

async fn a_result_does_not_replace_that_of_the_other_node(db: &Database) {
    let store = &db.store;
    add_organizations(store, &[1]).await;
    add_nodes(store, &[node(1, 1), node(1, 2)]).await;
    give(store, 1, &[1], &[2]).await;
    give(store, 2, &[2], &[1]).await;
    tx(store, async |tx| tx.move_results(node_id(1), node_id(2), at(50)).await.unwrap()).await;
    assert_eq!(states(store, 1).await, [ResultState::Lost, ResultState::Queued]);
    assert_eq!(states(store, 2).await, [ResultState::Expired, ResultState::Sent]);
    assert_eq!(
        all(store, 1).await[0].error.as_deref(),
        Some("the node was merged into another node, which has a result of the same command already")
    );
}
