"""The sixth page: a proposal is searched, changed by hand, found again, taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytestmark = pytest.mark.browser
QUERY = "page=propose&lang={lang}&source=jinxi&objective=gain_weak"


def searched(visitor: Any, lang: str) -> Any:
    page = visitor.open(QUERY.format(lang=lang), ".press-main")
    page.click(".ask .press-main")
    page.wait_for_selector(".board-map")
    return page


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 390)])
def test_a_proposal_is_found_and_found_again(
    visit: Callable[..., Any], lang: str, width: int
) -> None:
    visitor = visit(width=width, lang=lang)
    page = searched(visitor, lang)
    said = page.inner_text(".verdict .saying")
    visitor.shoot(f"propose-{lang}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not visitor.out_of_sight()
    if width < 640:
        empty = page.locator(".stacked td:empty")
        assert empty.count() and not any(cell.is_visible() for cell in empty.all())
    page.reload()
    page.wait_for_selector(".board-map")
    assert page.inner_text(".verdict .saying") == said


def test_a_village_is_dragged_and_the_effect_is_told(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = searched(visitor, "en")
    spot = page.locator(".board-map .spot:not(:has(circle[fill='#fff']))").first  # not alone yet
    spot.scroll_into_view_if_needed()
    here, field = spot.bounding_box(), page.locator(".board-map").bounding_box()
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(field["x"] + 12, field["y"] + 12, steps=6)
    page.mouse.up()
    page.wait_for_selector(".board-map .spot.changed")
    page.wait_for_selector(".effect .saying")
    assert "better in" in page.inner_text(".effect .saying")
    visitor.shoot("propose-en-changed")
    page.click("button >> text=Back to the proposal")
    page.wait_for_selector(".effect", state="detached")
    assert page.locator(".board-map .spot.changed").count() == 0


def test_the_same_by_keyboard_and_lists(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = searched(visitor, "en")
    first, second = (
        page.locator(".board-hand select").nth(0),
        page.locator(".board-hand select").nth(1),
    )
    allied = next(v for v in offered(first) if "alone" not in v.inner_text())
    number = allied.get_attribute("value")
    first.select_option(value=number)
    second.select_option("0")
    page.focus(".board-hand button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".effect .saying")
    assert "alone" in first.locator(f"option[value='{number}']").inner_text()


def test_report_and_workbook_hold_the_proposal(visit: Callable[..., Any], tmp_path: Path) -> None:
    visitor = visit(lang="zh")
    page = searched(visitor, "zh")
    said = page.inner_text(".verdict .saying")
    with page.expect_download() as got:
        page.click("button >> text=下载报告")
    got.value.save_as(tmp_path / "proposal.html")
    text = (tmp_path / "proposal.html").read_text(encoding="utf-8")
    assert said.split("；")[0] in text and "http://" not in text.split("</head>")[1].replace(
        "http://www.w3.org", ""
    )
    with page.expect_download() as got:
        page.click("button >> text=下载 Excel")
    got.value.save_as(tmp_path / "proposal.xlsx")
    assert len(list(openpyxl.load_workbook(tmp_path / "proposal.xlsx")["各村"].values)) == 6


def test_conditions_that_cannot_be_are_refused_by_name(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open(QUERY.format(lang="en"), ".press-main")
    page.click("summary >> text=Conditions")
    boxes = page.locator(".ask textarea")
    boxes.nth(0).fill("雷山村,金峨村; 无此村,雷山村")
    boxes.nth(1).fill("雷山村,金峨村")
    page.wait_for_function("location.search.includes('never=')")
    page.click(".ask .press-main")
    page.wait_for_selector(".ask .problem li")
    said = page.inner_text(".ask .problem")
    assert "无此村" in said
    boxes.nth(0).fill("雷山村,金峨村")
    page.wait_for_function("!decodeURIComponent(location.search).includes('无此村')")
    page.click(".ask .press-main")
    page.wait_for_function(
        "document.querySelector('.ask .problem')?.innerText?.includes('contradict')"
    )
    assert page.locator(".board-map").count() == 0


def test_two_visitors_share_one_search(visit: Callable[..., Any]) -> None:
    item, other = visit(lang="en"), visit(lang="en")
    first, second = searched(item, "en"), searched(other, "en")
    assert first.inner_text(".verdict .saying") == second.inner_text(".verdict .saying")
    assert first.url.split("hunt=")[1] == second.url.split("hunt=")[1]


def offered(choices: Any) -> list[Any]:
    """What can be chosen in a list: its first line only says that something is to be chosen."""
    return list(choices.locator("option:not([disabled])").all())


def moved(page: Any, village: int, to: int) -> None:
    """Move a village by the lists: to the alliance at that place of the
    list, 0 alone, -1 a new one."""
    for number, place in ((0, village), (1, to)):
        choices = page.locator(".board-hand select").nth(number)
        values = [choice.get_attribute("value") for choice in offered(choices)]
        choices.select_option(value=values[place])
    with another_question(page):
        page.click(".board-hand button")
    page.wait_for_selector(".effect .saying")


@contextmanager
def another_question(page: Any) -> Iterator[None]:
    """Waits until what is done inside stands in the address: the server has taken it in."""
    before = page.evaluate("location.search")
    yield
    page.wait_for_function("before => location.search !== before", arg=before)


def choose(page: Any, label: str, place: int) -> None:
    """Choose from a list, and wait for the server where that changes anything."""
    from playwright.sync_api import expect

    choices = page.get_by_label(label)
    expect(choices).not_to_have_value("")  # as a list has for a moment when it is made anew
    values = [choice.get_attribute("value") for choice in choices.locator("option").all()]
    if choices.input_value() != values[place]:
        with another_question(page):
            choices.select_option(value=values[place])


def test_question_and_change_by_hand_survive_reload_and_are_taken_along(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    visitor = visit(lang="en")
    page = visitor.open(QUERY.format(lang="en") + "&budget=900000&most=4&radius=11", ".press-main")
    page.click(".ask .press-main")
    page.wait_for_selector(".board-map")
    villages = [v.inner_text() for v in offered(page.locator(".board-hand select").nth(0))]
    moved(page, next(n for n, said in enumerate(villages) if "alone" not in said), -1)
    text = page.inner_text(".effect")
    assert page.locator(".spot.changed").count() == 1
    page.reload()
    page.wait_for_selector(".effect .saying")
    assert page.inner_text(".effect") == text and page.locator(".spot.changed").count() == 1
    assert page.get_by_label("Most villages in an alliance").input_value() == "4"
    assert page.get_by_label("Farthest from the centre, km").input_value() == "11"
    with page.expect_download() as got:
        page.get_by_role("button", name="Excel").click()
    got.value.save_as(tmp_path / "proposal.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "proposal.xlsx")["Changed by hand"].values)
    assert [row[3] for row in rows[1:6] if row[2] != row[3]], "nobody is placed otherwise"
    page.click("button >> text=Back to the proposal")
    page.wait_for_selector(".effect", state="detached")
    page.get_by_label("Undo the last change of a setting").click()
    page.wait_for_selector(".effect .saying")


def test_no_proposal_beside_a_form_that_it_does_not_answer(visit: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    visitor = visit(lang="en")
    page = searched(visitor, "en")
    page.get_by_label("Most villages in an alliance").fill("3")
    page.wait_for_selector(".other-question")
    assert not page.locator(".verdict").count()
    assert "villages of an alliance" in page.inner_text(".other-question")
    page.click(".other-question button")
    page.wait_for_selector(".board-map")
    expect(page.get_by_label("Most villages in an alliance")).to_have_value("9")


def test_a_partition_of_ones_own_is_held_to_budget_and_conditions(
    visit: Callable[..., Any],
) -> None:
    visitor = visit(lang="en")
    page = visitor.open(QUERY.format(lang="en") + "&budget=100000", ".press-main")
    page.click(".ask .press-main")
    page.wait_for_selector(".board-map")
    page.click("button >> text=Begin with nobody allied")
    page.wait_for_function("location.search.includes('hand=')")
    for village in (0, 1, 2):
        moved(page, village, 1)
    choose(page, "its strategy", 0)
    choose(page, "grant a member and year", -1)
    page.wait_for_selector(".breaches")
    assert "more than the budget" in page.inner_text(".breaches")
