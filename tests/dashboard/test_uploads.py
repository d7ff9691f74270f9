"""A planner's own table: read, settled, carried in the address."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import openpyxl
import pytest

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.interface.dashboard import answers, hands, tables
from village_alliances.interface.dashboard.state import Asked
from village_alliances.sim.labels import labels

TABLE = "村名,乡镇,人口,集体经济收入（万元）,负债,产业,联合体,牵头\n甲村,东镇,800,3,<2万,花木,东联,是\n乙村,东镇,约700,5-8,,花木,东联,否\n"


def upload(name: str, content: bytes) -> tables.Brought:
    return tables.Brought(name, base64.b64encode(content).decode())


def test_an_upload_may_be_read_in_another_sheet_or_with_a_heading_that_is_settled() -> None:
    book = openpyxl.Workbook()
    for title, income in (("2022", 4), ("2023", 6)):
        page = book.create_sheet(title)
        page.append(["村名", "人口", "村里全年收入(万元)"])
        page.append(["甲村", 800, income])
        page.append(["乙村", 700, income])
    stream = io.BytesIO()
    book.save(stream)
    brought = upload("年报.xlsx", stream.getvalue())
    assert tables.choices(brought) == (("2022", "2023"), ("村里全年收入(万元)",))
    assert tables.take(brought).table.sheet == "2023"
    settled = replace(brought, sheet="2022", columns=(("村里全年收入(万元)", "collective_income"),))
    own = tables.take(settled)
    assert own.table.sheet == "2022" and own.digest != tables.take(brought).digest
    assert own.table.rows[0]["collective_income"].low == 40_000
    assert tables.choices(settled)[1] == ("村里全年收入(万元)",)


def test_a_link_carries_the_year_of_the_figures() -> None:
    own = tables.take(upload("a.csv", "村名,2016年经营性收入(元)\n甲,100000\n乙,90000\n".encode()))
    again = tables.unpack(own.packed)
    assert again is not None and again.table.years == own.table.years == {"collective_income": 2016}


def workbook() -> bytes:
    """The table as a workbook."""
    book = openpyxl.Workbook()
    for line in TABLE.splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"), [("我的村.csv", TABLE.encode("gbk")), ("我的村.xlsx", workbook())]
)
def test_table_travels_in_the_address(name: str, content: bytes) -> None:
    own = tables.take(upload(name, content))
    assert own.packed
    again = tables.unpack(own.packed)
    assert again is not None
    first, two = (tables.scenario_of(o, "ningbo", 2024, 6) for o in (own, again))
    assert list(first.names) == list(two.names) and first.given == two.given
    for column in first.numbers:
        for part in ("kind", "low", "high"):
            assert (
                getattr(first.numbers[column], part) == getattr(two.numbers[column], part)
            ).all(), column


@pytest.mark.parametrize("packed", ["", "abc", "%%%", base64.urlsafe_b64encode(b"x" * 50).decode()])
def test_nonsense_is_no_table(packed: str) -> None:
    assert tables.unpack(packed) is None


def test_packed_bomb_is_refused() -> None:
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"a.csv\n" + b"0" * 50_000_000, 9)).decode()
    assert tables.unpack(bomb) is None


def test_namesakes_of_two_counties_are_told_apart() -> None:
    rows = [f"{county},城关镇,{village},900,5" for county in "甲乙" for village in ("东村", "西村")]
    content = "\n".join(["县,乡镇,村名,人口,集体经济收入（万元）", *rows]).encode("gb18030")
    own = tables.take(upload("两县.csv", content))
    form = Asked(source="table", start=2014, years=1, strategies=("none", "enclave"))
    scenario = tables.scenario_of(own, form.region, form.start, form.years)
    reply = answers.answer(answers.request_of(form, own), scenario, 8, False)
    named = labels(scenario)
    assert [row["name"] for row in reply.by_village] == named and len(set(named)) == 4
    task = Task(scenario, "gain_mean", 1e6, radius=40.0, never=((0, 2),))
    broken = hands.breaches([Candidate((0, 2), task.plans[0].name, 0.0)], task)
    assert any(named[0] in said and named[2] in said for said in broken)
