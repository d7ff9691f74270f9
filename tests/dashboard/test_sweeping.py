"""A sweep belongs to the server: run, cancelled, found again after a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from village_alliances.experiments.compare import compare
from village_alliances.sim.loading import load
from village_alliances.wording import numbers

pytestmark = pytest.mark.browser


def test_run_and_found_again(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en&strategies=none~enclave&seed=11", ".press-main")
    page.click("button >> text=Start")
    page.wait_for_selector(".progress")
    page.wait_for_selector(".sweep-done")
    page.wait_for_selector(".chart[data-drawn]")
    rows = page.inner_text(FIGURES)
    visitor.shoot("sweep-en-done")
    page.reload()
    page.wait_for_selector(".chart[data-drawn]")
    assert page.inner_text(FIGURES) == rows
    other = visit(lang="en")
    other.page.goto(page.url)
    other.page.wait_for_selector(".chart[data-drawn]")
    assert other.page.inner_text(FIGURES) == rows
    page.get_by_label("Everything at one setting").select_option("jinxi~grant_per_village=120000")
    page.wait_for_function(
        "([where, old]) => document.querySelector(where).innerText !== old", arg=[FIGURES, rows]
    )
    moved = page.inner_text(FIGURES)
    expected = compare(
        load("jinxi"),
        ["none", "enclave"],
        runs=200,
        seed=11,
        levers={"grant_per_village": 120_000},
        rivals=(),
    )
    income = expected.row("enclave", "mean_income")
    assert numbers.number(float(income["median"]), "yuan/year", "en") in moved
    page.click("text=Open on the compare page")
    page.wait_for_selector(".verdict .says")
    page.wait_for_function(
        "location.search.includes('grant_per_village%3D120000') && "
        "location.search.includes('seed=11')"
    )


FIGURES = ".at-setting table.figures"


def test_own_table_strategies_and_settings_are_swept_and_nothing_is_lost(
    visit: Callable[..., Any],
) -> None:
    visitor = visit(lang="en")
    page = visitor.open(
        "page=sweep&lang=en&strategies=none~own.enclave!lead=township&years=3&seed=21"
        "&set=grant_years=2&vary=span&runs=50",
        ".press-main",
    )
    page.click("summary >> text=own village table")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "mine.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}],
    )
    page.wait_for_function("location.search.includes('source=table')")
    page.click("button >> text=Start")
    page.wait_for_selector(".sweep-done")
    page.wait_for_selector(".chart[data-drawn]")
    assert "led by a township cadre" in page.inner_text(".at-setting")
    rows = page.inner_text(FIGURES)
    page.reload()
    page.wait_for_selector(".chart[data-drawn]")
    assert page.inner_text(FIGURES) == rows
    page.get_by_label("Vary", exact=True).select_option("grant_years")
    page.wait_for_selector(".other-question")
    page.get_by_label("Undo the last change of a setting").click()
    page.wait_for_selector(".other-question", state="detached")
    page.click("text=Open on the compare page")
    page.wait_for_selector(".verdict .facts >> text=mine")
    for kept in ("source=table", "years=3", "seed=21", "township", "grant_years%3D2", "span%3D4"):
        assert kept in page.url, kept


TABLE = "村名,人口,集体经济收入（万元）\n甲村,800,3\n乙村,700,5\n丙村,900,40\n"


def test_cancelled_and_taken_up_again(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open(
        "page=sweep&lang=en&source=fenghua&strategies=none~industry_chain~enclave&seed=12",
        ".press-main",
    )
    page.click("button >> text=Start")
    page.wait_for_selector(".sweep-running")
    page.reload()
    page.wait_for_selector(".sweep-running")
    page.click("button >> text=Cancel")
    page.wait_for_selector(".sweep-cancelled")
    assert "Cancelled" in page.inner_text(".sweep-cancelled")
    page.click("button >> text=Go on from there")
    page.wait_for_selector(".sweep-running >> text=left")
    visitor.shoot("sweep-en-running")
    page.click("button >> text=Cancel")
    page.wait_for_selector(".sweep-cancelled")


@pytest.mark.slow
def test_page_stays_alive_meanwhile(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open(
        "page=sweep&lang=en&source=fenghua&strategies=none~culture&seed=13", ".press-main"
    )
    page.click("button >> text=Start")
    page.wait_for_selector(".progress")
    page.click("nav >> text=Evidence")
    page.wait_for_selector(".sheet tbody tr", timeout=10_000)
    page.go_back()
    page.wait_for_selector(".progress")
    if page.locator("button >> text=Cancel").count():
        page.click("button >> text=Cancel")
        page.wait_for_selector(".sweep-cancelled, .sweep-done")


def test_files_of_the_server_are_out_of_reach(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en", ".press-main")
    page.click("summary >> text=As a sweep file")
    page.fill("textarea", 'scenarios = ["/etc/passwd"]\nstrategies = ["none", "../x.toml"]\n')
    page.wait_for_timeout(600)
    page.click("button >> text=Start")
    page.wait_for_selector(".problem li")
    said = page.inner_text(".problem")
    assert "scenarios[0]" in said and "strategies[1]" in said


def test_sweep_that_breaks_says_what_to_do(visit: Callable[..., Any], server: Any) -> None:
    from village_alliances.interface.dashboard import sweeps
    from village_alliances.interface.dashboard.state import Asked

    name = sweeps.design_asked(Asked(strategies=("none", "culture"), seed=17), None).hash
    in_the_way = server.folder / "sweeps" / name
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("a file where the sweep wants its folder")
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en&strategies=none~culture&seed=17", ".press-main")
    page.click("button >> text=Start")
    page.wait_for_selector(".sweep-lost")
    said = page.inner_text(".answer")
    assert "Go on from there" in said and "whoever runs this page" in said
    reference = re.search(r"under ([0-9a-f]{8})", said)
    assert reference, said
    log = server.log.read_text()
    assert reference[1] in log and "Traceback" in log
    assert "Traceback" not in said and str(in_the_way) not in said
    visitor.shoot("sweep-en-lost")
    in_the_way.unlink()
    page.click("button >> text=Go on from there")
    page.wait_for_selector(".sweep-done")
    page.wait_for_selector(".chart[data-drawn]")
