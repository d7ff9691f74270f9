"""What holds in every society, whoever is in it, whatever strategy, levers and parameters it meets, and whatever its luck."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from village_alliances.sim import ensemble
from village_alliances.sim.building import build, draw_start, parameters_of
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario, load
from village_alliances.sim.society import (
    ACTIVE,
    ALLIANCE,
    DISSOLVED,
    DORMANT,
    FORMING,
    FREE,
    INF,
    LENT,
    MERGED,
    RUN,
    VILLAGE,
    Variable,
)
from village_alliances.sim.strategy import Portfolio, Strategy, names

from tests.sim.comparing import PAIRS, columns, different, run_of, runs_apart, same_bits
from tests.sim.strategies_for_tests import Case, restless, societies

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("compiled_model")
ALIVE = (FORMING, ACTIVE, DORMANT, MERGED)


# Bounds


def outside(variables: tuple[Variable, ...], read: Any) -> list[str]:
    """The variables with a value that is no number or is outside its declared bounds."""
    bad = []
    for variable in variables:
        values = np.asarray(read(variable.name))
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            bad.append(f"{variable.name}: not finite")
        elif (values < variable.low).any() or (
            variable.high < INF and (values > variable.high).any()
        ):
            bad.append(
                f"{variable.name}: {values.min()}..{values.max()} outside {variable.low}..{variable.high}"
            )
    return bad


@example(restless())
@given(societies())
def test_every_state_stays_within_its_declared_bounds(case: Case) -> None:
    society = case.build()
    for tick in range(-1, case.ticks):
        if tick >= 0:
            step(society, tick)
        assert outside(VILLAGE, lambda name: getattr(society.v, name)) == [], tick
        assert outside(ALLIANCE, lambda name: society.a[name]) == [], tick
        assert outside(RUN, lambda name: society.r[name]) == [], tick
        assert (society.v.base_income > 0).all() and (society.v.alone_base > 0).all(), tick
        assert np.isfinite(society.series).all(), tick
    assert (society.r.status == 0).all()


# Who belongs to whom


def test_a_secretary_who_is_lent_goes_home_when_the_alliance_ends() -> None:
    """Alliances that the county breaks up, with secretaries in two villages: afterwards nobody keeps what was lent."""
    levers = {"reshuffle_last": 1.0}
    society = build(
        load("yuyao"),
        "strong_leads_weak",
        runs=200,
        mode="prior",
        years=10,
        levers=levers,
        fixed={"posting_share": 0.3},
    )
    lent_once = 0
    for tick in range(40):
        step(society, tick)
        v = society.v
        lent_once += int((v.posted_from >= 0).sum())
        assert np.flatnonzero((v.origin == LENT) != (v.posted_from >= 0)).tolist() == [], (
            f"quarter {tick}: lent by nobody"
        )
    assert lent_once > 100 and society.r.ended_sum.sum() > 0


@example(restless())
@given(societies())
def test_pointers_and_members_agree(case: Case) -> None:
    for tick, society in case.quarters():
        v, a = society.v, society.a
        slots, size = a.size // society.r.size, case.scenario.size
        allied = v.alliance >= 0
        assert (v.alliance[allied] // slots == v.run[allied]).all(), "an alliance of another run"
        counted = np.bincount(v.alliance[allied], minlength=a.size)
        assert (counted == a.members).all(), tick
        assert (counted[~np.isin(a.status, ALIVE)] == 0).all(), (
            "a free or dissolved alliance has members"
        )
        assert np.isin(a.status, (FREE, *ALIVE, DISSOLVED)).all()
        for k in np.flatnonzero(np.isin(a.status, ALIVE)):
            assert v.alliance[a.lead[k]] == k, "the lead is no member"
            assert a.founded[k] <= tick
        assert ((v.joined[allied] >= 0) & (v.joined[allied] <= tick)).all()
        assert (
            (v.stake[~allied] == 0).all()
            and (v.effort[~allied] == 0).all()
            and (v.expected_gain[~allied] == 0).all()
        )
        for name in ("mentor", "posted_from"):
            pointed = getattr(v, name)
            there = pointed >= 0
            assert (pointed[there] // size == v.run[there]).all(), f"{name} in another run"
            assert (pointed[there] != np.flatnonzero(there)).all(), f"{name} is the village itself"
        lent = v.posted_from >= 0
        assert ((v.origin == LENT) == lent).all(), (
            "a lent secretary whom nobody lends, or the other way round"
        )
        assert (v.serves[lent] > 1).all() and (v.serves[v.posted_from[lent]] > 1).all()
        assert (
            np.bincount(v.posted_from[lent], minlength=v.id.size) + 1 == np.where(lent, 1, v.serves)
        ).all(), "services that nobody receives"


@given(societies())
def test_a_member_is_listed_once_and_in_order(case: Case) -> None:
    from village_alliances.sim.rules.stock import list_members

    for _, society in case.quarters():
        list_members(society)
        for k in range(society.a.size):
            listed = society.member[society.first[k] : society.first[k + 1]]
            assert listed.tolist() == np.flatnonzero(society.v.alliance == k).tolist()


# Without an alliance


def unlike_its_shadow(society: Any, rows: Any = slice(None)) -> list[str]:
    """Columns of these villages that differ from their shadow in any bit."""
    return [
        name
        for name, shadow in PAIRS.items()
        if not same_bits(getattr(society.v, name)[rows], getattr(society.v, shadow)[rows])
    ]


@given(societies(solo=False))
def test_none_equals_its_shadow_bit_for_bit(case: Case) -> None:
    for tick, society in case.quarters(portfolio="none"):
        assert unlike_its_shadow(society) == [], tick
        for name in (
            "land_income",
            "brand_income",
            "venture_income",
            "wages",
            "stake",
            "contributed",
            "dividend",
        ):
            assert not getattr(society.v, name).any(), name


@given(societies(without=("formation",)))
def test_none_equals_a_run_without_any_founding(case: Case) -> None:
    nobody = replace(case.scenario, given=())
    one, other = case.build(portfolio="none"), case.build(scenario=nobody)
    for tick in range(case.ticks):
        step(one, tick)
        step(other, tick)
        assert different(columns(one), columns(other)) == [], tick
        assert different(runs_apart(one), runs_apart(other)) == [], tick
    assert same_bits(one.series, other.series)


ASKED = ("refusals", "next_slot", "unsettled")  # traces of founders whom nobody followed


@given(societies(), st.lists(st.sampled_from(names()), min_size=2, max_size=4, unique=True))
def test_before_its_first_founding_every_run_is_the_same_under_all_strategies(
    case: Case, chosen: list[str]
) -> None:
    later = tuple(replace(g, founded=g.founded + 2) for g in case.scenario.given)
    scenario = replace(case.scenario, given=later)
    blocks = [case.build(scenario=scenario, portfolio=name) for name in chosen]
    for tick in range(case.ticks):
        for block in blocks:
            step(block, tick)
        for r in range(case.runs):
            if any(block.r.founded_sum[r] for block in blocks):
                continue
            rows = slice(r * scenario.size, (r + 1) * scenario.size)
            first, *others = (
                {name: part[rows] for name, part in columns(block).items()}
                | {
                    f"run {name}": part[r]
                    for name, part in runs_apart(block).items()
                    if name not in ASKED
                }
                for block in blocks
            )
            assert all(different(first, other) == [] for other in others), tick


@given(societies(solo=False))
def test_a_village_never_allied_gains_nothing(case: Case) -> None:
    for tick, society in case.quarters():
        never = society.v.joined < 0
        assert unlike_its_shadow(society, never) == [], tick
        gain = society.v.collective_income - society.v.alone_income
        assert (gain[never] == 0).all()


@given(societies(solo=False), st.sampled_from(names()))
def test_the_shadow_knows_nothing_of_alliances(case: Case, other: str) -> None:
    one, two = case.build(), case.build(portfolio=other)
    for tick in range(case.ticks):
        step(one, tick)
        step(two, tick)
        assert different(columns(one, "shadow"), columns(two, "shadow")) == [], tick


@given(societies(solo=False, without=("formation", "reward_first")))
def test_an_alliance_without_channels_changes_nothing(case: Case) -> None:
    """Its members are as they would be alone, unless the alliance's leaders are what a shock strikes. (A reward it would share out at its end.)"""
    empty = Strategy(
        name="empty",
        title={"en": "Empty", "zh": "空"},
        plenaries_per_year=case.strategy.plenaries_per_year,
    )
    everywhere = {str(township): empty for township in set(case.scenario.places["township"])}
    portfolio = Portfolio(
        Strategy(
            name="elsewhere", title={"en": "Elsewhere", "zh": "别处"}, channels={"culture": 1.0}
        ),
        everywhere,
    )
    for tick, society in case.quarters(portfolio=portfolio):
        assert not society.strength.any()
        assert same_bits(society.v.villager_income, society.v.alone_villager), tick
        if not society.calendar.leader_loss.any():
            assert unlike_its_shadow(society) == [], tick


