"""Clock, faults, call log, control interface, state and command line."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from werkzeug import Request, Response

from sandbox.core import Clock, ControlError, Faults, Service, dumps, loads
from sandbox.core.calls import CallLog
from sandbox.core.server import Gate, HttpServer

ROOT = Path(__file__).parents[2]


class Counter(Service):
    """A service that only counts, to see what was handled."""

    name = "lightspeed"

    def __init__(self, clock):
        super().__init__(clock)
        self.handled = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.handled.append(request.get_data(as_text=True))
        if request.path == "/bug":
            raise ZeroDivisionError
        if request.path == "/empty":
            return Response(status=204)(environ, start_response)
        answer = {"handled": len(self.handled), "é": request.args.get("q")}
        return Response(dumps(answer), 201, content_type="application/json")(
            environ, start_response
        )

    def fault_response(self, kind, params):
        if kind != "unauthorized":
            return None
        return Response(params["environ"]["PATH_INFO"] + params["text"], 401)


class Server:
    """One counting service behind a gate."""

    def __init__(self):
        self.clock = Clock()
        self.clock.freeze("2026-03-29T00:59:59Z")
        self.faults, self.calls = Faults(), CallLog()
        self.service = Counter(self.clock)
        self.changes = 0
        gate = Gate(self.service, self.clock, self.faults, self.calls, self.changed)
        self.http = HttpServer(gate, self.clock, 0)
        self.session = requests.Session()

    def changed(self, service):
        self.changes += 1

    def post(self, path="/x", body="hello", **options):
        return self.session.post(
            self.http.url + path, data=body, timeout=options.pop("timeout", 5)
        )


@pytest.fixture
def server():
    made = Server()
    made.http.start()
    yield made
    made.http.stop()


# === CLOCK === #


def test_clock_stands_still_moves_and_ticks():
    clock = Clock("2026-01-01T00:00:00Z")
    clock.freeze()
    first = clock.now()
    time.sleep(0.01)
    assert clock.now() == first
    assert clock.advance(90) == first + timedelta(seconds=90)
    assert clock.set("2026-02-01T00:00:00+01:00").isoformat() == (
        "2026-01-31T23:00:00+00:00"
    )
    clock.unfreeze()
    moment = clock.now()
    time.sleep(0.01)
    later = clock.now()
    assert moment < later < moment + timedelta(seconds=5)
    assert later.tzinfo is timezone.utc


def test_date_headers_may_be_off():
    clock, other = Clock("2026-01-01T00:00:00Z"), Clock()
    clock.freeze()
    clock.skew = -90
    assert clock.header_now() == clock.now() - timedelta(seconds=90)
    other.load(clock.dump())
    assert other.header_now() == clock.header_now()


def test_clock_is_restored_ticking_or_frozen():
    clock, other = Clock("2030-01-01T00:00:00Z"), Clock()
    other.load(json.loads(json.dumps(clock.dump())))
    assert abs(other.now() - clock.now()) < timedelta(seconds=2)
    assert not other.frozen
    clock.freeze()
    other.load(clock.dump())
    assert other.frozen
    assert other.now() == clock.now()


# === JSON === #


def test_money_is_written_without_noise_and_read_exactly():
    values = {"a": Decimal("81.8182"), "b": Decimal("99.00"), "c": 0.1 + 0.2}
    text = dumps(values)
    assert text == '{"a":81.8182,"b":99,"c":0.30000000000000004}'
    assert loads(text)["a"] == Decimal("81.8182")
    assert dumps(loads(text)) == text


# === SERVER === #


def test_one_connection_serves_many_requests(server):
    connection = http.client.HTTPConnection(*server.http.server_address[:2])
    sockets = set()
    for number in range(1, 4):
        connection.request("POST", "/x", "hello")
        answer = connection.getresponse()
        assert answer.version == 11
        assert json.loads(answer.read())["handled"] == number
        sockets.add(connection.sock)
    assert len(sockets - {None}) == 1
    connection.close()


def test_date_header_is_the_sandbox_clock(server):
    assert server.post().headers["Date"] == "Sun, 29 Mar 2026 00:59:59 GMT"


def test_texts_survive_query_and_body(server):
    answer = server.session.get(server.http.url + "/x", params={"q": "é &"}, timeout=5)
    assert answer.json()["é"] == "é &"


def test_204_has_no_body_and_keeps_the_connection(server):
    assert server.post("/empty").status_code == 204
    assert server.post().status_code == 201


def test_body_without_length_is_refused(server):
    with socket.create_connection(server.http.server_address[:2]) as raw:
        raw.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 411 ")
    assert server.service.handled == []


def test_chunked_body_is_read(server):
    server.session.post(server.http.url + "/x", data=iter([b"ab", b"c"]), timeout=5)
    assert server.service.handled == ["abc"]


def test_a_bug_in_the_sandbox_is_loud(server, caplog):
    assert server.post("/bug").status_code == 500
    assert "The sandbox itself failed" in caplog.text


def test_stop_cuts_open_connections(server):
    server.post()
    server.http.stop()
    with pytest.raises(requests.ConnectionError):
        server.post()
    server.http.stop = lambda: None


# === FAULTS === #


@pytest.mark.parametrize(
    ("kind", "handled"),
    [
        ("lost_before", 0),
        ("lost_after", 1),
        ("reset_before", 0),
        ("reset_after", 1),
        ("hang_after", 1),
    ],
)
def test_no_answer_comes(server, kind, handled):
    server.faults.add(kind, "lightspeed", params={"seconds": 0.05})
    with pytest.raises(requests.ConnectionError) as caught:
        server.post()
    assert len(server.service.handled) == handled
    assert ("reset" in str(caught.value).lower()) == kind.startswith("reset")
    assert server.post().status_code == 201
    (entry, _) = server.calls.list()
    assert entry["fault"] == kind
    assert entry["status"] == (201 if handled else None)


def test_slow_is_handled_after_waiting(server):
    server.faults.add("slow", "lightspeed", params={"seconds": 0.2})
    started = time.monotonic()
    assert server.post().status_code == 201
    assert time.monotonic() - started >= 0.2


def test_hang_outlasts_a_client_that_gives_up(server):
    server.faults.add("hang_after", "lightspeed", params={"seconds": 0.5})
    with pytest.raises(requests.ReadTimeout):
        server.post(timeout=0.1)
    assert server.service.handled == ["hello"]


def test_late_lands_after_the_connection_broke(server):
    server.faults.add("late", "lightspeed", params={"seconds": 0.2})
    with pytest.raises(requests.ConnectionError):
        server.post()
    assert server.service.handled == []
    assert server.calls.list()[0]["done"] is False
    deadline = time.monotonic() + 5
    while not server.calls.list()[0]["done"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert server.service.handled == ["hello"]
    assert server.calls.list()[0]["status"] == 201


@pytest.mark.parametrize("handled", [False, True])
@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("empty_500", 500, ""),
        ("html_503", 503, "<html>"),
        ("html_200", 200, "<!DOCTYPE html>"),
    ],
)
def test_other_answers(server, kind, status, start, handled):
    server.faults.add(kind, "lightspeed", params={"handled": handled})
    answer = server.post()
    assert answer.status_code == status
    assert answer.text.startswith(start)
    assert bool(answer.text) == bool(start)
    assert len(server.service.handled) == handled


def test_status_fault_says_what_it_is_told(server):
    params = {
        "status": 429,
        "body": {"error": "x"},
        "headers": {"Retry-After": 7},
        "handled": True,
    }
    server.faults.add("status", "lightspeed", params=params)
    answer = server.post()
    assert answer.status_code == 429
    assert answer.json() == {"error": "x"}
    assert answer.headers["Retry-After"] == "7"
    assert server.service.handled == ["hello"]
    server.faults.add("status", params={"body": "<p>", "content_type": "text/html"})
    answer = server.post()
    assert (answer.status_code, answer.text) == (500, "<p>")
    assert answer.headers["Content-Type"] == "text/html"
    assert len(server.service.handled) == 1


def test_truncated_is_half_with_its_own_length(server):
    server.faults.add("truncated", "lightspeed")
    answer = server.post()
    assert answer.status_code == 201
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(ValueError, match="."):
        answer.json()
    assert server.service.handled == ["hello"]


def test_truncated_length_breaks_off(server):
    server.faults.add("truncated_length", "lightspeed")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        server.post()
    assert server.service.handled == ["hello"]


@pytest.mark.parametrize("handled", [False, True])
def test_vendor_fault_comes_from_the_service(server, handled):
    params = {"text": "!", "handled": handled}
    server.faults.add("unauthorized", "lightspeed", params=params)
    answer = server.post()
    assert (answer.status_code, answer.text) == (401, "/x!")
    assert len(server.service.handled) == handled


def test_fault_is_chosen_by_method_path_and_query(server):
    server.faults.add("empty_500", "lightspeed", method="get")
    server.faults.add("empty_500", "exact")
    server.faults.add("empty_500", path=r"/orders/\d+\.json$")
    server.faults.add("empty_500", query="q=a b")
    assert server.post("/orders/1.jsonx").status_code == 201
    assert server.post("/orders/1.json").status_code == 500
    assert server.post("/x?q=a%20b").status_code == 500
    assert [rule["fired"] for rule in server.faults.list()] == [0, 0, 1, 1]


def test_times_and_after_count_matches(server):
    server.faults.add("empty_500", after=1, times=2)
    answers = [server.post().status_code for _ in range(5)]
    assert answers == [201, 500, 500, 201, 201]
    server.faults.add("empty_500", times=None)
    assert {server.post().status_code for _ in range(5)} == {500}
    server.faults.clear()
    assert server.post().status_code == 201


def test_probability_follows_its_seed():
    def draws(seed):
        faults = Faults()
        faults.add("empty_500", times=None, probability=0.5, seed=seed)
        return [bool(faults.take("exact", "GET", "/", "")) for _ in range(50)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert 10 < sum(draws(1)) < 40


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "no_such"},
        {"kind": "rate_minute", "service": "lightspeed"},
        {"kind": "rate_5min"},
        {"kind": "empty_500", "service": "other"},
        {"kind": "empty_500", "path": "("},
        {"kind": "empty_500", "times": 0},
        {"kind": "empty_500", "colour": "red"},
    ],
)
def test_misspelled_faults_are_refused(options):
    with pytest.raises(ControlError):
        Faults().add(**options)


# === CALL LOG === #


def test_calls_hold_all_but_secrets(server):
    server.session.auth = ("key", "geheim")
    server.post("/x?q=%C3%A9", '{"a": 1}')
    (entry,) = server.calls.list()
    assert entry["n"] == 1
    assert entry["at"] == "2026-03-29T00:59:59+00:00"
    assert entry["service"] == "lightspeed"
    assert (entry["method"], entry["path"]) == ("POST", "/x")
    assert entry["query"] == "q=%C3%A9"
    assert entry["request_body"] == {"a": 1}
    assert (entry["status"], entry["done"], entry["fault"]) == (201, True, None)
    assert entry["seconds"] >= 0
    assert entry["headers"]["Authorization"] == "Basic ***"
    assert "a2V5OmdlaGVpbQ" not in json.dumps(entry)


def test_calls_are_filtered_and_counted(server):
    for path in ("/a", "/b", "/a"):
        server.post(path)
    assert len(server.calls.list(since=1)) == 2
    assert len(server.calls.list(path="/a")) == 2
    assert server.calls.list(service="exact") == []
    assert server.calls.list(method="GET") == []
    assert server.calls.summary() == [
        {"service": "lightspeed", "method": "POST", "status": 201, "count": 3}
    ]
    server.calls.clear()
    server.post()
    assert [entry["n"] for entry in server.calls.list()] == [4]


# === CONTROL === #


def control(box, method, path, body=None):
    return requests.request(method, f"{box.control_url}/{path}", json=body, timeout=10)


def test_control_lists_commands_with_their_texts(box):
    index = control(box, "GET", "").json()
    assert "POST core/clock" in index["core"]
    assert "add_order" in index["lightspeed"]
    described = control(box, "GET", "lightspeed").json()
    assert "lines" in described["add_order"]["parameters"]
    assert described["add_order"]["text"].startswith("Add an order")
    assert all(entry["text"] for entry in described.values())


def test_control_skews_the_date_header(box):
    box.clock.freeze("2026-03-29T00:59:59Z")
    assert control(box, "POST", "core/clock", {"skew": 300}).json()["skew"] == 300
    answer = requests.get(f"{box.exact_url}/nothing", timeout=5)
    assert answer.headers["Date"] == "Sun, 29 Mar 2026 01:04:59 GMT"
    assert box.clock.now().isoformat() == "2026-03-29T00:59:59+00:00"
    box.reset()
    assert box.clock.skew == 0


def test_control_sets_the_clock(box):
    answer = control(box, "POST", "core/clock", {"set": "2027-01-01T00:00:00+01:00"})
    assert answer.json() == {
        "now": "2026-12-31T23:00:00+00:00",
        "frozen": True,
        "skew": 0,
    }
    answer = control(box, "POST", "core/clock", {"advance": 60})
    assert answer.json()["now"] == "2026-12-31T23:01:00+00:00"
    assert control(box, "GET", "core/clock").json() == answer.json()
    assert control(box, "POST", "core/clock", {"freeze": False}).json()["frozen"] is (
        False
    )


def test_control_adds_and_clears_faults(box):
    body = {"service": "lightspeed", "kind": "empty_500", "path": "/nl/"}
    added = control(box, "POST", "core/faults", body).json()
    assert added["times"] == 1
    answer = requests.get(box.lightspeed_url + "/nl/shop.json", timeout=5)
    assert answer.status_code == 500
    (listed,) = control(box, "GET", "core/faults").json()
    assert listed["fired"] == 1
    control(box, "DELETE", "core/faults")
    assert control(box, "GET", "core/faults").json() == []


def test_control_shows_and_clears_calls(box):
    requests.get(box.lightspeed_url + "/nl/shop.json", timeout=5)
    requests.get(box.lightspeed_url + "/nl/time.json", timeout=5)
    answer = control(box, "GET", "core/calls?service=lightspeed&since=1").json()
    assert answer["last"] == 2
    (entry,) = answer["calls"]
    assert entry["path"] == "/nl/time.json"
    assert sum(total["count"] for total in answer["totals"]) == 2
    control(box, "DELETE", "core/calls")
    assert control(box, "GET", "core/calls").json()["calls"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "lightspeed/no_such", {}),
        ("POST", "other/add_shop", {}),
        ("POST", "core/no_such", {}),
        ("POST", "core/clock", {"sett": "2026-01-01"}),
        ("POST", "core/clock", {"set": "yesterday"}),
        ("POST", "core/faults", {"kind": "no_such"}),
        ("POST", "core/faults", {}),
        ("POST", "lightspeed/add_shop", {}),
        ("POST", "lightspeed/add_shop", {"name": "a", "colour": "red"}),
        ("POST", "lightspeed/add_order", {"shop": 1, "lines": []}),
        ("POST", "lightspeed/add_shop", []),
        ("GET", "lightspeed/add_shop", None),
    ],
)
def test_control_refuses_with_a_reason(box, method, path, body):
    answer = control(box, method, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_control_takes_exact_money(box):
    shop = control(box, "POST", "lightspeed/add_shop", {"name": "A"}).json()
    body = {"shop": shop["shop"], "lines": [{"unit_incl": 3.33, "quantity": 3}]}
    order = control(box, "POST", "lightspeed/add_order", body).json()
    assert order["gross"] == "9.99"


def test_reset_empties_everything(box, api):
    box.faults.add("empty_500")
    api.add()
    control(box, "POST", "core/reset")
    assert control(box, "POST", "lightspeed/shops", {}).json() == []
    assert box.faults.list() == []
    assert not box.clock.frozen
    assert abs(box.clock.now() - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert api("shop.json").status_code == 401


# === STATE AND COMMAND LINE === #


def start(*arguments):
    """Start the sandbox as a process; return it and its URLs."""
    command = [sys.executable, "-m", "sandbox", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def finish(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.wait(10)
    process.stdout.close()


def test_state_survives_a_kill(tmp_path):
    state, ready = tmp_path / "state.json", tmp_path / "ready.json"
    process, urls = start("--state", state, "--ready-file", ready)
    assert json.loads(ready.read_text()) == urls
    assert urls.keys() >= {"lightspeed_url", "control_url"}
    try:
        base = urls["control_url"]
        moved = {"set": "2026-06-03T10:31:00Z", "freeze": True}
        requests.post(f"{base}/core/clock", json=moved, timeout=5)
        shop = requests.post(
            f"{base}/lightspeed/add_shop", json={"name": "A"}, timeout=5
        ).json()
        body = {"shop": "A", "lines": [{"unit_incl": 3.33, "quantity": 3}]}
        order = requests.post(
            f"{base}/lightspeed/add_order", json=body, timeout=5
        ).json()
        auth = (shop["key"], shop["secret"])
        path = f"/nl/orders/{order['id']}"
        answer = requests.post(
            urls["lightspeed_url"] + path + "/metafields.json",
            json={"orderMetafield": {"key": "exact", "value": "1"}},
            auth=auth,
            timeout=5,
        )
        assert answer.status_code == 201
        first = requests.get(
            urls["lightspeed_url"] + path + ".json", auth=auth, timeout=5
        )
    finally:
        finish(process, signal.SIGKILL)
    process, again = start("--state", state)
    try:
        second = requests.get(
            again["lightspeed_url"] + path + ".json", auth=auth, timeout=5
        )
        old, new = urls["lightspeed_url"], again["lightspeed_url"]
        assert second.text == first.text.replace(old, new)
        assert '"key":"exact"' in second.text
        more = requests.post(
            f"{again['control_url']}/lightspeed/add_order", json=body, timeout=5
        ).json()
        assert (more["number"], more["id"] > order["id"]) == ("ORD00002", True)
    finally:
        finish(process)
    assert process.returncode == 0


def test_ports_are_taken_as_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process, urls = start("--lightspeed-port", port, "--now", "2026-01-01T00:00:00Z")
    try:
        assert urls["lightspeed_url"] == f"http://127.0.0.1:{port}"
        answer = requests.get(urls["lightspeed_url"], timeout=5)
        assert answer.headers["Date"].startswith("Thu, 01 Jan 2026 00:00")
    finally:
        finish(process)
