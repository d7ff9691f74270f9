"""Two ways from a planner's own table to the page for the meeting: nothing set on the way is
lost, and the page holds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.test_proposing import moved

pytestmark = pytest.mark.browser
TABLE = """村名,乡镇,人口,集体经济收入（万元）,产业
甲村,东镇,800,3,花木
乙村,东镇,700,4,花木
丙村,东镇,1200,65,花木
丁村,东镇,600,2,水蜜桃
戊村,东镇,950,12,水蜜桃
"""


def bring(page: Any) -> None:
    """Upload the table, as a county has it."""
    page.click("summary >> text=使用自己的村表")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "东镇.csv", "mimeType": "text/csv", "buffer": TABLE.encode("gb18030")}],
    )
    page.wait_for_function("location.search.includes('source=table')")
    page.wait_for_selector(".good")


def taken(page: Any, label: str, folder: Path) -> str:
    """The text of a page that is downloaded."""
    with page.expect_download() as got:
        page.get_by_role("button", name=label).click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    return re.sub(r"<[^>]*>|\s", "", path.read_text(encoding="utf-8"))


def test_own_table_answer_brief(visit: Callable[..., Any], tmp_path: Path) -> None:
    visitor = visit(lang="zh")
    page = visitor.open("lang=zh&years=3&set=grant_years=3")
    bring(page)
    page.get_by_label("移除产业纽带").click()
    page.get_by_role("slider", name="每成员村每年补助").fill("80000")
    page.wait_for_function(
        "location.search.includes('80000') && !location.search.includes('industry_chain')"
    )
    page.wait_for_selector(".verdict .facts >> text=东镇")
    visitor.settled()
    page.wait_for_selector(".villages tbody tr")
    for kept in ("years=3", "grant_years%3D3", "grant_per_village%3D80000", "source=table"):
        assert kept in page.url, kept
    said = [re.sub(r"\s", "", line) for line in page.locator(".says p").all_inner_texts()]
    brief = taken(page, "一页简报", tmp_path)
    assert all(line in brief for line in said), "the page says what the brief says"
    assert all(name in brief for name in ("甲村", "戊村", "8万元", "3年"))
    page.reload()
    page.wait_for_selector(".says")
    visitor.settled()
    assert [re.sub(r"\s", "", p) for p in page.locator(".says p").all_inner_texts()] == said


def test_own_table_proposal_change_by_hand_brief(visit: Callable[..., Any], tmp_path: Path) -> None:
    visitor = visit(lang="zh")
    page = visitor.open(
        "page=propose&lang=zh&years=3&budget=900000&set=grant_years=3", ".press-main"
    )
    bring(page)
    page.click(".ask .press-main")
    page.wait_for_selector(".board-map")
    moved(page, 0, -1)
    moved(page, 3, -2)  # to the alliance that was just made
    page.wait_for_function(
        "[...document.querySelector('.board-hand select').options]"
        ".filter(one => one.text.includes('新联合体')).length === 2"
    )
    visitor.settled()  # what the first move does is gone, what both do is there
    text = page.inner_text(".effect")
    brief = taken(page, "一页简报", tmp_path)
    assert "手动调整后的方案" in brief and "预算90万元" in brief
    assert "该调整未超预算，符合各项条件" in brief or "该调整不符合所提条件" in brief
    villages = page.locator(".board-hand select").nth(0).locator("option").all_inner_texts()
    together = [village.split(" · ")[0] for village in villages if "新联合体" in village]
    assert "、".join(together) in brief, "who is with whom"
    page.reload()
    page.wait_for_selector(".effect .saying")
    assert page.inner_text(".effect") == text
    for kept in ("years=3", "budget=900000", "grant_years%3D3", "source=table", "hand="):
        assert kept in page.url, kept
