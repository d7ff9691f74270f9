"""What may happen in a run, and what the columns of its history mean, in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from village_alliances.sim.society import ACCOUNT, ALLIANCE, VILLAGE


class Meaning(NamedTuple):
    """What an event or a column means; of an event, what its amount counts."""

    unit: str
    en: str
    zh: str


HAPPENINGS = {
    "founded": Meaning("", "alliance founded by its lead village", "牵头村发起成立联合体"),
    "joined": Meaning("", "village joined", "加入联合体"),
    "left": Meaning(
        "yuan",
        "village left; amount is what it took of cash and projects",
        "退出联合体（数值为结清的现金与项目）",
    ),
    "quiet": Meaning(
        "yuan/year",
        "member went quiet: no more meetings, no more put in; amount is what it expects "
        "to be better off",
        "成员不再参与：不再参会、不再投入（数值为其预期因此增收）",
    ),
    "active_again": Meaning(
        "yuan/year",
        "quiet member is active again; amount is what it expects to be better off",
        "成员恢复参与（数值为其预期因此增收）",
    ),
    "begun": Meaning("yuan", "project begun", "项目开工"),
    "enlarged": Meaning("yuan", "more was put into a project", "项目扩建"),
    "ripened": Meaning("yuan", "project began to work", "项目投产"),
    "grown": Meaning("yuan", "more of a project came into work", "项目扩建部分投产"),
    "failed": Meaning("yuan", "project never came into work", "项目未能投产"),
    "died": Meaning("yuan", "project that worked came to an end", "在营项目停办"),
    "closed": Meaning(
        "yuan",
        "project was closed or shrank, at a loss or for want of orders",
        "项目因亏损或缺订单关停、缩减",
    ),
    "secretary_replaced": Meaning(
        "0..1", "new secretary; amount is the new one's ability", "书记更替（数值为新书记能力）"
    ),
    "secretary_lent": Meaning(
        "0..1",
        "the lead's secretary serves here too; amount is the ability",
        "牵头村书记跨村任职（数值为能力）",
    ),
    "secretary_left": Meaning(
        "0..1",
        "able secretary left for better; amount is the ability lost",
        "骨干书记另有任用（数值为其能力）",
    ),
    "ended": Meaning(
        "yuan",
        "alliance ended; amount is what was divided among the last members",
        "联合体终止（数值为分给成员的现金与项目）",
    ),
    "grant": Meaning(
        "yuan", "public money of the quarter to the alliance", "本季财政资金拨付联合体"
    ),
    "own_money": Meaning("yuan", "member put own money into the alliance", "成员村自筹投入联合体"),
    "on_paper": Meaning(
        "", "no member is active any more: the alliance is on paper", "无活跃成员，联合体挂名"
    ),
    "reward": Meaning(
        "yuan",
        "reward to the first of the county's ranking (paid as public money)",
        "年度考评第一名奖励（计入财政资金）",
    ),
    "warned": Meaning(
        "log points",
        "last of the ranking; amount is the growth of members' income",
        "年度后进提醒约谈（数值为成员收入增长）",
    ),
    "refused": Meaning(
        "yuan/year",
        "village was asked and refused; amount is what it expected",
        "受邀未加入（数值为预期年收益）",
    ),
    "campaign": Meaning(
        "yuan",
        "the county's campaign gave property that yields an income",
        "消薄行动扶持形成经营性资产",
    ),
    "firm_left": Meaning(
        "jobs", "firm with orders left; amount is its jobs", "带订单企业迁出（数值为其岗位）"
    ),
    "firm_came": Meaning(
        "jobs", "another firm came; amount is its jobs", "新企业迁入（数值为其岗位）"
    ),
}


def in_short(event: str, lang: str) -> str:
    """What an event is called, without the note on what its amount counts."""
    return str(getattr(HAPPENINGS[event], lang)).partition(";")[0].partition("（")[0]


ENDED = {
    "failed": ("it never came into work", "未能投产"),
    "died": ("it came to an end after it had worked", "运营后停办"),
    "closed": ("closed at a loss", "亏损关停"),
    "lost_orders": ("its orders were withdrawn", "订单撤走"),
    "handed_over": (
        "it went to members who left, or when the alliance ended",
        "随成员退出或联合体终止移交",
    ),
}
BEGAN = {
    "begun": ("begun", "自行开工"),
    "given": ("given by the county's campaign", "消薄行动扶持"),
    "taken_over": ("taken over from an alliance", "自联合体接收"),
}
PROJECT_COLUMNS = {
    "project": Meaning("number", "its number in this run", "序号"),
    "under": Meaning(
        "",
        "strategy, or none: the same run without alliances",
        "采用策略（strategy）或未联建的同一次模拟（none）",
    ),
    "owner": Meaning("", "village or alliance that runs it", "经营的村或联合体（英文）"),
    "owner_zh": Meaning("", "the same in Chinese", "经营的村或联合体"),
    "alliance": Meaning("number", "the alliance that runs it, if one does", "经营的联合体序号"),
    "village": Meaning(
        "", "village that runs it, or the alliance's lead when it began", "经营村，或开工时的牵头村"
    ),
    "type": Meaning("", "project type", "项目类型"),
    "title": Meaning("", "project type in words", "项目类型（英文）"),
    "title_zh": Meaning("", "project type in Chinese", "项目类型"),
    "origin": Meaning("", "how it came to its owner: " + ", ".join(BEGAN), "来历"),
    "taken_from": Meaning("number", "alliance from which it was taken over", "接收自哪一联合体"),
    "begun": Meaning("tick", "quarter of its first yuan", "开工季度（序号）"),
    "begun_quarter": Meaning("", "the same by name", "开工季度"),
    "works_from": Meaning("tick", "quarter from which it works", "投产季度（序号）"),
    "works_quarter": Meaning("", "the same by name", "投产季度"),
    "ended": Meaning("tick", "quarter of its end", "结束季度（序号）"),
    "ended_quarter": Meaning("", "the same by name", "结束季度"),
    "end": Meaning("", "why it ended: " + ", ".join(ENDED), "结束原因"),
    "end_in_words": Meaning("", "why it ended, in words", "结束原因（英文）"),
    "end_zh": Meaning("", "why it ended, in Chinese", "结束原因（中文）"),
    "cost": Meaning("yuan", "what was put in, enlargements included", "累计投入"),
    "largest": Meaning("yuan", "most capital in work", "在营资产最大值"),
    "lost": Meaning("yuan", "what was written off", "资产减值"),
    "years": Meaning("years", "how long it has worked", "运营年数"),
    "profit": Meaning("yuan", "what it has brought in all", "累计收益"),
    "yearly": Meaning("yuan/year", "what it brought a year while it worked", "运营期年均收益"),
    "jobs": Meaning("jobs", "most jobs", "岗位最大值"),
    "households": Meaning(
        "yuan/year", "what reached households a year while it worked", "运营期农户年均所得"
    ),
    "brought_YEAR": Meaning("yuan", "what it brought in that calendar year", "该年收益"),
}


def meanings() -> dict[str, dict[str, dict[str, str]]]:
    """Unit and meaning, in both languages, of the columns of the tables, and of the events."""

    def of(variables: Sequence[Any], but: Sequence[str]) -> dict[str, dict[str, str]]:
        return {
            x.name: Meaning(x.unit, x.en, x.zh)._asdict() for x in variables if x.name not in but
        }

    accounts = of(ACCOUNT, ("ability", "best"))
    return {
        "villages": of(VILLAGE, ("id", "run")) | accounts,
        "alliances": of(ALLIANCE, ("key", "number", "stale")) | accounts,
        "projects": {name: meaning._asdict() for name, meaning in PROJECT_COLUMNS.items()},
        "events": {name: meaning._asdict() for name, meaning in HAPPENINGS.items()},
    }
