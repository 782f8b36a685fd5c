"""Plans one valid request for each JSON call of the OpenAPI document, on objects that are made for it.

A request is a dictionary: `id` of the operation, `method`, `template` of the path, `path` and `query` with parameters,
`body`, `status` of the answer, and `key` or `cookie`, or neither if the operation is open.
"""

import copy
import time

# What cannot be done with one machine and a root key, and why.
LEFT_OUT = {
    "agents.rotate": "needs an agent that is connected",
    "invitations.accept": "needs a token that works once",
    "second_factor.confirm": "needs an authenticator",
    "second_factor.end": "needs an authenticator",
    "second_factor.renew_recovery_codes": "needs an authenticator",
}
# Members of which no two objects may have the same.
UNIQUE = ("name", "slug", "email", "reason", "job", "number", "external_id", "address")
# The labels and the reason that examples name.
LABELS = {"env": "prod"}
REASON = "Setup|Tool change"


def plan(document, server):
    """The requests, in the order of the document."""
    return Planner(document, server).requests()


class Planner:
    def __init__(self, document, server):
        self.server = server
        self.count = 0
        self.operations = {}
        for path, item in document["paths"].items():
            for method, operation in item.items():
                # The routes for scripts of other systems have no cost of their own.
                if "x-cost" in operation:
                    self.operations[operation["operationId"]] = (method.upper(), path, operation)
        self.creators = {
            path: name for name, (method, path, _) in self.operations.items() if method == "POST" and "{" not in path
        }
        self.agent = server.enrol(LABELS)
        server.call("POST", "/v1/nodes?organization=default", {"type": "generic", "name": "db-1", "address": "db-1"})
        server.call("POST", "/v1/downtime_reasons?organization=default", {"reason": REASON})

    def requests(self):
        return [request for name in self.operations if (request := self.request(name))]

    def request(self, name):
        method, path, operation = self.operations[name]
        status = next(status for status in operation["responses"] if status.startswith("2"))
        if name in LEFT_OUT or "application/json" not in operation["responses"][status]["content"]:
            return None
        request = {"id": name, "method": method, "template": path, "status": int(status), "path": {}}
        for part in path.split("/"):
            if part.startswith("{"):
                request["path"][part.strip("{}")] = self.parent(name, path.split("/" + part)[0])
        request["query"] = {"organization": "default"} if self.names_organization(name) else {}
        request["body"] = self.body(name)
        if operation["security"] == [{"session": []}]:
            request["cookie"] = self.server.cookie
        elif operation["security"]:
            request["key"] = self.server.key
        if name == "whoami.revoke":
            body = {"name": "Soon gone", "scopes": []}
            request["key"] = self.server.call("POST", "/v1/keys?organization=default", body)["secret"]
        return request

    def names_organization(self, name):
        parameters = self.operations[name][2].get("parameters", [])
        return any(one["name"] == "organization" and one["in"] == "query" for one in parameters)

    def parent(self, name, collection):
        """The id of an object of a collection, for a request that does something with it."""
        if name == "sessions.end":
            return self.server.begin_session()[1]
        if name == "commands.reboot":
            return self.agent
        return self.create(collection)

    def create(self, collection):
        """Makes an object; its id."""
        name = self.creators[collection]
        query = "?organization=default" if self.names_organization(name) else ""
        made = self.server.call("POST", collection + query, self.body(name))
        if name == "job_dispatches.start":
            return made["run"]["external_id"]
        inner = [member["id"] for member in made.values() if isinstance(member, dict) and "id" in member]
        return made["id"] if "id" in made else inner[0]

    def body(self, name):
        """The example of a body, changed so that it is valid here and now."""
        content = self.operations[name][2].get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        body = copy.deepcopy(content["application/json"].get("example", {}))
        self.count += 1
        if name.endswith(".create") or name == "job_dispatches.start":
            for member in UNIQUE:
                if isinstance(body.get(member), str):
                    before = member in ("email", "address")
                    body[member] = f"{self.count}-{body[member]}" if before else f"{body[member]}-{self.count}"
        body.update(self.differently(name, body))
        return body

    def differently(self, name, body):
        """What a body must say here that its example does not."""
        match name:
            case "annotations.create":
                return {"node": self.create("/v1/nodes"), "reason": REASON}
            case "audit.cut":
                first = "/v1/audit?organization=default&sort=number&limit=1"
                entry = self.server.call("GET", first)["items"][0]
                return {member: entry[member] for member in ("number", "hash")}
            case "calendars.create":
                return {"site": self.create("/v1/sites")}
            case "goals.create":
                return {"node": self.create("/v1/nodes")}
            case "job_dispatches.start":
                return {"node": self.create("/v1/nodes"), "start_at": "2029-12-31T00:00:00Z"}
            case "job_runs.create":
                return {"job_operation": self.create("/v1/job_operations"), "node": self.create("/v1/nodes")}
            case "nodes.import":
                return {"data": body["data"].replace("db-1", "db-2")}
            case "nodes.merge":
                return {"from": self.create("/v1/nodes")}
            case "observations.create":
                hours = [time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() - ago)) for ago in (7_200, 3_600)]
                return {"columns": [column | {"node": "db-1", "at": hours} for column in body["columns"]]}
            case "operator_runs.create":
                return {"operator": self.create("/v1/operators"), "node": self.create("/v1/nodes")}
            case "second_factor.begin":
                return {"password": self.server.login["password"]}
            case "sessions.create":
                return self.server.login
            case "updates.install":
                # The window of an earlier request is closed now.
                return {"ignore_maintenance_windows": True}
            case _:
                return {}
