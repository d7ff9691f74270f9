"""Build: from a scenario, strategies, levers and parameters to a block of runs, with every blank drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exps, logs, normal_quantiles, normal_shares
from village_alliances.sim.columns import Society, Villages
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.parameters import (
    Mode,
    default_mode,
    draw,
    lever_values,
    levers,
    regional,
)
from village_alliances.sim.region import Region
from village_alliances.sim.rules.projects import RING
from village_alliances.sim.rules.recording import record_start
from village_alliances.sim.scenario import (
    ABOUT,
    BLANK,
    CUT,
    NUMBERS,
    OPTIONAL_NUMBERS,
    Column,
    Scenario,
)
from village_alliances.sim.society import (
    ALLIANCE,
    CALENDAR,
    CHANNELS,
    LOG_FIELDS,
    RUN,
    STAGES,
    records,
)
from village_alliances.sim.strategy import Portfolio, Strategy

ABOUT_SD = 0.05  # log points; "nearly 150,000" is taken within a tenth of it
LEAST_INCOME = 100.0  # yuan a year; logs need a floor, and nobody keeps books of less
EVENTS_A_QUARTER = 12  # a village; more are counted, not kept
NEIGHBOURS = 16  # nearest villages that a village considers as partners
# Keys of luck by position: what is new comes last, so that the draws of the others stay.
FIELD_CODE = {
    name: code
    for code, name in enumerate((*NUMBERS, "industry", "stage", "culture", *OPTIONAL_NUMBERS))
}


def parameters_of(
    scenario: Scenario,
    mode: Mode | None,
    seed: int,
    runs: np.ndarray,
    fixed: Mapping[str, Any] | None = None,
) -> np.recarray:
    """The parameters of each run: the model's and the region's. In `point` mode strengths are worked exactly as written."""
    mode = mode or default_mode()
    quantities = regional(scenario.region.quantities())
    table = draw(quantities, mode, seed, runs, fixed)
    if mode == "point" and "strength_sd" not in (fixed or {}):
        table["strength_sd"] = 0.0
    return table


def build(
    scenario: Scenario,
    portfolio: Portfolio | Strategy | str,
    *,
    seed: int = 1,
    runs: np.ndarray | int = 1,
    levers: Mapping[str, float] | None = None,
    parameters: np.recarray | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    log: bool = False,
    solo_budget: np.ndarray | None = None,
    years: int = 0,
) -> Any:
    """A block of societies, one a run, laid end to end.

    `runs`: run numbers (uint64) or how many (0, 1, ...). `parameters`: one record a run, else drawn by `mode`. `levers`:
    by name, over the scenario's own and the defaults. `solo_budget`: (runs, ticks) yuan a quarter of public money for
    projects of single villages. `years`: the horizon, else the scenario's.
    """
    numbers = (
        np.arange(runs, dtype=np.uint64) if isinstance(runs, int) else np.asarray(runs, np.uint64)
    )
    if not isinstance(portfolio, Portfolio):
        portfolio = Portfolio(portfolio)
    p = (
        parameters
        if parameters is not None
        else parameters_of(scenario, mode, seed, numbers, fixed)
    )
    chosen = {**scenario.levers, **(levers or {})}
    lever = lever_values(numbers.size, chosen)
    ticks = 4 * (years or scenario.years)
    v = _villages(scenario, seed, numbers, p)
    run = records(RUN, numbers.size)
    run["run"] = numbers
    run["last_weak"] = -1
    days = calendar(scenario, chosen, ticks)
    run["granting"] = days.grants[0]
    strategies = portfolio.strategies
    idle = portfolio.idle
    forming = bool(chosen.get("formation", 0.0) > 0) and not idle
    given, given_member, choice = _given(scenario, portfolio) if not idle else _nobody(scenario)
    slots = max(1, scenario.size // 2) if forming else max(1, len(given))
    rows = numbers.size * scenario.size
    alliances = records(ALLIANCE, numbers.size * slots)
    alliances["lead"] = alliances["top"] = alliances["founded"] = -1
    room = EVENTS_A_QUARTER * scenario.size + 200 if log else 0
    society = Society(
        v=v,
        a=alliances,
        r=run,
        p=p,
        l=lever,
        calendar=days,
        seed=np.array([seed], np.int64),
        belief=np.zeros((rows, len(CHANNELS))) if not idle else np.zeros((0, len(CHANNELS))),
        strength=np.zeros((alliances.size, len(CHANNELS))),
        building=np.zeros((alliances.size, 2, RING)),
        solo_building=np.zeros((rows if solo_budget is not None else 0, RING)),
        solo_budget=np.zeros((0, 0))
        if solo_budget is None
        else np.ascontiguousarray(solo_budget, float),
        first=np.zeros(alliances.size + 1, np.int64),
        member=np.zeros(rows, np.int64),
        plan_strategy=np.array([s.strengths() for s in strategies]),
        plan_undone=np.array([s.strengths_undone() for s in strategies]),
        given_grant=np.array([g.grant for g in scenario.given] if not idle else [], float),
        plan=np.array([s.rules() for s in strategies]),
        industry_key=_industry_keys(scenario),
        given=given,
        given_member=given_member,
        choice=choice,
        near=neighbours(scenario) if forming else np.zeros((0, NEIGHBOURS), np.int64),
        series=np.zeros((numbers.size, ticks // 4 + 1, len(NAMES))),
        scratch=np.zeros(len(CHANNELS)),
        scratch2=np.zeros(len(CHANNELS)),
        log=np.zeros(room, LOG_FIELDS).view(np.recarray),
        log_size=np.zeros(2, np.int64),
    )
    record_start(society)
    return society


def _nobody(scenario: Scenario) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.zeros((0, 4), np.int64),
        np.full(scenario.size, -1, np.int64),
        np.zeros(scenario.size, np.int64),
    )


def _given(scenario: Scenario, portfolio: Portfolio) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The founding table, who belongs to which given alliance, and the strategy each village would found with."""
    table = np.zeros((len(scenario.given), 4), np.int64)
    member = np.full(scenario.size, -1, np.int64)
    for g, alliance in enumerate(scenario.given):
        seat = alliance.lead if alliance.lead >= 0 else alliance.members[0]
        township = str(scenario.places["township"][seat])
        strategy = portfolio.index(*alliance.name.values(), township)
        table[g] = (alliance.founded, alliance.lead, strategy, len(alliance.members))
        member[list(alliance.members)] = g
    choice = np.array([portfolio.index(str(t)) for t in scenario.places["township"]], np.int64)
    return table, member, choice


