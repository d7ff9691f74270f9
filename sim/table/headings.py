"""The heading of a column: which field is meant, and in which unit its figures are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from village_alliances.sim.fields import FIELDS, Field
from village_alliances.sim.table.characters import simplified

MAGNITUDES = {
    "": 1.0, "十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8,
    "thousand": 1e3, "k": 1e3, "wan": 1e4, "w": 1e4, "million": 1e6, "1000": 1e3, "1,000": 1e3, "000": 1e3, "tenthousand": 1e4,
    "10000": 1e4, "10,000": 1e4, "10k": 1e4,
}  # fmt: skip
_MONEY = {"元": 1.0, "圆": 1.0, "人民币": 1.0, "yuan": 1.0, "cny": 1.0, "rmb": 1.0, "rmbyuan": 1.0}
DIMENSIONS: dict[str, dict[str, float]] = {
    "persons": {"人": 1.0, "口": 1.0, "个": 1.0, "person": 1.0, "persons": 1.0, "people": 1.0, "inhabitants": 1.0},
    "households": {"户": 1.0, "household": 1.0, "households": 1.0},
    "yuan": _MONEY,
    "yuan/year": _MONEY,
    "yuan/person/year": _MONEY,
    "mu": {
        "亩": 1.0, "mu": 1.0, "公顷": 15.0, "ha": 15.0, "hectare": 15.0, "hectares": 15.0, "平方公里": 1500.0, "平方千米": 1500.0, "km2": 1500.0,
        "平方米": 0.0015, "m2": 0.0015, "平米": 0.0015,
    },
    "0..1": {"%": 0.01, "percent": 0.01, "0..1": 1.0, "0-1": 1.0, "0~1": 1.0},
    "years": {"年": 1.0, "year": 1.0, "years": 1.0, "yr": 1.0, "月": 1 / 12, "个月": 1 / 12, "months": 1 / 12},
    "sites": {"个": 1.0, "处": 1.0, "site": 1.0, "sites": 1.0},
    "villages": {"村": 1.0, "village": 1.0, "villages": 1.0},
    "km": {
        "公里": 1.0, "千米": 1.0, "km": 1.0, "kilometre": 1.0, "kilometres": 1.0, "kilometers": 1.0, "里": 0.5, "华里": 0.5,
        "米": 0.001, "m": 0.001,
    },
    "degrees": {"°": 1.0, "度": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "°e": 1.0, "°n": 1.0, "十进制度": 1.0},
}  # fmt: skip
_PER = {"yuan/year": {"year"}, "yuan/person/year": {"year", "person"}}
_PER_WORD = re.compile(r"(.+?)(?:/|·|每|per|-)(人|person|capita|head|年|year|yr|a|annum)$")
_CURRENCY = re.compile(r"^(?:人民币|rmb|cny|[¥￥])(?:'|in)?(?=.)|(?<=.)(?:人民币|rmb|cny)$")
_PERSON = {"人", "person", "capita", "head"}
_MAGNITUDE_WORDS = [
    "",
    *sorted(filter(None, MAGNITUDES), key=len, reverse=True),
]  # km2 is no thousand m2
_REMARK = re.compile(
    r"(?:19|20)\d\d(?:年|年度|年末|年底|末|底)?|户籍|常住|年末|年底|当年|上年|去年|年度|全年|单位|估计|估算|预计|必填|选填|可不填|如有"
    r"|wgs-?84|gcj-?02|bd-?09|cgcs2000|required|optional"
)
_BRACKETS = str.maketrans("【】〔〕[]{}〈〉", "()()()()()")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_NOISE = re.compile(r"[\s_\-./:,·、'\"*#]+")
_TWO_LANGUAGES = re.compile(r"([a-z]+)([一-鿿]+)|([一-鿿]+)([a-z]+)")
_LEADING = re.compile(
    r"^(?:\*|其中[:,]?|(?:19|20)\d\d年?(?:度|末|底)?|年末|年底|年初|期末|期初|全年|今年|本年[度末]?|当年|上年[度末]?|去年|前年|本期|上期|同期|实际(?!居住)|累计|完成)+"
)


@dataclass(frozen=True)
class Unit:
    """A unit as written: one of it is `magnitude * dimension` base units of the field
    (万元: 10,000 times 1 yuan)."""

    word: str
    magnitude: float
    dimension: float
    bare: bool = False  # only a magnitude was written: 3.5万

    @property
    def factor(self) -> float:
        """Base units in one of this unit."""
        return self.magnitude * self.dimension


@dataclass(frozen=True)
class Heading:
    """A column's heading: its text, the field it names (None: not one of ours),
    its unit (None: not said)."""

    text: str
    field: Field | None = None
    unit: Unit | None = None
    strange: str | None = None  # something in the place of a unit that is none


_LONGEST = 300  # characters of a heading; more are a paragraph


def plain(text: str) -> str:
    """`text` with full-width letters, digits and brackets made half-width, in lower case, without
    spaces, characters simplified."""
    return "".join(simplified(text).translate(_BRACKETS).lower().split())


def _key(text: str) -> str:
    return _NOISE.sub("", plain(text))


_FIELD_OF: dict[str, Field] = {
    _key(word): f
    for f in FIELDS
    for word in (f.name, f.zh, f.zh + f.name, f.name + f.zh, *f.aliases)
}


def unit_of(field: Field, word: str) -> Unit | None:
    """The unit that `word` (already `plain`) means for `field`, or None. `万`, `千` alone are
    magnitudes of the base unit."""
    remainder, allowed = word, _PER.get(field.unit, set())
    while remainder and (match := _PER_WORD.match(remainder)):
        if ("person" if match[2] in _PERSON else "year") not in allowed:
            break
        remainder = match[1]
    if field.unit.startswith("yuan"):
        remainder = _CURRENCY.sub("", remainder.removeprefix("in"))
    for magnitude in _MAGNITUDE_WORDS:
        rest = remainder[len(magnitude) :]
        if remainder.startswith(magnitude) and (
            rest in DIMENSIONS.get(field.unit, {}) or (magnitude and not rest)
        ):
            return Unit(
                word,
                MAGNITUDES[magnitude],
                DIMENSIONS.get(field.unit, {}).get(rest, 1.0),
                bare=not rest,
            )
    return None


def read_heading(text: str) -> Heading:
    """What a heading says: `村集体经济收入（万元）`, `Population`, `idle_land/ha`, `2014年人均收入(元/人)`."""
    if len(text) > _LONGEST:  # what follows takes quadratic time
        return Heading(text)
    whole = _LEADING.sub("", plain(text))
    inside, outside = _BRACKETED.findall(whole), _BRACKETED.sub("", whole)
    if name := _FIELD_OF.get(_key(outside)):
        return _with_unit(Heading(text, name), inside)
    for i in range(len(outside) - 1, 0, -1):
        mark = outside[i] in "/_:,-|"
        name = _FIELD_OF.get(_key(outside[:i]))
        if not name:
            continue
        field = name
        tail = outside[i + mark :]
        if field.kind == "number" and (unit := unit_of(field, tail)):
            return Heading(text, field, unit)
        if mark and _REMARK.fullmatch(tail):
            return _with_unit(Heading(text, field), inside)
        if outside[i] == "/" and field.kind == "number":
            return Heading(text, field, strange=tail)
    both = _in_two_languages(_key(outside))
    return _with_unit(Heading(text, both), inside)


def _in_two_languages(key: str) -> Field | None:
    """The field of a heading that says the same in two languages: `Village 村名`."""
    parts = _TWO_LANGUAGES.fullmatch(key)
    fields = [_FIELD_OF.get(part) for part in parts.groups() if part] if parts else []
    return fields[0] if len(fields) == 2 and fields[0] is fields[1] else None


def as_field(text: str, field: Field) -> Heading:
    """A heading that somebody says to mean `field`; its unit is read from what stands
    in brackets."""
    return _with_unit(Heading(text, field), _BRACKETED.findall(plain(text)))


def _with_unit(heading: Heading, inside: list[str]) -> Heading:
    field = heading.field
    if field is None or field.kind != "number":
        return heading
    unit, strange = None, None
    for content in inside:
        for word in [content] if unit_of(field, content) else re.split(r"[,;、:|]", content):
            read = unit_of(field, word)
            unit = unit or read
            if word and not read and not _REMARK.fullmatch(word):
                strange = word
    return Heading(heading.text, field, unit, strange)
