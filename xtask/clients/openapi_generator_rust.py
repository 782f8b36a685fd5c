"""Makes every JSON call with a client of OpenAPI Generator in Rust.

Usage: openapi_generator_rust.py PROGRAM DOCUMENT DIRECTORY
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from plan import plan
from server import Server

FUNCTION = re.compile(r"pub async fn (\w+)\(configuration: &configuration::Configuration(?:, )?(.*?)\) -> Result<")
ARGUMENT = re.compile(r"(?:r#)?(\w+): ((?:[^,<]|<[^>]*(?:<[^>]*>)?[^>]*>)+)")


def literal(text):
    return f'r####"{text}"####'


def functions(crate):
    """The functions of the client: their module, and their arguments with types."""
    for file in Path(crate, "src/apis").glob("*_api.rs"):
        for name, arguments in FUNCTION.findall(file.read_text(encoding="utf-8")):
            yield name, (file.stem, ARGUMENT.findall(arguments))


def configuration(address, request):
    key = f"Some({literal(request['key'])}.into())" if "key" in request else "None"
    members = [f"base_path: {literal(address)}.into()", f"bearer_access_token: {key}"]
    if "cookie" in request:
        members.append(f"client: with_cookie({literal(request['cookie'])})")
    return f"Configuration {{ {', '.join(members)}, ..Default::default() }}"


def argument(request, name, kind):
    is_optional = kind.startswith("Option<")
    if name.endswith("_body") and request["body"] is not None:
        value = f"serde_json::from_str({literal(json.dumps(request['body']))}).unwrap()"
    elif name in request["path"] | request["query"]:
        value = literal((request["path"] | request["query"])[name])
    else:
        return "None"
    return f"Some({value})" if is_optional else value


def program(address, requests, known):
    yield """use openapi::apis::{self, configuration::Configuration};

fn with_cookie(cookie: &str) -> reqwest::Client {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("cookie", cookie.parse().unwrap());
    reqwest::Client::builder().default_headers(headers).build().unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut made = 0;"""
    for request in requests:
        name = request["id"].replace(".", "_")
        module, arguments = known[name]
        given = ["&to", *(argument(request, *one) for one in arguments)]
        yield f"""    let to = {configuration(address, request)};
    match apis::{module}::{name}({", ".join(given)}).await {{
        Ok(_) => made += 1,
        Err(error) => println!("{request['id']}: {{error}} {{error:?}}"),
    }}"""
    yield f"""    println!("{{made}} of {len(requests)} calls");
    assert_eq!(made, {len(requests)});
}}
"""


def main():
    server_program, document, crate = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        document = json.load(file)
    manifest = Path(crate, "Cargo.toml")
    text = manifest.read_text(encoding="utf-8")
    if "[workspace]" not in text:
        text += '\n[dev-dependencies]\ntokio = { version = "1", features = ["rt", "macros"] }\n\n[workspace]\n'
        manifest.write_text(text, encoding="utf-8")
    known = dict(functions(crate))
    # The client compiles before there is a server that waits for it. With `check`, its libraries would be compiled twice.
    subprocess.run(["cargo", "build", "--quiet"], cwd=crate, check=True)
    with Server(server_program) as server:
        lines = program(server.address, plan(document, server), known)
        examples = Path(crate, "examples")
        examples.mkdir(exist_ok=True)
        Path(examples, "calls.rs").write_text("\n".join(lines), encoding="utf-8")
        subprocess.run(["cargo", "run", "--quiet", "--example", "calls"], cwd=crate, check=True)


main()