def calendar(scenario: Scenario, chosen: Mapping[str, float], ticks: int) -> Any:
    """What each quarter brings from outside: elections, whether grants flow, shocks. Recarray of shape (ticks,)."""

    def value(name: str) -> float:
        return float(chosen.get(name, levers()[name].value))

    days = np.zeros(ticks, list(CALENDAR)).view(np.recarray)
    for year in scenario.region.elections.years:
        tick = 4 * (year - scenario.start) + 1
        if 0 <= tick < ticks:
            days.election[tick] = 1
    days.grants[:] = 1.0
    if value("funding_cut_quarter") >= 0:
        days.grants[int(value("funding_cut_quarter")) :] = 0.0
    days.market_industry[:] = -1
    if value("market_quarter") >= 0:
        days.market[int(value("market_quarter")) :] = value("market_shock")
        days.market_industry[:] = _main_product(scenario)
    if 0 <= value("pandemic_quarter") < ticks:
        days.pandemic[int(value("pandemic_quarter"))] = value("pandemic_shock")
    if 0 <= value("leader_loss_quarter") < ticks:
        days.leader_loss[int(value("leader_loss_quarter"))] = 1
    return days


def products(scenario: Scenario) -> list[str]:
    """Every product that a village of this scenario may have, by name."""
    stated = {str(word) for word in scenario.words["industry"] if word}
    return sorted(stated | set(scenario.region.industry.share))


def _main_product(scenario: Scenario) -> int:
    """The product of most villages, as stated and as the blanks will be drawn: the one whose market the market shock hits."""
    stated = [str(word) for word in scenario.words["industry"] if word]
    shares = scenario.region.industry.share
    blank = (scenario.size - len(stated)) / sum(shares.values())
    return int(
        np.argmax(
            [stated.count(name) + blank * shares.get(name, 0.0) for name in products(scenario)]
        )
    )


def _industry_keys(scenario: Scenario) -> np.ndarray:
    return np.array([luck.name_key("industry", name) for name in products(scenario)], np.uint64)


def _codes(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(values.astype(str), return_inverse=True)[1], np.int64)


def _shares(seed: int, runs: np.ndarray, scenario: Scenario, field: str) -> np.ndarray:
    out = np.empty((runs.size, scenario.size))
    luck.fill_uniform(seed, runs, FIELD_CODE[field], luck.IMPUTE, scenario.ids, out)
    return out


