"""One cell of a village table: from what somebody typed to a figure in the base unit, or a
word that the model knows."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from village_alliances.sim.fields import BLANKS, NO, NOTHING, PRODUCTS, STAGES, YES, Field
from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.table.characters import simplified
from village_alliances.sim.table.headings import Unit, unit_of
from village_alliances.sim.worded import worded

ERRORS = frozenset(
    (
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#N/A",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#UNKNOWN!",
    )
)
CellKind = Literal["exact", "below", "above", "about", "range"]

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_UNCLEAN = re.compile("^'|\\s|" + _INVISIBLE.pattern)
_CJK_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_QUOTED = re.compile(r"'[=+\-@＝＋－＠0-9]")
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|[+-]?\.[0-9]+"
_WORDS: dict[CellKind, str] = {
    "below": r"<=?|≤|不到|不足|低于|少于|小于|不超过|至多|最多|未满|未达|不满|under|below|lessthan|upto|atmost",
    "above": r">=?|≥|超过|超|高于|多于|大于|不低于|不少于|至少|逾|over|above|morethan|atleast",
    "about": r"~|≈|约为|大约|约|接近|将近|近|大概|about|nearly|around|approximately|approx\.?|ca\.?",
}
_ENDINGS: dict[CellKind, str] = {"below": r"以下|以内", "above": r"以上|\+", "about": r"左右|上下"}
_SHAPE = re.compile(
    "".join(f"(?P<{kind}>{words})?" for kind, words in _WORDS.items())
    + rf"(?P<a>{_NUMBER})(?P<more>[余多])?(?P<ua>[^0-9+\-~至到]*(?:m2)?)"
    + rf"(?:(?:-|~|至|到|to)(?P<b>{_NUMBER})(?P<ub>[^0-9+\-~]*(?:m2)?))?"
    + "".join(f"(?P<{kind}_end>{words})?" for kind, words in _ENDINGS.items())
)
_CURRENCY = re.compile(r"^(?:人民币|rmb|cny|[¥￥])")
_ENDING = re.compile("(?:" + "|".join(_ENDINGS.values()) + ")$")
_DASHES = str.maketrans("−–—―﹣〜∼", "-----~~")
_QUARTERS = {"1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_PARTS = {
    "": 1,
    "初": 1,
    "年初": 1,
    "上半年": 1,
    "年中": 3,
    "下半年": 3,
    "末": 4,
    "底": 4,
    "年末": 4,
    "年底": 4,
}
_EARLIEST, _LATEST = 1949, 2100


@dataclass(frozen=True)
class Cell:
    """A figure in the field's base unit.

    exact, about: `low == high`, the figure itself. below: `high` is the figure, `low` the least the
    field allows. above: `low` is the figure, `high` the most the field allows. range: both ends as
    given. `text` is what stood in the cell.
    """

    low: float
    high: float
    kind: CellKind
    text: str


class Unreadable(ValueError):
    """A cell that cannot be read. `found` and `expected` say it to a person."""

    def __init__(self, text: Text, expected: Text) -> None:
        super().__init__(text, expected)
        self.found, self.expected = text, expected


def clean(value: Any) -> Any:
    """A cell without invisible characters, doubled spaces, spaces between Chinese characters or the
    apostrophe that marks a text.

    Numbers, truth values and dates of a workbook pass as they are; an empty cell is ''.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    if not _UNCLEAN.search(value):
        return value
    text = _CJK_GAP.sub("", " ".join(_INVISIBLE.sub("", value).split()))
    return text[1:] if _QUOTED.match(text) else text


