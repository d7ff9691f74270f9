"""Sheets, panels, headings over several rows, villages as columns, hidden rows,
files of other programs."""

from __future__ import annotations

import io
import json
import os
import resource
import zipfile
from pathlib import Path
from typing import Any

import pytest
from village_alliances.interface.cli import main
from village_alliances.sim.table import Cell, Table, TableError, read_bytes, read_table

from tests.table.books import book


def read_of(table: Table, *names: str) -> list[tuple[Any, ...]]:
    """Name and further fields of each village, figures by their lower end."""
    cells = [[row[name] for name in ("name", *names)] for row in table.rows]
    return [tuple(c.low if isinstance(c, Cell) else c for c in row) for row in cells]


def asked(table: Table) -> str:
    return str([str(w) for w in table.warnings if getattr(w, "severity", "") == "ask"])


# -------- Sheets

HEAD = ["村名", "经营性收入(万元)"]


def test_sheets_of_townships_are_one_table_each_with_its_own_columns_and_units() -> None:
    data = book(
        {
            "填表说明": [["请各镇如实填写"]],
            "东镇2023": [HEAD, ["石门村", 9], ["合计", 9]],
            "西乡2023": [
                ["序号", "经营性收入(元)", "村名"],
                [1, 70_000, "石门村"],
                [2, 60_000, "上塘村"],
            ],
        }
    )
    table = read_bytes(data, "a.xlsx")
    assert read_of(table, "township", "collective_income") == [
        ("石门村", "东镇", 90_000),
        ("石门村", "西乡", 70_000),
        ("上塘村", "西乡", 60_000),
    ]
    assert table.sheet == "东镇2023, 西乡2023" and table.years["collective_income"] == 2023
    assert "东镇2023!3" in str(table.warnings)
    assert len(read_bytes(data, "a.xlsx", sheet="东镇2023").rows) == 1


def test_a_sheet_of_all_villages_goes_before_its_parts() -> None:
    east, west = [["石门村", 9], ["外岙村", 3]], [["上塘村", 6], ["下坞村", 2]]
    data = book({"东": [HEAD, *east], "总表": [HEAD, *east, *west], "西": [HEAD, *west]})
    assert read_bytes(data, "a.xlsx").sheet == "总表"


def test_sheets_without_names_of_places_are_joined_but_asked_about() -> None:
    data = book({"Sheet1": [HEAD, ["石门村", 9]], "Sheet2": [HEAD, ["上塘村", 6]]})
    table = read_bytes(data, "a.xlsx")
    assert read_of(table, "township") == [("石门村", None), ("上塘村", None)]
    assert "Sheet1, Sheet2" in asked(table)


def test_the_year_of_the_newest_sheet_is_that_of_its_figures() -> None:
    data = book({"2021": [HEAD, ["石门村", 9]], "2022": [HEAD, ["石门村", 10]]})
    table = read_bytes(data, "a.xlsx")
    assert table.years["collective_income"] == 2022 and "the newest" in asked(table)


# -------- Headings and figures


@pytest.mark.parametrize(
    "text",
    [
        "基本情况,,收入情况(万元),\n村名,人口,总收入,其中：经营性收入\n石门村,900,60,12\n",
        "村名,基本情况,村集体经济收入(万元),\n,户籍人口,总收入,其中：经营性收入\n石门村,900,60,12\n",
        "某县情况表,,,\n填报单位：某局,,,单位：万元、人\n行政村,总人口,总收入,经营性收入\n甲,1,2,3\n石门村,900,60,12\n",
        "村名,人口,村集体经济收入（万元）,其中：经营性收入\n石门村,900,60,12\n",
        "村名,单位,石门村\n人口,人,900\n总收入,万元,60\n经营性收入,万元,12\n",
        "人口,900\n总收入(万元),60\n经营性收入(万元),12\n村名,石门村\n",
        "村莊,戶籍人口,集體經濟總收入（萬元）,經營性收入（元）\n石门村,900,60萬元,12萬元\n",
        "village name,Total population,Total income (10k yuan),Annual operating income "
        "(wan)\n石门村,900,60,12\n",
        '"行 政\n村","户籍\n人口","总收入\n（万元）","经营性\n收入（万元）"\n石门村,900,60,12\n',
    ],
)
def test_headings_as_offices_write_them(text: str) -> None:
    table = read_bytes(text.encode(), "a.csv")
    expected = [("石门村", 900, 600_000, 120_000)]
    assert read_of(table, "population", "total_income", "collective_income") == expected


def test_groups_of_others_are_not_taken_for_the_village() -> None:
    text = "村名,人口,低收入农户,\n,,户数,人数\n石门村,900,12,30\n"
    table = read_bytes(text.encode(), "a.csv")
    assert table.rows[0]["households"] is None and table.rows[0]["population"].low == 900


