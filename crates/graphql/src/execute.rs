//! Executes a document. Lists are read level by level: each relation is read once for all objects of the level above,
//! whatever their number. The relations of a level are read at the same time, in [turns](Turns).

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bailiwick_domain::row_query::{Comparison, RowFilter, RowQuery, Rows, Scalar, Values};
use bailiwick_engine::error::Error;
use futures::future::try_join_all;
use parking_lot::Mutex;

use crate::arguments::{ListArguments, Wanted, Where, Window};
use crate::document::{Document, Selected};
use crate::error::{QueryError, Refusal};
use crate::figures::{Figure, figures_of_count};
use crate::groups::{Groups, Key, Members, Table, distinct, places};
use crate::json::push_text;
use crate::loaded::{ANSWER_MAX, Loaded, Selection};
use crate::model::{FieldOf, Leads, ObjectType, model};
use crate::reader::Reader;
use crate::schema::EVERY;
use crate::source::{Turns, VALUES_MAX, too_long, too_many, too_many_values};
use crate::table::To;

/// From how many parents on all related objects are read, if the parents are all objects of their list. To look up the
/// related objects of so many parents takes longer.
const WHOLE_FROM: usize = 1_000;

/// The execution of one document.
pub(crate) struct Execution<'a, R> {
    reader: &'a R,
    turns: Turns,
    document: &'a Document,
    /// The errors of fields that are null because of them.
    errors: Mutex<Vec<QueryError>>,
    /// How many values were read, or figures were computed from.
    values: AtomicUsize,
    /// How many bytes of figures are kept for the answer.
    figures: AtomicUsize,
}

/// A list that is asked for.
struct Asked<'a> {
    object: &'static ObjectType,
    arguments: &'a ListArguments,
    /// Only objects that belong to these.
    of: Option<BelongsTo<'a>>,
}

/// The objects of the level above that those of a list belong to.
struct BelongsTo<'a> {
    /// The member that says to which an object belongs.
    member: &'a str,
    /// The objects of the level above.
    parents: Parents<'a>,
    /// The column of the parents with the values of that member.
    own: usize,
    /// The values of that member, each once. They are computed when they are first needed.
    values: OnceLock<Vec<Scalar>>,
}

impl BelongsTo<'_> {
    fn values(&self) -> &[Scalar] {
        self.values.get_or_init(|| distinct(self.parents.rows.iter().filter_map(|row| row.get(self.own))))
    }

    /// Whether the parents are all objects of their list, and so many that reading all related objects is faster than
    /// looking up those of each parent.
    fn are_many_and_all(&self) -> bool {
        let Parents { rows, members, are_all } = self.parents;
        // Ids differ, and need not be compared.
        let is_id = members.names().get(self.own).is_some_and(|own| own == "id");
        are_all && rows.len() >= WHOLE_FROM && (is_id || self.values().len() >= WHOLE_FROM)
    }
}

impl Asked<'_> {
    /// Whether the limit is applied where the list is read: of several groups, or of objects that must differ, only all
    /// together tell which are wanted.
    fn is_limited_where_read(&self) -> bool {
        let is_one_group = || self.of.as_ref().is_none_or(|of| of.values().len() <= 1);
        self.arguments.distinct.is_empty() && (self.arguments.is_unlimited() || is_one_group())
    }

    /// The rows in groups: for each of the parents those with its value in the column `by`, or all if there is none.
    fn grouped(&self, table: Table, by: Option<usize>, parents: &[Option<Key<'_>>]) -> (Table, Arc<Groups>) {
        let mut groups = match by {
            Some(by) => Groups::by(&table.rows, by, parents),
            None => Groups::one(table.rows.len()),
        };
        let table = if self.is_limited_where_read() { table } else { groups.trim(table, self.arguments) };
        (table, Arc::new(groups))
    }
}

/// Objects of the level above, whose relations are read.
#[derive(Clone, Copy)]
struct Parents<'a> {
    members: &'a Members,
    rows: &'a [Vec<Scalar>],
    /// Whether they are all objects of their list.
    are_all: bool,
}

