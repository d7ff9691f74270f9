"""Objectives: what a proposal is to attain, and how much of it each village of each candidate brings.

The packing adds up scores of alliances, so it needs a part for every village. For `weak_villages_50k`, `gain_total` and
`gain_poorest_tenth` the sum of the parts is the objective exactly. `quarters_to_last` is the latest of all villages, and
`inequality` is about all at once: there the search adds up a stand-in, and the local repair and every figure reported use the
true number of the whole county. `minimax_regret(...)` adds up the parts of the objective in brackets, world by world: the
posterior draws are cut into a few groups, and the proposal is to be good even where it is worst.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from village_alliances.sim.problems import Text
from village_alliances.sim.rules.recording import WEAK

LATE = 6  # power of the stand-in for the last village: the latest weigh most
WORLDS = 5  # groups of posterior draws


@dataclass(frozen=True)
class Base:
    """One plain objective. `better`: +1 where more is better. `additive`: whether villages' parts add up to it exactly."""

    name: str
    unit: str
    better: int
    additive: bool
    en: str
    zh: str


BASES = {
    base.name: base
    for base in (
        Base(
            "weak_villages_50k",
            "villages",
            -1,
            True,
            "villages under 50,000 yuan",
            "集体收入 5 万元以下的村",
        ),
        Base(
            "quarters_to_last",
            "quarters",
            -1,
            False,
            "quarters until no village is under 50,000 yuan",
            "最后一个薄弱村摘帽所需季度",
        ),
        Base(
            "gain_poorest_tenth",
            "yuan/year",
            1,
            True,
            "mean gain of the tenth that began poorest",
            "起步最低十分之一村的村均增收",
        ),
        Base("gain_total", "yuan/year", 1, True, "gain of all villages together", "全部村增收合计"),
        Base(
            "inequality",
            "0..1",
            -1,
            False,
            "inequality of collective income (Gini)",
            "集体收入基尼系数",
        ),
    )
}
REGRET = "minimax_regret"


@dataclass(frozen=True)
class County:
    """What objectives are measured against: the villages alone, (runs, villages), and the horizon in quarters.

    `reference`: incomes in whose neighbourhood inequality is taken as linear; the villages alone, later the best partition so far.
    """

    income: np.ndarray
    last_weak: np.ndarray
    start: np.ndarray
    ticks: int
    reference: np.ndarray

    @cached_property
    def poorest(self) -> np.ndarray:
        """Which villages began among the poorest tenth of their run, (runs, villages)."""
        n = self.start.shape[1]
        rank = np.argsort(np.argsort(self.start, axis=1, kind="stable"), axis=1, kind="stable")
        return np.asarray(rank < max(1, round(n / 10)))

    def part(
        self, name: str, who: np.ndarray, income: np.ndarray, last_weak: np.ndarray
    ) -> np.ndarray:
        """What villages `who` (m,) add to the improvement over nobody allied, with these outcomes (m, runs): (m, runs)."""
        alone = self.income[:, who].T
        if name == "weak_villages_50k":
            return (alone < WEAK).astype(float) - (income < WEAK)
        if name == "gain_total":
            return income - alone
        if name == "gain_poorest_tenth":
            poorest = self.poorest
            return (income - alone) * poorest[:, who].T / poorest.sum(axis=1)
        if name == "quarters_to_last":
            before = (self.last_weak[:, who].T + 1.0) / self.ticks
            return (
                self.ticks
                * (before**LATE - ((last_weak + 1.0) / self.ticks) ** LATE)
                / self.income.shape[1]
            )
        if name == "inequality":
            return -self._gini_slope[:, who].T * (income - alone)
        raise KeyError(name)

    def value(self, name: str, income: np.ndarray, last_weak: np.ndarray) -> np.ndarray:
        """The objective itself for a whole county, (runs,), from (runs, villages)."""
        if name == "weak_villages_50k":
            return np.asarray((income < WEAK).sum(axis=1), float)
        if name == "gain_total":
            return np.asarray((income - self.income).sum(axis=1))
        if name == "gain_poorest_tenth":
            poorest = self.poorest
            return np.asarray(((income - self.income) * poorest).sum(axis=1) / poorest.sum(axis=1))
        if name == "quarters_to_last":
            return np.asarray(last_weak.max(axis=1) + 1.0)
        if name == "inequality":
            return gini(income)
        raise KeyError(name)

    @cached_property
    def _gini_slope(self) -> np.ndarray:
        """How inequality answers a yuan more of each village, at the reference, (runs, villages)."""
        x = np.maximum(self.reference, 0.0)
        n = x.shape[1]
        rank = np.argsort(np.argsort(x, axis=1, kind="stable"), axis=1, kind="stable") + 1.0
        total = x.sum(axis=1, keepdims=True)
        return (2 * rank - n - 1 - n * gini(x)[:, None]) / (n * total)


def gini(income: np.ndarray) -> np.ndarray:
    """Gini coefficient of each row; incomes below nought count as nought."""
    x = np.sort(np.maximum(income, 0.0), axis=1)
    n = x.shape[1]
    total = x.sum(axis=1)
    return np.asarray(
        (x * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=1) / (n * np.where(total > 0, total, 1.0))
    )