def text_of(value: Any) -> str:
    """A cell as a person sees it: 3.0 of a workbook is 3."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


def is_blank(value: Any) -> bool:
    """Whether a cleaned cell says nothing: empty, a dash, 无, 不详, NA ..."""
    return value == "" or (isinstance(value, str) and len(value) <= 8 and _half(value) in BLANKS)


def _half(text: str) -> str:
    return simplified(text).lower()


def figure(number: float) -> str:
    """A number for people, with separators of thousands."""
    return (
        f"{number:,.10g}"
        if abs(number) < 1e10
        else f"{number:,.0f}"
        if abs(number) < 1e15
        else f"{number:.6g}"
    )


def bounds(field: Field) -> Text:
    """`1 to 500,000 persons`."""
    low, high = figure(field.low), figure(field.high)
    if field.unit == "0..1":
        return worded("problems.table_cells.share")
    if field.name in ("lon", "lat"):
        return worded("problems.table_cells.degrees_china", low=low, high=high)
    return worded(
        "problems.table_cells.to", low=low, high=high, unit=Text(field.unit, field.unit_zh)
    )


def _wanted(field: Field, unit: Unit | None = None) -> Text:
    if field.name in ("lon", "lat"):
        east = field.name == "lon"
        return worded(
            "problems.table_cells.number_decimal_degrees",
            place=worded("problems.table_cells.east" if east else "problems.table_cells.north"),
            place_2="121.4" if east else "29.7",
        )
    if field.unit == "0..1":
        return worded("problems.table_cells.share_such_blank")
    en, zh = (unit.word, unit.word) if unit else (field.unit, field.unit_zh)
    return worded("problems.table_cells.figure_such_blank", names=Text(en, zh))


def read_number(field: Field, value: Any, unit: Unit | None = None) -> Cell | None:
    """The figure in a cleaned cell, in the field's base unit; None where it is blank. A unit in the
    cell goes before the heading's.

    Raises Unreadable: not a figure, or out of the field's bounds.
    """
    if isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta):
        raise Unreadable(*_no_number(field, value, unit))
    if isinstance(value, int | float):
        return _bounded(field, value, value, "exact", text_of(value), unit.factor if unit else 1.0)
    text = str(value)
    if _PLAIN.fullmatch(text):
        return _bounded(
            field, float(text), float(text), "exact", text, unit.factor if unit else 1.0
        )
    if text.upper() in ERRORS:
        raise Unreadable(*error_value(text))
    if is_blank(text):
        zero = field.name == "debt" and _half(text) in NOTHING
        return Cell(0.0, 0.0, "exact", text) if zero else None
    low, high, kind = _parsed(field, text, unit)
    return _bounded(field, low, high, kind, text, 1.0)


def _parsed(field: Field, text: str, unit: Unit | None) -> tuple[float, float, CellKind]:
    """The ends and the kind of a written figure, in base units."""
    unreadable = Unreadable(quoted(text), _wanted(field, unit))
    plain = re.sub(
        r"(?<![0-9])\s+|\s+(?![0-9])", "", _half(text).replace("——", "-").translate(_DASHES)
    )
    if field.unit.startswith("yuan"):
        plain = _CURRENCY.sub("", plain)
    ending = _ENDING.search(plain)
    match = _SHAPE.fullmatch(plain[: ending.start()] if ending else plain)
    if not match:
        raise unreadable
    kinds: list[CellKind] = [kind for kind in _WORDS if match[kind]] + [
        k for k, words in _ENDINGS.items() if ending and re.fullmatch(words, ending[0])
    ]
    if match["more"]:
        kinds.append("about")
    unit_a, unit_b = _own_unit(field, match["ua"], unit), _own_unit(field, match["ub"] or "", unit)
    if (match["ua"] and unit_a is None) or (match["ub"] and unit_b is None):
        raise unreadable
    factor = unit.factor if unit else 1.0
    a = _value(match["a"])
    if match["b"] is None:
        if len(set(kinds)) > 1:
            raise unreadable
        a = _times(a, unit_a.factor if unit_a else factor)
        return a, a, kinds[0] if kinds else "exact"
    if set(kinds) - {"about"}:
        raise unreadable
    second = unit_b.factor if unit_b else factor
    b = _times(_value(match["b"]), second)
    alike = _times(a, second)  # 5-8万: both in 万; 5000-1万: not
    a = _times(a, unit_a.factor) if unit_a else alike if alike <= b else _times(a, factor)
    if a > b:
        raise Unreadable(quoted(text), worded("problems.table_cells.lower_end_first"))
    return a, b, "range"


def _own_unit(field: Field, word: str, heading: Unit | None) -> Unit | None:
    """The unit written in the cell. A bare 万 under a heading in 公顷 is ten thousand hectares,
    under 万元 ten thousand yuan."""
    unit = unit_of(field, word) if word else None
    return replace(unit, dimension=heading.dimension) if unit and unit.bare and heading else unit


def _times(number: float, factor: float) -> float:
    """`number * factor` as a person reckons it: 1.1 times 10,000 is 11,000 and no last
    digit more."""
    return number if factor == 1.0 else float(f"{number * factor:.13g}")


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _bounded(
    field: Field, low: float, high: float, kind: CellKind, text: str, factor: float
) -> Cell:
    try:
        low, high = _times(float(low), factor), _times(float(high), factor)
    except OverflowError:
        low = high = math.inf
    if not (field.low <= low and high <= field.high):  # also catches what is no number
        out = low if low < field.low else high
        came = figure(out)
        same = text.replace(",", "") in (came.replace(",", ""), f"{out:g}")
        text_found = (
            quoted(text)
            if same
            else worded(
                "problems.table_cells.which_is",
                text=quoted(text),
                came=came,
                unit=Text(field.unit, field.unit_zh),
            )
        )
        raise Unreadable(text_found, bounds(field))
    if kind != "exact" and field.name in ("lon", "lat"):
        raise Unreadable(quoted(text), _wanted(field))
    if kind == "below":
        low = float(field.low)
    elif kind == "above":
        high = float(field.high)
    return Cell(low, high, kind, text)


def _no_number(field: Field, value: Any, unit: Unit | None) -> tuple[Text, Text]:
    if isinstance(value, datetime.date):
        wanted = _wanted(field, unit)
        return (
            worded("problems.table_cells.date", value=text_of(value)),
            worded("problems.table_cells.excel_turns_into", wanted=wanted),
        )
    return quoted(text_of(value)), _wanted(field, unit)


def error_value(value: str) -> tuple[Text, Text]:
    """What is found and expected where a formula failed."""
    return worded("problems.table_cells.error_value", value=value), worded(
        "problems.table_cells.value_blank"
    )


def read_choice(field: Field, value: Any) -> str | None:
    """The canonical word of a choice; None where it is blank. Raises Unreadable."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    word = _half(text_of(value))
    if is_blank(word):
        return None
    choices = {"yes": YES, "no": NO} if field.name == "lead" else STAGES
    for choice, words in choices.items():
        if word == choice or word in words:
            return choice
    en, zh = " | ".join(choices), "、".join(words[0] for words in choices.values())
    raise Unreadable(
        quoted(text_of(value)), worded("problems.table_cells.blank", names=Text(en, zh))
    )


