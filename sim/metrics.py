"""Outcomes of a run: what is recorded, in which unit, and which direction is better.

Levels are recorded by the run itself. Gains compare a run with the run of `none` under the same
draws, village by village (`paired`): they are nought under `none`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEAK = 50000.0  # yuan a year (fenghua-weak-threshold)
WORSE = 1000.0  # yuan a year: a village that loses less counts as unchanged


@dataclass(frozen=True)
class Outcome:
    """A number by run and year. `better` is +1 where more is better, -1 where less is, 0
    where it only describes."""

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


LEVELS = _table("""
weak_villages_50k      | villages         | -1 | * | villages under 50,000 yuan | 经营性收入 5 万元以下的村
weak_villages_100k     | villages         | -1 |   | villages under 100,000 yuan | 经营性收入 10 万元以下的村
weak_villages_150k     | villages         | -1 |   | villages under 150,000 yuan | 经营性收入 15 万元以下的村
weak_villages_500k     | villages         | -1 |   | villages under 500,000 yuan | 经营性收入 50 万元以下的村
quarters_to_last       | quarters         | -1 |   | quarters until no village is under 50,000 yuan (the horizon if never) | 最后一个薄弱村摘帽所需季度
mean_income            | yuan/year        |  1 | * | mean operating income of a village | 村均经营性收入
median_income          | yuan/year        |  1 |   | median operating income | 经营性收入居中值
p10_income             | yuan/year        |  1 | * | operating income of the poorest tenth | 收入最低的一成村的经营性收入
gini                   | 0..1             | -1 | * | inequality of operating income (Gini) | 经营性收入基尼系数
theil_within           | nats             | -1 |   | inequality inside alliances (Theil) | 联合体内部差距（泰尔）
theil_between          | nats             | -1 |   | inequality between alliances and villages alone (Theil) | 联合体之间差距（泰尔）
total_income           | yuan/year        |  1 |   | mean total income of a village, running subsidies included | 村均总收入
villager_income        | yuan/person/year |  1 | * | income per head | 人均收入
villager_gini          | 0..1             | -1 |   | inequality of income per head between villages (Gini) | 村间人均收入基尼系数
wages                  | yuan/year        |  1 |   | net wages that projects bring a village | 村均项目净增工资
jobs                   | jobs             |  1 |   | jobs of projects begun since the start | 项目岗位
capacity               | 0..1             |  1 |   | mean capacity of villages | 平均组织力
ability                | 0..1             |  1 |   | mean ability of secretaries | 平均书记能力
reserves               | yuan             |  1 |   | mean cash less debt | 村均净积累
alliances              | alliances        |  0 |   | alliances, active or on paper | 存续联合体
alliances_on_paper     | alliances        | -1 |   | alliances on paper | 挂名联合体
allied_villages        | villages         |  0 |   | villages in an alliance | 联建村数
quiet_members          | villages         | -1 |   | members that have gone quiet | 不再参与的成员村
cohesion               | 0..1             |  1 |   | mean cohesion of active alliances | 平均凝聚力
leaves                 | villages         | -1 |   | members that have left so far | 累计退出
refusals               | villages         |  0 |   | invitations refused so far | 累计拒绝
ended                  | alliances        | -1 |   | alliances ended so far | 累计解散
projects_begun         | projects         |  0 |   | projects begun so far | 累计开工项目
projects_ended         | projects         | -1 |   | projects that failed, died or were closed so far | 累计失败与停办项目
public_cost            | yuan             | -1 | * | public money for alliances, or for single villages in their place, so far | 财政专项资金累计
own_money              | yuan             | -1 | * | members' own money put into alliances so far | 成员村自筹投入累计
membership_cost        | yuan/year        | -1 |   | what membership costs a village in the mean | 村均参与成本
ordinary_money         | yuan             |  0 |   | ordinary project money so far | 常规项目资金累计
campaign_cost          | yuan             | -1 |   | public money of the weak-village campaign so far | 消薄行动资金累计
transfers              | yuan             |  0 |   | running subsidies so far | 运转补助累计
""")
GAINS = _table("""
gain_mean              | yuan/year        |  1 | * | gain over the same village without alliances, mean of all | 较未联建的村均增收
gain_weak              | yuan/year        |  1 | * | gain of villages that began weak | 薄弱村较未联建的增收
gain_lead              | yuan/year        |  1 |   | gain of lead villages | 牵头村较未联建的增收
gain_members           | yuan/year        |  1 |   | gain of members, leads included | 成员村较未联建的增收
gain_outside           | yuan/year        |  1 |   | gain of villages outside (what markets take from them or give them) | 未参加村受到的影响
losers                 | villages         | -1 |   | villages worse off by more than 1,000 yuan | 较未联建减收的村
weak_lifted            | villages         |  1 |   | villages over 50,000 yuan that would be under it | 较未联建多摘帽的村
villager_gain          | yuan/person/year |  1 |   | gain in income per head | 较未联建的人均增收
wage_gain              | yuan/year        |  1 |   | gain in net wages, mean of a village | 较未联建的村均净增工资
""")
OUTCOMES = (*LEVELS, *GAINS)
NAMES = tuple(o.name for o in OUTCOMES)
MAIN = tuple(o.name for o in OUTCOMES if o.main)
BY_NAME = {o.name: o for o in OUTCOMES}
SPENT = ("public_cost", "own_money")  # money that goes in: told beside what comes of it
SERIES_FIELDS = [(o.name, "f8") for o in OUTCOMES]


def weak_line(start_income: np.ndarray) -> np.ndarray:
    """Start income up to which a village of each run counts as weak: 50,000 yuan, or the poorest
    fifth where none is under it.

    `start_income` (runs, villages) yuan a year; returns (runs, 1).
    """
    ordered = np.sort(start_income, axis=1)
    fifth = ordered[:, max(0, start_income.shape[1] // 5 - 1), None]
    return np.where(ordered[:, :1] < WEAK, WEAK, fifth)


def _mean_over(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mean of each run over the chosen villages; nought where there is none."""
    count = chosen.sum(axis=1)
    return np.where(
        count > 0, np.where(chosen, values, 0.0).sum(axis=1) / np.maximum(count, 1), 0.0
    )


def paired(
    with_: dict[str, np.ndarray], without: dict[str, np.ndarray], start_income: np.ndarray
) -> dict[str, np.ndarray]:
    """Gains of each run: `with_` and `without` hold (runs, villages) arrays by name
    (operating_income, villager_income, wages, population, member, lead); membership is that of
    `with_`. Returns (runs,) by outcome."""
    more = with_["operating_income"] - without["operating_income"]
    member, lead = with_["member"] > 0, with_["lead"] > 0
    people = np.maximum(with_["population"], 1e-9)
    heads = with_["villager_income"] - without["villager_income"]
    now, then = with_["operating_income"], without["operating_income"]
    return {
        "gain_mean": more.mean(axis=1),
        "gain_weak": _mean_over(more, start_income <= weak_line(start_income)),
        "gain_lead": _mean_over(more, lead),
        "gain_members": _mean_over(more, member),
        "gain_outside": _mean_over(more, ~member),
        "losers": (more < -WORSE).sum(axis=1).astype(float),
        "weak_lifted": ((now >= WEAK) & (then < WEAK)).sum(axis=1).astype(float),
        "villager_gain": (heads * people).sum(axis=1) / people.sum(axis=1),
        "wage_gain": (with_["wages"] - without["wages"]).mean(axis=1),
    }
