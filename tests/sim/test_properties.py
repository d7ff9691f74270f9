"""What holds in every society, whoever is in it, whatever strategy, levers and parameters it
meets, and whatever its luck."""

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
from village_alliances.sim.building import draw_villages, parameters_of, place_codes
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.quarter import step
from village_alliances.sim.rules.stock import take_stock
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import (
    ACCOUNT,
    ACTIVE,
    ALLIANCE,
    DISSOLVED,
    FREE,
    LENT,
    OUTSIDE,
    PAPER,
    RUN,
    VILLAGE,
    WORKING,
    Variable,
)
from village_alliances.sim.strategy import names

from tests.sim.comparing import columns, different, run_of, same_bits
from tests.sim.strategies_for_tests import Case, restless, societies

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("compiled_model")
ALIVE = (ACTIVE, PAPER)


# Bounds


def outside(variables: tuple[Variable, ...], read: Any) -> list[str]:
    """The variables with a value that is no number or is outside its declared bounds."""
    bad = []
    for variable in variables:
        values = np.asarray(read(variable.name))
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            bad.append(f"{variable.name}: not finite")
        elif (values < variable.low).any() or (values.astype(float) > variable.high).any():
            low, high = values.min(), values.max()
            bad.append(f"{variable.name}: {low}..{high} outside {variable.low}..{variable.high}")
    return bad


def all_outside(society: Any) -> list[str]:
    """The same of everything in a society."""
    return [
        *outside(VILLAGE, lambda name: getattr(society.villages, name)),
        *outside(ACCOUNT, lambda name: getattr(society.accounts, name)),
        *outside(ALLIANCE, lambda name: society.alliances[name]),
        *outside(RUN, lambda name: society.runs[name]),
    ]


@example(restless())
@given(societies())
def test_every_state_stays_within_its_declared_bounds(case: Case) -> None:
    society = case.build()
    assert all_outside(society) == []
    for tick in range(case.ticks):
        step(society, tick)
        assert all_outside(society) == [], tick
        for name in ("used", "signed_away", "capital", "building"):
            assert getattr(society, name).min(initial=0.0) >= 0.0, name
        free = society.endowment - society.used - society.signed_away
        assert (free > -1e-6 * (1.0 + society.endowment)).all(), "room that nobody has is in use"
        assert all(np.isfinite(society.series[name]).all() for name in society.series.dtype.names)
    assert (society.runs.status == 0).all()


@pytest.mark.slow
@settings(max_examples=30)
@given(societies(most_runs=2))
def test_forty_years_stay_within_bounds(case: Case) -> None:
    society = case.build(scenario=replace(case.scenario, years=40))
    for tick in range(160):
        step(society, tick)
    assert all_outside(society) == []
    assert (society.runs.status == 0).all()


# Who belongs to whom


