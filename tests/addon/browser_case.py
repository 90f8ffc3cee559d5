"""A browser on a running Odoo, driven by what is on the screen.

Odoo's tours cannot leave Odoo's own origin, and a consent at Exact Online does.  This
drives the same Chromium as the tours do, from here.
"""

import base64
import json
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

from odoo.tests import HttpCase
from odoo.tests.common import ChromeBrowser, ChromeBrowserException
from odoo.tools import config

from odoo.addons.bus.websocket import CloseCode, WebsocketConnectionHandler, _kick_all

from tests.addon.connector_case import ConnectorCase

SCRIPT = Path(__file__).with_name("browser_page.js")
# Seconds for the slowest thing a person waits for: the first page, or a sync.
PATIENCE = 60
PHONE = (390, 844)


class Chromium(ChromeBrowser):
    """Odoo's browser, that may visit this machine under its other name as well."""

    def _handle_request_paused(self, **params):
        if urlsplit(params["request"]["url"]).hostname == "localhost":
            self._websocket_send(
                "Fetch.continueRequest", params={"requestId": params["requestId"]}
            )
        else:
            super()._handle_request_paused(**params)


class Page:
    """What a person sees and does.

    Everything waits until the page is at rest and what is asked for is there; an error
    on the console of a page fails whatever comes next.
    """

    def __init__(self, browser, origin, pictures):
        self.browser = browser
        self.origin = origin
        self.pictures = pictures
        self._send("Page.addScriptToEvaluateOnNewDocument", source=SCRIPT.read_text())
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._send("Emulation.setEmulatedMedia", features=[still])

    # === THE BROWSER === #
    def _send(self, method, **params):
        return self.browser._websocket_request(method, params=params, timeout=PATIENCE)

    def _evaluate(self, expression):
        """Return the value of an expression; raise what it raises."""
        answer = self._send(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            error = answer["exceptionDetails"]["exception"]
            raise ChromeBrowserException(error.get("description", str(error)))
        return answer["result"].get("value")

    def _person(self, name, *arguments, until=lambda value: True):
        """Let the script do something, until it can and the answer suits."""
        call = f"person.{name}({', '.join(map(json.dumps, arguments))})"
        deadline = time.monotonic() + PATIENCE
        while True:
            self.check_console()
            try:
                self._evaluate("person.settled()")
                value = self._evaluate(call)
                if until(value):
                    return value
                problem = f"it says: {value}"
            except ChromeBrowserException as error:
                # Not there yet, or the page was left at this very moment.
                problem = str(error)
            if time.monotonic() > deadline:
                raise AssertionError(f"{call}: {problem}")

    def check_console(self):
        """Fail when a page has written an error to its console."""
        outcome = self.browser._result
        if outcome.done():
            outcome.result()

    def picture(self, name):
        """Keep a picture of the page for people to look at."""
        self._evaluate("person.settled()")
        shot = self._send("Page.captureScreenshot")
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.pictures.joinpath(f"{name}.png").write_bytes(
            base64.b64decode(shot["data"])
        )

    def resize(self, width, height):
        """Let the window be as large as another screen, from the next page on."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    # === DOING === #
    def open(self, path):
        self.browser.navigate_to(urljoin(self.origin, path))

    def click(self, text, within=None):
        """Click the one thing with this text (or tooltip)."""
        self._person("click", text, within)

    def fill(self, label, value):
        """Type into a field, over what it holds."""
        self._person("focus", label)
        self._send("Input.insertText", text=value)
        self._person("leave")

    def pick(self, label, search):
        """Choose from a list, by a part of its text that fits one option only."""
        self._person("focus", label)
        self._send("Input.insertText", text=search)
        self._person("option", search)

    def tick(self, label):
        """Turn the tick of a field over."""
        self._person("focus", label)

    def make(self, label, name):
        """Begin a new record from a field that chooses one."""
        self._person("focus", label)
        self._send("Input.insertText", text=name)
        self._person("option", "Create and edit...")

    # === SEEING === #
    def see(self, *texts):
        """Wait until all these texts are on the page."""
        self._person("text", until=lambda page: all(text in page for text in texts))

    def read(self, label, until=bool):
        """Return what a field holds, once it suits."""
        return self._person("read", label, until=until)

    def rows(self, count=1, within=""):
        """Return the rows of the list, by column title, once there are so many.

        :param within: CSS selector of what holds it, where there are several lists
        """
        return self._person("rows", within, until=lambda rows: len(rows) == count)

    def overflow(self):
        """Return how many pixels of the page stick out of the window at the right."""
        return self._person("overflow")


class BrowserCase(ConnectorCase, HttpCase):
    """A shop, an administration and a browser."""

    @contextmanager
    def enter_registry_test_mode(self):
        """HttpCase is in it already: only what goes with it is left to do."""
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    @contextmanager
    def chromium(self, login="admin"):
        """Open a browser in which somebody is logged in.

        Meanwhile the database belongs to the browser: look at it afterwards.

        :rtype: Page
        """
        # No bubbles of Odoo's own guided tours.
        self.env.ref("base.user_admin").tour_enabled = False
        browser = Chromium(self)
        with self.allow_requests(browser=browser), ExitStack() as closing:
            # In this order, from the last one: nothing reaches the next test.
            closing.callback(self._wait_remaining_requests)
            closing.callback(_kick_all, CloseCode.KILL_NOW)
            closing.enter_context(
                patch.object(
                    WebsocketConnectionHandler, "websocket_allowed", return_value=True
                )
            )
            closing.callback(browser.stop)
            self.authenticate(login, login, browser=browser)
            self.cr.flush()
            self.cr.clear()
            pictures = Path(config["screenshots"], self._testMethodName)
            page = Page(browser, self.base_url(), pictures)
            try:
                yield page
                page.check_console()
            except BaseException:
                page.picture("failure")
                raise
        self.env.invalidate_all()
