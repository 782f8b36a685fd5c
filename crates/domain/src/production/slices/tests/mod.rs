mod divided;
mod example;
mod generated;
mod recording;
mod reference;

use uuid::Uuid;

use super::*;
use crate::production::calendar::{Calendar, LocalDate};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn span(from: i64, to: i64) -> Span {
    Span::new(at(from), at(to))
}

fn run_id(number: u8) -> JobRunId {
    JobRunId::from_uuid(Uuid::from_bytes([number; 16]))
}

fn operation_id(number: u8) -> JobOperationId {
    JobOperationId::from_uuid(Uuid::from_bytes([number; 16]))
}

fn operator_id(number: u8) -> OperatorId {
    OperatorId::from_uuid(Uuid::from_bytes([number; 16]))
}
