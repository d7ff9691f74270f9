"""The compare page: an answer for a question, quickly, and to be taken away."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from village_alliances.experiments.compare import compare
from village_alliances.experiments.verdict import verdict
from village_alliances.sim.loading import load

from tests.dashboard.conftest import Server, Visitor

pytestmark = pytest.mark.browser
BAD = "村名,人口,集体经济收入（万元）\n甲村,800,3\n甲村,700,5\n乙村,很多,2\n丙村,900,-4\n"
GOOD = """村名,乡镇,人口,集体经济收入（万元）,产业
甲村,东镇,800,3,花木
乙村,东镇,约700,<5,花木
丙村,东镇,1200,65,花木
丁村,东镇,,,
戊村,东镇,950,12,水蜜桃
"""


def says(page: Any) -> str:
    """The verdict on the page."""
    return str(page.inner_text(".verdict .says"))


def test_verdict_is_the_models_own(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&strategies=none~enclave&years=4&seed=3")
    visitor.settled()
    expected = compare(load("jinxi", years=4), ["none", "enclave"], runs=500, seed=3, years=4)
    assert says(page).split() == verdict(expected, "en").split()


def test_no_price_of_a_lifted_village_stands_beside_none_lifted(
    visit: Callable[..., Any],
) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en", "th >> text=for each village lifted")
    rows = page.locator("table:has(th:text('for each village lifted')) tbody tr")
    said = [row.locator("td").all_inner_texts() for row in rows.all()]
    assert len(said) == 4
    for *_, lifted, price in said:
        assert (lifted == "0") == (not any(c.isdigit() for c in price)), (lifted, price)


def test_slider_changes_the_picture(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    visitor.settled()
    before, drawn = says(page), int(page.get_attribute(".answer .chart", "data-drawn"))
    slider = page.get_by_label("Grant for each member village and year")
    slider.fill("200000")
    page.wait_for_function(
        "before => ![undefined, before].includes(document.querySelector('.verdict "
        ".says')?.innerText)",
        arg=before,
    )
    visitor.settled()
    assert int(page.get_attribute(".answer .chart", "data-drawn")) > drawn
    assert "set=grant_per_village%3D200000" in page.url


def test_link_restores_the_whole_question(visit: Callable[..., Any]) -> None:
    first = visit(lang="en")
    page = first.open("lang=en")
    page.get_by_label("Add a strategy").select_option("enclave")
    page.wait_for_selector(".picked >> text=Property elsewhere")
    page.get_by_label("Years ahead").fill("9")
    page.get_by_label("Remove One area, run as one").click()
    page.wait_for_function(
        "location.search.includes('years=9') && !location.search.includes('area_integration')"
    )
    first.settled()
    second = visit(lang="zh")
    second.page.goto(page.url)
    second.page.wait_for_selector(".says")
    second.settled()
    assert says(second.page) == says(page)
    assert second.page.locator(".picked").count() == 4
    assert second.page.get_by_label("Years ahead").input_value() == "9"


def test_own_institutions_are_set_and_compared(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("page=strategies&strategy=enclave&lang=en", ".institutions select")
    page.get_by_label("led by").select_option("township")
    page.wait_for_selector("text=Changed: led by a township cadre.")
    page.get_by_label("a common outlet").check()
    page.wait_for_selector("text=with: a common outlet")
    page.click("text=Compare it")
    page.wait_for_selector(".picked >> text=led by a township cadre")
    visitor.settled()
    assert "own.enclave%21lead%3Dtownship" in page.url
    assert page.locator(".picked").count() == 5


def test_a_strategy_file_is_taken_or_told_why_not(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    page.click("summary >> text=A strategy of your own")
    chooser = page.locator("details[open] input[type=file]").first
    given = {"name": "ours.toml", "mimeType": "text/plain"}
    chooser.set_input_files([{**given, "buffer": b"[channels]\nmentoring = 1.0\n"}])
    page.wait_for_selector(".strategy-refused >> text=since version 0.2")
    ours = "title = {zh = '我们的'}\nlead = 'firm'\nmeasures = ['orders']\n".encode()
    chooser.set_input_files([{**given, "buffer": ours}])
    page.wait_for_selector(".picked >> text=我们的")
    page.wait_for_selector(".strategy-refused", state="detached")
    visitor.settled()


def test_rivals_parts_and_projects_are_shown(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&strategies=none~enclave&years=3&seed=2")
    visitor.settled()
    page.wait_for_selector(".projects tbody tr")
    assert "strongest other use of the money" in page.inner_text(".grid")
    for heading in ("The same public money without alliances", "Where the gain comes from"):
        assert page.locator(f".card h2 >> text={heading}").count() == 1


def upload(page: Any, name: str, content: bytes) -> None:
    """Bring a table."""
    page.click("summary >> text=own village table")
    page.set_input_files(
        "input[type=file]", files=[{"name": name, "mimeType": "text/csv", "buffer": content}]
    )


def test_bad_table_is_answered_row_by_row(visit: Callable[..., Any], tmp_path: Path) -> None:
    from village_alliances.sim.table import TableError, read_bytes

    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    upload(page, "bad.csv", BAD.encode("gbk"))
    page.wait_for_selector(".problems li")
    with pytest.raises(TableError) as expected:
        read_bytes(BAD.encode("gbk"), "bad.csv")
    text = " ".join(page.inner_text(".problems").split())
    for line in expected.value.message("en").splitlines()[1:]:
        assert " ".join(line.split()) in text
    assert page.locator(".problems td.wrong").all_inner_texts() == ["甲村", "很多", "-4"]
    assert "Jinxi" in page.inner_text(".verdict")
    visitor.shoot("compare-en-bad-table")


def test_good_table_becomes_the_question(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="zh")
    page = visitor.open("lang=zh")
    page.click("summary >> text=使用自己的村表")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "我的村.csv", "mimeType": "text/csv", "buffer": GOOD.encode("gbk")}],
    )
    page.wait_for_selector(".good")
    page.wait_for_selector(".verdict >> text=我的村")
    page.wait_for_selector(".verdict .facts >> text=5 个村")
    visitor.settled()
    visitor.shoot("compare-zh-own-table")
    other = visit(lang="zh")
    other.page.goto(page.url)
    other.page.wait_for_selector(".says")
    other.settled()
    assert says(other.page) == says(page)


def test_bomb_and_giant_are_refused(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
        archive.writestr("[Content_Types].xml", b"<Types/>")
    upload(page, "bomb.xlsx", packed.getvalue())
    page.wait_for_selector(".problems")
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "giant.csv", "mimeType": "text/csv", "buffer": b"a,b\n" * 2_000_000}],
    )
    page.wait_for_selector(".upload .problem")
    assert "at most 4 MB" in page.inner_text(".upload .problem")
    assert says(page)


def test_downloads_open_and_hold_the_right_numbers(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&strategies=none~industry_chain&seed=2")
    visitor.settled()
    expected = compare(load("jinxi"), ["none", "industry_chain"], runs=500, seed=2).table
    wanted = expected[
        (expected.strategy == "industry_chain") & (expected.outcome == "mean_income")
    ].iloc[0]
    saved = {}
    for label in (
        "CSV",
        "Excel",
        "Report (.html)",
        "Figures (.zip)",
        "Template to fill in (.xlsx)",
    ):
        if label.startswith("Template"):
            page.click("summary >> text=own village table")
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        saved[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[label])
    rows = list(csv.DictReader(saved["CSV"].open(encoding="utf-8-sig")))
    row = next(
        r for r in rows if r["strategy"] == "industry_chain" and r["outcome"] == "mean_income"
    )
    assert float(row["median"]) == pytest.approx(wanted["median"], rel=1e-9)
    book = openpyxl.load_workbook(saved["Excel"])
    assert any(
        "industry_chain" in str(cell.value)
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
    )
    report = saved["Report (.html)"].read_text(encoding="utf-8")
    assert "<html" in report and "http://" not in report.replace("http://www.w3.org", "")
    assert any(
        name.endswith(".svg") for name in zipfile.ZipFile(saved["Figures (.zip)"]).namelist()
    )
    assert openpyxl.load_workbook(saved["Template to fill in (.xlsx)"]).worksheets[0].max_row == 3


BREAKS = """
import os, sys
os.environ["SOLARA_APP"] = "village_alliances.interface.dashboard.page"
from village_alliances.interface.dashboard import answers
from village_alliances.interface.cli import main
whole = answers.compare
def compare(*given, **asked):
    if asked["seed"] == 13:
        raise RuntimeError("the model broke here")
    return whole(*given, **asked)
