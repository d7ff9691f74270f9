"""Words for places: names of villages in their variants, and names that are those
of townships or counties."""

from __future__ import annotations

import re

from village_alliances.sim.table.characters import simplified
from village_alliances.sim.table.names import read_name

PLACES = ("township", "county", "city")  # fields, from the smallest

_OFFICE = re.compile(
    r"(?:股份)?经济(?:联合|合作)社$|(?:村民|居民|村|居)?委(?:员会|会)$|(?:村|居)委$"
    r"|党?总?支部(?:委员会)?$|(?<=.)村$"
)
_PLACE = re.compile(r".{1,12}(?:镇|乡|街道|街道办事处|县|区|市|苏木)(?:[(（].*[)）])?[:：]?")
_NO_PLACE = re.compile(r".*(?:社区|小区|园区|新区|片区|开发区)$")


def same(text: str) -> str:
    """Two names are the same where these agree."""
    return simplified(text).casefold().replace(" ", "")


def stem(name: str) -> str:
    """A village's name without 村, 村委会, 股份经济合作社 and the like, numbers and marks: variants of
    one name agree in it."""
    text = same(read_name(name).name)
    while (shorter := _OFFICE.sub("", text)) != text and shorter:
        text = shorter
    return text


def is_place(text: str) -> bool:
    """Whether a name is that of a township, a county or a city."""
    text = simplified(text)
    return bool(_PLACE.fullmatch(text)) and not _NO_PLACE.match(text)


def level(text: str) -> str:
    """The field that a title over villages names: township, county, alliance; '' for none."""
    bare = _IN_BRACKETS.sub("", same(text)).rstrip(":")
    if is_place(bare):
        return "county" if bare.endswith(("县", "区", "市")) else "township"
    return "alliance" if _GROUP.fullmatch(bare) else ""


def surely_alliance(text: str) -> bool:
    """Whether a title names an alliance, and no part of a county."""
    return bool(_ALLIANCE.fullmatch(_IN_BRACKETS.sub("", same(text)).rstrip(":")))


_IN_BRACKETS = re.compile(r"\([^()]*\)$")
_SUM = re.compile(
    r".{0,16}(?:小计|合计|总计|共计|累计|总和|汇总|平均|平均值|均值|平均数)(?:\(.*\)|（.*）)?[:：]?"
    r"|(?:小计|合计|总计|共计)(?:\(.*\)|（.*）)"
    r"|(?:最高|最低|最大|最小|中位|标准差|方差|极差)(?:值|数)?[:：]?"
    r"|其中.{0,16}"
    r"|全(?:县|市|区|镇|乡|省|街道)(?:合计|平均)?[:：]?"
    r"|[计总共均]|本页.{0,6}|[村户人]均|[村户]平均|(?:比|较)?(?:上年|去年|同期|上期)(?:数|同期|增减|增长|合计|末|底|度)?.{0,3}|(?:同比|环比)?(?:增长|增减|增幅|下降)(?:率|额|量|%|数|幅度)?"
    r"|(?:grand )?(?:total|totals|sum|subtotal|average|mean|median|maximum|minimum)(?: of .{1,16})?:?",
    re.IGNORECASE,
)


def is_sum(text: str) -> bool:
    """Whether a row of this name holds sums or averages."""
    text = simplified(text)
    return bool(_SUM.fullmatch("".join(text.split())) or _SUM.fullmatch(text))


_BODY = re.compile(
    r"其[他它]|.{0,16}(?:机关|林场|农场|茶场|渔场|牧场|公司|城投|集团|企业|合作社)(?:[(（].*[)）])?"
)
_ALLIANCE = re.compile(r".{1,16}(?:联合体|联盟|组团|联建组?|联合党委|共富带|共富圈)")
_GROUP = re.compile(_ALLIANCE.pattern + r"|.{1,16}片区?")
_CATEGORY = re.compile(
    r"(?:集体)?(?:经济)?(?:相对)?(?:薄弱|空壳|一般|贫困|脱贫|强|富裕|收入.{0,12})村(?:\(.*\))?|(?:行政)?村(?:级|合计|数)"
)


def is_body(text: str) -> bool:
    """Whether a name is that of a body that is hardly a village: 其他, 林场, 公司; the 经济合作社
    of a village is the village."""
    return bool(_BODY.fullmatch(same(text)) and _BODY.fullmatch(stem(text)))


def is_group(text: str) -> bool:
    """Whether a name is that of villages together: a township, an alliance."""
    return level(text) != ""


def is_category(text: str) -> bool:
    """Whether a name is that of villages of a kind: 薄弱村, 经济强村."""
    return bool(_CATEGORY.fullmatch(stem_of_mark(text)))


def stem_of_mark(text: str) -> str:
    """A name without its marks, its characters simplified."""
    return same(read_name(text).name)
