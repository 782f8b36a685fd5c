"""Makes every JSON call with the clients of openapi-fetch and @hey-api/openapi-ts, after the compiler has checked them.

Usage: typescript.py PROGRAM DOCUMENT DIRECTORY

The directory has `node_modules`, the types of openapi-typescript in `schema.d.ts`, and the client in `hey-api`.
"""

import json
import re
import subprocess
import sys

from plan import plan
from server import Server

CHECK = "--noEmit --strict --skipLibCheck --target es2022 --module es2022 --moduleResolution bundler --types node"
COUNT = """
let made = 0;
function count(id: string, wanted: number, status: number | undefined, data: unknown, error: unknown) {
  if (status === wanted && data !== undefined) made += 1;
  else console.log(id, status, JSON.stringify(error));
}
"""


def headers(request):
    return {"Cookie": request["cookie"]} if "cookie" in request else {}


def arguments(request, parameters):
    """What both clients take: parameters that there are, and the body."""
    taken = {name: value for name, value in parameters.items() if value}
    return taken if request["body"] is None else taken | {"body": request["body"]}


def openapi_fetch(address, requests):
    yield 'import createClient from "openapi-fetch";\nimport type { paths } from "./schema";' + COUNT
    for request in requests:
        key = {"Authorization": f"Bearer {request['key']}"} if "key" in request else {}
        options = {"baseUrl": address, "headers": headers(request) | key}
        parameters = {name: request[name] for name in ("path", "query") if request[name]}
        call = f"{request['method']}({json.dumps(request['template'])}, "
        call += json.dumps(arguments(request, {"params": parameters})) + ")"
        yield calling(request, f"createClient<paths>({json.dumps(options)}).{call}")


def hey_api(address, requests):
    yield 'import * as sdk from "./hey-api/sdk.gen";\nimport { client } from "./hey-api/client.gen";' + COUNT
    yield f"client.setConfig({{ baseUrl: {json.dumps(address)} }});"
    for request in requests:
        yield f"client.setConfig({{ auth: () => {json.dumps(request['key']) if 'key' in request else 'undefined'} }});"
        first, *rest = re.split("[._]", request["id"])
        name = first + "".join(word.capitalize() for word in rest)
        parameters = {"path": request["path"], "query": request["query"], "headers": headers(request)}
        yield calling(request, f"sdk.{name}({json.dumps(arguments(request, parameters))})")


def calling(request, call):
    known = f"{json.dumps(request['id'])}, {request['status']}"
    return f"await {call}.then(({{ data, error, response }}) => count({known}, response?.status, data, error));"


def main():
    program, document, directory = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        document = json.load(file)
    for write in (openapi_fetch, hey_api):
        with Server(program) as server:
            requests = plan(document, server)
            lines = [*write(server.address, requests)]
            lines.append(f'console.log(made, "of", {len(requests)}, "calls");')
            lines.append(f"if (made !== {len(requests)}) process.exit(1);\nexport {{}};\n")
            name = f"{write.__name__}.ts"
            with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
                file.write("\n".join(lines))
            for words in (["tsc", *CHECK.split(), name], ["tsx", name]):
                subprocess.run([f"node_modules/.bin/{words[0]}", *words[1:]], cwd=directory, check=True)


main()