@pytest.mark.parametrize(
    "text",
    [
        "村名,2021年经营性收入(万元),2023年经营性收入(万元),2022年经营性收入(万元)\n石门村,9,11,10\n",
        "村名,经营性收入(万元),,\n,2021年,2023年,2022年\n石门村,9,11,10\n",
        "村名,经营性收入(万元),,\n,2021,2023,2022\n石门村,9,11,10\n",
    ],
)
def test_of_several_years_the_newest_counts(text: str) -> None:
    table = read_bytes(text.encode(), "a.csv")
    assert read_of(table, "collective_income") == [("石门村", 110_000)]
    assert table.years == {"collective_income": 2023} and "2021" in str(table.warnings)


def test_the_year_of_a_title_is_that_of_the_figures_but_a_date_is_none() -> None:
    text = "{}\n村名,经营性收入(万元)\n石门村,9\n"
    for title, year in (
        ("2019年度收入统计表", 2019),
        ("填报日期：2020年3月1日", None),
        ("2020年3月制", None),
    ):
        table = read_bytes(text.format(title).encode(), "a.csv")
        assert table.years.get("collective_income") == year


def test_an_income_beside_its_parts_is_the_total() -> None:
    text = "村名,集体经济收入(万元),补助收入(万元)\n石门村,60,48\n"
    table = read_bytes(text.encode(), "a.csv")
    assert read_of(table, "total_income") == [("石门村", 600_000)] and "subsidies" in asked(table)
    settled = {"集体经济收入(万元)": "collective_income"}
    own = read_bytes(text.encode(), "a.csv", columns=settled)
    assert read_of(own, "collective_income") == [("石门村", 600_000)]


def test_a_township_with_its_sum_above_its_villages() -> None:
    text = "乡镇,村名,人口\n东镇,,1700\n,石门村,900\n,外岙村,800\n西乡,,700\n,上塘村,400\n,下坞村,300\n"
    table = read_bytes(text.encode(), "a.csv")
    places = [("石门村", "东镇"), ("外岙村", "东镇"), ("上塘村", "西乡"), ("下坞村", "西乡")]
    assert read_of(table, "township") == places


def test_parts_of_a_sum_titles_of_townships_and_places_in_one_column() -> None:
    text = (
        '东镇,,\n村名,人口,坐标\n石门村,900,"121.4,29.6"\n其中：薄弱村,900,\n西乡,,\n上塘村,400,\n'
    )
    table = read_bytes(text.encode(), "a.csv")
    assert read_of(table, "township") == [("石门村", "东镇"), ("上塘村", "西乡")]
    assert "in two columns" in asked(table)


def test_numbered_names_pages_and_rows_that_were_numbered_in_advance() -> None:
    text = "序号,村名,人口\n1,1.石门村,900\n续表,,\n2,2.外岙村,800\n3,,\n4,,\n"
    assert read_of(read_bytes(text.encode(), "a.csv")) == [("石门村",), ("外岙村",)]


@pytest.mark.parametrize(
    "text", ["村名,石门村,人口,900\n户数,300,收入,12\n", "项目,石门村\n人口,900\n户数,300\n"]
)
def test_a_form_for_each_village_is_refused(text: str) -> None:
    with pytest.raises(TableError):
        read_bytes(text.encode(), "a.csv")


# -------- Hidden rows


def test_hidden_rows_are_left_out_and_filtered_ones_read_and_both_asked_about() -> None:
    rows = [["村名", "人口"], ["石门村", 900], ["外岙村", 800], ["上塘村", 700]]

    def hide(page: Any) -> None:
        page.row_dimensions[3].hidden = True

    def filtered(page: Any) -> None:
        hide(page)
        page.auto_filter.ref = "A1:B4"

    table = read_bytes(book({"表": rows}, hide), "a.xlsx")
    assert read_of(table) == [("石门村",), ("上塘村",)] and "hidden rows" in asked(table)
    table = read_bytes(book({"表": rows}, filtered), "a.xlsx")
    assert len(table.rows) == 3 and "a filter hides" in asked(table)


# -------- Files of other programs


def ods(*rows: str) -> bytes:
    names = {"office": "office", "table": "table", "text": "text"}
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names
    )
    body = f'<table:table table:name="村表">{"".join(rows)}</table:table>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)  # by which readers know the format
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{manifest}"/>')
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}"
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return stream.getvalue()


def ods_row(*cells: str, times: int = 1, wide: int = 1, hidden: str = "") -> str:
    inner = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{wide}">'
        f"<text:p>{cell}</text:p></table:table-cell>"
        for cell in cells
    )
    how = f'table:number-rows-repeated="{times}" table:visibility="{hidden or "visible"}"'
    return f"<table:table-row {how}>{inner}</table:table-row>"


