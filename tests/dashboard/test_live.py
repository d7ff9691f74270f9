"""The live page: play, pause, step, back, reset; a village's story; a thousand
quarters without growing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from village_alliances.interface.dashboard.film import ROUTINE
from village_alliances.sim.model import AllianceModel

pytestmark = pytest.mark.browser


def tick(page: Any) -> int:
    """The quarter that is shown."""
    return int(page.get_attribute(".film", "data-tick"))


def test_play_pause_step_back_reset(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=live&lang=en", ".film[data-tick]")
    assert tick(page) == 0
    page.get_by_label("One quarter on").click()
    page.get_by_label("One quarter on").click()
    assert tick(page) == 2
    page.get_by_label("One quarter back").click()
    assert tick(page) == 1
    page.click(".play")
    page.wait_for_function("+document.querySelector('.film')?.dataset.tick >= 4")
    page.click(".play")
    page.wait_for_timeout(300)
    stopped = tick(page)
    page.wait_for_timeout(800)
    assert tick(page) == stopped
    page.get_by_label("Back to the start").click()
    assert tick(page) == 0


def test_what_is_shown_is_the_models(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open(
        "page=live&lang=en&left=none&right=strong_leads_weak&run=3", ".film[data-tick]"
    )
    page.get_by_label("Quarter", exact=True).fill("24")
    page.wait_for_function("document.querySelector('.film')?.dataset.tick === '24'")
    model = AllianceModel("jinxi", "strong_leads_weak", run=3)
    while model.running:
        model.step()
    events = [e for e in model.events if e.event not in ROUTINE]
    lines = page.locator(".events").nth(1).locator("li")
    assert lines.count() == min(40, len(events))
    assert events[-1].village in lines.first.inner_text()
    figure = page.locator(".films .card").nth(1).locator(".film-figures div").nth(2)
    assert int(figure.locator("b").inner_text()) == round(model.outcome("weak_villages_50k"))
    projects = page.locator(".films .card").nth(1).locator(".projects li")
    alive = [p for p in model.pair.ledgers[0].projects if p.ended is None]
    assert projects.count() == min(8, len(alive))
    dearest = max(alive, key=lambda project: project.cost)
    assert model.types[dearest.type].title["en"] in projects.first.inner_text()
    model.close()


def test_story_of_a_village(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="zh")
    page = visitor.open("page=live&lang=zh", ".film[data-tick]")
    page.get_by_label("季度", exact=True).fill("12")
    page.locator(".events a").last.click()
    page.wait_for_selector(".story .chart[data-drawn]")
    assert "书记" in page.inner_text(".story")
    assert "累计投入" in page.inner_text(".story .projects")
    visitor.shoot("live-zh-story")
    page.click(".story >> text=关闭")
    page.wait_for_selector(".story", state="detached")


def test_county_moves_quickly(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open(
        "page=live&lang=en&source=fenghua&left=none&right=industry_chain", ".film[data-tick]"
    )
    page.select_option(".film-bar select", "20")
    page.click(".play")
    page.wait_for_function("+document.querySelector('.film')?.dataset.tick >= 20")
    visitor.shoot("live-en-fenghua")


@pytest.mark.slow
def test_a_thousand_quarters_do_not_grow(visit: Callable[..., Any], server: Any) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=live&lang=en", ".film[data-tick]")
    page.check("text=again and again")
    page.select_option(".film-bar select", "20")
    page.click(".play")
    client = visitor.context.new_cdp_session(page)

    def heap() -> float:
        client.send("HeapProfiler.collectGarbage")
        return float(client.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    page.wait_for_function("+document.querySelector('.film')?.dataset.frames >= 60")
    before, server_before = heap(), server.memory()
    page.wait_for_function(
        "+document.querySelector('.film')?.dataset.frames >= 1060", timeout=240_000
    )
    assert heap() - before < 50
    assert server.memory() - server_before < 50
