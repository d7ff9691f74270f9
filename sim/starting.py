"""Start: every number of a village table for each run: stated ones as they stand, blanks from
the region, by keyed draws.

Villages of one township and county have part of their draws in common (`between`); debt, cash and
sites go with income (`with_income`); rents, visitors and who lives there fall with the distance to
a town. What a table states of an endowment is net of what is in use; what is drawn falls with
income, for the strong have used theirs up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exps, logs, normal_shares, powers
from village_alliances.sim.endowment import Endowment, together, within
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.region import Region
from village_alliances.sim.scenario import ABOUT, BLANK, CUT, Column, Scenario
from village_alliances.sim.society import STAGES

LEAST_INCOME = 100.0  # yuan a year; logs need a floor, and nobody keeps books of less
LEAST_KM = 0.5  # a village in a town lies that far from it; logs need a floor
ABOUT_SD = 0.05  # log points; "nearly 150,000" is taken within a tenth of it
HOUSEHOLDS = 350.0  # households of the village of which roofs are told
# Codes of the draws: a field keeps its code for good.
CODES = {
    "population": 60, "household_size": 61, "collective_income": 62, "villager_income": 63, "debt": 64,
    "reserves": 65, "idle_land": 66, "ability": 67, "capacity": 68, "tenure": 69, "contiguous": 70,
    "site": 71, "volume": 72, "scenic_share": 73, "scenic": 74, "scenic_worth": 75, "idle_hands": 76,
    "firm_share": 77, "firm": 78, "firm_jobs": 79, "roofs": 80, "residents_share": 81, "households": 82,
    "trend": 83, "villager_trend": 84, "town_km": 85, "counted": 86,
    "industry": 11, "stage": 12, "culture": 13,
}  # fmt: skip
COUNTY, TOWNSHIP = 100, 150  # added to a field's code for what a county or township has in common
MIDDLE, BOND, PLACES = 300, 400, 500  # and for what a run draws of a range


@dataclass
class Start:
    """What villages of all runs start with, each (runs, villages)."""

    scenario: Scenario
    seed: int
    runs: np.ndarray
    p: Any
    county: np.ndarray  # (villages,) codes
    township: np.ndarray
    grows: np.ndarray  # (runs, villages) whether the village grows or processes its product
    point: bool = False  # middles and bonds at their values, not drawn from their ranges
    drawn_columns: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def region(self) -> Region:
        """Where blanks come from."""
        return self.scenario.region

    def own_score(self, name: str) -> np.ndarray:
        """A village's own normal score for a field."""
        out = np.empty((self.runs.size, self.scenario.size))
        luck.fill_normal(self.seed, self.runs, CODES[name], luck.IMPUTE, self.scenario.ids, out)
        return out

    def place_score(self, name: str, place: str) -> np.ndarray:
        """The normal score that all villages of a township or county have in common."""
        codes = self.county if place == "county" else self.township
        cities, counties = self.scenario.places["city"], self.scenario.places["county"]
        names = [str(x) for x in self.scenario.places[place]]
        keys = np.zeros(int(codes.max()) + 1, np.uint64)
        for i, code in enumerate(codes):
            keys[code] = luck.name_key("place", str(cities[i]), str(counties[i]), names[i])
        out = np.empty((self.runs.size, keys.size))
        code = CODES[name] + (COUNTY if place == "county" else TOWNSHIP)
        luck.fill_normal(self.seed, self.runs, code, luck.IMPUTE, keys, out)
        return out[:, codes]

    def placed_score(self, name: str) -> np.ndarray:
        """The normal score of a field: its own, and what it has in common with its places."""
        own = self.own_score(name)
        between = self.region.between.get(name)
        if between is None:
            return own
        county, township = (self.place_score(name, place) for place in ("county", "township"))
        return between.score(county, township, own, self.of_run(name, PLACES))

    def of_run(self, name: str, what: int) -> np.ndarray:
        """A share (0..1) of a range, drawn once a run (runs, 1); a half where nothing is drawn."""
        if self.point:
            return np.full((self.runs.size, 1), 0.5)
        return np.asarray(normal_shares(self._run_score(CODES[name] + what)))

    def _run_score(self, code: int) -> np.ndarray:
        """A normal score that all villages of a run have in common (runs, 1)."""
        key = np.array([luck.name_key("run")], np.uint64)
        out = np.empty((self.runs.size, 1))
        luck.fill_normal(self.seed, self.runs, code, luck.IMPUTE, key, out)
        return out

    def score(self, name: str) -> np.ndarray:
        """The normal score of a field: its own, what it has in common with its places, and with
        income."""
        own = self.placed_score(name)
        starts = self.spread(name)
        if not isinstance(starts, Endowment) or not starts.with_income:
            return own
        bond = within(self.of_run(name, BOND), starts.bond[0], starts.with_income, starts.bond[1])
        return together(bond, self.rich, own)

    def spread(self, name: str) -> Any:
        """The distribution of a field in the region."""
        return self.region.starts(name)

    def shift(self, name: str) -> np.ndarray | float:
        """By how much the middle of a field's distribution is moved: where in its range the run has
        it, and from its year to the start by the trend of the years between (log points); a run
        whose trend lies above its region's has had more of it."""
        starts = self.spread(name)
        moved: np.ndarray | float = 0.0
        if isinstance(starts, Endowment) and starts.over != "run":
            moved = starts.moved(self.of_run(name, MIDDLE))
        if starts.year is None:
            return moved
        year = starts.year
        column = "villager_income" if name == "villager_income" else "collective_income"
        drawn = self.p["trend_villager" if column == "villager_income" else "trend_collective"]
        gap = self.scenario.start - 1 - year
        between = self.region.during(min(year + 1, self.scenario.start), abs(gap)).trend[column]
        apart = logs(1.0 + drawn) - logs(1.0 + self.region.trend[column].value)
        return moved + np.asarray((logs(1.0 + between.value) + apart) * gap)[:, None]

    def drawn(self, name: str, score: np.ndarray | None = None) -> np.ndarray:
        """A field of every village as the region has it."""
        share = normal_shares(self.score(name) if score is None else score)
        return np.asarray(
            self.spread(name).draw(share, np.array(-np.inf), np.array(np.inf), self.shift(name))
        )

    def numbers(self, name: str, column: str = "", score: np.ndarray | None = None) -> np.ndarray:
        """A field with what the table states of it: exact as it stands, bounds cut the
        distribution, "about" within a tenth."""
        stated = self.scenario.numbers.get(column or name)
        share = normal_shares(self.score(name) if score is None else score)
        if stated is None:
            low, high = np.array(-np.inf), np.array(np.inf)
            return np.asarray(self.spread(name).draw(share, low, high, self.shift(name)))
        out = np.broadcast_to(stated.low, share.shape).copy()
        free = (stated.kind == BLANK) | (stated.kind == CUT)
        if free.any():
            low, high = stated.low[free], stated.high[free]
            out[:, free] = self.spread(name).draw(share[:, free], low, high, self.shift(name))
        about = stated.kind == ABOUT
        if about.any():
            out[:, about] *= exps(ABOUT_SD * self.own_score(name)[:, about])
        return out

    def stated_or(self, column: str, drawn: np.ndarray) -> np.ndarray:
        """What the table states of a column, else what was drawn, within the bounds
        that it states."""
        stated = self.scenario.numbers.get(column)
        if stated is None:
            return drawn
        values = np.where(stated.kind == BLANK, drawn, stated.low)
        cut = stated.kind == CUT
        if cut.any():
            values = np.where(cut, np.clip(drawn, stated.low, stated.high), values)
        return values

    def is_blank(self, column: str) -> np.ndarray:
        """Whether the table says nothing of a column, by village."""
        stated = self.scenario.numbers.get(column)
        return np.ones(self.scenario.size, bool) if stated is None else stated.kind == BLANK

    @cached_property
    def income(self) -> np.ndarray:
        """Operating income in the year before the start (yuan a year)."""
        score = self.placed_score("collective_income")
        drawn = self.numbers("collective_income", score=score)
        if self.scenario.counted:
            blank = self.is_blank("collective_income")
            drawn[:, blank] = self._counted(score[:, blank], blank)
        return np.maximum(drawn, LEAST_INCOME)

    def _counted(self, score: np.ndarray, blank: np.ndarray) -> np.ndarray:
        """Incomes of villages of which it is known how many lie between which: by rank of their
        scores, so that poor and rich ones lie where places are poor or rich. A part of a
        scenario has the shares of the whole."""
        classes = self.scenario.counted
        order = np.argsort(np.argsort(score, axis=1), axis=1)
        rank = (order + normal_shares(self.own_score("counted")[:, blank])) / score.shape[1]
        ends = np.cumsum([0, *(cell.count for cell in classes)]) / sum(
            cell.count for cell in classes
        )
        of = np.searchsorted(ends[1:-1], rank)
        low, high = (
            np.array([getattr(cell, end) for cell in classes])[of] for end in ("low", "high")
        )
        inside = (rank - ends[of]) / (ends[of + 1] - ends[of])
        spread = self.spread("collective_income")
        return np.asarray(spread.draw(inside, low, high, self.shift("collective_income")))

    @cached_property
    def rich(self) -> np.ndarray:
        """Normal score of the village's income: what debt, cash, sites and ability go with."""
        spread = self.spread("collective_income")
        return np.clip(spread.score(self.income, self.shift("collective_income")), -3, 3)

    @cached_property
    def remote(self) -> np.ndarray:
        """Distance to a town in log points over that of a middling village."""
        km = np.maximum(self.numbers("town_km"), LEAST_KM)
        return np.asarray(logs(km / self.region.endowments["town_km"].median))

    @cached_property
    def pull(self) -> np.ndarray:
        """What nearness to a town makes of rents and visitors: 1 at a middling distance."""
        return np.asarray(exps(-self.p["town_pull"][:, None] * self.remote))

    def own_trend(self, name: str) -> np.ndarray:
        """By how much a village's income grows otherwise than the region's (log points a year):
        `trend` of the collective's, `villager_trend` of that a head."""
        return self.p[f"{name}_spread"][:, None] * self.placed_score(name)

    @cached_property
    def left(self) -> np.ndarray:
        """Share of a drawn endowment that is not in use yet: less where income is more."""
        return np.asarray(
            powers(1.0 + self.income / self.p.used_from[:, None], -self.p.used_power[:, None])
        )

    def net(self, name: str, column: str = "") -> np.ndarray:
        """An endowment: what is stated stands, what is drawn is less where much is in use."""
        values = self.numbers(name, column)
        return np.where(self.is_blank(column or name), values * self.left, values)

    @cached_property
    def population(self) -> np.ndarray:
        """Registered inhabitants."""
        return self._to_total("population", self.numbers("population"))

    @cached_property
    def households(self) -> np.ndarray:
        """Registered households: stated, or population over the size of a household."""
        drawn = self.population / self.drawn("household_size")
        counts = self.stated_or("households", drawn)
        return self._to_total("households", counts)

    def _to_total(self, name: str, values: np.ndarray) -> np.ndarray:
        if name not in self.scenario.totals:
            return values
        return _fit_total(values, self.scenario.numbers[name], self.scenario.totals[name])

    @cached_property
    def ability(self) -> np.ndarray:
        """What secretaries can do: more where income is more."""
        bond = np.asarray(self.p["correlation_ability_income"])[:, None]
        score = together(bond, self.rich, self.own_score("ability"))
        return np.minimum(self.numbers("ability", score=score), 1.0)

    @cached_property
    def capacity(self) -> np.ndarray:
        """What branch and committee can manage: goes with the secretary's ability."""
        bond = np.asarray(self.p["correlation_capacity_ability"])[:, None]
        able = self.spread("ability").score(self.ability)
        score = together(bond, able, self.own_score("capacity"))
        return np.minimum(self.numbers("capacity", score=score), 1.0)

    @cached_property
    def residents(self) -> np.ndarray:
        """Inhabitants at home: fewer far from a town."""
        near = exps(-self.p["town_people"][:, None] * self.remote)
        drawn = self.population * self.drawn("residents_share") * near
        return self.stated_or("residents", drawn)

    def endowments(self) -> dict[str, np.ndarray]:
        """What every village has and does not use yet, by endowment; orders come from firms."""
        land = self.net("idle_land")
        return {
            "land": land,
            "pieces": land * self.drawn("contiguous"),
            "volume": self.volume(),
            "scenic": self.scenic(),
            "hands": self.hands(),
            "roofs": self.roofs(),
            "people": self.residents,
        }

    def volume(self) -> np.ndarray:
        """Mu of the main product: none where a village neither grows nor processes one."""
        most = getattr(self.spread("volume"), "most_per_person", None)
        drawn = self.drawn("volume") * self.grows
        if most is not None:
            drawn = np.minimum(drawn, most * self.population)
        return np.where(self.is_blank("volume"), drawn, self.numbers("volume"))

    def site(self) -> np.ndarray:
        """Rent of its land over that of a middling village: more near a town."""
        return self.drawn("site") * self.pull

    def scenic(self) -> np.ndarray:
        """Sites worth a route, in middling ones: a share of villages has any; fewer visitors come
        far from a town."""
        share = np.clip(self.common("scenic_share", "run"), 0.0, 1.0)
        has = normal_shares(self.own_score("scenic")) < share
        drawn = np.where(has, self.drawn("scenic_worth") * self.pull * self.left, 0.0)
        return self.stated_or("scenic", drawn)

    def hands(self) -> np.ndarray:
        """People at home who would take work that is brought to them."""
        drawn = self.drawn("idle_hands") * self.residents
        return self.stated_or("idle_hands", drawn)

    def roofs(self) -> np.ndarray:
        """Plants that roofs and grid can take."""
        drawn = self.drawn("roofs") * self.households / HOUSEHOLDS
        return self.stated_or("roofs", drawn)

    def firm_jobs(self) -> np.ndarray:
        """Jobs that a firm in the village can give out; nought where there is none."""
        rate = self.common("firm_share", "township")
        has = normal_shares(self.own_score("firm")) < 1.0 - exps(-rate)
        drawn = np.where(has, self.drawn("firm_jobs"), 0.0)
        return self.stated_or("firm_jobs", drawn)

    def common(self, name: str, over: str) -> np.ndarray:
        """A field that villages of a township, or of the whole run, have in common."""
        if over == "township":
            return self.drawn(name, self.place_score(name, "township"))
        share = normal_shares(self._run_score(CODES[name]))
        return np.asarray(self.spread(name).draw(share, np.array(-np.inf), np.array(np.inf)))