@example(restless())
@given(societies())
def test_pointers_and_members_agree(case: Case) -> None:
    for tick, society in case.quarters():
        v, a = society.villages, society.alliances
        slots, size = a.size // society.runs.size, case.scenario.size
        allied = v.alliance >= 0
        assert (v.alliance[allied] // slots == v.run[allied]).all(), "an alliance of another run"
        counted = np.bincount(v.alliance[allied], minlength=a.size)
        there = np.isin(a.status, ALIVE)
        assert (counted[there] == a.members[there]).all(), tick
        assert (counted[there] > 0).all() and (counted[~there] == 0).all()
        assert np.isin(a.status, (FREE, *ALIVE, DISSOLVED)).all()
        for k in np.flatnonzero(there):
            assert v.alliance[a.lead[k]] == k, "the lead is no member"
            assert a.founded[k] <= tick
        assert ((v.standing == OUTSIDE) == ~allied).all(), "who is outside is in no alliance"
        working = np.bincount(v.alliance[allied & (v.standing == WORKING)], minlength=a.size)
        assert ((working == 0) == (a.status == PAPER))[there].all(), "on paper: nobody is active"
        assert ((v.joined[allied] >= 0) & (v.joined[allied] <= tick)).all()
        for name in ("stake", "own_stake", "signed", "membership_cost", "alliance_income"):
            if name != "alliance_income":  # what an end paid out stands until the next quarter
                assert (getattr(v, name)[~allied] == 0).all(), name
        lent = v.lent_from >= 0
        assert (v.lent_from[lent] // size == v.run[lent]).all(), "lent from another run"
        assert (v.lent_from[lent] != np.flatnonzero(lent)).all(), "lent to itself"
        assert (v.origin[lent] == LENT).all()
        assert (v.alliance[v.lent_from[lent]] == v.alliance[lent]).all(), "lent by an outsider"
        assert np.bincount(v.lent_from[lent], minlength=1).max() <= 1, "serves three villages"


@example(restless())
@given(societies())
def test_a_member_is_listed_once_and_in_order(case: Case) -> None:
    for tick, society in case.quarters():
        take_stock(society, tick)
        for k in range(society.alliances.size):
            listed = society.member[society.first[k] : society.first[k + 1]]
            assert listed.tolist() == np.flatnonzero(society.villages.alliance == k).tolist()


@example(restless())
@given(societies())
def test_an_ended_alliance_leaves_nothing_behind(case: Case) -> None:
    for _, society in case.quarters():
        gone = ~np.isin(society.alliances.status, ALIVE)
        for name in ("members", "active", "stakes"):
            assert not society.alliances[name][gone].any(), name
        accounts = np.flatnonzero(gone) + society.villages.size
        for held in (society.capital, society.building, society.accounts.fund):
            assert not held[accounts].any()


# Without an alliance


@given(societies(without=("formation",)))
def test_none_equals_a_run_without_any_founding(case: Case) -> None:
    nobody = replace(case.scenario, given=())
    first, other = case.build(portfolio="none"), case.build(scenario=nobody)
    for tick in range(case.ticks):
        step(first, tick)
        step(other, tick)
        assert different(columns(first), columns(other)) == [], tick
    assert same_bits(first.series, other.series)


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
            if any(block.runs.founded_sum[r] for block in blocks):
                continue
            rows = slice(r * scenario.size, (r + 1) * scenario.size)
            first, *others = (
                {name: part[rows] for name, part in columns(block).items()} for block in blocks
            )
            assert all(different(first, other) == [] for other in others), tick


OWN_PATH = ("ability", "practice", "noise", "villager_noise")  # what no alliance touches


@given(
    societies(without=("posting", "leader_loss_quarter", "market_shock")),
    st.sampled_from(names()),
)
def test_a_villages_own_secretaries_and_chance_know_nothing_of_alliances(
    case: Case, other: str
) -> None:
    first, two = case.build(), case.build(portfolio=other)
    for tick in range(case.ticks):
        step(first, tick)
        step(two, tick)
        for name in OWN_PATH:
            assert same_bits(getattr(first.villages, name), getattr(two.villages, name)), name
        for name in ("transfers_sum", "noise_var", "pandemic"):
            assert same_bits(first.runs[name], two.runs[name]), name


# The same luck


@given(societies(totals=False), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, shuffler: Random) -> None:
    head, *rows = case.table.splitlines()
    shuffler.shuffle(rows)
    shuffled = case.read("\n".join([head, *rows]) + "\n")
    assert shuffled.names.tolist() == case.scenario.names.tolist()
    first, other = case.build(), case.build(scenario=shuffled)
    for tick in range(case.ticks):
        step(first, tick)
        step(other, tick)
        for r in range(case.runs):
            assert different(run_of(first, r), run_of(other, r)) == [], tick


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
    where = {int(who): i for i, who in enumerate(new.ids)}
    return np.array([where[int(who)] for who in old.ids])


CODES = {"township", "county", "city", "culture", "product", "run", "x", "y"}  # within a table


@given(
    societies(totals=False),
    st.sampled_from(["a first", "v05x", "zz last"]),
    st.sampled_from(["t0", "t9", "a new one"]),
    st.sampled_from(["", "bananas", "tea"]),
)
def test_a_village_more_begins_and_changes_nobody_elses_luck(
    case: Case, name: str, township: str, product: str
) -> None:
    """Markets, neighbours and firms are shared, so incomes may differ; what is
    drawn of a village may not."""
    more = newcomer(case, name, township, product)
    stay = places_in(case.scenario, more)
    numbers = np.arange(case.runs, dtype=np.uint64)
    p = parameters_of(case.scenario, case.mode, case.seed, numbers, case.fixed)
    before, after = (draw_villages(s, case.seed, numbers, p) for s in (case.scenario, more))
    rows = (np.arange(case.runs)[:, None] * more.size + stay).ravel()
    for variable in VILLAGE:
        if variable.name not in CODES:
            own, theirs = getattr(before[0], variable.name), getattr(after[0], variable.name)
            assert same_bits(own, theirs[rows]), variable.name
    for own, theirs in zip(before[1:], after[1:], strict=True):  # endowments, and cash
        assert same_bits(own, theirs[rows])
    first, other = case.build(), case.build(scenario=more)
    for tick in range(case.ticks):
        step(first, tick)
        step(other, tick)
        for column in ("noise", "villager_noise"):
            own, theirs = getattr(first.villages, column), getattr(other.villages, column)
            assert same_bits(own, theirs[rows]), (tick, column)
    assert set(place_codes(more)) == {"city", "county", "township"}


@given(societies(most_runs=6), st.randoms(use_true_random=False))
def test_a_run_alone_is_the_same_run_in_a_block(case: Case, shuffler: Random) -> None:
    numbers = np.array([3, 0, 7, 12, 1, 40], np.uint64)[: max(2, case.runs)]
    block = case.run(runs=numbers)
    shuffled = list(range(numbers.size))
    shuffler.shuffle(shuffled)
    for value in shuffled[:3]:
        alone = run_of(case.run(runs=numbers[value : value + 1]))
        assert different(alone, run_of(block, value)) == [], f"run {numbers[value]}"


@settings(max_examples=6)
@given(societies(most_runs=2, most_years=3), st.one_of(st.just(1), st.integers(1, 60)))
def test_blocks_of_any_size_and_any_number_of_threads_give_the_same_bits(
    case: Case, size: int
) -> None:
    options = {
        "runs": 8,
        "seed": case.seed,
        "levers": case.levers,
        "mode": case.mode,
        "fixed": case.fixed,
        "rivals": ("even", "all"),
        "keep": ("operating_income", "stake"),
    }
    results = []
    with pytest.MonkeyPatch.context() as patch:
        for block, threads in ((ensemble.BLOCK, 1), (size, 1), (size, 2)):
            patch.setattr(ensemble, "BLOCK", block)
            ensembles = run_together(
                case.scenario, {"it": case.strategy}, threads=threads, **options
            )
            results.append(
                [ensembles.none, ensembles.strategies["it"], *ensembles.rivals["it"].values()]
            )
    first, *others = results
    for other in others:
        for value, two in zip(first, other, strict=True):
            for name in ("series", "grants", "status"):
                assert same_bits(getattr(value, name), getattr(two, name)), name
            assert different(value.kept, two.kept) == []


@example(restless())
@given(societies())
def test_a_log_and_a_record_for_rivals_change_no_bit(case: Case) -> None:
    silent, telling = case.build(), case.build(log=True, rivals=True)
    for tick in range(case.ticks):
        step(silent, tick)
        step(telling, tick)
        for r in range(case.runs):
            assert different(run_of(silent, r), run_of(telling, r)) == [], tick
    assert telling.log.size > 0 and silent.log.size == 0
    paid = telling.runs.grants_sum.sum()
    for record in (telling.even, telling.lumped, telling.on_weakest):
        assert record.sum() == pytest.approx(paid, rel=1e-9)


@given(societies())
def test_a_copy_goes_on_like_its_original(case: Case) -> None:
    original = case.build()
    half = case.ticks // 2
    for tick in range(half):
        step(original, tick)
    copy = original.copy()
    for society in (original, copy):
        for tick in range(half, case.ticks):
            step(society, tick)
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


def expected_levels(case: Case, society: Any, r: int) -> dict[str, float]:
    """Levels of run r, worked out from the columns in another way."""
    runs, size = case.runs, case.scenario.size
    rows = slice(r * size, (r + 1) * size)
    slots = society.alliances.size // runs
    ours = society.alliances[r * slots : (r + 1) * slots]
    column = {v.name: np.array(getattr(society.villages, v.name)[rows]) for v in VILLAGE}
    income, heads = column["operating_income"], column["villager_income"]
    run = society.runs[r]
    active = ours.cohesion[ours.status == ACTIVE]
    return {
        "weak_villages_50k": (income < 50_000).sum(),
        "weak_villages_100k": (income < 100_000).sum(),
        "weak_villages_150k": (income < 150_000).sum(),
        "weak_villages_500k": (income < 500_000).sum(),
        "quarters_to_last": run.last_weak + 1,
        "mean_income": income.mean(),
        "median_income": np.median(income),
        "p10_income": np.quantile(income, 0.1),
        "gini": gini(income),
        "total_income": column["total_income"].mean(),
        "villager_income": np.average(heads, weights=column["population"]),
        "villager_gini": gini(heads),
        "wages": column["wages"].mean(),
        "jobs": column["jobs"].sum(),
        "capacity": column["capacity"].mean(),
        "ability": column["ability"].mean(),
        "reserves": (society.accounts.fund[rows] - column["debt"]).mean(),
        "alliances": np.isin(ours.status, ALIVE).sum(),
        "alliances_on_paper": (ours.status == PAPER).sum(),
        "allied_villages": (column["alliance"] >= 0).sum(),
        "quiet_members": (column["standing"] == 2).sum(),
        "cohesion": active.mean() if active.size else 0.0,
        "leaves": run.leaves,
        "refusals": run.refusals,
        "ended": run.ended_sum,
        "projects_begun": run.begun_sum,
        "projects_ended": run.failed_sum + run.died_sum,
        "public_cost": run.grants_sum + run.solo_sum,
        "own_money": run.own_sum,
        "membership_cost": column["membership_cost"].mean(),
        "ordinary_money": run.ordinary_sum,
        "campaign_cost": run.campaign_sum,
        "transfers": run.transfers_sum,
    }


@example(restless())
@given(societies())
def test_the_series_says_what_the_columns_hold(case: Case) -> None:
    for tick, society in case.quarters():
        if tick % 4 != 3:
            continue
        for r in range(case.runs):
            expected = expected_levels(case, society, r)
            series = society.series[r, (tick + 1) // 4]
            by_name = {name: float(series[name]) for name in expected}
            rows = slice(r * case.scenario.size, (r + 1) * case.scenario.size)
            incomes = society.villages.operating_income[rows]
            scale = np.abs(incomes).max()
            assert by_name == pytest.approx(expected, rel=1e-9, abs=1e-12 * scale + 1e-9)
            if incomes.mean() > 0:
                both = series["theil_within"] + series["theil_between"]
                assert both == pytest.approx(theil(incomes), rel=1e-9, abs=1e-9)


def test_every_level_is_held_against_the_columns() -> None:
    from village_alliances.sim.metrics import LEVELS

    case = restless()
    reference = set(expected_levels(case, case.build(), 0)) | {"theil_within", "theil_between"}
    assert reference == {level.name for level in LEVELS}


# Without Numba

PLAIN = """
import sys, numpy as np
from village_alliances.sim.building import build
from village_alliances.sim.compiled import JIT
from village_alliances.sim.quarter import run
from village_alliances.sim.loading import load
assert JIT is (sys.argv[2] == "0")
county = {"formation": 1.0, "places_mid": 2.0, "places_share": 1.0, "grant_per_village": 3e5, "campaign_floor": 5e4,
          "campaign_start": 2.0, "campaign_end": 12.0, "pact": 4.0}
found = []
for scenario, strategy, levers in (("jinxi", "strong_leads_weak", {"reward_first": 1e5}), ("yanya", "village_enterprise", county)):
    society = run(build(load(scenario), strategy, runs=2, mode="prior", levers=levers, years=4), range(16))
    assert society.runs.founded_sum.min() > 0
    found += [society.villages.real, society.villages.whole, society.accounts.real, society.capital, society.runs.refusals]
np.savez(sys.argv[1], *found)
"""


@pytest.mark.slow
def test_without_numba_the_numbers_are_the_same(tmp_path: Path) -> None:
    results = []
    for disabled in ("0", "1"):
        out = tmp_path / f"{disabled}.npz"
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PLAIN, str(out), disabled],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        with np.load(out) as file:
            results.append([file[name] for name in file.files])
    for compiled, plain in zip(*results, strict=True):
        assert same_bits(compiled, plain)
