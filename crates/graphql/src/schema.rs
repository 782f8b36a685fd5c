//! The GraphQL schema, made from the [model](crate::model). It validates documents and answers introspection; data are
//! read by [`execute`](crate::execute).

use async_graphql::Value;
use async_graphql::dynamic::{
    Enum, Field, FieldFuture, FieldValue, InputObject, InputValue, Object, Scalar, Schema, SchemaBuilder,
    SchemaError, Subscription, SubscriptionField, SubscriptionFieldFuture, TypeRef,
};

use crate::aggregate::{AGGREGATES, Aggregate};
use crate::document::Watch;
use crate::model::{FieldOf, Leads, Model, ObjectType, model};
use crate::scalars::ScalarType;
use crate::table::To;

/// The orders of `order_by`, each with what it means.
pub(crate) const ORDERS: [(&str, &str); 6] = [
    ("asc", "The smallest value first; without a value last."),
    ("asc_nulls_first", "The smallest value first; without a value before all."),
    ("asc_nulls_last", "The smallest value first; without a value last."),
    ("desc", "The greatest value first; without a value before all."),
    ("desc_nulls_first", "The greatest value first; without a value before all."),
    ("desc_nulls_last", "The greatest value first; without a value last."),
];

/// The parameter of lists of buckets of time: their length.
pub(crate) const EVERY: &str = "every_seconds";

/// The name of the type that root fields belong to.
const QUERY: &str = "query_root";
/// The name of the type that the root fields of subscriptions belong to.
const SUBSCRIPTION: &str = "subscription_root";

/// The description of fields with aggregates.
const FIGURES: &str = "How many there are, and figures about them.";

/// Builds the schema. `with_introspection` answers questions about it.
pub(crate) fn build(with_introspection: bool) -> Result<Schema, SchemaError> {
    let model = model();
    let mut schema = Schema::build(QUERY, None, Some(SUBSCRIPTION)).extension(Watch);
    if !with_introspection {
        schema = schema.disable_introspection();
    }
    for scalar in ScalarType::ALL {
        schema = comparisons(schema, scalar);
    }
    let mut orders = Enum::new("order_by").description("The order of a list by one field.");
    for (name, description) in ORDERS {
        orders = orders.item(async_graphql::dynamic::EnumItem::new(name).description(description));
    }
    schema = schema.register(orders);
    let mut query = Object::new(QUERY);
    let mut subscription = Subscription::new(SUBSCRIPTION)
        .description("Each field is that of query_root, answered anew when the answer changes.");
    for object in &model.objects {
        schema = object_types(schema, model, object);
        for root in &object.roots {
            query = query.field(list_field(root, object, true)).field(aggregate_field(root, object));
            let list = SubscriptionField::new(root, TypeRef::named_nn_list(&object.name), never)
                .description(&object.description);
            let list = arguments(object, true).into_iter().fold(list, SubscriptionField::argument);
            let kind = TypeRef::named(format!("{}_aggregate", object.name));
            let aggregate =
                SubscriptionField::new(format!("{root}_aggregate"), kind, never).description(FIGURES);
            let aggregate = arguments(object, true).into_iter().fold(aggregate, SubscriptionField::argument);
            subscription = subscription.field(list).field(aggregate);
        }
    }
    schema.register(query).register(subscription).finish()
}

