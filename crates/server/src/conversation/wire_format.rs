//! Converts orders and reports about commands between the wire format and the types of the crates `domain`
//! and `fleet`.

use bailiwick_domain::command::{Instruction, Order, UpdateChoice};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::update::UpdateScan;
use bailiwick_fleet::{CommandEnd, Piece, Report, ReportContent};
use bailiwick_link::commands as wire;
use uuid::Uuid;

/// The id of a command in its wire format.
pub(crate) fn id(command: CommandId) -> Vec<u8> {
    command.as_uuid().as_bytes().to_vec()
}

/// An order in its wire format.
pub(crate) fn order(order: &Order, now: Timestamp) -> wire::Order {
    let Order { id: command, instruction, env, timeout_seconds, expires_at, output_limit_bytes } = order;
    let what = match instruction {
        Instruction::Shell(script) => wire::What::Shell(wire::ShellOrder {
            shell: script.shell.to_string(),
            command: script.command.clone(),
            arguments: script.arguments.clone(),
            env: env.0.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
            run_as: script.run_as.clone().unwrap_or_default(),
            working_directory: script.working_directory.clone().unwrap_or_default(),
        }),
        Instruction::ScanUpdates => wire::What::ScanUpdates(wire::ScanUpdates {}),
        Instruction::InstallUpdates { updates } => {
            let names = match updates {
                UpdateChoice::Names(names) => names.clone(),
                UpdateChoice::All | UpdateChoice::Security => Vec::new(),
            };
            wire::What::InstallUpdates(wire::InstallUpdates {
                names,
                security_only: matches!(updates, UpdateChoice::Security),
                all: matches!(updates, UpdateChoice::All),
            })
        }
        Instruction::Reboot => wire::What::Reboot(wire::Reboot {}),
    };
    wire::Order {
        id: id(*command),
        timeout_seconds: *timeout_seconds,
        expires_in_ms: expires_at.as_millis().saturating_sub(now.as_millis()),
        output_limit_bytes: *output_limit_bytes,
        what: Some(what),
    }
}

/// A report from its wire format; `None` if it is not valid. `bad_scan` gets the error of a scan's result that
/// cannot be decoded, without which the report is valid.
pub(crate) fn report(report: wire::Report, bad_scan: &mut dyn FnMut(serde_json::Error)) -> Option<Report> {
    let command = CommandId::from_uuid(Uuid::from_slice(&report.id).ok()?);
    let news = match report.news? {
        wire::ReportBody::Started(wire::Started {}) => ReportContent::Started,
        wire::ReportBody::Output(output) => ReportContent::Output(piece(output)?),
        wire::ReportBody::Finished(finished) => {
            ReportContent::Finished(Box::new(ending(finished, bad_scan)?))
        }
    };
    Some(Report { command, news })
}

fn piece(output: wire::Output) -> Option<Piece> {
    let stream = wire::Stream::try_from(output.stream).ok()?.into();
    Some(Piece { stream, position: output.position, bytes: output.bytes })
}

fn ending(finished: wire::Finished, bad_scan: &mut dyn FnMut(serde_json::Error)) -> Option<CommandEnd> {
    let updates = match finished.updates.as_slice() {
        [] => None,
        json => serde_json::from_slice::<UpdateScan>(json).map_err(bad_scan).ok(),
    };
    Some(CommandEnd {
        state: wire::End::try_from(finished.end).ok()?.into(),
        exit_code: finished.exit_code,
        signal: finished.signal,
        error: Some(finished.error).filter(|error| !error.is_empty()),
        duration_ms: finished.duration_ms,
        stdout_bytes: finished.stdout_bytes,
        stderr_bytes: finished.stderr_bytes,
        output: finished.output.into_iter().filter_map(piece).collect(),
        updates,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bailiwick_domain::command::SecretEnv;
    use bailiwick_domain::command::{OutputStream, ResultState, Script};
    use zeroize::Zeroizing;

    use super::*;

    const ID: &str = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";

    #[test]
    fn an_order_has_its_remaining_lifetime_which_is_never_negative() {
        let at = |seconds: i64| Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(seconds);
        let script = Script {
            shell: "bash".parse().unwrap(),
            command: "uname -a".into(),
            arguments: vec!["a".into()],
            env: ["TOKEN".to_owned()].into(),
            run_as: None,
            working_directory: Some("/tmp".into()),
            script: None,
        };
        let told = Arc::new(Order {
            id: ID.parse().unwrap(),
            instruction: Instruction::Shell(script),
            env: SecretEnv([("TOKEN".to_owned(), Zeroizing::new("hunter2".to_owned()))].into()),
            timeout_seconds: 30,
            expires_at: at(60),
            output_limit_bytes: 1_000,
        });
        let sent = order(&told, at(0));
        assert_eq!((sent.expires_in_ms, sent.timeout_seconds, sent.output_limit_bytes), (60_000, 30, 1_000));
        assert_eq!(order(&told, at(61)).expires_in_ms, 0);
        let Some(wire::What::Shell(shell)) = sent.what else { panic!() };
        assert_eq!((shell.shell.as_str(), shell.working_directory.as_str()), ("bash", "/tmp"));
        assert_eq!(shell.env["TOKEN"], "hunter2");
    }

    #[test]
    fn a_malformed_report_is_left_out() {
        let id = ID.parse::<Uuid>().unwrap().as_bytes().to_vec();
        let output = wire::Output { stream: 1, position: 7, bytes: b"x".to_vec() };
        let finished = wire::Finished { end: 3, output: vec![output.clone()], ..Default::default() };
        let news = wire::ReportBody::Finished(finished.clone());
        let read = report(wire::Report { id: id.clone(), news: Some(news) }, &mut |_| panic!()).unwrap();
        let ReportContent::Finished(ending) = read.news else { panic!() };
        assert_eq!((ending.state, ending.error), (ResultState::TimedOut, None));
        assert_eq!(
            ending.output[0],
            Piece { stream: OutputStream::Stderr, position: 7, bytes: b"x".to_vec() }
        );
        let wrong = [
            wire::Report { id: vec![1], news: Some(wire::ReportBody::Started(wire::Started {})) },
            wire::Report { id: id.clone(), news: None },
            wire::Report {
                id: id.clone(),
                news: Some(wire::ReportBody::Output(wire::Output { stream: 9, ..output })),
            },
            wire::Report {
                id,
                news: Some(wire::ReportBody::Finished(wire::Finished { end: 99, ..finished })),
            },
        ];
        assert!(wrong.into_iter().all(|wrong| report(wrong, &mut |_| {}).is_none()));
    }

    #[test]
    fn a_report_is_valid_without_the_scan_that_cannot_be_decoded() {
        let id = ID.parse::<Uuid>().unwrap().as_bytes().to_vec();
        let finished =
            wire::Finished { end: 1, updates: b"{\"source\":\"x\"}".to_vec(), ..Default::default() };
        let mut errors = 0;
        let read = report(wire::Report { id, news: Some(wire::ReportBody::Finished(finished)) }, &mut |_| {
            errors += 1
        });
        let ReportContent::Finished(ending) = read.unwrap().news else { panic!() };
        assert_eq!((ending.updates, errors), (None, 1));
    }
}