# The same luck


@given(societies(totals=False), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, shuffler: Random) -> None:
    head, *rows = case.table.splitlines()
    shuffler.shuffle(rows)
    shuffled = case.read("\n".join([head, *rows]) + "\n")
    assert shuffled.names.tolist() == case.scenario.names.tolist()
    one, other = case.build(), case.build(scenario=shuffled)
    for tick in range(case.ticks):
        step(one, tick)
        step(other, tick)
        for r in range(case.runs):
            assert different(run_of(one, r), run_of(other, r)) == [], tick


def newcomer(case: Case, name: str, township: str, product: str) -> Scenario:
    """The case's table with one more village, in no alliance."""
    rows = list(csv.DictReader(io.StringIO(case.table)))
    rows.append(
        dict.fromkeys(rows[0], "")
        | {"name": name, "township": township, "county": "c0", "city": "p0", "industry": product}
    )
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return case.read(text.getvalue())


def places_in(old: Scenario, new: Scenario) -> np.ndarray:
    """Where the villages of `old` stand in `new`."""
    where = {int(who): at for at, who in enumerate(new.ids)}
    return np.array([where[int(who)] for who in old.ids])


NEWCOMERS = (
    st.sampled_from(["a first", "v05x", "zz last"]),
    st.sampled_from(["t0", "t9", "a new one"]),
    st.sampled_from(["", "bananas", "tea"]),
)
CODES = (
    "township",
    "county",
    "city",
    "culture",
    "industry",
    "run",
    "mentor",
    "posted_from",
    "alliance",
    "x",
    "y",
)  # counted within a table