def _numbers(
    column: Column,
    share: np.ndarray,
    distribution: Any,
    shift: Any = 0.0,
    score: np.ndarray | None = None,
) -> np.ndarray:
    """One column for all runs, shape (runs, n): what is stated as it stands, blanks and bounds drawn."""
    runs, n = share.shape
    out = np.broadcast_to(column.low, (runs, n)).copy()
    blank, cut, about = (column.kind == code for code in (BLANK, CUT, ABOUT))
    free = blank | cut
    if free.any():
        low, high = column.low[free], column.high[free]
        move = shift if np.isscalar(shift) else np.asarray(shift)[:, None]
        u = share[:, free] if score is None else normal_shares(score[:, free])
        out[:, free] = distribution.draw(u, low, high, move)
    if about.any():
        out[:, about] *= exps(ABOUT_SD * normal_quantiles(share[:, about]))
    return out


def _fit_total(values: np.ndarray, column: Column, total: float) -> np.ndarray:
    """Scale the drawn cells of each run so that the column adds up to a stated total."""
    free = column.kind != 0
    known, drawn = (
        np.ascontiguousarray(values[:, part]).sum(axis=1) for part in (free, ~free)
    )  # rows in memory: one order for any block
    if not (~free).any():
        return values
    scaled = values.copy()
    scaled[:, ~free] *= (np.maximum(total - known, 1.0) / np.maximum(drawn, 1e-9))[:, None]
    return scaled


def draw_start(
    scenario: Scenario, seed: int, runs: np.ndarray, p: np.recarray
) -> dict[str, np.ndarray]:
    """Every number of the village table for each run, shape (runs, villages): stated ones, and blanks drawn by keyed luck."""
    region: Region = scenario.region
    d = region.distributions
    n = scenario.numbers

    def moved(column: str, growth: np.ndarray) -> np.ndarray | float:
        year = d[column].year
        return 0.0 if year is None else logs(1.0 + growth) * (scenario.start - 1 - year)

    found: dict[str, np.ndarray] = {}
    income_shift = moved("collective_income", p["trend_collective"])
    u = {name: _shares(seed, runs, scenario, name) for name in NUMBERS}
    found["population"] = _numbers(n["population"], u["population"], d["population"])
    if "population" in scenario.totals:
        found["population"] = _fit_total(
            found["population"], n["population"], scenario.totals["population"]
        )
    size = d["household_size"].draw(u["households"], np.array(-np.inf), np.array(np.inf))
    stated = n["households"]
    found["households"] = np.where(
        stated.kind == BLANK,
        found["population"] / size,
        np.where(stated.kind == CUT, 0.0, stated.low),
    )
    if (stated.kind == CUT).any():
        bounded = np.clip(found["population"] / size, stated.low, stated.high)
        found["households"] = np.where(stated.kind == CUT, bounded, found["households"])
    if "households" in scenario.totals:
        found["households"] = _fit_total(found["households"], stated, scenario.totals["households"])
    found["collective_income"] = np.maximum(
        _numbers(
            n["collective_income"], u["collective_income"], d["collective_income"], income_shift
        ),
        LEAST_INCOME,
    )
    found["villager_income"] = _numbers(
        n["villager_income"],
        u["villager_income"],
        d["villager_income"],
        moved("villager_income", p["trend_villager"]),
    )
    for column in ("debt", "reserves"):
        found[column] = _numbers(
            n[column], u[column], d[column], moved(column, p["trend_collective"])
        )
    for column in ("idle_land", "developed_land", "tenure"):
        found[column] = _numbers(n[column], u[column], d[column])
    shift = np.asarray(income_shift).reshape(-1, 1)
    rich = np.clip(d["collective_income"].score(found["collective_income"], shift), -3, 3)
    bond = p["correlation_ability_income"][:, None]
    able = bond * rich + np.sqrt(1 - bond**2) * normal_quantiles(u["ability"])
    found["ability"] = np.minimum(
        _numbers(n["ability"], u["ability"], d["ability"], score=able), 1.0
    )  # about 1 is no more than 1
    bond = p["correlation_capacity_ability"][:, None]
    fit = bond * d["ability"].score(found["ability"]) + np.sqrt(1 - bond**2) * normal_quantiles(
        u["capacity"]
    )
    found["capacity"] = np.minimum(
        _numbers(n["capacity"], u["capacity"], d["capacity"], score=fit), 1.0
    )
    return found


