"""Odoo as a browser talks to it, and the control channel of the stand-ins."""

import itertools
import sys

import requests
from demo_host import DATABASE, TIMEOUT

LOGIN = PASSWORD = "admin"


class Odoo:
    """A browser session of the administrator."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.numbers = itertools.count(1)
        self._rpc(
            "/web/session/authenticate",
            {"db": DATABASE, "login": LOGIN, "password": PASSWORD},
        )

    def _rpc(self, route, params):
        body = {"jsonrpc": "2.0", "id": next(self.numbers), "params": params}
        answer = self.session.post(self.url + route, json=body, timeout=TIMEOUT).json()
        if "error" in answer:
            data = answer["error"].get("data", {})
            sys.exit(f"error: {data.get('message') or answer['error']['message']}")
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        return self._rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def ids(self, model, domain=()):
        return self.call(model, "search", list(domain))

    def make(self, model, values):
        return self.call(model, "create", [values])[0]


def control(services, command, **parameters):
    answer = requests.post(
        f"{services['control_url']}/{command}", json=parameters, timeout=TIMEOUT
    )
    answer.raise_for_status()
    return answer.json()
