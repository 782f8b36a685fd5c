"""Counts the calls of a client, and says which of them failed."""

import json
import sys

from plan import plan
from server import Server


def make(call):
    """Makes each planned call with a function that returns the status and the answer as the client read it."""
    program, document = sys.argv[1:3]
    with open(document, encoding="utf-8") as file:
        document = json.load(file)
    failures = 0
    with Server(program) as server:
        requests = plan(document, server)
        for request in requests:
            try:
                status, answer = call(server.address, request)
                fault = None if status == request["status"] and answer is not None else f"{status} {answer}"
            except Exception as error:  # Whatever a client does not understand is a fault of the document.
                fault = f"{type(error).__name__}: {error}"
            if fault:
                failures += 1
                print(f"{request['id']}: {' '.join(fault.split())[:500]}")
    print(f"{len(requests) - failures} of {len(requests)} calls")
    sys.exit(failures > 0)
