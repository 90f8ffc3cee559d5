"""The queue, the threads and the commands that both stand-ins send webhooks with."""

import threading

import pytest
import requests

from sandbox import Sandbox
from sandbox.core import Clock, ControlError, Postman
from tests.sandbox.receiver import receiving


@pytest.fixture
def postman():
    clock = Clock()
    clock.freeze("2026-06-03T10:31:00Z")
    made = Postman(clock)
    yield made
    made.stop()


def post(postman, receiver, name, **options):
    return postman.post(name, receiver.url, {"X-Name": name}, b"{}", **options)


def names(requests):
    return [request.headers["X-Name"] for request in requests]


def test_deliveries_to_one_address_come_in_the_order_of_the_queue(postman, receiver):
    sent = [str(number) for number in range(30)]
    for name in sent:
        post(postman, receiver, name)
    assert postman.drain()["states"] == {"delivered": 30}
    assert names(receiver.take()) == sent


def test_a_slow_receiver_does_not_hold_up_another(postman, receiver):
    free = threading.Event()
    receiver.answer = lambda request: 200 if free.wait(10) else 500
    post(postman, receiver, "slow")
    with receiving() as other:
        row = post(postman, other, "quick")
        while row.state != "delivered":
            postman.wake()
        assert names(other.take()) == ["quick"]
    free.set()
    assert postman.drain()["states"] == {"delivered": 2}


def test_several_at_once_when_asked_for(postman, receiver):
    together = threading.Barrier(4, timeout=10)

    def answer(request):
        together.wait()
        return 200

    receiver.answer = answer
    postman.parallel = True
    for number in range(4):
        post(postman, receiver, str(number))
    assert postman.drain()["states"] == {"delivered": 4}


def test_draining_does_not_wait_for_ever(postman, receiver):
    free = threading.Event()
    receiver.answer = lambda request: 200 if free.wait(10) else 500
    post(postman, receiver, "slow")
    with pytest.raises(ControlError, match="still under way"):
        postman.drain(timeout=0.1)
    free.set()
    postman.drain()


def test_a_receiver_that_is_not_there(postman, receiver):
    receiver.stop()
    row = post(postman, receiver, "nobody")
    postman.drain()
    assert row.state == "failed"
    assert row.reason.startswith("ConnectionRefusedError")
    assert row.status is None


def test_a_receiver_that_answers_too_late(postman, receiver):
    free = threading.Event()
    receiver.answer = lambda request: 200 if free.wait(10) else 500
    postman.timeout = 0.1
    row = post(postman, receiver, "slow")
    postman.drain()
    free.set()
    assert row.state == "failed"
    assert row.reason.startswith("TimeoutError")


def test_a_redirect_is_not_followed(postman, receiver):
    receiver.status = 302
    row = post(postman, receiver, "elsewhere")
    postman.drain()
    assert (row.state, row.status) == ("refused", 302)
    assert len(receiver.take()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/hook",
        "http://shop.example.com/hook",
        "http://127.0.0.1.example.com/hook",
        "https://127.0.0.1/hook",
        "http://127.0.0.2/hook",
        "http://[::ffff:10.0.0.1]/hook",
        "nonsense",
        "http://[broken/hook",
    ],
)
def test_only_this_machine_is_called(postman, address):
    row = postman.post("x", address, {}, b"")
    postman.drain()
    assert row.state == "not_delivered"


def test_off_is_written_down_only(postman, receiver):
    postman.mode = "off"
    row = post(postman, receiver, "x")
    postman.drain()
    assert row.state == "off"
    assert receiver.take() == []


def test_hold_keeps_them_until_on(postman, receiver):
    postman.mode = "hold"
    for name in "abc":
        post(postman, receiver, name)
    postman.drain()
    assert receiver.take() == []
    postman.mode = "on"
    postman.drain()
    assert names(receiver.take()) == ["a", "b", "c"]


def test_what_is_held_can_come_in_another_order(control, receiver):
    control("webhooks_set", deliver="hold", seed=5)
    for name in "abcdef":
        headers = {"X-Name": name}
        control("webhook_forge", address=receiver.url, headers=headers)
    control("webhooks_set", deliver="on", shuffle=True)
    control("webhooks_drain")
    found = names(receiver.take())
    assert sorted(found) == list("abcdef") != found


def test_a_delayed_one_does_not_hold_up_what_comes_after(postman, receiver):
    post(postman, receiver, "later", delay=60)
    post(postman, receiver, "now")
    postman.drain()
    assert names(receiver.take()) == ["now"]
    postman.clock.advance(60)
    postman.drain()
    assert names(receiver.take()) == ["later"]


def test_what_waits_when_it_stops_is_not_sent(postman, receiver):
    post(postman, receiver, "later", delay=60)
    postman.stop()
    postman.clock.advance(60)
    post(postman, receiver, "after")
    postman.drain()
    assert names(receiver.take()) == ["after"]


# === COMMANDS === #


@pytest.fixture(params=["lightspeed", "exact"])
def control(request):
    """Run a command of a service over HTTP."""
    with Sandbox() as box:

        def run(command, **params):
            url = f"{box.control_url}/{request.param}/{command}"
            return requests.post(url, json=params, timeout=10)

        yield run


def test_forge_list_and_redeliver(control, receiver):
    made = control(
        "webhook_forge", address=receiver.url, body="{é", headers={"X-Name": "a"}
    ).json()
    assert (made["event"], made["state"]) == ("forged", "waiting")
    assert control("webhooks_drain").json()["states"] == {"delivered": 1}
    (request,) = receiver.take()
    assert request.body == "{é".encode()
    assert request.headers["X-Name"] == "a"
    again = control("webhook_redeliver", delivery=made["id"]).json()
    assert again["again"] == made["id"]
    control("webhooks_drain")
    (second,) = receiver.take()
    assert (second.body, second.headers["X-Name"]) == (request.body, "a")
    first, last = control("webhook_deliveries").json()
    assert (first["status"], last["status"]) == (200, 200)
    assert last["seconds"] >= 0
    (found,) = control("webhook_deliveries", since=first["id"]).json()
    assert found["id"] == last["id"]
    control("webhooks_clear")
    assert control("webhook_deliveries").json() == []


def test_settings(control, receiver):
    answer = control("webhooks_set", deliver="off", timeout=3, parallel=True).json()
    assert answer == {"deliver": "off", "parallel": True, "timeout": 3, "routes": {}}
    control("webhook_forge", address=receiver.url)
    (row,) = control("webhook_deliveries", state="off").json()
    assert row["address"] == receiver.url
    assert control("webhooks_set", deliver="maybe").status_code == 400
    assert control("webhook_redeliver", delivery=99).status_code == 400
    assert control("webhook_redeliver", delivery=row["id"]).json()["state"] == "off"


def test_a_reset_forgets_deliveries_and_settings(receiver):
    with Sandbox() as box:
        service = box.lightspeed
        service.control_webhooks_set(deliver="off", routes={"a.example": 1})
        service.control_webhook_forge(receiver.url)
        box.reset()
        assert service.control_webhook_deliveries() == []
        settings = service.control_webhooks_set()
        assert (settings["deliver"], settings["routes"]) == ("on", {})


def test_the_demo_sends_nothing():
    with Sandbox(demo=True) as box:
        for service in (box.lightspeed, box.exact):
            assert service.control_webhook_deliveries() == []
            assert service.postman._running == []
