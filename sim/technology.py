"""Project types as data: what each needs, costs and brings (technology.toml), and
what each run draws of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exps, logistics, logits, logs, normal_quantiles
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.structured import Strict, headed, read_toml, shaped
from village_alliances.sim.worded import worded

HERE = Path(__file__).parent
ENDOWMENTS = ("land", "pieces", "volume", "scenic", "hands", "orders", "roofs", "people")
NORMAL_95 = 1.6448536269514722  # normal score of the 95th percentile

# number | unit | possible | when a file does not say | English | 中文
_NUMBERS = """
unit_cost      | yuan/unit      | 0.01 inf | 1   | capital that uses up one unit of what the type needs | 单位投资
profit_rate    | 1/year         | -1 5     | 0   | yearly profit on capital at full scale and middling ability, before overhead | 资本年收益率
overhead       | yuan/year      | 0 inf    | 0   | cost a year of running the type at all | 固定成本
management     | 1              | 0 3      | 0   | how much profit depends on who manages | 管理强度
lag            | quarters       | 1 80     | 1   | quarters until it works | 建设期
approval       | quarters       | 0 40     | 0   | quarters more where it is large enough to need approval | 审批期
fail           | 1              | 0 0.95   | 0   | chance that it never comes into work | 未投产几率
hazard         | 1/year         | 0 1      | 0   | chance a year that it ends after it has worked | 年停办几率
market         | yuan/village   | 1 inf    | inf | capital a village in reach at which profit is halved | 市场容量
price_exposure | 1              | 0 2      | 0   | how far profit follows the price of its product | 价格敏感度
wage_share     | 1/year         | 0 20     | 0   | wages a year on a yuan of capital | 工资占投资比例
job_wage       | yuan/job/year  | 0 inf    | 0   | wage of a job, where jobs are told by unit | 每岗位年工资
jobs           | jobs           | 0 inf    | 0   | jobs on a yuan of capital, or by unit where a wage of a job is told | 岗位
premium        | yuan/year      | 0 inf    | 0   | what households gain beside wages on a yuan of capital, or by unit | 农户溢价
rent_share     | 1              | 0 1      | 0   | part of profit that households get as rent of their plots | 农户租金比例
salvage        | 1              | 0 1      | 0   | part of capital recovered when it ends | 残值率
"""
INF = float("inf")


class About(Strict):
    """One number of a project type: its unit, what is possible, what it means."""

    name: str
    unit: str
    low: float
    high: float
    default: float
    en: str
    zh: str


def _about() -> dict[str, About]:
    numbers = {}
    for line in _NUMBERS.strip().splitlines():
        name, unit, possible, default, en, zh = (cell.strip() for cell in line.split("|"))
        low, high = map(float, possible.split())
        numbers[name] = About(name=name, unit=unit, low=low, high=high, default=float(default), en=en, zh=zh)  # fmt: skip
    return numbers


NUMBERS = _about()
DERIVED = ("by_product", "works", "aside", "beside", "soon", "later", "forever", "rents")
FIELDS = (*(name for name in NUMBERS if name != "job_wage"), *DERIVED)
SourceKind = Literal["document", "outside", "assumption"]


class Number(Strict):
    """A number with the range in which a run draws it and where that comes from."""

    value: float
    low: float
    high: float
    distribution: Literal["lognormal", "uniform", "logit", "fixed"]
    unit: str
    kind: SourceKind
    evidence: tuple[str, ...] = ()
    design: str = ""
    grade: str = ""
    reason: str
    reason_zh: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Number:
        span = f"{self.low:g}..{self.high:g}"
        wrong = []
        if not self.low <= self.value <= self.high:
            wrong.append(worded("problems.technology.value_between", span=span, value=self.value))
        if self.distribution == "lognormal" and self.low <= 0:
            wrong.append(worded("problems.technology.positive_low", low=self.low))
        if self.distribution == "logit" and not 0 < self.low <= self.high < 1:
            wrong.append(worded("problems.technology.share_for_logit", span=span))
        if self.kind != "assumption" and not self.evidence:
            wrong.append(worded("problems.technology.evidence_for_kind", kind=self.kind))
        if not self.reason:
            wrong.append(worded("problems.technology.reason"))
        return _unless(wrong, self)

    def at(self, share: np.ndarray) -> np.ndarray:
        """The quantile at `share` (any shape): low and high are the 5th and 95th percentile,
        or the ends of a uniform."""
        if self.distribution == "fixed" or self.low == self.high:
            return np.full_like(share, self.value)
        if self.distribution == "uniform":
            return np.asarray(self.low + (self.high - self.low) * share)
        score = normal_quantiles(share)
        if self.distribution == "lognormal":
            spread = logs(self.high / self.low) / (2 * NORMAL_95)
            return np.asarray(self.value * exps(spread * score))
        spread = (logits(self.high) - logits(self.low)) / (2 * NORMAL_95)
        return np.asarray(logistics(logits(self.value) + spread * score))


class ProjectType(Strict):
    """A row of the technology: what it needs, and its numbers."""

    name: str
    title: dict[str, str]
    needs: tuple[str, ...] = Field(max_length=2)
    by_product: bool = False
    numbers: dict[str, Number]

    @classmethod
    def entries(cls) -> tuple[str, ...]:
        """What a file writes under the name of a type: its numbers stand there, too."""
        return ("title", "needs", "by_product", *NUMBERS)

    @model_validator(mode="after")
    def _known(self) -> ProjectType:
        there_are = ", ".join(ENDOWMENTS)
        wrong = [
            worded("problems.technology.needs_among", there_are=there_are, name=n)
            for n in self.needs
            if n not in ENDOWMENTS
        ]
        if not {"en", "zh"} <= set(self.title):
            wrong.append(worded("problems.technology.both_titles"))
        for name, number in self.numbers.items():
            if name not in NUMBERS:
                there_are = ", ".join(NUMBERS)
                wrong.append(
                    worded("problems.technology.numbers_among", there_are=there_are, name=name)
                )
                continue
            about = NUMBERS[name]
            if number.low < about.low or number.high > about.high:
                span, possible = (
                    f"{number.low:g}..{number.high:g}",
                    f"{about.low:g}..{about.high:g}",
                )
                wrong.append(
                    worded(
                        "problems.technology.within_possible",
                        name=name,
                        possible=possible,
                        span=span,
                    )
                )
        return _unless(wrong, self)

    def at(self, name: str, share: np.ndarray) -> np.ndarray:
        """A number's quantile at `share`, or what is taken where the type does not state it."""
        if name in self.numbers:
            about = NUMBERS[name]  # tails beyond what is possible end there
            return np.clip(self.numbers[name].at(share), about.low, about.high)
        return np.full_like(share, NUMBERS[name].default)