fn nothing(_: async_graphql::dynamic::ResolverContext<'_>) -> FieldFuture<'_> {
    FieldFuture::Value(None)
}

/// No subscription is run by the library: it is answered like a query, again and again.
fn never(_: async_graphql::dynamic::ResolverContext<'_>) -> SubscriptionFieldFuture<'_> {
    SubscriptionFieldFuture::new(async {
        Ok(futures::stream::empty::<async_graphql::Result<FieldValue<'_>>>())
    })
}

fn output(name: &str, kind: TypeRef, description: &str) -> Field {
    let field = Field::new(name, kind, nothing);
    if description.is_empty() { field } else { field.description(description) }
}

/// The scalar type, and the comparisons of its values.
fn comparisons(mut schema: SchemaBuilder, scalar: ScalarType) -> SchemaBuilder {
    let name = scalar.name();
    if let Some(description) = scalar.description() {
        let is_valid = move |value: &Value| {
            let value = value.clone().into_json().unwrap_or_default();
            bailiwick_domain::row_query::Scalar::of(scalar.kind(), value).is_ok()
        };
        schema = schema.register(Scalar::new(name).description(description).validator(is_valid));
    }
    let mut input = InputObject::new(scalar.comparison())
        .description("Comparisons with a field. If there are several, all must hold.")
        .field(InputValue::new("_is_null", TypeRef::named(TypeRef::BOOLEAN)));
    if scalar.kind().is_ordered() {
        for comparison in ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"] {
            input = input.field(InputValue::new(comparison, TypeRef::named(name)));
        }
        for comparison in ["_in", "_nin"] {
            input = input.field(InputValue::new(comparison, TypeRef::named_nn_list(name)));
        }
    }
    if scalar == ScalarType::Labels {
        let value = InputValue::new("_matches", TypeRef::named(TypeRef::STRING));
        input = input.field(value.description("Match a selector of labels, such as `env=prod,!canary`."));
    }
    if scalar == ScalarType::String {
        for (comparison, description) in [
            ("_like", "Matches a pattern: `%` stands for any characters, `_` for one."),
            ("_nlike", "Does not match such a pattern."),
            ("_ilike", "Matches such a pattern; ASCII letters in any case."),
            ("_nilike", "Does not match such a pattern; ASCII letters in any case."),
        ] {
            let value = InputValue::new(comparison, TypeRef::named(name)).description(description);
            input = input.field(value);
        }
    }
    schema.register(input)
}

/// The fields by which a list can be sorted and grouped.
pub(crate) fn sortable(object: &ObjectType) -> impl Iterator<Item = (&FieldOf, ScalarType)> {
    object.fields.iter().filter_map(|field| match field.leads {
        Leads::Member { scalar, .. } if scalar.kind().is_ordered() => Some((field, scalar)),
        _ => None,
    })
}

/// The type of an object, and those of its arguments and aggregates.
fn object_types(mut schema: SchemaBuilder, model: &Model, object: &ObjectType) -> SchemaBuilder {
    let name = &object.name;
    let mut output_type = Object::new(name).description(&object.description);
    let mut filter = InputObject::new(format!("{name}_bool_exp"))
        .description("What an object must meet. If there are several conditions, all must hold.")
        .field(InputValue::new("_and", TypeRef::named_nn_list(format!("{name}_bool_exp"))))
        .field(InputValue::new("_or", TypeRef::named_nn_list(format!("{name}_bool_exp"))))
        .field(InputValue::new("_not", TypeRef::named(format!("{name}_bool_exp"))));
    for field in &object.fields {
        match &field.leads {
            Leads::Member { scalar, is_nullable, .. } => {
                let kind = scalar.name();
                let kind = if *is_nullable { TypeRef::named(kind) } else { TypeRef::named_nn(kind) };
                output_type = output_type.field(output(&field.name, kind, &field.description));
                filter = filter.field(InputValue::new(&field.name, TypeRef::named(scalar.comparison())));
            }
            Leads::Through { scalar, .. } | Leads::Never { scalar } => {
                let kind = TypeRef::named(scalar.name());
                output_type = output_type.field(output(&field.name, kind, &field.description));
                filter = filter.field(InputValue::new(&field.name, TypeRef::named(scalar.comparison())));
            }
            Leads::Relation { to, object: other, .. } => {
                let other = model.object(*other);
                output_type = match to {
                    To::One => output_type.field(output(
                        &field.name,
                        TypeRef::named(&other.name),
                        &field.description,
                    )),
                    To::Many => output_type
                        .field(list_field(&field.name, other, false))
                        .field(aggregate_field(&field.name, other)),
                };
                let other = format!("{}_bool_exp", other.name);
                filter = filter.field(InputValue::new(&field.name, TypeRef::named(other)));
            }
        }
    }
    let mut order = InputObject::new(format!("{name}_order_by")).description("The order of a list.");
    let mut columns = Enum::new(format!("{name}_select_column")).description("The fields of a list.");
    for (field, _) in sortable(object) {
        order = order.field(InputValue::new(&field.name, TypeRef::named("order_by")));
        columns = columns.item(&field.name);
    }
    if object.list.takes_window {
        let args = InputObject::new(format!("{name}_args"))
            .description("A machine, a metric, and a window of time.")
            .field(InputValue::new("machineRef", TypeRef::named_nn(TypeRef::INT)))
            .field(InputValue::new("metricKey", TypeRef::named(TypeRef::STRING)))
            .field(InputValue::new("windowStartAt", TypeRef::named_nn("timestamptz")))
            .field(InputValue::new("windowEndAt", TypeRef::named_nn("timestamptz")));
        schema = schema.register(if object.list.has_parameter(EVERY) {
            let every = InputValue::new("everySeconds", TypeRef::named(TypeRef::INT));
            args.field(every.description("The length of a bucket, in seconds; an hour if absent."))
        } else {
            args
        });
    }
    aggregate_types(schema.register(output_type).register(filter).register(order).register(columns), object)
}

/// A field with a list. Its arguments are those of Hasura.
fn list_field(name: &str, object: &ObjectType, is_root: bool) -> Field {
    let kind = TypeRef::named_nn_list(&object.name);
    let field = output(name, kind, &object.description);
    arguments(object, is_root).into_iter().fold(field, Field::argument)
}

/// The arguments of a list.
fn arguments(object: &ObjectType, is_root: bool) -> Vec<InputValue> {
    let name = &object.name;
    let mut arguments = vec![
        InputValue::new("where", TypeRef::named(format!("{name}_bool_exp")))
            .description("Only objects that meet this condition."),
        InputValue::new("order_by", TypeRef::named_nn_list(format!("{name}_order_by")))
            .description("The order: by the first, then by the second, and so on."),
        InputValue::new("limit", TypeRef::named(TypeRef::INT))
            .description("The most objects that are answered."),
        InputValue::new("offset", TypeRef::named(TypeRef::INT))
            .description("How many objects at the beginning are left out."),
        InputValue::new("distinct_on", TypeRef::named_nn_list(format!("{name}_select_column")))
            .description("Of the objects that are equal in these fields, only the first."),
    ];
    if is_root && object.list.takes_window {
        arguments.push(InputValue::new("args", TypeRef::named_nn(format!("{name}_args"))));
    }
    arguments
}

fn aggregate_field(name: &str, object: &ObjectType) -> Field {
    let kind = TypeRef::named(format!("{}_aggregate", object.name));
    let field = output(&format!("{name}_aggregate"), kind, FIGURES);
    arguments(object, true).into_iter().fold(field, Field::argument)
}

/// The types of a list's aggregates.
fn aggregate_types(mut schema: SchemaBuilder, object: &ObjectType) -> SchemaBuilder {
    let name = &object.name;
    let fields = format!("{name}_aggregate_fields");
    let mut all = Object::new(&fields).description("Figures about a list.").field(
        output("count", TypeRef::named_nn(TypeRef::INT), "How many there are.")
            .argument(InputValue::new("columns", TypeRef::named_nn_list(format!("{name}_select_column"))))
            .argument(InputValue::new("distinct", TypeRef::named(TypeRef::BOOLEAN))),
    );
    for aggregate in AGGREGATES {
        let of: Vec<_> = sortable(object).filter(|(_, scalar)| aggregate.is_for(*scalar)).collect();
        if of.is_empty() {
            continue;
        }
        let kind = format!("{name}_{}_fields", aggregate.name());
        let mut each = Object::new(&kind).description(aggregate.description());
        for (field, scalar) in of {
            let scalar = if aggregate == Aggregate::Average { ScalarType::Float } else { scalar };
            each = each.field(output(&field.name, TypeRef::named(scalar.name()), ""));
        }
        schema = schema.register(each);
        all = all.field(output(aggregate.name(), TypeRef::named(&kind), aggregate.description()));
    }
    let both = Object::new(format!("{name}_aggregate"))
        .description("Figures about a list, and the list itself.")
        .field(output("aggregate", TypeRef::named(&fields), ""))
        .field(output("nodes", TypeRef::named_nn_list_nn(name), ""));
    schema.register(all).register(both)
}