type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// The execution ends: the whole request fails.
pub(crate) struct Failed(pub(crate) Error);

impl<'a, R: Reader> Execution<'a, R> {
    pub(crate) fn new(reader: &'a R, document: &'a Document) -> Self {
        Self {
            reader,
            turns: Turns::new(),
            document,
            errors: Mutex::new(Vec::new()),
            values: AtomicUsize::new(0),
            figures: AtomicUsize::new(0),
        }
    }

    /// The answer's data as a JSON object, and the errors of its fields. `of_schema` has the answers to questions about the schema.
    pub(crate) async fn run(
        self,
        of_schema: &HashMap<String, String>,
    ) -> Result<(Vec<u8>, Vec<QueryError>), Failed> {
        let mut json = vec![b'{'];
        let mut is_full = false;
        for (n, selected) in self.document.collect(&[self.document.root()]).iter().enumerate() {
            if n > 0 {
                json.push(b',');
            }
            push_text(&mut json, selected.key);
            json.push(b':');
            let before = json.len();
            let path = vec![selected.key.to_owned()];
            if selected.name().starts_with("__") {
                json.extend_from_slice(of_schema.get(selected.key).map_or("null", String::as_str).as_bytes());
            } else if is_full {
                // What follows is not read: it would be work for nothing, again and again.
                json.extend_from_slice(b"null");
                let error = too_long(selected.name());
                self.note(error.at(selected.field.pos).on(&path));
            } else {
                match self.root_field(selected, &path).await {
                    Ok(selection) => selection.push(&mut json, &[], 0),
                    Err(Refusal::Field(error)) => return Err(Failed(Error::internal(error.message))),
                    Err(Refusal::Request(error)) => return Err(Failed(error)),
                }
            }
            if json.len() > ANSWER_MAX {
                self.note(too_long(selected.name()).at(selected.field.pos).on(&path));
                json.truncate(before);
                json.extend_from_slice(b"null");
                is_full = true;
            }
        }
        json.push(b'}');
        let mut errors = self.errors.into_inner();
        // Those of relations that were read at the same time come in any order.
        errors.sort_by(QueryError::in_document);
        Ok((json, errors))
    }

    fn note(&self, error: QueryError) {
        self.errors.lock().push(error);
    }

    /// Notes the error of a field, which is null then. Other errors end the execution.
    fn or_null(
        &self,
        read: Result<Selection, Refusal>,
        selected: &Selected<'_>,
        path: &[String],
    ) -> Result<Selection, Refusal> {
        let Err(Refusal::Field(error)) = read else { return read };
        self.note(error.at(selected.field.pos).on(path));
        Ok(Selection::Null)
    }

    async fn root_field(&self, selected: &Selected<'_>, path: &[String]) -> Result<Selection, Refusal> {
        let name = selected.name();
        let (root, is_aggregate) = match (model().root(name), name.strip_suffix("_aggregate")) {
            (Some(object), _) => (Some(object), false),
            (None, Some(plain)) => (model().root(plain), true),
            (None, None) => (None, false),
        };
        let Some(object) = root else { return Ok(Selection::Null) };
        let result = match ListArguments::of(self.document, selected.field, object) {
            Ok(arguments) => {
                let asked = Asked { object, arguments: &arguments, of: None };
                if is_aggregate {
                    self.aggregate(asked, selected, path, &[]).await
                } else {
                    self.list(asked, selected, path, &[]).await
                }
            }
            Err(error) => Err(Refusal::Field(error)),
        };
        self.or_null(result, selected, path)
    }