def quantities_of(region: Region) -> dict[str, Quantity]:
    """The region's own parameters, and what its villages have of ordinary project money a year."""
    stated = region.ordinary_money
    money = Quantity(
        name="ordinary_money",
        value=stated.value if stated else 200000.0,
        low=stated.low if stated else 100000.0,
        high=stated.high if stated else 300000.0,
        scale="log",
        unit="yuan/village/year",
        en="ordinary project money that every village has with or without an alliance",
        zh="每村每年常规项目资金",
        evidence=stated.evidence if stated else ("X028",),
        assumption=stated.assumption if stated else "as in a county of central China",
        assumption_zh=stated.assumption_zh if stated else "同中部某县",
    )
    return {**region.quantities(), "ordinary_money": money}


def villages_in_market(region: Region) -> float:
    """Villages that share a county's market, listed in the table or not."""
    return region.market.villages if region.market else 350.0


def products(scenario: Scenario) -> list[str]:
    """Every product that a village of this scenario may have, by name."""
    stated = {str(word) for word in scenario.words["industry"] if word}
    return sorted(stated | set(scenario.region.industry.share))


def _word_shares(seed: int, runs: np.ndarray, scenario: Scenario, field: str) -> np.ndarray:
    out = np.empty((runs.size, scenario.size))
    luck.fill_uniform(seed, runs, CODES[field], luck.IMPUTE, scenario.ids, out)
    return out


