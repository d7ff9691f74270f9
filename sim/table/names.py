"""Names of villages as offices write them: numbered, marked, with a role or a remark in brackets,
several in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from village_alliances.sim.table.characters import simplified

Remark = Literal["lead", "weak", "gone", "other"]

_MARKS = "*＊★☆●○◆◇■□▲△▼▽※#＃√✓✔◎⊙•"
_MARKED = re.compile(rf"^[{_MARKS}\s]+|[{_MARKS}\s]+$")
_SERIAL = re.compile(
    r"^(?:[(（]?[0-9]{1,4}(?:[)）、．]|[.](?=\D))|[(（]?[一二三四五六七八九十]{1,3}[)）、．.]|[①-⑳⑴-⒇])"
    r"\s*(?=\D)"
)
_IN_BRACKETS = re.compile(
    r"^(?P<name>.+?)\s*[(（\[【〔](?P<last>[^()（）\[\]【】〔〕]+)[)）\]】〕]$"
)
_BEFORE = re.compile(r"^[(（\[【〔](?P<first>[^()（）\[\]【】〔〕]+)[)）\]】〕]\s*(?P<name>.+)$")
_ROLE = re.compile(r"^(?P<first>牵头村?|核心村?|成员村?)[:：]\s*(?P<name>.+)$")
_AFTER = re.compile(
    r"^(?P<name>.+?(?:村|社区))\s*[-—－:：]?\s*(?P<last>牵头村?|核心村|成员村|(?:经济)?薄弱村)$"
)
_KINDS: dict[Remark, re.Pattern[str]] = {
    "gone": re.compile(r".*(?:已?撤[销并]|已并入|已注销|已合并).*"),
    "lead": re.compile(r".{0,6}牵头.{0,3}|.{0,3}(?:核心|盟主)村?|lead(?: village)?|leader"),
    "weak": re.compile(r".{0,8}(?:薄弱|空壳|贫困|后进).{0,4}|weak(?: village)?"),
    "other": re.compile(
        r"成员村?|.*(?:[省市县区国][级定]|示范|重点|试点|先进|文明|美丽|精品|样板|特色|脱贫|帮扶|搬迁|移民"
        r"|中心|城中|城郊|一般|强|富裕|达标|未来).*村|[原曾又旧含即现].{1,20}|由.*合并.*"
        r"|[0-9一二三四五六七八九十]+个?(?:自然村|村民小组|小组|组|户|人)|[a-z .'-]+"
    ),
}
_BETWEEN = re.compile(r"[、,，;；/\\|+＋&]|(?<=[村区])[和与及暨](?=..)")
_AND_SO_MANY = re.compile(r".+等[0-9一二三四五六七八九十两几]+个?(?:行政)?(?:村|社区)?")
_PERHAPS_SEVERAL = re.compile(r".{2,}村.{2,}村|.{2,}等(?:多?个?(?:行政)?村)?")
_LONGEST = 300  # characters of a name with all that is written with it
_HAN = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True)
class WrittenName:
    """A name and what was written with it. `marks`: its signs; `remarks`: what stands in brackets
    or behind it, with the kind."""

    name: str
    marks: str
    remarks: tuple[tuple[str, Remark], ...]


def read_name(text: str) -> WrittenName:
    """The name in a cell, without its number, signs, role and known remarks."""
    marks, remarks = "", []
    if len(text) > _LONGEST:  # what follows takes quadratic time
        return WrittenName(text, "", ())
    while True:
        bare = _SERIAL.sub("", text)
        if signs := _MARKED.findall(bare):
            marks += "".join("".join(signs).split())
            bare = _MARKED.sub("", bare)
        if taken := _remark(bare):
            bare = taken[0]
            remarks.append(taken[1:])
        if bare == text or not bare:
            return WrittenName(text, marks, tuple(remarks))
        text = bare


def _remark(text: str) -> tuple[str, str, Remark] | None:
    """The name, a known remark with it and its kind; None where there is none."""
    for pattern in (_ROLE, _AFTER, _IN_BRACKETS, _BEFORE):
        if match := pattern.match(text):
            parts = match.groupdict()
            remark = parts.get("first") or parts["last"]
            if kind := kind_of(remark):
                return parts["name"], remark, kind
    return None


def kind_of(remark: str) -> Remark | None:
    """What a remark says of a village; None where that is not known."""
    plain = simplified(remark).lower()
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(plain)), None)


def in_brackets(text: str) -> tuple[str, str]:
    """A name and what stands in brackets behind it; '' where nothing does."""
    match = _IN_BRACKETS.match(text)
    return (match["name"], match["last"]) if match else (text, "")


def several(text: str) -> bool:
    """Whether a cell names several villages: 石桥村、上林村."""
    parts = [part for part in _BETWEEN.split(text) if len(_HAN.findall(part)) > 1]
    return len(parts) > 1 or bool(_AND_SO_MANY.fullmatch(simplified(text)))


def perhaps_several(text: str) -> bool:
    """Whether a cell may name several villages: 石桥村上林村, 石桥等村."""
    return bool(_PERHAPS_SEVERAL.fullmatch(simplified(text)))
