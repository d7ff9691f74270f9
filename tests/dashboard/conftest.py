"""A real browser against a real server. Where there is no Chromium or no Playwright
the tests skip and say so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "out" / "screenshots"
SLOW = 90_000  # milliseconds: a machine that others use too, and the first compiling of the model

# What a page holds when it is ready.
READY = {
    "compare": ".answer .chart[data-drawn]",
    "live": ".film[data-tick]",
    "propose": ".press-main",
    "strategies": ".answer .facts b",
    "sweep": ".press-main",
    "evidence": ".sheet tbody tr",
    "glossary": ".sheet tbody tr",
    "modellers": ".mesa img, .mesa svg",
}


@pytest.fixture(scope="session")
def browser(chromium: Any) -> Any:
    """Chromium, for a dashboard that is installed."""
    pytest.importorskip(
        "solara",
        reason='the dashboard is not installed (pip install "village-alliances[dashboard]")',
    )
    return chromium


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1])


class Server:
    """`alliances dashboard` as a process of its own."""

    def __init__(
        self, folder: Path, *options: str, program: tuple[str, ...] = ("-m", "village_alliances")
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, "dashboard", "--port", str(self.port), *options],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **os.environ,
                    "VILLAGE_ALLIANCES_SWEEPS": str(folder / "sweeps"),
                    "PYTHONPATH": str(ROOT),
                },
            )

    def wait(self) -> Server:
        """Until it answers."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=2)
                return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def memory(self) -> float:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return (
            int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
            / 1024
        )

    def stop(self) -> None:
        """End it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


@pytest.fixture(scope="session")
def server(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of all tests."""
    yield from serving(tmp_path_factory)


@pytest.fixture
def fresh_server(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody has asked anything, of one test alone: what it holds is that test's."""
    yield from serving(tmp_path_factory)


def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server, ended afterwards."""
    from village_alliances.sim.ensemble import warm_up

    warm_up()
    server = Server(tmp_path_factory.mktemp("server")).wait()
    yield server
    server.stop()


OUT_OF_SIGHT = """() => {
  document.querySelectorAll('details').forEach(fold => { fold.open = true; });
  const visible = e => e.getClientRects().length && e.clientWidth > 1 && !e.closest('.mesa, .unseen');
  const name = e => `${e.tagName} ${e.className} ${(e.innerText || '').slice(0, 40)}`;
  return [...document.querySelectorAll('#app *')].filter(visible).filter(e =>
    e.tagName !== 'SELECT' && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).overflowX !== 'visible').map(name);
}"""


class Visitor:
    """A browser session of its own, which notes whatever should not happen: errors, missing
    files, requests to elsewhere."""

    def __init__(self, browser: Any, server: Server, width: int, height: int, lang: str) -> None:
        self.server = server
        self.bad: list[str] = []
        self.bytes = 0
        locale = {"zh": "zh-CN", "en": "en-GB"}[lang]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, accept_downloads=True
        )
        self.context.route(
            "**/*",
            lambda route: route.continue_() if self._ours(route.request.url) else route.abort(),
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(SLOW)
        self.page.on("pageerror", lambda error: self.bad.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.bad.append(f"console: {message.text}") if message.type == "error" else None
            ),
        )
        self.page.on(
            "response",
            lambda answer: (
                self.bad.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
            ),
        )
        self.page.on(
            "request",
            lambda request: (
                None if self._ours(request.url) else self.bad.append(f"elsewhere: {request.url}")
            ),
        )

    def _ours(self, url: str) -> bool:
        return url.startswith(
            (self.server.url, self.server.url.replace("http", "ws"), "data:", "blob:", "about:")
        )

    def open(self, query: str = "", ready: str = ".verdict .says") -> Any:
        """Open an address and wait for `ready`."""
        self.page.goto(f"{self.server.url}/?{query}")
        self.page.wait_for_selector(ready)
        return self.page

    def settled(self) -> Any:
        """Wait until nothing is being computed, and nothing new begins for a moment."""
        self.page.evaluate("window.quiet = 0")
        self.page.wait_for_function(
            "() => { const busy = document.querySelector('.status.busy, .computing, .skeleton');"
            " const now = performance.now(); window.quiet = busy ? 0 : window.quiet || now;"
            " return !busy && now - window.quiet > 250; }"
        )
        return self.page

    def out_of_sight(self) -> list[str]:
        """Elements that are cut or scroll sideways, with all folds open."""
        return list(self.page.evaluate(OUT_OF_SIGHT))

    def shoot(self, name: str) -> Path:
        """A picture of the whole page in out/screenshots/."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def close(self) -> None:
        """End the session; nothing bad may have happened in it."""
        self.context.close()
        assert not self.bad, self.bad


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; each must have seen nothing bad by the end of the test."""
    made: list[Visitor] = []

    def visitor(width: int = 1280, height: int = 900, lang: str = "zh") -> Visitor:
        made.append(Visitor(browser, server, width, height, lang))
        return made[-1]

    yield visitor
    for page in made:
        page.close()