def draw_words(
    scenario: Scenario, seed: int, runs: np.ndarray, township: np.ndarray
) -> dict[str, np.ndarray]:
    """Product, step of the chain and culture of every village, as codes of shape (runs,
    villages)."""
    region = scenario.region
    codes = {}
    for word, order, shares in (
        ("industry", products(scenario), region.industry.share),
        ("stage", list(STAGES), region.stage.share),
    ):
        stated = scenario.words[word]
        weights = np.array([shares.get(name, 0.0) for name in order])
        steps = np.cumsum(weights / weights.sum())
        indices = np.array([order.index(str(s)) if s else -1 for s in stated])
        if (indices < 0).any():
            drawn = np.minimum(
                np.searchsorted(steps, _word_shares(seed, runs, scenario, word)), len(order) - 1
            )
            codes[word] = np.where(indices >= 0, indices, drawn)
        else:
            codes[word] = np.broadcast_to(indices, (runs.size, scenario.size))
    stated = scenario.words["culture"]
    named = sorted({str(s) for s in stated if s})
    indices = np.array([named.index(str(s)) if s else -1 for s in stated])
    clusters = region.culture.clusters_per_township
    if (indices < 0).any():
        drawn = (
            len(named)
            + township * clusters
            + np.floor(_word_shares(seed, runs, scenario, "culture") * clusters).astype(int)
        )
        codes["culture"] = np.where(indices >= 0, indices, drawn)
    else:
        codes["culture"] = np.broadcast_to(indices, (runs.size, scenario.size))
    return codes


def _fit_total(values: np.ndarray, column: Column, total: float) -> np.ndarray:
    """Scale the drawn cells of each run so that the column adds up to a stated total."""
    free = column.kind != 0
    totals, drawn = (
        np.ascontiguousarray(values[:, part]).sum(axis=1) for part in (free, ~free)
    )  # rows in memory: one order for any block
    if not (~free).any():
        return values
    scaled = values.copy()
    scaled[:, ~free] *= (np.maximum(total - totals, 1.0) / np.maximum(drawn, 1e-9))[:, None]
    return scaled
