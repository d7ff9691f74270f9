"""Build: from a scenario, strategies, levers, parameters and technology to a block of
runs, with every blank drawn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from village_alliances.sim import luck, posterior, technology
from village_alliances.sim.columns import Accounts, Society, Villages
from village_alliances.sim.memo import (
    LARGEST,
    Memo,
    Watched,
    numbers_content,
    region_content,
    scenario_content,
    types_content,
)
from village_alliances.sim.metrics import SERIES_FIELDS
from village_alliances.sim.parameters import (
    Mode,
    default_mode,
    draw,
    lever_values,
    levers,
    parameters,
)
from village_alliances.sim.rules.pooling import open_orders
from village_alliances.sim.rules.projects import look_around
from village_alliances.sim.rules.rates import set_rates
from village_alliances.sim.rules.recording import record_start
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import (
    ALLIANCE,
    CALENDAR,
    ENDOWMENTS,
    GIVEN_FIELDS,
    HOME_FIELDS,
    LOG_FIELDS,
    MOST,
    RUN,
    STAGES,
    records,
)
from village_alliances.sim.starting import (
    Start,
    draw_words,
    products,
    quantities_of,
    villages_in_market,
)
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.strategy import records as strategy_records
from village_alliances.sim.uncertain import DOT, posterior_numbers, split, with_numbers

EVENTS_A_QUARTER = 12  # a village; more are counted, not kept
NEIGHBOURS = 16  # nearest villages that a village knows: partners it asks, firms that reach it
# levers of which all runs of a block have one value: the calendar's, and whether alliances may come
OF_A_BLOCK = (
    "formation", "market_shock", "market_quarter", "pandemic_shock", "pandemic_quarter", "funding_cut_quarter",
    "leader_loss_quarter", "firm_loss_quarter",
)  # fmt: skip
Technology = tuple[technology.ProjectType, ...]
SERIES = np.dtype(SERIES_FIELDS)
_GIVEN, _HOME, _LOG = np.dtype(GIVEN_FIELDS), np.dtype(HOME_FIELDS), np.dtype(LOG_FIELDS)
_CALENDAR = np.dtype(list(CALENDAR))
_LEVERS: Memo[np.recarray] = Memo()
_PARAMETERS: Memo[np.recarray] = Memo()
_VILLAGES: Memo[tuple[Any, ...]] = Memo()
_bearing: frozenset[str] = frozenset()  # parameters that draws of villages have read so far
_TECHNOLOGY: Memo[tuple[Any, ...]] = Memo()


def parameters_of(
    scenario: Scenario,
    mode: Mode | None,
    seed: int,
    runs: np.ndarray,
    fixed: Mapping[str, Any] | None = None,
) -> np.recarray:
    """The parameters of each run: the model's and the region's."""
    mode = mode or default_mode()
    if mode == "posterior":
        posterior.checked()

    def drawn(fixed: Mapping[str, Any], mode: Mode, runs: np.ndarray) -> np.recarray:
        quantities = {**parameters(), **quantities_of(scenario.region)}
        return draw(quantities, mode, seed, runs, fixed)

    if runs.size > LARGEST:
        return drawn(fixed or {}, mode, runs)
    key = (region_content(scenario.region), mode, seed, runs.tobytes())
    table = _PARAMETERS.of(key, lambda: drawn({}, mode, runs)).copy()
    if fixed:
        given = drawn(fixed, "point", runs)
        for name in fixed:
            table[name] = given[name]
    return table


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a block of runs before anything happens, the same under every strategy:
    villages with every blank drawn, their endowments (rows, endowments) and cash (rows,), their
    neighbours, and the technology (runs, types)."""

    villages: Any
    endowment: np.ndarray
    cash: np.ndarray
    near: np.ndarray
    technology: Any


