"""Questions are kept by name in the browser, opened again, and answered side by side, also
by whoever has the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def test_a_question_is_kept_opened_and_put_beside_another(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&seed=4&years=3&strategies=none~enclave&set=grant_years=2")
    visitor.settled()
    said = page.inner_text(".verdict .headline")
    page.get_by_label("A name for it").fill("two years")
    page.get_by_role("button", name="Keep").click()
    page.wait_for_selector(".kept li >> text=two years")
    assert said in page.inner_text(".kept"), "the answer is kept with the question"
    page.get_by_label("Years ahead").fill("5")
    page.wait_for_function("location.search.includes('years=5')")
    visitor.settled()
    page.get_by_role("button", name="Beside", exact=True).click()
    page.wait_for_selector(".beside .column:nth-child(2) .headline")
    other = page.locator(".beside .column").nth(1)
    page.wait_for_function(
        "said => document.querySelectorAll('.beside .column')[1].innerText.includes(said)", arg=said
    )
    assert "two years" in other.inner_text() and "3 years" in other.inner_text()
    own = page.locator(".beside .column").nth(0).inner_text()
    assert "5 years" in own and "two years" not in own, "a question that was changed is another"
    whoever = visit(width=390, lang="zh")
    whoever.page.goto(page.url.replace("lang=en", "lang=zh"))
    whoever.page.wait_for_selector(".beside .column:nth-child(2) .headline")
    assert "two years" in whoever.page.inner_text(".beside")
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    assert whoever.page.evaluate(wide) <= 1
    visitor.shoot("compare-en-beside")
    page.reload()
    page.wait_for_selector(".kept li >> text=two years")
    page.locator(".kept").get_by_role("button", name="Open").click()
    page.wait_for_function("location.search.includes('years=3')")
    page.wait_for_function(
        "said => document.querySelector('.verdict .headline')?.innerText === said", arg=said
    )
    assert "grant_years%3D2" in page.url
    page.get_by_label("Undo the last change of a setting").click()
    page.wait_for_function("location.search.includes('years=5')")
    page.get_by_label("Forget: two years").click()
    page.wait_for_selector(".kept li", state="detached")