@given(societies(totals=False, solo=False, without=("market_shock", "campaign_floor")), *NEWCOMERS)
def test_a_village_more_changes_nobody_elses_luck(
    case: Case, name: str, township: str, product: str
) -> None:
    more = newcomer(case, name, township, product)
    stay = places_in(case.scenario, more)
    numbers = np.arange(case.runs, dtype=np.uint64)
    parameters = parameters_of(case.scenario, case.mode, case.seed, numbers)
    before, after = (
        draw_start(scenario, case.seed, numbers, parameters) for scenario in (case.scenario, more)
    )
    assert [
        column for column in before if not same_bits(before[column], after[column][:, stay])
    ] == []
    one, other = case.build(), case.build(scenario=more)
    rows = (np.arange(case.runs)[:, None] * more.size + stay).ravel()
    for tick in range(case.ticks):
        step(one, tick)
        step(other, tick)
        for column in (*PAIRS, "noise", "villager_noise", "id", "stage"):
            assert same_bits(getattr(one.v, column), getattr(other.v, column)[rows]), (tick, column)


@given(
    societies(totals=False, solo=False, without=("market_shock", "formation", "campaign_floor")),
    *NEWCOMERS,
)
def test_a_village_more_outside_all_alliances_changes_nothing_for_the_others(
    case: Case, name: str, township: str, product: str
) -> None:
    more = newcomer(case, name, township, product)
    stay = places_in(case.scenario, more)
    position = more.position.copy()
    position[stay] = (
        case.scenario.position
    )  # blanks of a map are laid out anew; nearness is not what is tested here
    given = tuple(
        replace(
            g,
            members=tuple(int(stay[m]) for m in g.members),
            lead=int(stay[g.lead]) if g.lead >= 0 else -1,
        )
        for g in case.scenario.given
    )
    more = replace(more, position=position, given=given)
    one, other = case.run(), case.run(scenario=more)
    rows = (np.arange(case.runs)[:, None] * more.size + stay).ravel()
    for variable in VILLAGE:
        if variable.name not in CODES:
            assert same_bits(
                getattr(one.v, variable.name), getattr(other.v, variable.name)[rows]
            ), variable.name
    for name in (
        "cohesion",
        "fund",
        "capital",
        "brand",
        "jobs",
        "status",
        "members",
        "meetings_sum",
    ):
        assert same_bits(one.a[name], other.a[name]), name


