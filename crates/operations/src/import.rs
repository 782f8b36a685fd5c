//! Imports: one loop for all nouns whose objects can be written as lines of text.
//!
//! The loop reads the lines, decides about each, checks all of them together, and writes them in one transaction:
//! all lines or none. A noun says by an [`Importer`] how its objects are looked up, changed and written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::hash::Hash;

use bailiwick_domain::audit::Target;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, Record, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_store::Tx;
use serde::Serialize;

use crate::noun::Noun;

/// What every request for an import contains.
pub(crate) struct Text {
    pub(crate) format: Format,
    pub(crate) data: String,
    pub(crate) existing: Existing,
    pub(crate) dry_run: Option<bool>,
}

/// An import in progress: who asked for it, and within which bounds.
pub(crate) struct Import<'a> {
    pub(crate) cx: &'a Cx,
    /// The caller's reach.
    pub(crate) reach: OrganizationReach,
    /// The whole organization, in the caller's reach or not.
    pub(crate) whole: OrganizationReach,
    /// What to do with objects that exist already.
    pub(crate) existing: Existing,
}

/// What an import does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is created.
    New,
    /// It is changed. This was its revision.
    Changed { from: Revision },
    /// It already is as its line says.
    Same,
}

/// An object as its line describes it.
pub(crate) struct Decided<T> {
    /// The number of the line.
    pub(crate) line: u64,
    pub(crate) object: T,
    pub(crate) fate: Fate,
}

impl<T> Decided<T> {
    /// Whether the import writes it.
    pub(crate) fn is_written(&self) -> bool {
        self.fate != Fate::Same
    }
}

/// The objects to create, and those to change with their revisions before the import.
pub(crate) fn created_and_changed<T>(decided: Vec<Decided<T>>) -> (Vec<T>, Vec<(T, Revision)>) {
    let (mut created, mut changed) = (Vec::new(), Vec::new());
    for Decided { object, fate, .. } in decided {
        match fate {
            Fate::New => created.push(object),
            Fate::Changed { from } => changed.push((object, from)),
            Fate::Same => {}
        }
    }
    (created, changed)
}

/// Errors in one line.
#[derive(Default)]
pub(crate) struct Wrong {
    /// Errors in fields.
    pub(crate) fields: Vec<FieldError>,
    /// Fields that would grant more than the caller has.
    pub(crate) beyond: Vec<FieldError>,
}

impl Wrong {
    /// Adds an error in a field; an empty field stands for the whole line.
    pub(crate) fn push(&mut self, field: &str, detail: impl AsRef<str>) {
        self.fields.push(FieldError::new(field, detail));
    }

    /// Adds an error because a field would grant more than the caller has.
    pub(crate) fn push_beyond(&mut self, field: &str, detail: impl AsRef<str>) {
        self.beyond.push(FieldError::new(field, detail));
    }

    /// Whether there are no errors.
    pub(crate) const fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.beyond.is_empty()
    }
}

/// The error for a value that must be unique and that another object has. `other` is its id, if the caller may
/// know it.
pub(crate) fn not_taken(noun: Noun, other: Option<impl Display>) -> String {
    let other = other.map(|id| format!(" ({id})")).unwrap_or_default();
    format!("expected a value that is not taken: another {} has it{other}", noun.one)
}

impl Import<'_> {
    /// The error for a line that would change an existing object, if the caller does not reach the object or
    /// does not want to change existing ones.
    pub(crate) fn refusal(&self, noun: Noun, is_reached: bool) -> Option<String> {
        let is_refused = !is_reached || self.existing == Existing::Refuse;
        let hint = if is_reached {
            "; with `existing` = `update` (--existing update), the line changes it"
        } else {
            ""
        };
        is_refused.then(|| format!("{}{hint}", not_taken(noun, None::<&str>)))
    }

    /// An object as its line describes it, compared with the object as it is. If they differ, it gets its next
    /// revision; `stamps` are its revision and the time of its last change.
    pub(crate) fn decided<T: PartialEq>(
        &self,
        line: u64,
        there: Option<&T>,
        mut object: T,
        stamps: fn(&mut T) -> (&mut Revision, &mut Timestamp),
    ) -> Decided<T> {
        let fate = match there {
            None => Fate::New,
            Some(there) if *there == object => Fate::Same,
            Some(_) => {
                let (revision, updated_at) = stamps(&mut object);
                let from = *revision;
                self.cx.revise(from, revision, updated_at);
                Fate::Changed { from }
            }
        };
        Decided { line, object, fate }
    }
}

