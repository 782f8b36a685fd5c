//! `bailiwick graphql`: a query, and its answer as tables.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use crate::answer::show_problem;
use crate::client::ServerArgs;
use crate::output;

const ABOUT: &str = "Ask a GraphQL query, and show a table for each list of the answer

Objects within a row are columns of their own, as in site.name; lists within a row are joined with commas. \
The schema is in docs/graphql.md and contracts/schema.graphql.

Example: bailiwick graphql '{ nodes(order_by: {name: asc}) { name status site { name } } }'";

/// A query and its variables.
#[derive(Args, Debug)]
#[command(about = "Ask a GraphQL query", long_about = ABOUT)]
#[command(group = ArgGroup::new("document").required(true).args(["query", "file"]))]
pub(crate) struct GraphQlArgs {
    /// The query, as in '{ nodes { name } }'
    query: Option<String>,
    /// A file with the query; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A variable of the query, as in --variable name=db-1. A value that is JSON, as in n=5 or names=["a"], is sent as such
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, Value)>,
    /// Which of the document's operations to run
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// The organization, by id or slug; for root keys
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

fn variable(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, as in name=db-1")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

impl GraphQlArgs {
    fn body(&self) -> anyhow::Result<Value> {
        let document = match (&self.query, &self.file) {
            (Some(query), _) => query.clone(),
            (None, Some(file)) if file.as_os_str() == "-" => {
                std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
            }
            (None, Some(file)) => {
                std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
            }
            (None, None) => String::new(),
        };
        let variables: Map<String, Value> = self.variables.iter().cloned().collect();
        Ok(json!({ "query": document, "variables": variables, "operationName": self.operation }))
    }
}

/// Asks the query, and shows the answer. Fails if the answer has errors, which it shows after the data.
pub(crate) fn run(args: &GraphQlArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let server = args.server.server()?;
    let query = server.query(args.organization.as_deref());
    let path = ["graphql".to_owned()];
    let body = args.body()?;
    let reply = runtime.block_on(server.call("POST", &path, &query, Some(&body)))?;
    let has_errors = reply.body.get("errors").is_some() || !reply.status.is_success();
    if args.server.json {
        output::json(&reply.body);
    } else if !reply.status.is_success() {
        show_problem(&reply.body);
    } else {
        table::show(&reply.body);
    }
    Ok(if has_errors { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: GraphQlArgs,
    }

    #[test]
    fn arguments_become_a_request() {
        let line = ["graphql", "{ a }", "--variable", "name=db-1", "--variable", "n=5", "--operation", "Q"];
        let body = Line::try_parse_from(line).unwrap().args.body().unwrap();
        let variables = json!({ "name": "db-1", "n": 5 });
        assert_eq!(body, json!({ "query": "{ a }", "variables": variables, "operationName": "Q" }));
        assert!(Line::try_parse_from(["graphql"]).is_err());
        assert!(Line::try_parse_from(["graphql", "{ a }", "--file", "x"]).is_err());
        assert!(Line::try_parse_from(["graphql", "{ a }", "--variable", "name"]).is_err());
    }
}