@given(societies(most_runs=6), st.randoms(use_true_random=False))
def test_a_run_alone_is_the_same_run_in_a_block(case: Case, shuffler: Random) -> None:
    numbers = np.array([3, 0, 7, 12, 1, 40], np.uint64)[: max(2, case.runs)]
    block = case.run(runs=numbers)
    shuffled = list(range(numbers.size))
    shuffler.shuffle(shuffled)
    for at in shuffled[:3]:
        assert different(run_of(case.run(runs=numbers[at : at + 1])), run_of(block, at)) == [], (
            f"run {numbers[at]}"
        )


@given(societies(most_runs=2), st.one_of(st.just(1), st.integers(1, 60)))
def test_blocks_of_any_size_and_any_number_of_threads_give_the_same_bits(
    case: Case, size: int
) -> None:
    solo = np.full((12, case.ticks), case.solo) if case.solo else None
    told = {
        "runs": 12,
        "seed": case.seed,
        "levers": case.levers,
        "mode": case.mode,
        "fixed": case.fixed,
        "solo_budget": solo,
        "keep_villages": True,
    }
    results = []
    with pytest.MonkeyPatch.context() as patch:
        for block, threads in ((ensemble.BLOCK, 1), (size, 1), (size, 2)):
            patch.setattr(ensemble, "BLOCK", block)
            results.append(run_ensemble(case.scenario, case.strategy, threads=threads, **told))  # type: ignore[arg-type]
    first, *others = results
    for other in others:
        assert (
            same_bits(first.series, other.series)
            and same_bits(first.grants, other.grants)
            and same_bits(first.status, other.status)
        )
        assert different(first.villages, other.villages) == []


@example(restless())
@given(societies())
def test_a_log_changes_no_bit(case: Case) -> None:
    silent, telling = case.build(), case.build(log=True)
    for tick in range(case.ticks):
        step(silent, tick)
        step(telling, tick)
        for r in range(case.runs):
            assert different(run_of(silent, r), run_of(telling, r)) == [], tick
    assert telling.log.size > 0 and silent.log.size == 0


@given(societies())
def test_a_copy_goes_on_like_its_original(case: Case) -> None:
    original = case.build()
    half = case.ticks // 2
    for tick in range(half):
        step(original, tick)
    copy = original.copy()
    for tick in range(half, case.ticks):
        step(original, tick)
    for tick in range(half, case.ticks):
        step(copy, tick)
    for r in range(case.runs):
        assert different(run_of(original, r), run_of(copy, r)) == []


# Outcomes


def gini(values: np.ndarray) -> float:
    """Half the mean absolute difference over the mean; losses count as nothing."""
    values = np.maximum(values, 0)
    mean = values.mean()
    return float(np.abs(values[:, None] - values).mean() / (2 * mean)) if mean > 0 else 0.0


def theil(values: np.ndarray) -> float:
    shares = np.maximum(values, 1.0)
    shares = shares / shares.mean()
    return float((shares * np.log(shares)).mean())