/// What an import of one noun looks up, decides and writes.
pub(crate) trait Importer: Send + Sized {
    /// The field that says which object a line is about, and the word for it in errors.
    const FIELD: (&'static str, &'static str) = ("name", "name");
    /// The value of that field; `None` if the line is about a new object in any case.
    const KEY: fn(&Self::Line) -> Option<Self::Key>;
    /// An object, for the audit trail.
    const TARGET: fn(&Self::Object) -> Target;
    /// A line.
    type Line: Record + Sync;
    /// What is equal for lines about the same object.
    type Key: Eq + Hash + Send;
    /// An object as its line describes it.
    type Object: Send + Sync;

    /// Looks up what must be read before the transaction, because reads by other means than the transaction
    /// would wait for a second connection.
    fn look_ahead(
        &mut self,
        _: &Import<'_>,
        _: &[Line<Self::Line>],
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Looks up everything that the lines refer to.
    fn look_up(
        &mut self,
        import: &Import<'_>,
        tx: &mut Tx,
        lines: &[Line<Self::Line>],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Decides what to do with a line. What it returns is ignored if something is wrong with the line.
    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<Self::Line>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Self::Object>>>;

    /// Checks the objects together, as far as their lines are right.
    fn check(
        &self,
        _: &Import<'_>,
        _: &mut Tx,
        _: &[Decided<Self::Object>],
        _: &mut LineErrors,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Checks whether the caller may do all of this, once all lines are right.
    fn admit(&mut self, _: &Import<'_>, _: &[Decided<Self::Object>]) -> Result<()> {
        Ok(())
    }

    /// Writes the objects.
    fn write(
        &mut self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: Vec<Decided<Self::Object>>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// An import whose objects are written, but not committed yet.
pub(crate) struct Written<'a> {
    /// How many objects were created, changed or left.
    pub(crate) imported: Imported,
    targets: Vec<Target>,
    /// `None` in a dry run, which writes nothing.
    write: Option<Write<'a>>,
}

impl Written<'_> {
    /// Commits it with a note in the audit trail, because there may be more objects than the entry names.
    pub(crate) async fn commit<T: Serialize>(self, note: String, answer: T) -> Result<T> {
        match self.write {
            Some(write) => write.noting(note).commit(self.targets, answer).await,
            None => Ok(answer),
        }
    }
}

/// Imports objects.
pub(crate) async fn import<I: Importer>(cx: &Cx, mut importer: I, text: Text) -> Result<Imported> {
    let mut written = write(cx, &mut importer, text).await?;
    let imported = std::mem::take(&mut written.imported);
    let note = format!("{} created, {} updated", imported.created, imported.updated);
    written.commit(note, imported).await
}

/// Writes the objects of an import. The caller commits them.
pub(crate) async fn write<'a, I: Importer>(cx: &'a Cx, importer: &mut I, text: Text) -> Result<Written<'a>> {
    let Text { format, data, existing, dry_run } = text;
    let reach = cx.organization_reach()?;
    let whole = OrganizationReach::whole(reach.organization);
    let import = Import { cx, reach, whole, existing };
    let (lines, mut errors) = read::<I::Line>(format, data).await?;
    importer.look_ahead(&import, &lines).await?;
    let mut write = cx.write_long().await?;
    importer.look_up(&import, write.tx(), &lines).await?;
    let (mut keys, mut decided) = (HashMap::new(), Vec::new());
    for line in lines {
        let number = line.number;
        if let Some(key) = (I::KEY)(&line.record) {
            match keys.entry(key) {
                Entry::Occupied(before) => {
                    let (field, word) = I::FIELD;
                    let detail = format!("expected another {word}: line {} has it", before.get());
                    errors.push(number, field, detail);
                    continue;
                }
                Entry::Vacant(entry) => drop(entry.insert(number)),
            }
        }
        let mut wrong = Wrong::default();
        let line = importer.decide(&import, line, &mut wrong)?;
        if wrong.is_empty() {
            decided.extend(line);
        }
        for error in wrong.fields {
            errors.push(number, &error.field, error.detail);
        }
        for error in wrong.beyond {
            errors.push_beyond(number, &error.field, error.detail);
        }
    }
    importer.check(&import, write.tx(), &decided, &mut errors).await?;
    errors.check()?;
    importer.admit(&import, &decided)?;
    let dry_run = dry_run.unwrap_or_default();
    let mut imported = Imported { dry_run, ..Imported::default() };
    for Decided { fate, .. } in &decided {
        match fate {
            Fate::New => imported.created += 1,
            Fate::Changed { .. } => imported.updated += 1,
            Fate::Same => imported.unchanged += 1,
        }
    }
    if dry_run {
        return Ok(Written { imported, targets: Vec::new(), write: None });
    }
    let written = decided.iter().filter(|one| one.is_written());
    let targets = written.take(AUDIT_TARGETS_MAX).map(|one| (I::TARGET)(&one.object)).collect();
    importer.write(&import, write.tx(), decided).await?;
    Ok(Written { imported, targets, write: Some(write) })
}
