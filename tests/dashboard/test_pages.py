"""Every page opens without the internet, in both languages, wide and narrow,
and says what it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboard.conftest import READY, SHOTS

pytestmark = pytest.mark.browser

TALLEST = 14_000  # pixels
TITLES = {"zh": "村村联合", "en": "Village alliances"}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_opens(visit: Callable[..., Any], lang: str, width: int) -> None:
    visitor = visit(width=width, height=900 if width > 500 else 844, lang=lang)
    for name, ready in READY.items():
        visitor.open(f"page={name}&lang={lang}", ready)
        page = visitor.settled()
        assert TITLES[lang] in page.title()
        assert page.get_attribute("html", "lang").startswith(lang)
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 1 or name == "modellers", f"{name}: {wider} pixels too wide at {width}"
        tall = page.evaluate("document.documentElement.scrollHeight")
        assert tall < TALLEST, f"{name}: {tall} pixels tall at {width}"
        visitor.shoot(f"{name}-{lang}-{width}")
        if name == "compare" and width < 500:
            places = (".verdict", ".side", ".answer .grid")
            tops = [page.locator(place).first.bounding_box()["y"] for place in places]
            assert tops == sorted(tops), "the answer comes first, then the question"
        if name != "modellers" and width < 500:
            assert not visitor.out_of_sight(), f"{name} at {width}"
        if lang == "en" and name != "modellers":
            assert not serious_for_screen_readers(page), name


def serious_for_screen_readers(page: Any) -> list[str]:
    """What axe-core finds on a page whose folds are all open."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    violations = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:3]} "
        f"{v['nodes'][0].get('failureSummary', '')[:200]}"
        for v in violations
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_terms_are_explained_where_they_stand(visit: Callable[..., Any], lang: str) -> None:
    visitor = visit(lang=lang)
    page = visitor.open(f"lang={lang}", ".says .term")
    term = page.locator(".says .term").first
    about = term.get_attribute("title")
    term.focus()
    text = "getComputedStyle(document.activeElement, '::after').content"
    assert about in page.evaluate(text).replace('\\"', '"')
    visitor.open(f"page=glossary&lang={lang}", ".sheet tbody tr")
    assert about in page.inner_text(".sheet")


def test_language_is_switched_and_kept_in_the_link(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="zh")
    page = visitor.open()
    assert "比较策略" in page.inner_text("header")
    page.click("header >> text=English")
    page.wait_for_selector("header >> text=Compare")
    page.wait_for_function("location.search.includes('lang=en')")
    page.reload()
    page.wait_for_selector("header >> text=Compare")
    page.wait_for_selector(".says")
    assert page.get_attribute("html", "lang") == "en"


