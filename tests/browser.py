"""A real browser for tests: Debian's chromium on a small phone's window, driven by chromedriver over plain HTTP (WebDriver)."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

WIDTH, HEIGHT = 320, 568
PATIENCE = 60.0  # seconds until something that should happen counts as not happening
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"tab": "\ue004", "enter": "\ue007", "space": "\ue00d", "shift": "\ue008"}
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def missing() -> str:
    """Why no browser can be had, "" if one can; Debian's is installed where that takes nothing but asking."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "không có chromium và chromedriver (cài: apt-get install chromium chromium-driver)"
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium", "chromium-driver"]):
        try:
            done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, timeout=240, check=False)
        except subprocess.TimeoutExpired:
            return f"apt-get {command[0]} không xong trong 4 phút"
        if done.returncode:
            return f"apt-get {command[0]} không được: {done.stderr.decode(errors='replace').strip()[-200:]}"
    return "" if shutil.which("chromedriver") else "apt-get không cài được chromedriver"


class DriverError(Exception):
    """The driver could not do what was asked: no such element, not to be clicked."""


@dataclass(frozen=True)
class Element:
    """One element of the page."""

    browser: Browser
    id: str

    def _ask(self, path: str) -> Any:
        return self.browser.ask("GET", f"/element/{self.id}/{path}")

    @property
    def text(self) -> str:
        return str(self._ask("text"))

    @property
    def enabled(self) -> bool:
        return bool(self._ask("enabled"))

    @property
    def shown(self) -> bool:
        return bool(self._ask("displayed"))

    def tap(self) -> None:
        self.browser.ask("POST", f"/element/{self.id}/click", {})

    def type(self, text: str) -> None:
        self.browser.ask("POST", f"/element/{self.id}/value", {"text": text})


@dataclass(frozen=True)
class Browser:
    """One session of the driver."""

    session: str
    client: httpx.Client

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, f"/session/{self.session}{path}", json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise DriverError(f"{answer['error']}: {answer.get('message', '').splitlines()[0]}")
        return answer

    def open(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})

    def reload(self) -> None:
        self.ask("POST", "/refresh", {})

    def all(self, css: str) -> list[Element]:
        found = self.ask("POST", "/elements", {"using": "css selector", "value": css})
        return [Element(self, one[ELEMENT]) for one in found]

    def one(self, css: str) -> Element:
        return self.all(css)[0]

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script gives back, as if typed into the browser's console; for looking, not for doing what a person does."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys: str) -> None:
        """Keys one after another, wherever the focus is."""
        strokes = [KEYS.get(key, key) for key in keys]
        actions = [{"type": kind, "value": stroke} for stroke in strokes for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def allow(self, permission: str, *, granted: bool) -> None:
        state = "granted" if granted else "denied"
        self.ask("POST", "/permissions", {"descriptor": {"name": permission}, "state": state})

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def errors(self) -> list[str]:
        """What the page complained about in the console since the last time."""
        return [str(line["message"]) for line in self.ask("POST", "/se/log", {"type": "browser"}) if line["level"] == "SEVERE"]

    def until(self, what: Callable[[], Any]) -> Any:
        """The first true value of `what`; the test fails if none comes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = what()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"never happened; the page says: {self.run('return document.body.innerText')}")


@contextmanager
def driver(folder: Path) -> Iterator[httpx.Client]:
    """A running chromedriver; it and its browsers are gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # what the browser writes of its own (crash reports, font caches) belongs in the folder too
    home = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    command = ["chromedriver", f"--port={port}", "--log-level=OFF"]
    process = subprocess.Popen(command, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=120) as client:
            _wait_for(client)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(client: httpx.Client) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if client.get("/status").json()["value"]["ready"]:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("chromedriver does not start")


@contextmanager
def browser(client: httpx.Client, folder: Path) -> Iterator[Browser]:
    """A new browser with nothing in it, as wide as a small phone."""
    options = {"args": [*ARGUMENTS, f"--user-data-dir={folder}", f"--window-size={WIDTH},{HEIGHT}"]}
    wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
    started = client.post("/session", json={"capabilities": wanted}).json()["value"]
    if "sessionId" not in started:
        pytest.fail(f"chromium does not start: {started.get('message', '')[:300]}")
    opened = Browser(started["sessionId"], client)
    try:
        opened.devtools("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=True)
        yield opened
    finally:
        client.delete(f"/session/{opened.session}")
