"""However an office dresses a table up, it reads to the same villages; never to others
in silence."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from village_alliances.sim.table import Table, read_bytes

Cells = list[list[Any]]
HEADINGS = {
    "township": ("乡镇", "所属乡镇", "鄉鎮", "township"),
    "name": ("村名", "行政村", "行 政 村", "村（社区）名称", "village"),
    "population": ("人口", "户籍人口(人)", "戶籍人口", "population"),
    "households": ("户数", "总户数（户）", "households"),
    "collective_income": (
        "经营性收入(万元)",
        "村级集体经济经营性收入（萬元）",
        "operating income (10,000 yuan)",
    ),
}
TOWNSHIPS = ("东镇", "西乡", "南街道")
VILLAGES = ("石门村", "上塘", "下坞村", "里山社区", "外岙村", "沙地村", "古竹村", "大桥村")
ENCODINGS = (
    "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "marked gb18030", "xlsx",
)  # fmt: skip


@st.composite
def clean(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Villages with all figures, each in a township."""
    names = draw(st.lists(st.sampled_from(VILLAGES), min_size=3, max_size=8, unique=True))
    return [
        {
            "township": draw(st.sampled_from(TOWNSHIPS)),
            "name": name,
            "population": draw(st.integers(300, 1_400)),
            "households": draw(st.integers(100, 250)),
            "collective_income": draw(st.integers(2, 90)),
        }
        for name in names
    ]


# -------- Decorations: each takes rows of cells below the headings (or with them) and gives them
# back dressed up


def _sum(rows: Cells, columns: list[str], called: str, index: int) -> list[Any]:
    figures = {c for c in HEADINGS if c not in ("township", "name")}
    sums = [sum(row[k] for row in rows) if c in figures else "" for k, c in enumerate(columns)]
    sums[index] = called
    return sums


def subtotals(rows: Cells, columns: list[str]) -> Cells:
    out: Cells = []
    name, township = columns.index("name"), columns.index("township")
    for place in dict.fromkeys(row[township] for row in rows):
        part = [row for row in rows if row[township] == place]
        out += [*part, _sum(part, columns, f"{place}小计", name)]
    return out


def total_above(rows: Cells, columns: list[str]) -> Cells:
    return [_sum(rows, columns, "全县合计", columns.index("name")), *rows]


def total_below(rows: Cells, columns: list[str]) -> Cells:
    return [*rows, _sum(rows, columns, "合计", columns.index("township"))]


def footnotes(rows: Cells, columns: list[str]) -> Cells:
    blank = [""] * (len(columns) - 1)
    return [*rows, ["注：为年末数", *blank], ["以上数据由各乡镇农经站提供", *blank]]


def signature(rows: Cells, columns: list[str]) -> Cells:
    return [*rows, ["填表人：甲", *[""] * (len(columns) - 2), "审核人：乙"]]


def blank_rows(rows: Cells, columns: list[str]) -> Cells:
    return [row for cells in rows for row in (cells, [""] * len(columns))]


def pages(rows: Cells, columns: list[str]) -> Cells:
    return [*rows[:2], ["续表", *[""] * (len(columns) - 1)], *rows[2:]]


def sections(rows: Cells, columns: list[str]) -> Cells:
    """Townships as rows of their own above their villages, and not in a column."""
    out: Cells = []
    name, township = columns.index("name"), columns.index("township")
    for n, place in enumerate(dict.fromkeys(row[township] for row in rows)):
        title = [""] * len(columns)
        title[name] = f"{'一二三'[n]}、{place}"
        out.append(title)
        out += [
            [*row[:township], "", *row[township + 1 :]] for row in rows if row[township] == place
        ]
    return out


def written_once(rows: Cells, columns: list[str]) -> Cells:
    """Townships only where they change, as merged cells leave them."""
    index = columns.index("township")
    ordered = sorted(rows, key=lambda row: row[index])
    return [
        [
            *row[:index],
            "" if k and ordered[k - 1][index] == row[index] else row[index],
            *row[index + 1 :],
        ]
        for k, row in enumerate(ordered)
    ]


def ditto(rows: Cells, columns: list[str]) -> Cells:
    index = columns.index("township")
    return [
        [
            *row[:index],
            "同上" if k and rows[k - 1][index] == row[index] else row[index],
            *row[index + 1 :],
        ]
        for k, row in enumerate(rows)
    ]


def marked(rows: Cells, columns: list[str]) -> Cells:
    """Signs, numbers and remarks with names."""
    index = columns.index("name")
    ways = ("{}*", "★{}", "{}（示范村）", "{}(省定薄弱村)", "2.{}", "（三）{}", "{}")
    return [
        [*row[:index], ways[k % len(ways)].format(row[index]), *row[index + 1 :]]
        for k, row in enumerate(rows)
    ]


def second_sum(rows: Cells, columns: list[str]) -> Cells:
    """Below, a kind of villages that is the sum of every second row."""
    index = columns.index("name")
    return [*rows, _sum(rows[::2], columns, "薄弱村小计", index)] if len(rows) > 3 else rows


