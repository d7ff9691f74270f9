"""Outcomes of a run: what is recorded, in which unit, and which direction is better."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """A number by run and year. `better` is +1 where more is better, -1 where less is, 0 where it only describes."""

    name: str
    unit: str
    better: int
    en: str
    zh: str
    main: bool = False


def _table(text: str) -> tuple[Outcome, ...]:
    rows = []
    for line in text.strip().splitlines():
        name, unit, better, main, en, zh = (cell.strip() for cell in line.split("|"))
        rows.append(Outcome(name, unit, int(better), en, zh, main == "*"))
    return tuple(rows)


OUTCOMES = _table("""
weak_villages_50k      | villages         | -1 | * | villages under 50,000 yuan | 集体收入 5 万元以下的村
weak_villages_100k     | villages         | -1 |   | villages under 100,000 yuan | 集体收入 10 万元以下的村
weak_villages_150k     | villages         | -1 |   | villages under 150,000 yuan | 集体收入 15 万元以下的村
weak_villages_500k     | villages         | -1 |   | villages under 500,000 yuan | 集体收入 50 万元以下的村
quarters_to_last       | quarters         | -1 |   | quarters until no village is under 50,000 yuan (the horizon if never) | 最后一个薄弱村摘帽所需季度
mean_income            | yuan/year        |  1 | * | mean collective income of a village | 村均集体经济收入
median_income          | yuan/year        |  1 |   | median collective income | 集体经济收入中位数
p10_income             | yuan/year        |  1 | * | collective income of the poorest tenth | 最低十分位村集体收入
gini                   | 0..1             | -1 | * | inequality of collective income (Gini) | 集体收入基尼系数
theil_within           | nats             | -1 |   | inequality inside alliances (Theil) | 联合体内部差距（泰尔）
theil_between          | nats             | -1 |   | inequality between alliances and villages alone (Theil) | 联合体之间差距（泰尔）
gain_mean              | yuan/year        |  1 | * | gain over the same village without alliance, mean of all | 较不结盟的村均增收
gain_weak              | yuan/year        |  1 | * | gain of villages that began weak (under 50,000 yuan) over no alliance | 薄弱村较不结盟的增收
gain_lead              | yuan/year        |  1 | * | gain of lead villages over no alliance | 牵头村较不结盟的增收
gain_others            | yuan/year        |  1 |   | gain of other members over no alliance | 其他成员村较不结盟的增收
gain_base              | yuan/year        |  1 |   | mean gain through capacity | 村均增收中组织力带来
gain_land              | yuan/year        |  1 |   | mean gain through land | 村均增收中土地盘活带来
gain_brand             | yuan/year        |  1 |   | mean gain through the brand | 村均增收中品牌带来
gain_venture           | yuan/year        |  1 |   | mean gain through joint ventures, property and workshops | 村均增收中合资、物业与工坊带来
losers                 | villages         | -1 |   | villages worse off than alone by more than 1,000 yuan | 较不结盟减收的村
villager_income        | yuan/person/year |  1 | * | income per head | 人均收入
villager_gain          | yuan/person/year |  1 |   | gain in income per head over no alliance | 人均增收
villager_gini          | 0..1             | -1 |   | inequality of income per head between villages (Gini) | 村间人均收入基尼系数
capacity               | 0..1             |  1 |   | mean capacity of villages | 平均组织力
ability                | 0..1             |  1 |   | mean ability of secretaries | 平均书记能力
reserves               | yuan             |  1 |   | mean reserves less debt | 村均净积累
alliances              | alliances        |  0 |   | alliances alive | 存续联合体
alliances_on_paper     | alliances        | -1 |   | alliances on paper | 挂名联合体
allied_villages        | villages         |  0 |   | villages in an alliance | 结盟村数
cohesion               | 0..1             |  1 |   | mean cohesion of alliances at work | 平均凝聚力
effort                 | 0..1             |  1 |   | mean effort of members | 平均投入程度
exits                  | villages         | -1 |   | exits so far | 累计退出
switches               | villages         |  0 |   | moves between alliances so far | 累计转换
refusals               | villages         |  0 |   | invitations refused so far | 累计拒绝
ended                  | alliances        | -1 |   | alliances ended so far | 累计解散
public_cost            | yuan             | -1 | * | public money for alliances and single projects so far | 专项公共资金累计
own_money              | yuan             | -1 | * | what members have put into alliances of their own so far | 成员村自筹投入累计
campaign_cost          | yuan             | -1 |   | public money of the weak-village campaign so far | 消薄行动公共资金累计
transfers              | yuan             |  0 |   | public money that comes with or without alliance so far | 普惠补助累计
weak_lifted            | villages         |  1 |   | villages over 50,000 yuan that would be under it alone | 较不结盟多摘帽的村
""")
NAMES = tuple(o.name for o in OUTCOMES)
INDEX = {name: at for at, name in enumerate(NAMES)}
MAIN = tuple(o.name for o in OUTCOMES if o.main)
BY_NAME = {o.name: o for o in OUTCOMES}
SPENT = (
    "public_cost",
    "own_money",
)  # money that goes in: told beside what comes of it, ranked by nobody
