"""A headless Chromium over its own debugging pipe: no socket, no driver program, no package. One page at a time.

Every message of the console above a note, every exception and every request that is no file of the page lands in `complaints`.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_S = 30
# The browser reads commands on descriptor 3 and writes on 4, whatever numbers the pipes got here.
_MOVE = """
import os, sys
pair = [os.dup(int(word)) for word in sys.argv[1:3]]
pair = [fd if fd > 4 else os.dup2(fd, 100 + fd) for fd in pair]
os.dup2(pair[0], 3), os.dup2(pair[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    def __init__(self, program: str) -> None:
        self.complaints: list[str] = []
        self._program, self._id, self._buffer, self._session = program, 0, b"", ""
        self._loaded = False

    def __enter__(self) -> Browser:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # A home and temporary folders of its own: nothing of the user's profile is read, nothing is left behind.
        self._home = tempfile.TemporaryDirectory(prefix="fleproof-page-", ignore_cleanup_errors=True)
        words = [self._program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
        words += ["--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={self._home.name}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _MOVE, str(to_read), str(to_write), *words],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._home.name},
        )
        os.close(to_read)
        os.close(to_write)
        target = self._call("Target.createTarget", url="about:blank", session=False)["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True, session=False)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._call("Browser.close", session=False)
            self._process.wait(_PATIENCE_S)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._home.cleanup()

    def size(self, width: int, height: int, dark: bool = False) -> None:
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self._call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        )

    def open(self, file: Path, fragment: str = "") -> None:
        """Comes back when the page has loaded. Another fragment of the same page is a fresh load too."""
        for url in ("about:blank", file.resolve().as_uri() + fragment):
            self._loaded = False
            self._call("Page.navigate", url=url)
            while not self._loaded:
                self._handle(self._message())

    def run(self, script: str) -> Any:
        """The value of an expression, awaited if it is a promise."""
        got = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{script}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true, looked at in every frame."""
        self.run(f"new Promise(done => {{ const look = () => ({condition}) ? done(1) : requestAnimationFrame(look); look(); }})")

    def click(self, selector: str) -> None:
        """A click of the mouse on the middle of the element: what lies over it would get it instead."""
        where = json.dumps(selector)
        x, y = self.run(
            f"(e => {{ e.scrollIntoView({{block: 'center'}}); const r = e.getBoundingClientRect();"
            f" return [r.x + r.width / 2, r.y + r.height / 2]; }})(document.querySelector({where}))"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, name: str, text: str = "") -> None:
        code = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowRight": 39}.get(name, 0)
        text = "\r" if name == "Enter" else text
        self._call("Input.dispatchKeyEvent", type="keyDown", key=name, text=text, windowsVirtualKeyCode=code)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        for letter in text:
            self.key(letter, letter)

    def picture(self, file: Path, whole: bool = False) -> None:
        got = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(got["data"]))

    def _call(self, method: str, session: bool = True, **parameters: Any) -> dict[str, Any]:
        self._id += 1
        number = self._id
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            got = self._message()
            if got.get("id") != number:
                self._handle(got)
            elif "error" in got:
                raise RuntimeError(f"{method}: {got['error']}")
            else:
                return dict(got["result"])

    def _message(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._read, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError("the browser went away" if ready else f"the browser said nothing for {_PATIENCE_S} s")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(line))

    def _handle(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(f"exception: {parameters['exceptionDetails']}")
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(f"console: {parameters['args']}")
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"log: {parameters['entry']['text']}")
        elif method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith(
            ("file:", "data:", "about:", "blob:")
        ):
            self.complaints.append(f"request: {parameters['request']['url']}")