def draw_block(
    scenario: Scenario,
    seed: int,
    runs: np.ndarray,
    parameters: np.recarray,
    types: Technology,
    numbers: Mapping[str, Any],
    mode: Mode,
) -> Drawn:
    """Draw it. `numbers`: of types, by name, where they are fixed."""

    if runs.size * scenario.size > LARGEST:
        drawn = (*draw_villages(scenario, seed, runs, parameters, mode), neighbours(scenario))
    else:
        drawn = _known_villages(scenario, seed, runs, parameters, mode)
    table = draw_technology(types, numbers, mode, seed, runs)
    return Drawn(*drawn, technology.prepare(table, parameters))


def _known_villages(
    scenario: Scenario, seed: int, runs: np.ndarray, parameters: np.recarray, mode: Mode
) -> tuple[Any, ...]:
    """Villages, endowments, cash and neighbours, drawn only where they have not been. The key
    holds those parameters that such draws read; all that this one reads are among them."""
    global _bearing
    common = (scenario_content(scenario), seed, runs.tobytes(), mode == "point")

    def key() -> Hashable:
        return (*common, *((name, parameters[name].tobytes()) for name in sorted(_bearing)))

    drawn = _VILLAGES.get(key())
    if drawn is None:
        watched = Watched(parameters)
        drawn = (*draw_villages(scenario, seed, runs, watched, mode), neighbours(scenario))
        _bearing |= watched.read
        _VILLAGES.keep(key(), drawn)
    return drawn


def draw_technology(
    types: Technology, numbers: Mapping[str, Any], mode: Mode, seed: int, runs: np.ndarray
) -> Any:
    """Technology of each run, (runs, types), with `numbers` of types fixed by name."""

    def drawn(types: Technology, numbers: Mapping[str, Any]) -> Any:
        drawn_types = types_with(types, numbers, mode, seed, runs)
        return technology.draw(drawn_types, mode == "point", seed, runs)

    if runs.size > LARGEST:
        return drawn(types, numbers)
    key = (types_content(types), mode, seed, runs.tobytes())
    table = _TECHNOLOGY.of(key, lambda: (types, drawn(types, {})))[1].copy()
    if numbers:
        fixed = {name.partition(DOT)[0] for name in numbers}
        columns = [column for column, kind in enumerate(types) if kind.name in fixed]
        table[:, columns] = drawn(tuple(types[column] for column in columns) or types, numbers)
    return table


def types_with(
    types: Technology | None,
    numbers: Mapping[str, Any],
    mode: Mode | None,
    seed: int,
    runs: np.ndarray,
) -> Technology:
    """The project types (else the shipped ones) with numbers fixed by name, and those that
    the posterior has learned."""
    types = types or technology.shipped()
    if (mode or default_mode()) == "posterior":
        posterior.checked()
        numbers = {**posterior_numbers(types, seed, runs), **numbers}
    return with_numbers(types, dict(numbers))