def county_above(rows: Cells, columns: list[str]) -> Cells:
    """A county over townships over villages, each with its sum, and townships in no column."""
    name, township = columns.index("name"), columns.index("township")
    out: Cells = [_sum(rows, columns, "林溪县", name)]
    for place in dict.fromkeys(row[township] for row in rows):
        part = [row for row in rows if row[township] == place]
        out += [_sum(part, columns, place, name)]
        out += [[*row[:township], "", *row[township + 1 :]] for row in part]
    return out


def sections_in_brackets(rows: Cells, columns: list[str]) -> Cells:
    out: Cells = []
    name, township = columns.index("name"), columns.index("township")
    for place in dict.fromkeys(row[township] for row in rows):
        part = [[*r[:township], "", *r[township + 1 :]] for r in rows if r[township] == place]
        out += [["" if k != name else f"【{place}】" for k in range(len(columns))], *part]
    return out


def page_numbers(rows: Cells, columns: list[str]) -> Cells:
    blank = [""] * (len(columns) - 1)
    return [*rows[:2], ["— 1 —", *blank], *rows[2:], ["— 2 —", *blank]]


TOWNSHIP_DRESS: tuple[Callable[[Cells, list[str]], Cells], ...] = (
    written_once,
    ditto,
    sections,
    sections_in_brackets,
    county_above,
)
DRESS: tuple[Callable[[Cells, list[str]], Cells], ...] = (
    marked,
    second_sum,
    subtotals,
    total_above,
    total_below,
    footnotes,
    signature,
    blank_rows,
    pages,
    page_numbers,
)


@st.composite
def dressed(draw: st.DrawFn) -> tuple[list[dict[str, Any]], bytes, str]:
    """Villages, and a file of them in any order of rows and columns,
    decorated and encoded in any way."""
    villages = draw(clean())
    columns = draw(st.permutations(list(HEADINGS)))
    rows: Cells = [[village[c] for c in columns] for village in draw(st.permutations(villages))]
    chosen = draw(st.lists(st.sampled_from(DRESS), max_size=3, unique=True))
    shape = draw(st.sampled_from(("rows", "rows", "rows", "panels", "turned", "two rows")))
    if shape == "rows":
        first = draw(st.sampled_from((None, *TOWNSHIP_DRESS)))
        if first is not None and subtotals not in chosen:
            rows = first(rows, columns)
            chosen = [item for item in chosen if item not in (total_above, total_below, second_sum)]
        chosen = [item for item in chosen if item is not marked or first is None]
        chosen = [item for item in chosen if item is not second_sum or subtotals not in chosen]
        for item in sorted(chosen, key=DRESS.index):
            rows = item(rows, columns)
    head = [draw(st.sampled_from(HEADINGS[c])) for c in columns]
    table: Cells = [head, *rows]
    if shape == "panels":
        half = (len(rows) + 1) // 2
        right = [*rows[half:], *[[""] * len(columns)] * (2 * half - len(rows))]
        table = [[*head, *head], *([*a, *b] for a, b in zip(rows[:half], right, strict=True))]
    if shape == "turned":
        table = [list(column) for column in zip(*table, strict=True)]
    if shape == "two rows":
        table = [["乡镇" if c == "township" else "行政村" if c == "name" else "基本情况" for c in columns],
                 ["" if c in ("township", "name") else h for c, h in zip(columns, head, strict=True)], *rows]  # fmt: skip
    if shape != "turned" and draw(st.booleans()):
        table = (
            [[str(n) if n else "序号", *row] for n, row in enumerate(table)]
            if shape == "rows" and not chosen
            else table
        )
    if draw(st.booleans()):
        table = [["某县村级情况统计表", *[""] * (len(table[0]) - 1)], *table]
    if draw(st.booleans()):
        table = [[*row[:1], "", *row[1:]] for row in table] if shape == "rows" else table
    elif draw(st.booleans()) and shape == "rows":
        named = {village["name"] for village in villages}
        table = [[*row, "见附件" if named & set(map(str, row)) else ""] for row in table]
    encoding = draw(st.sampled_from(ENCODINGS))
    return villages, *_file(table, encoding)


def _file(table: Cells, encoding: str) -> tuple[bytes, str]:
    if encoding == "xlsx":
        book = openpyxl.Workbook()
        for row in table:
            book.worksheets[0].append([cell if cell != "" else None for cell in row])
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue(), "own.xlsx"
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(table)
    mark = codecs.BOM_UTF8 if encoding.startswith("marked ") else b""
    return mark + text.getvalue().encode(encoding.removeprefix("marked ")), "own.csv"


def _told(table: Table) -> list[tuple[Any, ...]]:
    figures = ("population", "households", "collective_income")
    return sorted(
        (r["name"], r["township"], *(r[f].low if r[f] else None for f in figures))
        for r in table.rows
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dressed())
def test_a_table_in_any_dress_reads_to_the_same_villages_or_its_blanks_are_asked_about(
    case: tuple[list[dict[str, Any]], bytes, str],
) -> None:
    villages, data, name = case
    meant = sorted(
        (
            v["name"],
            v["township"],
            v["population"],
            v["households"],
            v["collective_income"] * 10_000,
        )
        for v in villages
    )
    table = read_bytes(data, name)
    asked = [w for w in table.warnings if getattr(w, "severity", "") == "ask"]
    assert _told(table) == meant or any("is blank in" in w for w in asked)