def _unless(wrong: Sequence[Text], body: Any) -> Any:
    """The body, unless something is wrong with it: then all of that at once."""
    if wrong:
        raise ValueError(Text("; ".join(wrong), "；".join(text.zh for text in wrong)))
    return body


class TechnologyError(ValueError):
    """A technology file that cannot be used. `message(lang)`: everything that is
    wrong with it, a line each."""

    def message(self, lang: str = "en") -> str:
        """What is wrong, in `lang`, "en" or "zh"."""
        said = self.args[0]
        return said.lang(lang) if isinstance(said, Text) else str(said)


@cache
def shipped() -> tuple[ProjectType, ...]:
    """The project types that are shipped, in the order of their file."""
    return tuple(_read(HERE / "technology.toml", {}).values())


def read(path: Path | None) -> tuple[ProjectType, ...]:
    """The shipped types with rows and numbers of a county's own file over
    them. Raises TechnologyError."""
    types = {kind.name: kind for kind in shipped()}
    return tuple({**types, **_read(path, types)}.values()) if path else shipped()


def _read(path: Path, shipped_types: Mapping[str, ProjectType]) -> dict[str, ProjectType]:
    types: dict[str, ProjectType] = {}
    wrong: list[Problem] = []
    try:
        body = read_toml(path)
    except TableError as error:
        body, wrong = {}, error.problems
    for name, row in body.items():
        if not isinstance(row, dict):
            wrong.append(Problem(str(path), None, name, quoted(row), headed([name])))
            continue
        try:
            types[name] = shaped(
                str(path), ProjectType, _body_of(name, row, shipped_types.get(name)), name
            )
        except TableError as error:
            wrong += error.problems
    if wrong:
        raise TechnologyError(
            Text(*("\n".join(problem.line(lang) for problem in wrong) for lang in ("en", "zh")))
        )
    return types


