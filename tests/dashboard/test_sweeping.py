"""A sweep belongs to the server: run, cancelled, found again after a reload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_run_and_found_again(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en&strategies=none~enclave&seed=11", ".press-main")
    page.click("button >> text=Start")
    page.wait_for_selector(".progress")
    page.wait_for_selector(".sweep-done")
    page.wait_for_selector(".chart[data-drawn]")
    rows = page.inner_text("table.figures")
    visitor.shoot("sweep-en-done")
    page.reload()
    page.wait_for_selector(".chart[data-drawn]")
    assert page.inner_text("table.figures") == rows
    other = visit(lang="en")
    other.page.goto(page.url)
    other.page.wait_for_selector(".chart[data-drawn]")
    assert other.page.inner_text("table.figures") == rows


def test_cancelled_and_taken_up_again(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en&source=fenghua&strategies=none~industry_chain~enclave&seed=12", ".press-main")
    page.click("button >> text=Start")
    page.wait_for_selector(".sweep-running")
    page.reload()
    page.wait_for_selector(".sweep-running")
    page.click("button >> text=Cancel")
    page.wait_for_selector(".sweep-cancelled")
    assert "Cancelled" in page.inner_text(".sweep-cancelled")


def test_page_stays_alive_meanwhile(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=sweep&lang=en&source=fenghua&strategies=none~culture&seed=13", ".press-main")
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
