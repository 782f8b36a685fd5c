//! Facets of lists: how many items have each value of a property.

use std::collections::BTreeMap;

use bailiwick_domain::page::Page;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::Facet;
use schemars::JsonSchema;
use serde::Serialize;

/// One value of a property, and how many items have it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FacetValue {
    /// The value; null for items without one.
    pub(crate) value: Option<String>,
    /// The name of the object that the value is the id of; null if it is no id, or the caller may not read the object.
    pub(crate) name: Option<String>,
    /// How many items have it.
    pub(crate) count: u32,
    /// Whether that is the exact number. If not, there are more: only 100,000 items were looked at.
    pub(crate) exact: bool,
}

/// The facets of a list, by name.
pub(crate) type Facets = BTreeMap<&'static str, Vec<FacetValue>>;

/// A page of a list that has facets.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(crate) struct FacetedPage<T> {
    #[serde(flatten)]
    page: Page<T>,
    /// For each property that `facets` names: its values, at most 50, the most frequent first, with how many items of all
    /// pages have each. The list's filter on the same property is left out for this. Only if `facets` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Facets>,
}

impl<T> FacetedPage<T> {
    /// A page with its facets; none if the request did not ask for any.
    pub(crate) fn new(page: Page<T>, facets: Facets) -> Self {
        Self { page, facets: Some(facets).filter(|facets| !facets.is_empty()) }
    }
}

/// The values of a facet as an answer shows them. `text` gives the text of a value, and `name` its name.
pub(crate) fn values<V>(
    facet: Facet<V>,
    text: impl Fn(&V) -> String,
    name: impl Fn(&V) -> Option<String>,
) -> Result<Vec<FacetValue>> {
    let exact = facet.exact;
    let value = |(value, count): (Option<V>, i64)| {
        Ok(FacetValue {
            value: value.as_ref().map(&text),
            name: value.as_ref().and_then(&name),
            count: u32::try_from(count).map_err(Error::internal)?,
            exact,
        })
    };
    facet.counts.into_iter().map(value).collect()
}
