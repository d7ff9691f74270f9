"""Mesa's own page: it plays, pauses and starts anew, and cannot be played
so quickly that it breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
READY = ".mesa img, .mesa svg"
STEP = "Number((document.querySelector('.mesa')?.innerText?.match(/Step: (\\d+)/) || [0, -1])[1])"


def step(page: Any) -> int:
    """The step that the page shows."""
    match = re.search(r"Step: (\d+)", page.inner_text(".mesa"))
    assert match
    return int(match[1])


def test_play_pause_step_reset(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=modellers&lang=en", READY)
    assert step(page) == 0
    page.click(".mesa button >> text=Step")
    page.wait_for_function(f"{STEP} === 1")
    page.click(".mesa button >> text=▶")
    page.wait_for_function(f"{STEP} >= 4")
    page.click(".mesa button >> text=❚❚")
    page.wait_for_selector(".mesa button >> text=▶")
    seen = [step(page)]
    while len(seen) < 3 or seen[-1] != seen[-2]:  # a step that was under way may still arrive
        page.wait_for_timeout(1500)
        seen.append(step(page))
        assert len(seen) < 8, f"it goes on: {seen}"
    page.click(".mesa button >> text=Reset")
    page.wait_for_function(f"{STEP} === 0")
    visitor.shoot("modellers-en-reset")


@pytest.mark.parametrize("threads", [False, True])
def test_quickest_play_runs_to_the_end(visit: Callable[..., Any], threads: bool) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=modellers&lang=en", READY)
    slider = page.locator(".mesa [role=slider]").first
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "(n => n >= 100 && n <= 110)(+document.querySelector('.mesa "
        "[role=slider]')?.getAttribute('aria-valuenow'))"
    )
    if threads:
        page.click(".mesa >> text=Use Threads")
        page.wait_for_selector(".mesa >> text=avoid skipping plots")
    page.click(".mesa button >> text=▶")
    page.wait_for_function(f"{STEP} === 24")
    assert "error" not in page.inner_text(".mesa").lower()


def test_another_run_begins_with_reset(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=modellers&lang=en", READY)
    page.click(".mesa button >> text=Step")
    page.wait_for_function(f"{STEP} === 1")
    page.locator(".mesa [role=slider]").nth(3).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "document.querySelectorAll('.mesa [role=slider]')[3].getAttribute('aria-valuenow') === '1'"
    )
    page.click(".mesa button >> text=Reset")
    page.wait_for_function(f"{STEP} === 0")
    page.click(".mesa button >> text=Step")
    page.wait_for_function(f"{STEP} === 1")