@example(restless())
@given(societies())
def test_the_series_says_what_the_columns_hold(case: Case) -> None:
    for tick, society in case.quarters():
        if tick % 4 != 3:
            continue
        for r in range(case.runs):
            rows = slice(r * case.scenario.size, (r + 1) * case.scenario.size)
            column = {v.name: np.array(getattr(society.v, v.name)[rows]) for v in VILLAGE}
            income, heads = column["collective_income"], column["villager_income"]
            gain = income - column["alone_income"]
            leads = np.isin(np.arange(rows.start, rows.stop), society.a.lead[society.a.members > 0])
            allied = column["alliance"] >= 0
            weak = column["start_income"] < 50_000
            expected = {
                "weak_villages_50k": (income < 50_000).sum(),
                "weak_villages_100k": (income < 100_000).sum(),
                "weak_villages_150k": (income < 150_000).sum(),
                "weak_villages_500k": (income < 500_000).sum(),
                "mean_income": income.mean(),
                "median_income": np.median(income),
                "p10_income": np.quantile(income, 0.1),
                "gini": gini(income),
                "gain_mean": gain.mean(),
                "gain_lead": gain[leads].mean() if leads.any() else 0.0,
                "gain_others": gain[allied & ~leads].mean() if (allied & ~leads).any() else 0.0,
                "losers": (gain < -1000).sum(),
                "villager_income": np.average(heads, weights=column["population"]),
                "villager_gain": np.average(column["wages"], weights=column["population"]),
                "villager_gini": gini(heads),
                "capacity": column["capacity"].mean(),
                "ability": column["ability"].mean(),
                "reserves": column["reserves"].mean(),
                "allied_villages": allied.sum(),
                "alliances": np.isin(
                    society.a.status[
                        r * len(society.a) // case.runs : (r + 1) * len(society.a) // case.runs
                    ],
                    ALIVE,
                ).sum(),
                "effort": column["effort"][allied].mean() if allied.any() else 0.0,
                "exits": society.r.exits[r],
                "ended": society.r.ended_sum[r],
                "public_cost": society.r.grants_sum[r] + society.r.solo_sum[r],
                "transfers": society.r.transfers_sum[r],
                "own_money": society.r.own_money_sum[r],
                "weak_lifted": ((income >= 50_000) & (column["alone_income"] < 50_000)).sum(),
            }
            if weak.any():
                expected["gain_weak"] = gain[weak].mean()
            series = society.series[r, (tick + 1) // 4]
            found = {name: series[INDEX[name]] for name in expected}
            scale = np.abs(income).max()
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * scale + 1e-12)
            parts = sum(
                series[INDEX[f"gain_{part}"]] for part in ("base", "land", "brand", "venture")
            )
            assert series[INDEX["gain_mean"]] == pytest.approx(
                parts, rel=1e-9, abs=1e-12 * scale + 1e-9
            ), "gain is more than its parts"
            if income.mean() > 0:
                both = series[INDEX["theil_within"]] + series[INDEX["theil_between"]]
                assert both == pytest.approx(theil(income), rel=1e-9, abs=1e-12)


# Without Numba

PLAIN = """
import sys
import numpy as np
from village_alliances.sim.building import build
from village_alliances.sim.compiled import JIT
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load
assert not JIT
county = {"formation": 1.0, "campaign_mid": 2.0, "campaign_share": 1.0, "grant_per_village": 3e5, "campaign_floor": 5e4,
          "campaign_start": 2.0, "campaign_end": 12.0}
found = []
for scenario, strategy, levers in (
    ("jinxi", "strong_leads_weak", {}), ("jinxi", "enclave", {"reward_first": 1e5}), ("dayan", "industry_chain", {}), ("yanya", "culture", county)
):
    society = build(load(scenario), strategy, runs=2, mode="prior", solo_budget=np.full((2, 16), 4e5), levers=levers)
    for tick in range(16):
        step(society, tick)
    assert society.r.founded_sum.min() > 0
    found += [society.v.real, society.v.whole, society.series[:, :5], society.a.fund, society.a.cohesion, society.r.refusals]
np.savez(sys.argv[1], *found)
"""


@pytest.mark.slow
def test_without_numba_the_numbers_are_the_same(tmp_path: Path) -> None:
    results = []
    for disabled in ("1", "0"):
        script = PLAIN if disabled == "1" else PLAIN.replace("assert not JIT", "assert JIT")
        out = tmp_path / f"{disabled}.npz"
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script, str(out)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        with np.load(out) as file:
            results.append([file[name] for name in file.files])
    for plain, machine in zip(*results, strict=True):
        np.testing.assert_allclose(plain, machine, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@settings(max_examples=30)
@given(societies(most_years=10, most_runs=2))
def test_long_runs_stay_within_bounds(case: Case) -> None:
    long = replace(case.scenario, years=40)
    society = case.build(scenario=long, solo_budget=None)
    for tick in range(160):
        step(society, tick)
    assert outside(VILLAGE, lambda name: getattr(society.v, name)) == []
    assert outside(ALLIANCE, lambda name: society.a[name]) == []
    assert (society.r.status == 0).all()
