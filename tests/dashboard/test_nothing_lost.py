"""Nothing that a planner set is lost in silence; links that make no sense and a server that is
gone are answered in words."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.conftest import READY, Server, Visitor

pytestmark = pytest.mark.browser
TABLE = "村名,人口,集体经济收入（万元）\n甲村,800,3\n乙村,700,5\n丙村,900,4\n"


NONSENSE = (
    f"years=²&seed=³&run={'9' * 5000}&source=../../etc/passwd&strategies=/etc/passwd~x.toml"
    "&set=span=999~nothing=1&table=%00abc&" + "&".join(f"a{n}=1" for n in range(41))
)


def test_nonsense_in_a_link_is_named_and_never_a_traceback(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    for lang, place in (("zh", "金溪五村"), ("en", "Jinxi five villages")):
        page = visitor.open(f"lang={lang}&{NONSENSE}")
        said = page.inner_text(".ignored")
        assert "years" in said and "²" in said and "seed" in said
        assert "Traceback" not in page.inner_text("body")
        assert place in page.inner_text(".verdict")
    page.click(".ignored button")
    page.wait_for_selector(".ignored", state="detached")


def test_what_a_link_said_fits_a_phone_however_long(visit: Callable[..., Any]) -> None:
    visitor = visit(width=360, lang="zh")
    for word in ("9" * 5000, "W" * 5000):
        page = visitor.open(f"lang=zh&run={word}&{word}=1")
        assert page.locator(".ignored li").count() == 2
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        visitor.settled()


def test_levers_and_years_survive_other_villages_and_an_upload(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&years=4&set=grant_per_village=200000")
    page.locator(".ask select").first.select_option("fenghua")
    page.wait_for_function("location.search.includes('source=fenghua')")
    assert "years=4" in page.url and "grant_per_village%3D200000" in page.url
    page.click("summary >> text=own village table")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "mine.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}],
    )
    page.wait_for_function("location.search.includes('source=table')")
    assert "years=4" in page.url and "grant_per_village%3D200000" in page.url
    visitor.settled()


def test_own_villages_chosen_on_any_page_survive_a_reload(visit: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.click("summary >> text=own village table")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "mine.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}],
    )
    page.wait_for_function("location.search.includes('table=')")
    for tab, title in (("Watch", "Watch one"), ("Propose", "Propose:"), ("Sweep", "Sweep:")):
        page.locator("nav.tabs").get_by_text(tab, exact=True).click()
        page.wait_for_selector(f"h1 >> text={title}")
        visitor.settled()
        place = page.get_by_label("Villages", exact=True)
        place.select_option("jinxi")
        page.wait_for_function("!location.search.includes('table')")
        visitor.settled()
        place.select_option("table")
        page.wait_for_function("location.search.includes('table=')")
        page.reload()
        page.wait_for_selector("option >> text=Your table: mine.csv", state="attached")
        expect(place, tab).to_have_value("table")
        visitor.settled()
        assert not page.locator(".ignored").count(), tab


def test_undo_and_redo_by_button_and_key(visit: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.get_by_label("Years ahead").fill("9")
    page.wait_for_function("location.search.includes('years=9')")
    page.get_by_label("Remove One area, run as one").click()
    page.wait_for_function("location.search.includes('strategies=')")
    page.get_by_label("Undo the last change of a setting").click()
    page.wait_for_function("!location.search.includes('strategies=')")
    page.keyboard.press("Control+z")
    page.wait_for_function("!location.search.includes('years=9')")
    page.keyboard.press("Control+y")
    page.wait_for_function("location.search.includes('years=9')")
    expect(page.get_by_label("Years ahead")).to_have_value("9")
    visitor.settled()


def test_first_tab_stop_leads_past_the_header(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_dark_pages_keep_their_contrast(visit: Callable[..., Any]) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    visitor = visit(width=390, lang="en")
    page = visitor.open("lang=en")
    page.get_by_label("Dark or light page").click()
    options = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
    for name in READY.keys() - {"modellers"}:  # which is Mesa's own page
        visitor.open(f"page={name}&lang=en&years=²", f"html[data-theme=dark] {READY[name]}")
        assert page.is_visible(".ignored"), "a note, too"
        visitor.settled()
        visitor.shoot(f"{name}-en-390-dark")
        violations = axe.run(page, options=options).response["violations"]
        assert not violations, (name, [n["target"] for v in violations for n in v["nodes"]][:5])


def test_a_server_that_is_gone_says_so_in_the_pages_language(browser: Any, tmp_path: Path) -> None:
    server = Server(tmp_path).wait()
    visitors = {lang: Visitor(browser, server, 1280, 900, lang) for lang in ("zh", "en")}
    try:
        for lang, visitor in visitors.items():
            visitor.open(f"lang={lang}")
            visitor.settled()
        server.process.send_signal(signal.SIGKILL)
        for (lang, visitor), word in zip(visitors.items(), ("服务器", "server"), strict=True):
            page = visitor.page
            page.wait_for_selector(".server-gone")
            assert word in page.inner_text(".server-gone"), lang
            assert page.evaluate("document.getElementById('content').inert")
            assert "disconnected" not in page.inner_text("body")
    finally:
        for visitor in visitors.values():
            visitor.context.close()
        server.stop()


def test_no_answer_beside_a_question_that_it_does_not_answer(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&source=chunhu&seed=5")
    visitor.settled()
    page.evaluate(
        "new MutationObserver(() => { if (document.querySelector('.stale .says')"
        " && document.querySelector('.computing')) window.faded = true; })"
        ".observe(document.body, {childList: true, subtree: true, attributes: true})"
    )
    page.get_by_label("Years ahead").fill("12")
    page.wait_for_function("window.faded")
    visitor.settled()
    assert not page.locator(".stale").count()
