"""A server with an empty database, for one client."""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

# How long the server may take to start, in seconds.
START = 60


class Server:
    """Starts the server, and stops it at the end of a `with` block."""

    def __init__(self, program):
        self.program = os.path.abspath(program)

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory()
        data = Path(self.directory.name, "data")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        words = [self.program, "up", "--no-agent", "--data", str(data), "--listen", f"127.0.0.1:{port}"]
        self.log = open(Path(self.directory.name, "log"), "w", encoding="utf-8")
        environment = os.environ | {"BAILIWICK_SERVER__TLS": "off"}
        self.process = subprocess.Popen(
            words, cwd=self.directory.name, env=environment, stdout=self.log, stderr=self.log
        )
        self.wait()
        first_run = json.loads(Path(data, "first-run.json").read_text(encoding="utf-8"))
        self.key = first_run["root_key"]
        self.login = {name: first_run["admin"][name] for name in ("email", "password")}
        self.cookie = self.begin_session()[0]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        self.directory.cleanup()

    def wait(self):
        for _ in range(START * 10):
            try:
                urllib.request.urlopen(self.address + "/v1/readyz").close()
                return
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise SystemExit("the server did not start: " + Path(self.log.name).read_text(encoding="utf-8"))

    def begin_session(self):
        """Logs in; the cookie, and the id of the session."""
        body = json.dumps(self.login).encode()
        request = urllib.request.Request(self.address + "/v1/sessions", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            cookie = response.headers["set-cookie"].split(";")[0]
            return cookie, json.load(response)["session"]["id"]

    def call(self, method, path, body=None):
        """Makes a request with the root key; the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path} {body}: {error.code} {error.read().decode()}") from error

    def enrol(self, labels):
        """Enrols an agent that ends for ever at once, so that nothing it is told is ever done; the id of its node."""
        enrolment = {"name": "Enrols", "kind": "enrol", "enrolment": {"labels": labels}}
        key = self.call("POST", "/v1/keys?organization=default", enrolment)["secret"]
        with tempfile.TemporaryDirectory() as data:
            words = [self.program, "agent", "--server", self.address, "--data", data, "--host-metrics", "false"]
            environment = os.environ | {"BAILIWICK_ENROL_KEY": key}
            agent = subprocess.Popen(words, env=environment, stdout=self.log, stderr=self.log)
            try:
                for _ in range(START * 10):
                    for node in self.call("GET", "/v1/nodes?organization=default")["items"]:
                        if node["status"] == "online":
                            return node["id"]
                    time.sleep(0.1)
            finally:
                agent.kill()
                agent.wait()
        raise SystemExit("the agent did not enrol")