def _words(
    scenario: Scenario, seed: int, runs: np.ndarray, township: np.ndarray
) -> dict[str, np.ndarray]:
    """Product, step of the chain and culture of every village, as codes of shape (runs, villages)."""
    region = scenario.region
    found = {}
    for word, order, shares in (
        ("industry", products(scenario), region.industry.share),
        ("stage", list(STAGES), region.stage.share),
    ):
        stated = scenario.words[word]
        weights = np.array([shares.get(name, 0.0) for name in order])
        steps = np.cumsum(weights / weights.sum())
        known = np.array([order.index(str(s)) if s else -1 for s in stated])
        if (known < 0).any():
            drawn = np.minimum(
                np.searchsorted(steps, _shares(seed, runs, scenario, word)), len(order) - 1
            )
            found[word] = np.where(known >= 0, known, drawn)
        else:
            found[word] = np.broadcast_to(known, (runs.size, scenario.size))
    stated = scenario.words["culture"]
    named = sorted({str(s) for s in stated if s})
    known = np.array([named.index(str(s)) if s else -1 for s in stated])
    clusters = region.culture.clusters_per_township
    if (known < 0).any():
        drawn = (
            len(named)
            + township * clusters
            + np.floor(_shares(seed, runs, scenario, "culture") * clusters).astype(int)
        )
        found["culture"] = np.where(known >= 0, known, drawn)
    else:
        found["culture"] = np.broadcast_to(known, (runs.size, scenario.size))
    return found


def _villages(scenario: Scenario, seed: int, runs: np.ndarray, p: np.recarray) -> Any:
    n, rows = scenario.size, runs.size * scenario.size
    columns: dict[str, np.ndarray] = {}

    def each_run(values: np.ndarray) -> np.ndarray:
        return np.tile(values, runs.size)

    columns["id"] = each_run(scenario.ids)
    columns["run"] = np.repeat(np.arange(runs.size, dtype=np.int64), n)
    place = {"city": scenario.places["city"]}
    place["county"] = np.array(
        [f"{a}/{b}" for a, b in zip(place["city"], scenario.places["county"], strict=True)], object
    )
    place["township"] = np.array(
        [f"{a}/{b}" for a, b in zip(place["county"], scenario.places["township"], strict=True)],
        object,
    )
    codes = {name: _codes(values) for name, values in place.items()}
    for name in place:
        columns[name] = each_run(codes[name])
    columns["x"], columns["y"] = (
        each_run(scenario.position[:, 0]),
        each_run(scenario.position[:, 1]),
    )
    start = {
        name: np.ascontiguousarray(values).ravel()
        for name, values in draw_start(scenario, seed, runs, p).items()
    }
    for name, values in _words(scenario, seed, runs, codes["township"]).items():
        columns[name] = np.ascontiguousarray(values).ravel()
    columns["population"], columns["households"] = start["population"], start["households"]
    columns["start_income"], columns["start_villager"] = (
        start["collective_income"],
        start["villager_income"],
    )
    for name in ("base_income", "collective_income", "alone_base", "alone_income"):
        columns[name] = start["collective_income"].copy()
    for name in ("villager_income", "alone_villager"):
        columns[name] = start["villager_income"].copy()
    for name, source in (
        ("capacity", "capacity"),
        ("ability", "ability"),
        ("idle", "idle_land"),
        ("developed", "developed_land"),
    ):
        columns[name], columns[f"alone_{name}"] = start[source], start[source].copy()
    columns["tenure"] = 4.0 * start["tenure"]
    columns["alone_tenure"] = columns["tenure"].copy()
    columns["reserves"] = start["reserves"] - start["debt"]
    columns["alone_reserves"] = columns["reserves"].copy()
    sites = np.empty((runs.size, n))
    luck.fill_normal(seed, runs, 0, luck.SITE, scenario.ids, sites)
    spread = p["rent_spread"][:, None]
    columns["site"] = exps(spread * sites - 0.5 * spread**2).ravel()
    columns["serves"] = np.ones(rows, np.int64)
    for name in ("posted_from", "mentor", "alliance", "joined"):
        columns[name] = np.full(rows, -1, np.int64)
    villages = Villages(rows)
    villages.id[:] = columns.pop("id")
    for name, values in columns.items():
        getattr(villages, name)[:] = values
    return villages


def neighbours(scenario: Scenario) -> np.ndarray:
    """The nearest villages of each village, by distance then order: (n, NEIGHBOURS) positions, padded with -1."""
    from scipy.spatial import cKDTree

    n = scenario.size
    most = min(n - 1, NEIGHBOURS)
    out = np.full((n, NEIGHBOURS), -1, np.int64)
    if most > 0:
        _, found = cKDTree(scenario.position).query(scenario.position, k=most + 1, workers=1)
        for i in range(n):
            row = found[i][found[i] != i][:most]
            out[i, : row.size] = row
    return out