@dataclass(frozen=True)
class Objective:
    """A weighted mix of plain objectives (one with weight 1 is the usual case), or the greatest regret over worlds.

    `scale`: what a part counts as 1: in a mix the improvement that is attainable for it alone, else 1.
    """

    text: str
    weights: dict[str, float]
    regret: bool = False
    scale: dict[str, float] = field(default_factory=dict)

    @property
    def additive(self) -> bool:
        """Whether villages' parts add up to the objective exactly."""
        return all(BASES[name].additive for name in self.weights)

    @property
    def title(self) -> dict[str, str]:
        """The objective in words."""
        parts = [(BASES[name], weight) for name, weight in self.weights.items()]
        en = " + ".join(f"{w:.0%} {b.en}" if len(parts) > 1 else b.en for b, w in parts)
        zh = "、".join(f"{b.zh}（{w:.0%}）" if len(parts) > 1 else b.zh for b, w in parts)
        return (
            {"en": f"least greatest regret: {en}", "zh": f"最大遗憾最小：{zh}"}
            if self.regret
            else {"en": en, "zh": zh}
        )

    @property
    def single(self) -> str:
        """The plain objective, where there is only one, else ''."""
        return next(iter(self.weights)) if len(self.weights) == 1 else ""

    def parts(
        self, county: County, who: np.ndarray, income: np.ndarray, last_weak: np.ndarray
    ) -> np.ndarray:
        """What each village brings of the objective (more is better), (m, runs)."""
        found = np.zeros(income.shape)
        for name, weight in self.weights.items():
            found += weight / self.scale.get(name, 1.0) * county.part(name, who, income, last_weak)
        return found

    def gain(self, county: County, income: np.ndarray, last_weak: np.ndarray) -> np.ndarray:
        """The improvement over nobody allied, more is better, (runs,), for a whole county (runs, villages)."""
        found = np.zeros(income.shape[0])
        for name, weight in self.weights.items():
            change = county.value(name, income, last_weak) - county.value(
                name, county.income, county.last_weak
            )
            found += weight / self.scale.get(name, 1.0) * BASES[name].better * change
        return found

    def scaled(self, scale: dict[str, float]) -> Objective:
        """The same objective with parts counted in these units."""
        return Objective(self.text, self.weights, self.regret, scale)


class ObjectiveError(ValueError):
    """An objective that cannot be read: `text` says why."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


def read(text: str) -> Objective:
    """An objective from what a planner writes: a name, a mix `a:0.5,b:0.5`, or `minimax_regret(name)`. Raises ObjectiveError."""
    said = text.strip().replace("：", ":").replace("，", ",").replace("（", "(").replace("）", ")")
    if said == REGRET:
        said = f"{REGRET}(weak_villages_50k)"
    if match := re.fullmatch(rf"{REGRET}\s*\(([^()]*)\)", said):
        inner = read(match[1])
        return Objective(said, inner.weights, regret=True)
    weights: dict[str, float] = {}
    for part in said.split(","):
        name, colon, number = (piece.strip() for piece in part.partition(":"))
        if name not in BASES:
            there = Text(", ".join(names()), "、".join(names()))
            raise ObjectiveError(
                f"no objective is called '{name}'; there are: {there}, or a mix such as weak_villages_50k:0.5,gain_total:0.5",
                f"没有名为“{name}”的目标；可用：{there.zh}，或组合如 weak_villages_50k:0.5,gain_total:0.5",
            )
        if name in weights:
            raise ObjectiveError(f"{name} is named twice", f"{name} 写了两次")
        try:
            weights[name] = float(number) if colon else 1.0
        except ValueError:
            raise ObjectiveError(
                f"the weight of {name} is not a number: '{number}'",
                f"{name} 的权重不是数字：“{number}”",
            ) from None
        if not 0 < weights[name] < float("inf"):
            raise ObjectiveError(f"the weight of {name} must be above 0", f"{name} 的权重应大于 0")
    total = sum(weights.values())
    return Objective(said, {name: weight / total for name, weight in weights.items()})


def names() -> list[str]:
    """What can be asked for."""
    return [*BASES, REGRET]


def worlds(parameters: np.recarray, count: int = WORLDS) -> np.ndarray:
    """Which of `count` equal groups each run belongs to, (runs,): cut across the direction in which the parameters vary most."""
    table = np.stack([parameters[name] for name in parameters.dtype.names or ()], axis=1)
    spread = table.std(axis=0)
    table = (table[:, spread > 0] - table[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    if table.shape[1] == 0 or table.shape[0] < 2 * count:
        return np.zeros(table.shape[0], int)
    _, _, along = np.linalg.svd(table, full_matrices=False)
    direction = along[0] * np.sign(along[0][np.argmax(np.abs(along[0]))])
    order = np.argsort(np.argsort(table @ direction, kind="stable"), kind="stable")
    return np.asarray(order * count // table.shape[0])
