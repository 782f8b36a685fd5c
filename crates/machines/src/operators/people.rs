//! Operators: people who operate machines.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::OperatorId;
use bailiwick_domain::meaning::operator::OperatorRef;
use bailiwick_domain::meaning::operator::{OPERATORS_MAX, Operator};
use bailiwick_domain::name::refuse_id;
use bailiwick_domain::name::{Code, Name};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::{ITEMS_MAX, Removal};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::operators::OperatorsBy;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::require_unused;
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::OPERATOR;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListOperators>().answers_rows(&bailiwick_store::operators::OPERATOR_ROWS),
        erase::<CreateOperator>(),
        erase::<GetOperator>(),
        erase::<UpdateOperator>(),
        erase::<DeleteOperator>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().operators(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);

sort_orders! {
    /// A sort order of operators.
    pub(crate) OperatorSort of OperatorsBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the operators of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListOperators {
    /// Only the operator with this number.
    number: Option<Code>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<OperatorSort>,
    /// The most operators on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListOperators {
    const SPEC: Spec = Spec::read(ids::OPERATORS_LIST, "/v1/operators")
        .tag(TAG)
        .whole_organization()
        .columns(&["name", "number", "id", "created_at"]);
    type Output = Page<Operator>;

    async fn run(self, cx: &Cx) -> Result<Page<Operator>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().operators(&cx.organization_reach()?).list(self.number.as_ref(), list).await?)
    }
}

/// Refuses a number that looks like an id: operators are found by their numbers.
fn check_number(number: Option<&Code>) -> Result<()> {
    let checked = number.map_or(Ok(()), |number| refuse_id(number.as_str()));
    checked.map_err(|error| Error::invalid("number", error.to_string()))
}

/// The error for a number that is taken, with the id of the other operator.
async fn taken(cx: &Cx, reach: &OrganizationReach, operator: &Operator) -> Result<Error> {
    let Some(number) = &operator.number else { return Ok(Error::Conflict) };
    let other = cx.store().operators(reach).numbered(number).await?;
    Ok(NOUN.taken("number", other.map(|other| other.id)))
}

/// Create an operator: a person who operates machines.
///
/// Operators do not log in; people who do are users.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Ada Lovelace", "number": "4711" }]))]
struct CreateOperator {
    /// The name.
    name: Name,
    /// The number on the badge, unique in its organization.
    number: Option<Code>,
}

impl Operation for CreateOperator {
    const SPEC: Spec =
        Spec::create(ids::OPERATORS_CREATE, "/v1/operators").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Operator) -> Option<Revision> = |output| Some(output.revision);
    type Output = Operator;

    async fn run(self, cx: &Cx) -> Result<Operator> {
        check_number(self.number.as_ref())?;
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let operator = Operator {
            id: OperatorId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            number: self.number,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let mut write = cx.write().await?;
        if write.tx().operators(&reach).count().await? >= OPERATORS_MAX {
            let detail =
                format!("an organization can have at most {OPERATORS_MAX} operators; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().operators(&reach).create(&operator).await;
        let write = write.unless_taken(written, taken(cx, &reach, &operator)).await?;
        write.commit(vec![NOUN.target(operator.id)], operator).await
    }
}

/// Show one operator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetOperator {
    /// The id, or the name or number if no other operator has it.
    operator: OperatorRef,
}

impl Operation for GetOperator {
    const SPEC: Spec =
        Spec::read(ids::OPERATORS_GET, "/v1/operators/{operator}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Operator) -> Option<Revision> = |output| Some(output.revision);
    type Output = Operator;

    async fn run(self, cx: &Cx) -> Result<Operator> {
        let found = cx.store().operators(&cx.organization_reach()?).find(&self.operator).await?;
        NOUN.found(found, &self.operator)
    }
}

/// Change an operator.
///
/// Fields that are absent stay as they are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "number": "4712" }]))]
struct UpdateOperator {
    /// The id, or the name or number if no other operator has it.
    operator: OperatorRef,
    /// A new name.
    #[serde(default)]
    name: Named<Name>,
    /// A new number, unique in its organization; null removes it.
    #[serde(default)]
    number: Patch<Code>,
}

impl Operation for UpdateOperator {
    const SPEC: Spec = Spec::update(ids::OPERATORS_UPDATE, "/v1/operators/{operator}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&Operator) -> Option<Revision> = |output| Some(output.revision);
    type Output = Operator;

    async fn run(self, cx: &Cx) -> Result<Operator> {
        let (reach, named) = (cx.organization_reach()?, &self.operator);
        let mut write = cx.write().await?;
        let mut operator = NOUN.found(write.tx().operators(&reach).find(named).await?, named)?;
        let from = operator.revision;
        cx.require_match(&operator, from)?;
        self.name.apply(&mut operator.name);
        let before = operator.number.clone();
        self.number.apply(&mut operator.number);
        // Earlier versions accepted such numbers.
        if operator.number != before {
            check_number(operator.number.as_ref())?;
        }
        cx.revise(from, &mut operator.revision, &mut operator.updated_at);
        let written = write.tx().operators(&reach).update(&operator, from).await;
        let write = write.unless_taken(written, taken(cx, &reach, &operator)).await?;
        write.commit(vec![NOUN.target(operator.id)], operator).await
    }
}

/// Delete an operator.
///
/// Refused while there are runs of this operator: delete them first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteOperator {
    /// The id, or the name or number if no other operator has it.
    operator: OperatorRef,
    /// Delete nothing; only answer whether it could be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteOperator {
    const SPEC: Spec =
        Spec::delete(ids::OPERATORS_DELETE, "/v1/operators/{operator}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, named) = (cx.organization_reach()?, &self.operator);
        let object = |operator: &Operator| Dependant::new(operator.id, &operator.name);
        if self.dry_run.unwrap_or_default() {
            let mut operators = cx.store().operators(&reach);
            let operator = NOUN.found(operators.find(named).await?, named)?;
            require_unused(cx, noun::OPERATOR_RUN, operators.runs(operator.id, ITEMS_MAX).await?)?;
            return Ok(NOUN.removal(cx, object(&operator), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let mut operators = write.tx().operators(&reach);
        let operator = NOUN.found(operators.find(named).await?, named)?;
        cx.require_match(&operator, operator.revision)?;
        require_unused(cx, noun::OPERATOR_RUN, operators.runs(operator.id, ITEMS_MAX).await?)?;
        operators.delete(operator.id, operator.revision).await?;
        let targets = vec![NOUN.target(operator.id)];
        write.commit(targets, NOUN.removal(cx, object(&operator), Vec::new(), false)).await
    }
}