def _body_of(name: str, row: Mapping[str, Any], old: ProjectType | None) -> dict[str, Any]:
    """A row as a project type holds it: its numbers together, over those of the shipped type of
    its name. What it needs has its cost among them, though the row should not say so."""
    numbers = {
        key: value
        for key, value in row.items()
        if key in NUMBERS or (isinstance(value, dict) and key != "title")
    }
    rest = {key: value for key, value in row.items() if key not in (*numbers, "name")}
    if old is not None:
        rest = {"title": old.title, "needs": old.needs, "by_product": old.by_product, **rest}
    merged: dict[str, Any] = {**(dict(old.numbers) if old else {}), **numbers}
    if rest.get("needs"):
        merged.setdefault("unit_cost", None)
    return {**rest, "name": name, "numbers": merged}


def draw(types: tuple[ProjectType, ...], point: bool, seed: int, runs: np.ndarray) -> Any:
    """Technology of each run: records of shape (runs, types). `point` takes
    every value as it stands."""
    table = np.zeros((runs.size, len(types)), [(name, "f8") for name in FIELDS]).view(np.recarray)
    for column, kind in enumerate(types):
        numbers = {name: _value(kind, name, point, seed, runs) for name in NUMBERS}
        if "job_wage" in kind.numbers:  # told by the unit: hands cost what a place costs
            numbers["wage_share"] = numbers["jobs"] * numbers["job_wage"] / numbers["unit_cost"]
            numbers["jobs"] = numbers["jobs"] / numbers["unit_cost"]
        if "premium" in kind.numbers and kind.numbers["premium"].unit.endswith("/unit"):
            numbers["premium"] = numbers["premium"] / numbers["unit_cost"]
        for name, values in numbers.items():
            if name != "job_wage":
                table[name][:, column] = values
        table["by_product"][:, column] = float(kind.by_product)
    return table


def prepare(table: Any, p: Any) -> Any:
    """Add what the chooser needs of each run's types and parameters: a yuan is worth (works x
    yearly + beside) x soon or later.

    works: chance to come into work over discount and hazard; aside: yuan a year that wages and
    salvage count for while it works; beside: what these are worth before; soon, later: discount
    until it works, without and with approval (ripening is memoryless, so the discount is exact).
    forever: worth of a yuan a year that ends by the hazard; rents: what landowners have for a yuan
    of takings.
    """
    discount = p["discount"][:, None]
    table["works"] = (1 - table["fail"]) / (discount + table["hazard"])
    wages = (p["wage_weight"] * p["wage_net"])[:, None] * table["wage_share"]
    table["aside"] = wages + table["salvage"] * table["hazard"]
    table["beside"] = table["works"] * table["aside"] + table["fail"] * table["salvage"]
    table["forever"] = 1 / (discount + table["hazard"])
    table["rents"] = table["rent_share"] / (1 - np.minimum(0.99, table["rent_share"]))
    table["soon"] = 1 / (1 + discount * table["lag"] / 4)
    table["later"] = 1 / (1 + discount * (table["lag"] + table["approval"]) / 4)
    return table


def _value(kind: ProjectType, name: str, point: bool, seed: int, runs: np.ndarray) -> np.ndarray:
    if point:
        number = kind.numbers.get(name)
        return np.full(runs.size, number.value if number else NUMBERS[name].default)
    share = np.empty((runs.size, 1))
    key = np.array([luck.name_key("technology", kind.name, name)], np.uint64)
    luck.fill_uniform(seed, runs, 0, luck.PARAMETER, key, share)
    return kind.at(name, share[:, 0])


def needs(types: tuple[ProjectType, ...]) -> np.ndarray:
    """Endowments that each type uses up: (types, 2), -1 where it needs no second or no first."""
    table = np.full((len(types), 2), -1, np.int64)
    for row, kind in enumerate(types):
        for place, name in enumerate(kind.needs):
            table[row, place] = ENDOWMENTS.index(name)
    return table