answers.compare = compare
sys.exit(main(sys.argv[1:]))
"""


def test_error_shows_a_reference_and_no_stack(browser: Any, tmp_path: Path) -> None:
    broken = Server(tmp_path, program=("-c", BREAKS)).wait()
    try:
        visitor = Visitor(browser, broken, 1280, 900, "en")
        page = visitor.open("lang=en&strategies=none~enclave&seed=13", ".answer .problem")
        reference = re.search(r"under ([0-9a-f]{8})", page.inner_text(".answer .problem"))
        assert reference
        everything = page.inner_text("body")
        assert (
            "Traceback" not in everything
            and "the model broke here" not in everything
            and "RuntimeError" not in everything
        )
        log = broken.log.read_text()
        assert reference[1] in log and "RuntimeError: the model broke here" in log
        assert not page.locator(".skeleton").count(), "it still looks as if it were computing"
        page.click("summary >> text=Luck and parameters")
        slider(page, "Luck (seed)").fill("14")
        page.wait_for_selector(".verdict .says")
        page.wait_for_selector(".answer .problem", state="detached")
        visitor.settled()
        assert "luck 14" in page.inner_text(".verdict .facts")
        visitor.close()
    finally:
        broken.stop()


def slider(page: Any, label: str) -> Any:
    """A slider by its whole label."""
    return page.get_by_label(label, exact=True)


def question(page: Any) -> dict[str, float]:
    """The levers that the address carries."""
    said = parse_qs(urlsplit(page.url).query).get("set", [""])[0]
    return {
        name: float(value)
        for name, _, value in (part.partition("=") for part in said.split("~") if part)
    }


def waited(page: Any, **levers: float) -> None:
    """Wait until the address holds just these levers."""
    for name, value in levers.items():
        page.wait_for_function(
            "part => new URLSearchParams(location.search).get('set')?.split('~').includes(part)",
            arg=f"{name}={value:g}",
        )
    assert question(page) == levers


def test_shocks_change_the_answer(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en&strategies=none~industry_chain")
    visitor.settled()
    page.click("summary >> text=What if")
    calm = page.inner_text(".span-12 table.figures >> nth=0")
    slider(page, "the main product's market changes by").fill("-0.5")
    waited(page, market_shock=-0.5, market_quarter=8)
    slider(page, "from").fill("4")
    waited(page, market_shock=-0.5, market_quarter=4)
    slider(page, "a pandemic quarter costs").fill("-0.4")
    waited(page, market_shock=-0.5, market_quarter=4, pandemic_shock=-0.4, pandemic_quarter=8)
    slider(page, "grants stop").fill("6")
    slider(page, "every lead village loses its secretary").fill("10")
    wanted = {
        "market_shock": -0.5,
        "market_quarter": 4,
        "pandemic_shock": -0.4,
        "pandemic_quarter": 8,
    }
    wanted |= {"funding_cut_quarter": 6, "leader_loss_quarter": 10}
    waited(page, **wanted)
    visitor.settled()
    expected = compare(load("jinxi"), ["none", "industry_chain"], runs=500, levers=wanted)
    assert says(page).split() == verdict(expected, "en").split()
    assert page.inner_text(".span-12 table.figures >> nth=0") != calm
    visitor.shoot("compare-en-shocks")
    slider(page, "the main product's market changes by").fill("0")
    page.wait_for_function("!location.search.includes('market_')")
    slider(page, "from").wait_for(state="detached")


def test_every_figure_says_what_it_is_and_whence(visit: Callable[..., Any]) -> None:
    visitor = visit(lang="en")
    page = visitor.open("lang=en")
    visitor.settled()
    rows = page.locator(".span-12 table.figures:has(tbody summary) >> nth=0").locator("tbody tr")
    assert rows.locator("summary").count() == rows.count() > 5
    for card in page.locator(".grid .card h2").all()[:6]:
        assert card.locator("summary").count() == 1, card.inner_text()
    page.get_by_label("What is “Villages under 50,000 yuan”?").first.click()
    assert "fenghua-weak-threshold" in page.inner_text(".grid")
    visitor.shoot("compare-en-about")
