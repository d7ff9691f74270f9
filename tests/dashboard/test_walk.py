"""A stranger with a table of their own compares three strategies and leaves with a report;
each step is photographed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytestmark = pytest.mark.browser
TITLE = ["溪口镇南片各村基本情况统计表（2023年）"]
UNITS = ["填报单位：镇经管站", "", "", "", "", "", "", "", "单位：万元、人、亩"]
HEADS = [
    "序号",
    "村名",
    "乡镇",
    "户数",
    "户籍人口",
    "村集体经济收入（万元）",
    "村集体负债（万元）",
    "耕地面积（亩）",
    "主导产业",
    "备注",
]
ROWS = [
    [1, "上林村", "溪口镇", 312, "890", "4.2", "12", "620", "水蜜桃", ""],
    [2, "下林村", "溪口镇", 280, "约800", "3.5", "无", "540", "水蜜桃", "薄弱村"],
    [3, "石门村", "溪口镇", 505, "1,560", "68.0", "", "1100", "花木", "经济强村"],
    [4, "大岙村", "溪口镇", 198, "560", "不足5", "30", "410", "竹笋", "薄弱村"],
    [5, "岭脚村", "溪口镇", 230, "", "", "", "", "茶叶", "未报"],
    [6, "東溪龘村", "溪口镇", 341, "1012", "15", "8", "700", "花木", ""],
]
TOTAL = ["合计", "", "", 1866, 4822, 95.7, 50, 3370, "", ""]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook() -> bytes:
    """The table as an office hands it on: a title over merged cells, a line
    of units, a row of totals."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (TITLE, UNITS, HEADS, *ROWS, TOTAL):
        sheet.append(row)
    sheet.merge_cells("A1:J1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bring(page: Any, name: str, mime: str, content: bytes) -> None:
    """Upload a table; wait until it is understood or refused."""
    page.set_input_files(
        "input[type=file]", files=[{"name": name, "mimeType": mime, "buffer": content}]
    )
    page.wait_for_selector(".good, .problems")


def test_own_table_three_strategies_report(visit: Callable[..., Any], tmp_path: Path) -> None:
    width = 390  # a phone; tests/dashboard/test_journeys.py goes the same way on a desk
    visitor = visit(width=width, height=844, lang="zh")
    page = visitor.open()
    visitor.settled()
    visitor.shoot(f"walk-{width}-1-open")
    page.click("summary >> text=使用自己的村表")
    bring(page, "溪口镇各村情况.xlsx", EXCEL, workbook())
    assert "读入 6 个村" in page.inner_text(".good")
    page.click("summary >> text=各列是怎样理解的")
    assert "東溪龘村" in page.inner_text(".side")
    visitor.settled()
    page.wait_for_function(
        "document.querySelector('.verdict .facts')?.innerText?.includes('6 个村')"
    )
    visitor.shoot(f"walk-{width}-2-table")
    page.get_by_label("移除片区统筹").click()
    page.wait_for_function("document.querySelectorAll('.picked').length === 3")
    page.get_by_label("添加策略").select_option(label="飞地抱团")
    page.wait_for_function("document.querySelectorAll('.picked').length === 4")
    page.get_by_role("slider", name="每成员村每年补助").fill("100000")
    page.wait_for_function(
        "location.search.includes('100000') && location.search.includes('enclave')"
    )
    visitor.settled()
    says = page.inner_text(".verdict .says")
    visitor.shoot(f"walk-{width}-3-compared")
    with page.expect_download() as download:
        page.get_by_role("button", name="报告 (.html)").click()
    report = tmp_path / download.value.suggested_filename
    download.value.save_as(report)
    opened = visitor.context.browser.new_page(viewport={"width": width, "height": 900})
    opened.goto(report.as_uri())
    text = opened.inner_text("body")
    assert all(str(row[1]) in text for row in ROWS)
    assert re.sub(r"\s", "", says) in re.sub(r"\s", "", text)
    assert all(title in text for title in ("强村带动", "产业纽带", "飞地抱团"))
    wider = opened.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    opened.screenshot(
        path=visitor.shoot(f"walk-{width}-4-taken").with_name(f"walk-{width}-5-report.png"),
        full_page=False,
    )
    opened.close()
    assert wider <= 1
