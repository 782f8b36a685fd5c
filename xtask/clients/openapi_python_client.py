"""Makes every JSON call with a client of openapi-python-client.

Usage: openapi_python_client.py PROGRAM DOCUMENT DIRECTORY
"""

import importlib
import inspect
import json
import pkgutil
import sys

import calls

sys.path.insert(0, sys.argv[3])
import bailiwick_client.api  # noqa: E402
from bailiwick_client import AuthenticatedClient, Client  # noqa: E402

MODULES = {
    found.name.rsplit(".", 1)[1]: found.name
    for found in pkgutil.walk_packages(bailiwick_client.api.__path__, "bailiwick_client.api.")
}


def same(sent, read):
    """Whether nothing that the server sent was lost; times may be written in another way."""
    if isinstance(sent, dict):
        return isinstance(read, dict) and all(name in read and same(sent[name], read[name]) for name in sent)
    if isinstance(sent, list):
        return isinstance(read, list) and len(sent) == len(read) and all(map(same, sent, read))
    return sent == read or (isinstance(sent, str) and isinstance(read, str) and sent[:16] == read[:16])


def plain(read):
    """What was read, as JSON. Some answers are lists."""
    return [plain(one) for one in read] if isinstance(read, list) else read.to_dict()


def call(address, request):
    operation = importlib.import_module(MODULES[request["id"].replace(".", "_")])
    parameters = inspect.signature(operation.sync_detailed).parameters
    if "key" in request:
        client = AuthenticatedClient(base_url=address, token=request["key"])
    else:
        client = Client(base_url=address, headers={"Cookie": request["cookie"]} if "cookie" in request else {})
    arguments = {"client": client}
    for name, value in (request["path"] | request["query"]).items():
        arguments[name if name in parameters else f"{name}_"] = value
    if "body" in parameters and request["body"] is not None:
        name = next(name for name in dir(operation) if name.endswith("Body"))
        arguments["body"] = getattr(operation, name).from_dict(request["body"])
    response = operation.sync_detailed(**arguments)
    sent = json.loads(response.content)
    if response.parsed is not None and not same(sent, plain(response.parsed)):
        raise ValueError(f"lost something of {sent}")
    return int(response.status_code), response.parsed


calls.make(call)