_PRODUCT_OF = {word: product for product, words in PRODUCTS.items() for word in (product, *words)}
_PRODUCT_ENDING = re.compile("(?:特色|主导)?(?:产业|种植业|种植|栽培|基地|生产|经营|业)$")


def read_product(text: str) -> tuple[str, bool]:
    """The product that a text names, and whether the model knows it. Of several the first counts;
    unknown words stay as they are."""
    first = re.split(r"[、,，;；/+]", text)[0].strip() or text
    word = _half(first)
    for key in (word, _PRODUCT_ENDING.sub("", word)):
        if key in _PRODUCT_OF:
            return _PRODUCT_OF[key], True
    return first, False


def read_quarter(value: Any) -> str | None:
    """The quarter of a founding as `2015Q2`; None where it is blank. A year alone is its first
    quarter. Raises Unreadable."""
    if isinstance(value, datetime.datetime | datetime.date):
        return _quarter(value.year, (value.month + 2) // 3, value)
    text = text_of(value)
    if is_blank(text):
        return None
    plain = "".join(_half(text).split())
    if match := re.fullmatch(r"([0-9]{4})年?[-./]?q([1-4])", plain):
        return _quarter(int(match[1]), int(match[2]), text)
    if match := re.fullmatch(r"q([1-4])[-./]?([0-9]{4})", plain):
        return _quarter(int(match[2]), int(match[1]), text)
    if match := re.fullmatch(r"([0-9]{4})年?第?([一二三四1-4])季度?", plain):
        return _quarter(int(match[1]), _QUARTERS[match[2]], text)
    if match := re.fullmatch(r"([0-9]{4})年?(初|年初|上半年|年中|下半年|末|底|年末|年底|)", plain):
        return _quarter(int(match[1]), _PARTS[match[2]], text)
    if (
        match := re.fullmatch(
            r"([0-9]{4})(?:年|-|/)([0-9]{1,2})(?:月份?|(?:月|-|/)[0-9]{1,2}日?)?", plain
        )
    ) or (match := re.fullmatch(r"([0-9]{4})\.([0-9]{2}|[0-9]{1,2}\.[0-9]{1,2})", plain)):
        month = int(match[2].split(".")[0])
        if 1 <= month <= 12:
            return _quarter(int(match[1]), (month + 2) // 3, text)
    raise Unreadable(quoted(text), _QUARTER_WANTED)


_QUARTER_WANTED = worded("problems.table_cells.quarter_month_year")


def _quarter(year: int, quarter: int, value: Any) -> str:
    if not _EARLIEST <= year <= _LATEST:
        raise Unreadable(quoted(text_of(value)), _QUARTER_WANTED)
    return f"{year}Q{quarter}"
