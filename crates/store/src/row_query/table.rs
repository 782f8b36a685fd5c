//! The lists that answer row queries.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::Selector;

use crate::row_query::Member;
use crate::sql::query::{Condition, Field};
use crate::table::columns::Columns;

/// A table of another noun that makes one row of several, and a member that it adds.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    /// The member, which only filters and is not in REST answers.
    pub(crate) member: Member,
    /// ` JOIN … ON …`
    pub(crate) join: &'static str,
}

/// A list that answers row queries.
pub struct RowTable {
    pub(crate) table: &'static str,
    pub(crate) id: &'static str,
    pub(crate) organization: Field<OrganizationId>,
    /// The members that are columns, and those that are not.
    members: [&'static [Member]; 2],
    /// The conditions that a row is in a reach, without the organization.
    pub(crate) in_part: fn(&OrganizationReach) -> Vec<Condition>,
    /// Columns that are not what answers show.
    left_out: &'static [&'static str],
    /// Whether a row shows the same to everybody who reaches it. Otherwise only callers who reach the whole
    /// organization are answered.
    is_same_for_all: bool,
    pub(crate) links: &'static [Link],
    /// The conditions that a selector sets on the member `labels`, if the rows have labels.
    pub(crate) labels: Option<fn(&Selector) -> Vec<Condition>>,
    /// The order if a query names none: that of REST's list. Equal rows are sorted by id, in the same direction.
    pub(crate) order: &'static str,
}

impl RowTable {
    /// The list of a noun: all columns of its table, in the order of a column: `name` or `name DESC`.
    pub(crate) const fn of<C: Columns>(
        order: &'static str,
        in_part: fn(&OrganizationReach) -> Vec<Condition>,
    ) -> Self {
        Self {
            table: C::TABLE,
            id: C::ID,
            organization: Field::new(C::ORGANIZATION),
            members: [C::MEMBERS, &[]],
            in_part,
            left_out: &[],
            is_same_for_all: true,
            links: &[],
            labels: None,
            order,
        }
    }

    /// Adds members that are no columns.
    pub(crate) const fn with(self, members: &'static [Member]) -> Self {
        Self { members: [self.members[0], members], ..self }
    }

    /// Leaves out columns that are not what answers show: a query that reads them is not answered.
    pub(crate) const fn without(self, left_out: &'static [&'static str]) -> Self {
        Self { left_out, ..self }
    }

    /// Adds members by which rows are found through another table.
    pub(crate) const fn linked(self, links: &'static [Link]) -> Self {
        Self { links, ..self }
    }

    /// Lets queries compare the member `labels` with a selector.
    pub(crate) const fn labelled(self, labels: fn(&Selector) -> Vec<Condition>) -> Self {
        Self { labels: Some(labels), ..self }
    }

    /// Whether queries may compare the member `labels` with a selector.
    pub const fn has_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// Answers only callers who reach the whole organization: to others, rows do not show everything.
    pub(crate) const fn for_whole_reach(self) -> Self {
        Self { is_same_for_all: false, ..self }
    }

    /// Whether it answers callers with a reach.
    pub const fn answers(&self, reach: &OrganizationReach) -> bool {
        self.is_same_for_all || !reach.is_partial()
    }

    /// The members, in the order of the columns.
    pub fn members(&self) -> impl Iterator<Item = &'static Member> {
        self.members.into_iter().flatten().filter(|member| !self.left_out.contains(&member.name()))
    }

    /// Members by which rows are found through another table, which makes one row of several: a service has one for
    /// each node that it runs on.
    pub fn links(&self) -> impl Iterator<Item = &'static Member> {
        self.links.iter().map(|link| &link.member)
    }

    /// The member with a name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members().chain(self.links()).find(|member| member.name() == name)
    }
}
