"""Sessions are apart, and a closed one is forgotten."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_two_sessions_see_their_own(visit: Callable[..., Any]) -> None:
    item, two = visit(lang="en"), visit(lang="zh")
    first, second = item.open("lang=en"), two.open("lang=zh&source=chunhu")
    first.get_by_label("Remove One area, run as one").click()
    first.wait_for_function("document.querySelectorAll('.picked').length === 3")
    two.settled()
    assert second.locator(".picked").count() == 4
    assert "莼湖" in second.inner_text(".verdict")
    assert "Jinxi" in first.inner_text(".verdict")


def kernels(server: Any) -> int:
    """Sessions that the server holds."""
    with urllib.request.urlopen(server.url + "/resourcez", timeout=10) as answer:
        return int(json.load(answer)["kernels"]["total"])


def falls_to(most: float, measured: Callable[[], float]) -> None:
    """Wait until a measure is at most that: a session that was closed ends in its own time."""
    until = time.monotonic() + 30
    while (last := measured()) > most:
        assert time.monotonic() < until, f"{last} after half a minute, not {most}"
        time.sleep(0.2)


@pytest.mark.slow
def test_twenty_sessions_at_once_and_gone(
    visit: Callable[..., Any], browser: Any, server: Any
) -> None:
    from tests.dashboard.conftest import Visitor

    visitors = [Visitor(browser, server, 800, 700, "en") for _ in range(20)]
    before = kernels(server)
    for i, visitor in enumerate(visitors):
        visitor.page.goto(
            f"{server.url}/?lang=en&years={i % 8 + 1}&seed={i + 1}&strategies=none~enclave"
        )
    for i, visitor in enumerate(visitors):
        visitor.page.wait_for_selector(".says")
        facts = visitor.page.inner_text(".verdict .facts")
        assert f"luck {i + 1}" in facts and f"2015–{2015 + i % 8}" in facts
    assert kernels(server) >= before + 20
    for visitor in visitors:
        visitor.page.goto("about:blank")
    for visitor in visitors:
        visitor.close()
    falls_to(before, lambda: kernels(server))


@pytest.mark.slow
def test_sessions_leave_no_memory_behind(browser: Any, fresh_server: Any) -> None:
    from tests.dashboard.conftest import Visitor

    def come_and_go(seed: int) -> None:
        visitor = Visitor(browser, fresh_server, 1280, 900, "en")
        visitor.open(
            f"lang=en&source=fenghua&strategies=none~industry_chain&years=2&seed={seed}",
            ".answer .chart[data-drawn]",
        )
        visitor.open("page=live&lang=en&source=fenghua", ".film[data-tick]")
        visitor.close()

    for seed in range(3):
        come_and_go(seed)
    before = fresh_server.memory()
    for seed in range(3, 9):
        come_and_go(seed)
    falls_to(before + 60, fresh_server.memory)
    assert fresh_server.memory() < 800


@pytest.mark.slow
def test_two_large_questions_do_not_stall_a_third_visitor(browser: Any, fresh_server: Any) -> None:
    from tests.dashboard.conftest import Visitor

    asked = iter(range(100, 200))

    def first_answer() -> float:
        visitor = Visitor(browser, fresh_server, 1280, 900, "en")
        visitor.page.goto(f"{fresh_server.url}/?lang=en")  # answered beforehand
        visitor.settled()
        begun = time.monotonic()
        visitor.page.goto(
            f"{fresh_server.url}/?lang=en&strategies=none~enclave&seed={next(asked)}&years=5"
        )
        visitor.page.wait_for_selector(".verdict .says")
        taken = time.monotonic() - begun
        visitor.close()
        return taken

    first_answer()
    quiet = statistics.median(first_answer() for _ in range(3))
    large = (
        "lang=en&source=fenghua&years=12&strategies=none~strong_leads_weak~industry_chain~enclave"
    )
    others = [Visitor(browser, fresh_server, 1280, 900, "en") for _ in range(2)]
    for i, visitor in enumerate(others):
        visitor.page.goto(f"{fresh_server.url}/?{large}&seed={i + 50}")
        visitor.page.wait_for_selector(".status.busy, .computing, .skeleton")
    beside = [first_answer() for _ in range(3)]
    still_busy = [
        visitor.page.locator(".status.busy, .computing, .skeleton").count() for visitor in others
    ]
    for visitor in others:
        visitor.context.close()
    assert all(still_busy), "the large questions were over before the third visitor was answered"
    assert statistics.median(beside) < 2 * quiet, (quiet, beside)


def test_another_sites_page_cannot_connect(server: Any) -> None:
    import socket

    def handshake(origin: str) -> str:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(
                f"GET /jupyter/api/kernels/abc/channels?session_id=x HTTP/1.1\r\nHost: "
                f"127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: "
                f"dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: "
                f"{origin}\r\n\r\n".encode()
            )
            return line.recv(200).decode("latin-1").splitlines()[0]

    assert " 403 " in handshake("http://evil.example")
    assert " 101 " in handshake(f"http://127.0.0.1:{server.port}")


def test_cookies_and_headers(server: Any) -> None:
    with urllib.request.urlopen(server.url + "/", timeout=20) as answer:
        cookies = answer.headers.get_all("set-cookie")
        assert cookies and all("httponly" in cookie.lower() for cookie in cookies)
        assert answer.headers["x-content-type-options"] == "nosniff"
        body = answer.read().decode()
    assert "solara.dev" not in body and "mixpanel" not in body