def test_back_returns_to_the_page_before(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.click("nav >> text=Evidence")
    page.wait_for_selector(".sheet")
    page.wait_for_function("location.search.includes('page=evidence')")
    page.go_back()
    page.wait_for_selector(".says")
    page.go_forward()
    page.wait_for_selector(".sheet")


def test_a_number_of_a_document_leads_to_its_title(visit: Callable[..., Any]) -> None:
    page = visit(lang="en").open("page=evidence&lang=en", ".sheet a.mark")
    mark = page.locator(".sheet a.mark").first
    title = mark.get_attribute("title")
    mark.click()
    page.wait_for_selector("li:target")
    assert title in page.inner_text("li:target")
    page.wait_for_function(
        "() => { const top = document.querySelector('li:target').getBoundingClientRect().top;"
        " const head = document.querySelector('header').getBoundingClientRect().bottom;"
        " return top >= head && top < innerHeight; }"
    )


def test_keyboard_alone_is_enough(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    visitor.settled()
    before = page.inner_text(".verdict .says")
    slider = page.get_by_label("Years ahead")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => ![undefined, before].includes(document.querySelector('.verdict "
        ".says')?.innerText)",
        arg=before,
    )
    assert "years=10" in page.url


def test_print_shows_the_answer_without_controls(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    visitor.settled()
    page.emulate_media(media="print")
    assert not page.is_visible(".side")
    assert not page.is_visible("header")
    assert page.is_visible(".verdict .says")
    asked = page.inner_text(".print-only")
    for said in (
        "Jinxi five villages (5 villages)",
        "Years ahead",
        "One area, run as one",
        "60,000 yuan",
    ):
        assert said in asked, "what the side column says on the screen"
    assert len(page.pdf()) > 10_000
    visitor.shoot("compare-en-print")


def test_colours_that_say_which_strategy_are_printed(visit: Callable[..., Any]) -> None:
    """A browser prints no background of its own accord, and a legend without its colours tells
    nothing."""
    visitor = visit(lang="en")
    for query, ready in (("lang=en", ".bar .fill"), ("page=live&lang=en", ".film .swatch")):
        page = visitor.open(query, ready)
        visitor.settled()
        page.emulate_media(media="print")
        coloured = page.evaluate(
            "[...document.querySelectorAll('#content [style*=background]')]"
            ".map(part => getComputedStyle(part).printColorAdjust)"
        )
        assert coloured and set(coloured) == {"exact"}, query
        page.emulate_media(media="screen")


def test_guide_is_shown_once_and_on_request(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.click(".guide >> text=Got it")
    page.wait_for_selector(".guide", state="detached")
    page.reload()
    page.wait_for_selector(".says")
    assert not page.locator(".guide").count()
    page.click("header >> text=Guide")
    page.wait_for_selector(".guide")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_evidence_shows_posterior_and_what_was_held_out(
    visit: Callable[..., Any], lang: str
) -> None:
    from village_alliances.interface.dashboard.predictions import predictions
    from village_alliances.sim.parameters import posterior

    visitor = visit(lang=lang)
    page = visitor.open(f"page=evidence&lang={lang}", ".sheet tbody tr")
    rows = page.locator(".predictions tbody tr")
    kept = [p for p in predictions() if p.held_out]
    assert rows.count() == len(predictions()) > len(kept) > 0
    assert page.locator(".predictions .badge.held").count() == len(kept)
    assert page.locator(".predictions .better").count() == sum(p.inside for p in predictions())
    first = page.locator(".sheet").nth(1).locator("tbody tr").nth(0)
    assert first.locator("svg rect").count() > 10, (
        "a fitted parameter comes first, with its density"
    )
    name = first.locator("small").first.inner_text()
    assert name in posterior()
    page.locator(".sheet").nth(1).locator("input").fill(name)
    page.wait_for_function(
        "document.querySelectorAll('.sheet')[1].querySelectorAll('tbody tr').length < 5"
    )
    text = page.inner_text(".answer")
    assert "log point" not in text if lang == "zh" else "e+0" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pictures_for_the_readme(visit: Callable[..., Any], lang: str) -> None:
    """What docs/images shows, in out/screenshots: copy them there when the pages have changed."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    visitor = visit(height=1000, lang=lang)
    page = visitor.open(f"lang={lang}", ".answer .chart[data-drawn]")
    page.locator(".guide button").click()
    page.wait_for_selector(".guide", state="detached")
    visitor.settled()
    page.screenshot(path=SHOTS / f"dashboard-compare-{lang}.png")
    page = visitor.open(
        f"page=live&lang={lang}&source=fenghua&left=none&right=industry_chain", ".film[data-tick]"
    )
    page.locator(".film-bar input[type=range]").fill("24")
    page.wait_for_function("document.querySelector('.film')?.dataset.tick === '24'")
    assert page.locator(".films .card").count() == 2
    page.locator(".film-bar input[type=range]").blur()
    page.evaluate(
        "window.scrollTo(0, "
        "document.querySelector('.choices').getBoundingClientRect().top + scrollY - 72)"
    )
    page.screenshot(path=SHOTS / f"dashboard-live-{lang}.png")
