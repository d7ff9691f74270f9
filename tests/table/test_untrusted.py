"""Whoever sent a file is not trusted: it is a table or refused, and nothing else gets out."""

from __future__ import annotations

import csv
import io
import random
import time
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from village_alliances.sim.fields import (
    FIELDS,
)
from village_alliances.sim.table import (
    TableError,
    findings,
    read_bytes,
)
from village_alliances.sim.table import page as pages

from tests.table.books import (
    GOOD,
    NUMBERS,
    TESTS,
    edited,
    message,
    read_text,
    sheet,
)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(21):
            part.write(bytes(10_000_000))
    assert len(stream.getvalue()) < 2_000_000
    with pytest.raises(
        TableError, match=r"210\.0 MB of workbook once unpacked; expected at most 200 MB"
    ):
        read_bytes(stream.getvalue(), "a.xlsx")


def test_entities_that_swell_are_refused() -> None:
    data = edited(
        sheet(["村名"], ["甲"]), b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    )
    with pytest.raises(TableError, match="damaged workbook"):
        read_bytes(data, "a.xlsx")


def test_a_file_too_large_and_a_table_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TableError, match=r"20\.0 MB of workbook; expected at most 20 MB"):
        read_bytes(b"PK" + bytes(20_000_001), "a.xlsx")
    monkeypatch.setattr(pages, "MOST_ROWS", 3)
    monkeypatch.setattr(pages, "LARGEST_UNPACKED", 40)
    assert len(read_text("name\nA\nB\nC\n").rows) == 3
    assert "more than 3 rows; expected at most 3 villages" in message("name\nA\nB\n\nC\nD\n")
    assert "MB of text" in message("name\n" + "A" * 40)


def test_a_row_far_down_and_a_cell_far_right_cost_nothing() -> None:
    data = edited(sheet(["村名"], ["甲"]), b'<row r="2"', b'<row r="2000000000"')
    with pytest.raises(TableError, match="no village"):
        read_bytes(data, "a.xlsx")


def test_problems_stop_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_PROBLEMS", 5)
    with pytest.raises(TableError) as caught:
        read_text("村名,人口\n" + "".join(f"{n}村,x{n}\n" for n in range(50)))
    assert len(caught.value.problems) == 5


SEEDS = [path.read_bytes() for path in GOOD]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.tsv", "a.xls", "a"]))
def test_any_bytes_give_a_table_or_the_error(data: bytes, name: str) -> None:
    _table_or_error(data, name)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(SEEDS), st.sampled_from(["a.csv", "a.xlsx"]), st.integers(0), st.integers(0, 3)
)
def test_any_damage_to_a_good_file_gives_a_table_or_the_error(
    data: bytes, name: str, seed: int, kind: int
) -> None:
    luck, broken = random.Random(seed), bytearray(data)
    position = luck.randrange(len(broken))
    if kind == 0:
        del broken[position:]
    elif kind == 1:
        broken[position] = luck.randrange(256)
    elif kind == 2:
        del broken[position : position + luck.randrange(1, 20)]
    else:
        broken[position:position] = luck.randbytes(luck.randrange(1, 20))
    _table_or_error(bytes(broken), name)


XML = [
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "1E400",
    "A1",
    "XFD1048576",
    "s",
    "b",
    "d",
    "e",
    "str",
    "inlineStr",
    "",
    "x",
    "村",
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.integers(0), st.integers(1, 4))
def test_any_nonsense_inside_a_workbook_gives_a_table_or_the_error(seed: int, times: int) -> None:
    luck, out = random.Random(seed), io.BytesIO()
    with (
        zipfile.ZipFile(TESTS / "good_tables" / "county_office.xlsx") as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        parts = source.infolist()
        hit = luck.choices(parts, k=times)
        for part in parts:
            data = source.read(part)
            for _ in range(hit.count(part)):
                pieces = data.split(b'"')
                if len(pieces) > 2:
                    pieces[luck.randrange(1, len(pieces), 2)] = luck.choice(XML).encode()
                data = b'"'.join(pieces)
            target.writestr(part.filename, data)
    _table_or_error(out.getvalue(), "a.xlsx")


WORDS = [
    "", "甲村", "乙村", "合计", "注：无", "是", "否", "yes", "无", "-", "NA", "3.5万", "<10000", "5-8", "120000", "-3", "0", "121.4", "29.7",
    "1e999", "#REF!", "=1+1", "2015Q2", "2015年5月", "茶叶", "种植", "花木、茶叶", "东联合体", "西联合体", "单位：万元", "万元", "村名", "人口",
    '"', "'", "\n", "９９", "\u200b", "\x00",
]  # fmt: skip
HEADINGS = [
    "村名",
    "备注",
    "x",
    "人口(万人)",
    "负债（斤）",
    *(field.zh for field in FIELDS),
    *(field.name for field in FIELDS),
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_any_table_of_such_words_gives_a_table_or_the_error(
    data: st.DataObject, delimiter: str, encoding: str
) -> None:
    headings = ["村名", *data.draw(st.lists(st.sampled_from(HEADINGS), max_size=8))]
    rows = data.draw(
        st.lists(
            st.lists(
                st.sampled_from(WORDS), min_size=len(headings) - 1, max_size=len(headings) + 1
            ),
            max_size=8,
        )
    )
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([headings, *rows])
    _table_or_error(stream.getvalue().encode(encoding), "a.csv")
    clean = [[word if word != "\x00" else None for word in row] for row in rows]
    _table_or_error(sheet(headings, *clean), "a.xlsx")


def _table_or_error(data: bytes, name: str) -> None:
    try:
        read = read_bytes(data, name)
    except TableError as error:
        assert error.problems and str(error) and error.message("zh")
        return
    for row in read.rows:
        assert row["name"] and isinstance(row["_row"], int)
        for field in NUMBERS:
            value = row[field.name]
            assert value is None or field.low <= value.low <= value.high <= field.high
    alliances: dict[str, list[dict[str, Any]]] = {}
    for row in read.rows:
        if row["alliance"]:
            alliances.setdefault(row["alliance"], []).append(row)
    for members in alliances.values():
        assert len(members) >= 2
        assert sum(row["lead"] == "yes" for row in members) <= 1
        assert (
            len({row["founded"] for row in members})
            == len({row["strategy"] for row in members})
            == 1
        )


@pytest.mark.parametrize(
    "piece", ["9", "村", "(", "（村", "一、", "1-", "年", "万", "甲村、", " *", "合计"]
)
def test_cells_of_any_length_are_read_in_bounded_time(piece: str) -> None:
    long = piece * 20_000
    began = time.process_time()
    for rows in (
        [["村名", "人口", long], ["石门村", 900, long], ["上塘村", 700, long]],
        [
            ["村名", "人口", "乡镇", "联合体"],
            [long, long, long, long],
            ["上塘村", 700, "一镇", "东"],
        ],
        [[long], ["村名", "人口"], ["石门村", 900], ["上塘村", 700], [long]],
    ):
        _table_or_error(sheet(*rows), "a.xlsx")
    assert time.process_time() - began < 4  # of quadratic time: a minute and more