def test_an_ods_is_read_or_says_what_to_do() -> None:
    data = ods(ods_row("村名", "人口"), ods_row("石门村", "900"))
    try:
        import python_calamine  # noqa: F401
    except ImportError:
        with pytest.raises(TableError, match=r"saved as \.xlsx.*pip install"):
            read_bytes(data, "a.ods")
    else:
        assert read_of(read_bytes(data, "a.ods"), "population") == [("石门村", 900)]


def test_hidden_rows_and_columns_of_an_ods_are_seen_where_blank_rows_stand_between() -> None:
    pytest.importorskip("python_calamine")
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    blank = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    for hidden, villages, said in (
        ("collapse", ["石门村", "上塘村"], "hidden rows are left out"),
        ("filter", ["石门村", "外岙村", "上塘村"], "a filter hides"),
    ):
        rows = (ods_row("石门村", "900"), ods_row("外岙村", "800", hidden=hidden))
        body = ods(columns, blank, ods_row("村名", "人口"), *rows, ods_row("上塘村", "700"))
        table = read_bytes(body, "a.ods")
        assert [row["name"] for row in table.rows] == villages
        assert said in asked(table) and "6" in asked(table) and "hidden columns" in asked(table)


def test_of_an_xls_it_is_said_that_hidden_rows_cannot_be_seen() -> None:
    pytest.importorskip("python_calamine")
    table = read_table(Path(__file__).with_name("hidden_row.xls"))
    assert [row["name"] for row in table.rows] == ["石门村", "外岙村"]
    assert [w.severity for w in table.warnings if "cannot be told" in w] == ["note"]


def test_an_ods_that_swells_is_refused_before_it_is_read() -> None:
    with pytest.raises(TableError, match="cells"):
        read_bytes(ods(ods_row("村名"), ods_row("x", times=1_000_000, wide=1_000)), "a.ods")


def test_points_of_a_map_are_villages() -> None:
    def points(kind: str, place: Any, **more: Any) -> bytes:
        feature = {
            "properties": {"村名": "石门村", **more},
            "geometry": {"type": kind, "coordinates": place},
        }
        return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()

    table = read_bytes(points("Point", [121.4, 29.6], 人口=900), "a.geojson")
    assert read_of(table, "lon", "lat", "population") == [("石门村", 121.4, 29.6, 900)]
    with pytest.raises(TableError, match="points"):
        read_bytes(points("Polygon", [[[121.4, 29.6]]]), "a.geojson")
    for data in (b"[" * 100_000, b"{}", b'{"features": [1]}', b'{"features": 3}'):
        with pytest.raises(TableError, match="GeoJSON"):
            read_bytes(data, "a.geojson")


# -------- Whoever sent the file is not trusted


def test_three_million_cells_in_a_row_are_refused_while_they_stream(tmp_path: Path) -> None:
    path, out = tmp_path / "wide.xlsx", io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"表": [["村名"]]}))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            content = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                row = b'<row r="2">' + b"<c><v>1</v></c>" * 3_000_000 + b"</row></sheetData>"
                content = content.replace(b"</sheetData>", row)
            target.writestr(part.filename, content)
    path.write_bytes(out.getvalue())
    assert path.stat().st_size < 300_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TableError, match=r"row 2: found a row with more than 16,384 cells"):
        read_table(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize("text", ["村名" + "," * 20_000 + "\n", '村名\n"' + '","\n' * 400_000])
def test_a_record_without_end_is_refused(text: str) -> None:
    with pytest.raises(TableError, match="cells"):
        read_bytes(text.encode(), "a.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_devices_and_sparse_files_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with (tmp_path / "sparse.csv").open("wb") as file:
        file.truncate(10**12)
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    for name, kind in (("pipe", "a pipe"), ("sparse", "at most"), ("device", "a device")):
        with pytest.raises(TableError, match=kind):
            read_table(tmp_path / f"{name}.csv")


# -------- What is told


def test_check_stays_short_and_ends_with_whether_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    rows = "".join(f"{'甲乙丙丁'[i % 4]}镇,第{i}村,{'' if i % 7 else 3},x\n" for i in range(5_000))
    path.write_text("乡镇,村名,人口,备注\n" + rows, encoding="utf-8")
    assert main(["check", str(path), "--lang", "en"]) == 0
    out = capsys.readouterr().out
    lines = out.rstrip().splitlines()
    assert len(lines) < 60
    assert lines[2].startswith("Look at these before you go on")  # doubts first
    assert lines[-1].startswith("Readable, but look at 1 doubtful")
    assert "710 more" in " ".join(out.split())  # 715 alike problems are one line with a count