    /// Objects of a list, grouped by the values of `parents` in the member that they are asked by; in one group if there
    /// are no parents.
    async fn list(
        &self,
        asked: Asked<'_>,
        selected: &Selected<'_>,
        path: &[String],
        parents: &[Option<Key<'_>>],
    ) -> Result<Selection, Refusal> {
        let document = self.document;
        let inner = document.collect(&selected.of);
        let mut members = Members::default();
        let by = asked.of.as_ref().map(|of| members.at(of.member));
        needed(asked.object, &inner, &mut members);
        let table = self.read(&asked, members, selected.name()).await?;
        let (table, groups) = asked.grouped(table, by, parents);
        let of = self.select(asked.object, table, &inner, path).await?;
        Ok(Selection::Many { of, groups })
    }

    /// Refuses a list of which only a part was read, or that exceeds the limit of values.
    fn allow(&self, is_cut: bool, name: &str) -> Result<(), Refusal> {
        if is_cut {
            return Err(Refusal::Field(too_many(name)));
        }
        if self.values.load(Ordering::Relaxed) > VALUES_MAX {
            return Err(Refusal::Field(too_many_values(name)));
        }
        Ok(())
    }

    /// Reads the rows of a list. The members that are asked for may grow by those that objects must differ in.
    async fn read(&self, asked: &Asked<'_>, mut members: Members, name: &str) -> Result<Table, Refusal> {
        let Asked { object, arguments, of } = asked;
        // Nothing belongs to no object.
        if of.as_ref().is_some_and(|of| of.parents.rows.is_empty()) {
            return Ok(Table { members, ..Table::default() });
        }
        let mut filter = RowFilter::default();
        let condition = self.resolved(&arguments.filter).await?;
        if condition != RowFilter::default() {
            filter = filter.and(condition);
        }
        let mut parameters = Vec::new();
        if let Some(window) = &arguments.window {
            match self.window(window).await? {
                Some(of_window) => parameters = of_window,
                None => return Ok(Table { members, ..Table::default() }),
            }
        }
        for member in &arguments.distinct {
            members.at(member);
        }
        let (limit, offset) =
            if asked.is_limited_where_read() { (arguments.limit, arguments.offset) } else { (None, 0) };
        let order = arguments.order.clone();
        // A query for no member is one for the number of rows: a list of `__typename` alone still needs the rows.
        if members.names().is_empty() {
            members.at(if object.list.scalars.contains_key("id") { "id" } else { "node_id" });
        }
        let is_unconditional = filter == RowFilter::default();
        let mut query = RowQuery { members: members.names().to_vec(), filter, order, offset, limit };
        let is_whole = is_unconditional && parameters.is_empty() && arguments.is_unlimited();
        let reads_all = of
            .as_ref()
            .is_some_and(|of| parameters.is_empty() && object.list.is_in_sql() && of.are_many_and_all());
        if reads_all {
            let rows = object.list.rows(self.reader, &self.turns, &query, Vec::new()).await?;
            // If there are too many, those that belong to the others may be fewer.
            if !rows.is_cut {
                return self.table(members, rows, is_whole, name);
            }
        }
        if let Some(of) = of {
            let values = of.values().to_vec();
            if values.is_empty() {
                return Ok(Table { members, ..Table::default() });
            }
            let (member, comparison) = (of.member.to_owned(), Comparison::In(Values::new(values)));
            query.filter = query.filter.and(RowFilter::member(member, comparison));
        }
        let rows = object.list.rows(self.reader, &self.turns, &query, parameters).await?;
        self.table(members, rows, is_whole && of.is_none(), name)
    }

    /// Counts and checks the rows of a list.
    fn table(&self, members: Members, rows: Rows, is_whole: bool, name: &str) -> Result<Table, Refusal> {
        self.values.fetch_add(rows.rows.len() * members.names().len().max(1), Ordering::Relaxed);
        self.allow(rows.is_cut, name)?;
        Ok(Table { members, rows: Arc::new(rows.rows), is_whole })
    }

    /// The parameters of an operation for a window; `None` if there is no such machine.
    async fn window(&self, window: &Window) -> Result<Option<Vec<(String, String)>>, Refusal> {
        let Some(machines) = model().root("machines") else { return Ok(None) };
        let query = RowQuery {
            members: vec!["id".into()],
            filter: RowFilter::member("number", Comparison::Equal(Scalar::Integer(window.machine))),
            ..RowQuery::default()
        };
        let found = machines.list.rows(self.reader, &self.turns, &query, Vec::new()).await?;
        let Some([Scalar::Id(node)]) = found.rows.first().map(Vec::as_slice) else { return Ok(None) };
        let mut parameters = vec![
            ("node".to_owned(), node.to_string()),
            ("from".to_owned(), window.from.to_string()),
            ("until".to_owned(), window.until.to_string()),
        ];
        parameters.extend(window.metric.clone().map(|metric| ("metrics".to_owned(), metric)));
        parameters.extend(window.every.map(|every| (EVERY.to_owned(), every.to_string())));
        Ok(Some(parameters))
    }

    /// A condition on rows: conditions on related objects become the values that those have.
    fn resolved<'s>(&'s self, filter: &'s Where) -> Boxed<'s, Result<RowFilter, Refusal>> {
        Box::pin(async move {
            Ok(match filter {
                Where::All(all) => RowFilter::All(self.each(all).await?),
                Where::Any(any) => RowFilter::Any(self.each(any).await?),
                Where::Not(one) => RowFilter::Not(Box::new(self.resolved(one).await?)),
                Where::Is(Wanted::Member(condition)) => RowFilter::Is(condition.clone()),
                Where::Is(Wanted::Related { object, own, theirs, filter }) => {
                    let query = RowQuery {
                        members: vec![(*theirs).to_owned()],
                        filter: self.resolved(filter).await?,
                        ..RowQuery::default()
                    };
                    let found = object.list.rows(self.reader, &self.turns, &query, Vec::new()).await?;
                    self.values.fetch_add(found.rows.len(), Ordering::Relaxed);
                    self.allow(found.is_cut, &object.name)?;
                    let values: Vec<Scalar> =
                        found.rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
                    let of_own = |comparison| RowFilter::member(*own, comparison);
                    // An object that refers to nothing has no related one: it does not meet the condition, but its
                    // negation.
                    RowFilter::All(vec![
                        of_own(Comparison::IsNull(false)),
                        of_own(Comparison::In(Values::new(distinct(values.iter())))),
                    ])
                }
            })
        })
    }

    async fn each(&self, filters: &[Where]) -> Result<Vec<RowFilter>, Refusal> {
        let mut resolved = Vec::new();
        for filter in filters {
            resolved.push(self.resolved(filter).await?);
        }
        Ok(resolved)
    }

    /// What is selected of objects. Reads their relations.
    fn select<'s>(
        &'s self,
        object: &'static ObjectType,
        table: Table,
        inner: &'s [Selected<'s>],
        path: &'s [String],
    ) -> Boxed<'s, Result<Loaded, Refusal>> {
        Box::pin(async move {
            let Table { mut members, rows, is_whole } = table;
            needed(object, inner, &mut members);
            let of = Parents { members: &members, rows: &rows, are_all: is_whole };
            let field = async |selected: &'s Selected<'s>| {
                let path: Vec<String> = path.iter().cloned().chain([selected.key.to_owned()]).collect();
                let (name, is_aggregate) = plain_name(object, selected.name());
                let selection = match object.field(name) {
                    _ if selected.name() == "__typename" => Selection::TypeName(object.name.clone()),
                    Some(FieldOf { leads: Leads::Member { member, reading, .. }, .. }) => of
                        .members
                        .column(member)
                        .map_or(Selection::Null, |at| Selection::Column(at, *reading)),
                    Some(FieldOf { leads, .. }) => {
                        let read = match leads {
                            Leads::Through { relation, member, .. } => {
                                self.through(object, relation, member, of).await
                            }
                            Leads::Relation { .. } => {
                                self.related(leads, selected, is_aggregate, of, &path).await
                            }
                            Leads::Member { .. } | Leads::Never { .. } => Ok(Selection::Null),
                        };
                        self.or_null(read, selected, &path)?
                    }
                    None => Selection::Null,
                };
                Ok::<_, Refusal>((selected.key.to_owned(), selection))
            };
            let fields = try_join_all(inner.iter().map(field)).await?;
            Ok(Loaded { rows, fields })
        })
    }

    /// A member of the objects that a relation leads to.
    async fn through(
        &self,
        object: &'static ObjectType,
        relation: &str,
        member: &str,
        Parents { members, rows, .. }: Parents<'_>,
    ) -> Result<Selection, Refusal> {
        let Some(Leads::Relation { object: other, own, theirs, .. }) =
            object.field(relation).map(|field| &field.leads)
        else {
            return Ok(Selection::Null);
        };
        let Some(own) = members.column(own) else { return Ok(Selection::Null) };
        let keys = distinct(rows.iter().filter_map(|row| row.get(own)));
        if keys.is_empty() {
            return Ok(Selection::Null);
        }
        let comparison = Comparison::In(Values::new(keys));
        let query = RowQuery {
            members: vec![member.to_owned(), theirs.clone()],
            filter: RowFilter::member(theirs.clone(), comparison),
            ..RowQuery::default()
        };
        let other = model().object(*other);
        let found = other.list.rows(self.reader, &self.turns, &query, Vec::new()).await?;
        self.values.fetch_add(found.rows.len(), Ordering::Relaxed);
        self.allow(found.is_cut, &other.name)?;
        let at = {
            let places = places(&found.rows, 1);
            rows.iter().map(|row| places.get(&Key::of(row.get(own)?)?)?.first().copied()).collect()
        };
        Ok(Selection::Through { of: Loaded { rows: Arc::new(found.rows), fields: Vec::new() }, at })
    }

    /// The objects that a relation leads to.
    async fn related(
        &self,
        leads: &'static Leads,
        selected: &Selected<'_>,
        is_aggregate: bool,
        of: Parents<'_>,
        path: &[String],
    ) -> Result<Selection, Refusal> {
        let Leads::Relation { to, object, own, theirs } = leads else { return Ok(Selection::Null) };
        let object = model().object(*object);
        let Some(own) = of.members.column(own) else { return Ok(Selection::Null) };
        let parents: Vec<Option<Key<'_>>> =
            of.rows.iter().map(|row| row.get(own).and_then(Key::of)).collect();
        let arguments = ListArguments::of(self.document, selected.field, object).map_err(Refusal::Field)?;
        let of = BelongsTo { member: theirs, parents: of, own, values: OnceLock::new() };
        let asked = Asked { object, arguments: &arguments, of: Some(of) };
        if is_aggregate {
            return self.aggregate(asked, selected, path, &parents).await;
        }
        match (to, self.list(asked, selected, path, &parents).await?) {
            (To::One, Selection::Many { of, groups }) => Ok(Selection::One { of, at: groups.firsts() }),
            (_, selection) => Ok(selection),
        }
    }

    /// Figures about a list, and the list itself: for each of the parents, as in [`list`](Self::list).
    async fn aggregate(
        &self,
        asked: Asked<'_>,
        selected: &Selected<'_>,
        path: &[String],
        parents: &[Option<Key<'_>>],
    ) -> Result<Selection, Refusal> {
        let (document, object) = (self.document, asked.object);
        let inner = document.collect(&selected.of);
        if let Some(count) = self.only_count(&asked, &inner).await? {
            let figures = figures_of_count(document, object, &inner, count);
            return Ok(Selection::Group(figures));
        }
        let mut members = Members::default();
        let by = asked.of.as_ref().map(|of| members.at(of.member));
        for part in inner.iter().filter(|part| part.name() == "nodes") {
            needed(object, &document.collect(&part.of), &mut members);
        }
        let mut wanted: Vec<(String, Vec<Figure>)> = Vec::new();
        for part in inner.iter().filter(|part| part.name() == "aggregate") {
            let figures = Figure::all(document, object, part, &mut members).map_err(Refusal::Field)?;
            wanted.push((part.key.to_owned(), figures));
        }
        let table = self.read(&asked, members, selected.name()).await?;
        let (table, groups) = asked.grouped(table, by, parents);
        let mut group = Vec::new();
        for part in &inner {
            let selection = match part.name() {
                "aggregate" => {
                    let figures = wanted.iter().find(|(key, _)| key == part.key).map(|(_, figures)| figures);
                    let figures = figures.map(Vec::as_slice).unwrap_or_default();
                    self.figures(figures, &table.rows, &groups, selected.name()).await?
                }
                "nodes" => {
                    let path: Vec<String> = path.iter().cloned().chain([part.key.to_owned()]).collect();
                    let of = self.select(object, table.clone(), &document.collect(&part.of), &path).await?;
                    Selection::Many { of, groups: Arc::clone(&groups) }
                }
                _ => Selection::TypeName(format!("{}_aggregate", object.name)),
            };
            group.push((part.key.to_owned(), selection));
        }
        Ok(Selection::Group(group))
    }

    /// The figures of each group of rows.
    async fn figures(
        &self,
        figures: &[Figure],
        rows: &[Vec<Scalar>],
        groups: &Arc<Groups>,
        name: &str,
    ) -> Result<Selection, Refusal> {
        let values = rows.len() * figures.iter().map(Figure::width).sum::<usize>();
        // Figures that are refused are not computed, and do not count.
        let counted = |before: usize| before.checked_add(values).filter(|all| *all <= VALUES_MAX);
        if self.values.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted).is_err() {
            return Err(Refusal::Field(too_many_values(name)));
        }
        // Other requests get their turn between the figures of large lists.
        tokio::task::yield_now().await;
        let mut of_groups = Vec::with_capacity(groups.places.len());
        for places in &groups.places {
            let json = Figure::json(figures, rows, places);
            if self.figures.fetch_add(json.len(), Ordering::Relaxed) + json.len() > ANSWER_MAX {
                return Err(Refusal::Field(too_long(name)));
            }
            of_groups.push(json);
        }
        Ok(Selection::Figures { of_groups, groups: Arc::clone(groups) })
    }

    /// The number of rows, if nothing else is asked for and the operation can tell without reading them.
    async fn only_count(&self, asked: &Asked<'_>, inner: &[Selected<'_>]) -> Result<Option<i64>, Refusal> {
        let filter = &asked.arguments.filter;
        let is_all = asked.arguments.is_unlimited() && asked.of.is_none();
        let is_count = |part: &Selected<'_>| {
            part.name() == "__typename"
                || part.name() == "aggregate"
                    && self.document.collect(&part.of).iter().all(|figure| {
                        figure.name() == "__typename"
                            || figure.name() == "count" && figure.field.node.arguments.is_empty()
                    })
        };
        if !is_all || !inner.iter().all(is_count) {
            return Ok(None);
        }
        let filter = self.resolved(filter).await?;
        asked.object.list.count(self.reader, &filter).await
    }
}

/// The name of a field without the suffix of its aggregates, and whether it had it.
fn plain_name<'n>(object: &ObjectType, name: &'n str) -> (&'n str, bool) {
    match name.strip_suffix("_aggregate") {
        Some(plain) if object.field(name).is_none() => (plain, true),
        _ => (name, false),
    }
}

/// Notes the members that selections of an object need.
fn needed(object: &'static ObjectType, inner: &[Selected<'_>], members: &mut Members) {
    for selected in inner {
        let own = match object.field(plain_name(object, selected.name()).0).map(|field| &field.leads) {
            Some(Leads::Member { member, .. }) => member,
            Some(Leads::Relation { own, .. }) => own,
            Some(Leads::Through { relation, .. }) => match object.field(relation).map(|field| &field.leads) {
                Some(Leads::Relation { own, .. }) => own,
                _ => continue,
            },
            Some(Leads::Never { .. }) | None => continue,
        };
        members.at(own);
    }
}