def build(
    scenario: Scenario,
    portfolio: Portfolio | Strategy | str,
    *,
    seed: int = 1,
    runs: np.ndarray | int = 1,
    levers: Mapping[str, Any] | None = None,
    parameters: np.recarray | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    types: Technology | None = None,
    log: bool = False,
    village_money: np.ndarray | None = None,
    rivals: bool = False,
    years: int = 0,
    drawn: Drawn | None = None,
) -> Any:
    """A block of societies, one a run, laid end to end.

    `runs`: run numbers (uint64) or how many (0, 1, ...). `parameters`: one record a run, else drawn
    by `mode`. `fixed`: parameters, and numbers of project types (`let.profit_rate`), by name, a
    scalar or one a run. `levers`: by name, over the scenario's own and the defaults. `types`: the
    technology, else the shipped one. `village_money`: (ticks, runs * villages) yuan a quarter of
    public money for single villages. `rivals`: record what rivals at equal money would have.
    `years`: the horizon, else the scenario's. `drawn`: what `draw_block` gave for these runs, where
    several strategies meet it; else it is drawn here.
    """
    mode = mode or default_mode()
    numbers = np.arange(runs, dtype=np.uint64) if isinstance(runs, int) else np.asarray(runs, np.uint64)  # fmt: skip
    if not isinstance(portfolio, Portfolio):
        portfolio = Portfolio(portfolio)
    of_model, of_types = split(fixed or {})
    types = types or technology.shipped()
    p = (
        parameters
        if parameters is not None
        else parameters_of(scenario, mode, seed, numbers, of_model)
    )
    chosen = {**existing(scenario.levers), **(levers or {})}
    ticks = 4 * (years or scenario.years)
    rows = numbers.size * scenario.size
    idle = portfolio.idle
    forming = bool(np.any(np.asarray(chosen.get("formation", 0.0)) > 0)) and not idle
    given, given_member, choice = given_alliances(scenario, portfolio, idle)
    slots = max(1, scenario.size // 2) if forming else max(1, len(given))
    if drawn is None:
        drawn = draw_block(scenario, seed, numbers, p, types, of_types, mode)
    start, endowment = drawn.villages.copy(), drawn.endowment.copy()
    kinds = len(types)
    accounts = Accounts(rows + numbers.size * slots)
    accounts.id[:rows] = start.id
    accounts.best[:] = -1
    accounts.fund[:rows] = drawn.cash
    counties = int(start.county.max()) + 1 if rows else 1
    goods = products(scenario)
    alliances = records(ALLIANCE, numbers.size * slots)
    for name in ("lead", "top", "founded", "product", "promising", "weakest"):
        alliances[name] = -1
    run = records(RUN, numbers.size)
    run["run"], run["last_weak"] = numbers, -1
    days = days_of(scenario, chosen, ticks)
    room = EVENTS_A_QUARTER * rows + 200 * numbers.size if log else 0
    kept = (ticks, rows) if rivals else (0, 0)
    most = 1 + max(MOST, np.bincount(given_member + 1, minlength=2)[1:].max())  # members
    society: Any = Society(
        villages=start,
        accounts=accounts,
        alliances=alliances,
        runs=run,
        parameters=p,
        levers=_lever_table(numbers.size, chosen),
        technology=drawn.technology.copy(),
        needs=technology.needs(types),
        calendar=days,
        seed=np.array([seed], np.int64),
        endowment=endowment,
        used=np.zeros_like(endowment),
        signed_away=np.zeros_like(endowment),
        capital=np.zeros((accounts.size, kinds)),
        building=np.zeros((accounts.size, kinds)),
        fortune=np.zeros((accounts.size, kinds)),
        rate=np.zeros((accounts.size, kinds)),
        market=np.zeros((numbers.size, counties, kinds, len(goods))),
        depth=market_depth(scenario, start.county[: scenario.size], counties),
        price=np.zeros((numbers.size, len(goods))),
        product_key=_keys("industry", *goods),
        type_key=_keys("type", *(kind.name for kind in types)),
        first=np.zeros(alliances.size + 1, np.int64),
        member=np.zeros(rows, np.int64),
        strategies=strategy_records(portfolio.strategies),
        given=given,
        given_member=given_member,
        choice=choice if forming else np.zeros(0, np.int64),
        near=drawn.near,
        village_money=np.zeros((0, 0)) if village_money is None else village_money,
        even=np.zeros(kept),
        lumped=np.zeros(kept),
        on_weakest=np.zeros(kept),
        room=np.zeros(len(ENDOWMENTS)),
        taken=np.zeros(len(ENDOWMENTS)),
        running=np.zeros(kinds),
        likely=np.zeros(kinds),
        pulls=np.zeros(NEIGHBOURS + 1),
        who=np.zeros(most, np.int64),
        parts=np.zeros(most),
        named=np.zeros(most),
        brought=np.zeros(most),
        claims=np.zeros(most),
        worth=np.zeros((2, most)),
        home=np.zeros(rows if forming else 0, _HOME).view(np.recarray),
        series=np.zeros((numbers.size, ticks // 4 + 1), SERIES).view(np.recarray),
        log=np.zeros(room, _LOG).view(np.recarray),
        log_size=np.zeros(2, np.int64),
    )
    open_orders(society)
    set_rates(society, 0)
    look_around(society)
    record_start(society)
    return society


def existing(chosen: Mapping[str, float]) -> dict[str, float]:
    """A scenario's own levers, of those that there are."""
    return {name: value for name, value in chosen.items() if name in levers()}


def _lever_table(runs: int, chosen: Mapping[str, Any]) -> np.recarray:
    """Levers of each run, as `lever_values` gives them."""
    if runs > LARGEST:
        return lever_values(runs, chosen)
    key = (runs, numbers_content(chosen))
    return _LEVERS.of(key, lambda: lever_values(runs, chosen)).copy()


@cache
def _names_keys(kind: str, *names: str) -> tuple[int, ...]:
    return tuple(int(luck.name_key(kind, name)) for name in names)


def _keys(kind: str, *names: str) -> np.ndarray:
    """Keys of draws by name."""
    return np.array(_names_keys(kind, *names), np.uint64)


def days_of(scenario: Scenario, chosen: Mapping[str, Any], ticks: int) -> Any:
    """What each quarter brings from outside: elections, whether grants flow, shocks.
    Recarray of shape (ticks,)."""

    def value(name: str) -> float:
        return float(np.asarray(chosen.get(name, levers()[name].value)).flat[0])

    days = np.zeros(ticks, _CALENDAR).view(np.recarray)
    for year in scenario.region.elections.years:
        tick = 4 * (year - scenario.start) + 1
        if 0 <= tick < ticks:
            days.election[tick] = 1
    days.grants[:] = 1.0
    if value("funding_cut_quarter") >= 0:
        days.grants[int(value("funding_cut_quarter")) :] = 0.0
    days.market_product[:] = -1
    if value("market_quarter") >= 0:
        days.market[int(value("market_quarter")) :] = value("market_shock")
        days.market_product[:] = _main_product(scenario)
    if 0 <= value("pandemic_quarter") < ticks:
        days.pandemic[int(value("pandemic_quarter"))] = value("pandemic_shock")
    if 0 <= value("leader_loss_quarter") < ticks:
        days.leader_loss[int(value("leader_loss_quarter"))] = 1
    if 0 <= value("firm_loss_quarter") < ticks:
        days.firm_loss[int(value("firm_loss_quarter"))] = 1
    return days


def _main_product(scenario: Scenario) -> int:
    """The product of most villages, as stated and as the blanks will be drawn: the one whose
    market the market shock hits."""
    stated = [str(word) for word in scenario.words["industry"] if word]
    shares = scenario.region.industry.share
    blank = (scenario.size - len(stated)) / sum(shares.values())
    return int(
        np.argmax(
            [stated.count(name) + blank * shares.get(name, 0.0) for name in products(scenario)]
        )
    )


def given_alliances(
    scenario: Scenario, portfolio: Portfolio, idle: bool
) -> tuple[Any, np.ndarray, np.ndarray]:
    """The founding table, who belongs to which given alliance, and the strategy each
    village would found with."""
    rows = [] if idle else list(scenario.given)
    table = np.zeros(len(rows), _GIVEN).view(np.recarray)
    member = np.full(scenario.size, -1, np.int64)
    townships = [str(t) for t in scenario.places["township"]]
    for g, alliance in enumerate(rows):
        seat = alliance.lead if alliance.lead >= 0 else alliance.members[0]
        strategy = portfolio.index(*alliance.name.values(), townships[seat])
        n = len(alliance.members)
        table[g] = (alliance.founded, alliance.lead, strategy, n, alliance.grant)
        member[list(alliance.members)] = g
    return table, member, np.array([portfolio.index(t) for t in townships], np.int64)


def market_depth(scenario: Scenario, county: np.ndarray, counties: int) -> np.ndarray:
    """Villages that share a county's markets: those listed, or those that a county
    has where fewer are listed."""
    listed = np.bincount(county, minlength=counties).astype(float)
    return np.maximum(listed, villages_in_market(scenario.region))


def draw_villages(
    scenario: Scenario,
    seed: int,
    runs: np.ndarray,
    p: np.recarray | Watched,
    mode: Mode = "prior",
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Villages of all runs with every blank drawn, and, unless `mode` is point, where the middles
    of distributions lie; their endowments (rows, endowments); their cash (rows,)."""
    n, rows = scenario.size, runs.size * scenario.size
    villages = Villages(rows)
    villages.id[:] = np.tile(scenario.ids, runs.size)
    villages.run[:] = np.repeat(np.arange(runs.size, dtype=np.int64), n)
    codes = place_codes(scenario)
    for name, values in codes.items():
        getattr(villages, name)[:] = np.tile(values, runs.size)
    villages.x[:] = np.tile(scenario.position[:, 0], runs.size)
    villages.y[:] = np.tile(scenario.position[:, 1], runs.size)
    words = draw_words(scenario, seed, runs, codes["township"])
    villages.product[:] = np.ascontiguousarray(words["industry"]).ravel()
    for name in ("stage", "culture"):
        getattr(villages, name)[:] = np.ascontiguousarray(words[name]).ravel()
    grows = np.asarray(words["stage"]) <= STAGES.index("process")
    county, township = codes["county"], codes["township"]
    start = Start(scenario, seed, runs, p, county, township, grows, mode == "point")
    for name, values in (
        ("population", start.population),
        ("households", start.households),
        ("start_income", start.income),
        ("base_income", start.income),
        ("operating_income", start.income),
        ("start_villager", start.numbers("villager_income")),
        ("villager_income", start.numbers("villager_income")),
        ("ability", start.ability),
        ("practice", start.capacity),
        ("capacity", start.capacity),
        ("debt", start.numbers("debt")),
        ("tenure", 4.0 * start.numbers("tenure")),
        ("site", start.site()),
        ("trend", start.own_trend("trend")),
        ("villager_trend", start.own_trend("villager_trend")),
        ("firm_jobs", start.firm_jobs()),
    ):
        getattr(villages, name)[:] = np.ascontiguousarray(values).ravel()
    villages.firm[:] = villages.firm_jobs > 0
    villages.total_income[:] = villages.operating_income + np.repeat(p["transfer"], n)
    for name in ("lent_from", "alliance", "joined"):
        getattr(villages, name)[:] = -1
    by_name = start.endowments()
    endowment = np.zeros((rows, len(ENDOWMENTS)))
    for e, name in enumerate(ENDOWMENTS):
        if name in by_name:
            endowment[:, e] = np.ascontiguousarray(by_name[name]).ravel()
    cash = np.maximum(np.ascontiguousarray(start.numbers("reserves")).ravel(), 0.0)
    return villages, endowment, cash


def place_codes(scenario: Scenario) -> dict[str, np.ndarray]:
    """Cities, counties within them and townships within those, as numbers (villages,)."""
    place = {"city": scenario.places["city"]}
    place["county"] = np.array(
        [f"{a}/{b}" for a, b in zip(place["city"], scenario.places["county"])], object
    )
    place["township"] = np.array(
        [f"{a}/{b}" for a, b in zip(place["county"], scenario.places["township"])], object
    )
    return {
        name: np.unique(values.astype(str), return_inverse=True)[1].astype(np.int64)
        for name, values in place.items()
    }


def neighbours(scenario: Scenario) -> np.ndarray:
    """The nearest villages of each village, by distance then order: (n, NEIGHBOURS)
    positions, padded with -1."""
    from scipy.spatial import cKDTree

    n = scenario.size
    most = min(n - 1, NEIGHBOURS)
    out = np.full((n, NEIGHBOURS), -1, np.int64)
    if most > 0:
        _, nearest = cKDTree(scenario.position).query(scenario.position, k=most + 1, workers=1)
        for i in range(n):
            row = nearest[i][nearest[i] != i][:most]
            out[i, : row.size] = row
    return out
