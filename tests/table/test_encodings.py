"""Text files in whatever encoding: read where certain, else one message that says what to do."""

from __future__ import annotations

import codecs

import pytest
from village_alliances.sim.table import TableError, read_bytes

TEXT = "村名,人口,经营性收入(万元)\r\n石桥村,900,12\r\n上林村,800,9\r\n"
TRADITIONAL = "村名,人口,經營性收入(萬元)\r\n石橋村,900,12\r\n上林村,800,9\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (codecs.BOM_UTF8 + TEXT.encode("gbk"), "gb18030"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.replace(",", "\t").encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-32"), "utf-32"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "utf-32"),
        (TEXT.encode("hz"), "hz"),
        (TRADITIONAL.encode("big5"), "big5"),
        (TRADITIONAL.encode("big5hkscs"), "big5"),
    ],
)
def test_what_is_certain_is_read(data: bytes, encoding: str) -> None:
    table = read_bytes(data, "a.csv")
    assert table.encoding == encoding
    assert [(r["name"].replace("橋", "桥"), r["collective_income"].low) for r in table.rows] == [
        ("石桥村", 120_000),
        ("上林村", 90_000),
    ]


@pytest.mark.parametrize(
    "data",
    [
        "村名,人口\r\n石橋村,900\r\n".encode("shift_jis"),
        "村名,人口\r\n石桥村,900\r\n".encode().decode("latin-1").encode(),
        TEXT.encode().decode("gbk", "replace").encode(),
        "石桥村,900\r\n上林村,800\r\n".encode("gbk"),
        TEXT.encode("utf-16")[:-1],
        TEXT.encode("utf-16-le") + b"\n",
    ],
)
def test_what_is_not_says_that_it_may_be_the_encoding_and_what_to_do(data: bytes) -> None:
    with pytest.raises(TableError, match="CSV UTF-8") as caught:
        read_bytes(data, "a.csv")
    assert len(caught.value.problems) == 1 and "CSV UTF-8" in caught.value.message("zh")


def test_names_that_lost_characters_and_files_that_are_no_text_are_refused() -> None:
    for name in ("石\ufffd村", "??村", "锟斤拷村"):
        with pytest.raises(TableError, match="characters that were lost"):
            read_bytes(f"村名,人口\n{name},900\n".encode(), "a.csv")
    with pytest.raises(TableError, match="a binary file"):
        read_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.csv")
