"""The patterns that the model must show (docs/ODD.md, Purpose), over ensembles at fixed parameters; sizes are printed (-s)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import Ensemble, run_ensemble
from village_alliances.sim.quarter import run, step
from village_alliances.sim.scenario import load

RUNS = 60
Say = Callable[..., None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def out(text: str, **sizes: float) -> None:
        with capsys.disabled():
            print(
                f"\n  {text}: " + ", ".join(f"{name} {size:.3g}" for name, size in sizes.items()),
                end="",
            )

    return out


def county(strategy: str, runs: int = 6, **levers: float) -> Any:
    """Villages of Fenghua after its ten years, at the parameters' middle values."""
    return run(build(load("fenghua"), strategy, runs=runs, mode="point", levers=levers), range(40))


def ensemble(
    scenario: str, strategy: str, runs: int = RUNS, years: int = 0, **levers: float
) -> Ensemble:
    return run_ensemble(
        load(scenario), strategy, runs=runs, mode="point", levers=levers, years=years
    )


def gain(society: Any) -> np.ndarray:
    return np.asarray(society.v.collective_income - society.v.alone_income)


def test_collective_income_is_very_unequal_and_household_income_is_not(say: Say) -> None:
    society = county("none", runs=3)
    collective = np.std(np.log(society.v.collective_income))
    household = np.std(np.log(society.v.villager_income))
    say("log sd after ten years", collective=collective, household=household)
    assert collective > 1.0
    assert household < 0.5


def test_an_alliance_changes_the_weakest_most_in_relative_terms_and_the_strong_little(
    say: Say,
) -> None:
    society = county("strong_leads_weak")
    member = society.v.alliance >= 0
    weak = member & (society.v.start_income < 50_000)
    strong = member & (society.v.start_income > 500_000)
    relative = gain(society) / society.v.alone_income
    say("median relative gain", weak=np.median(relative[weak]), strong=np.median(relative[strong]))
    assert np.median(relative[weak]) > 0.05
    assert np.median(relative[weak]) > 4 * abs(np.median(relative[strong]))
    assert abs(np.median(relative[strong])) < 0.05


def test_gains_come_with_a_lag_of_one_to_three_years(say: Say) -> None:
    """Founded in the second quarter: of what is reached in six years next to nothing is there after one, a part after three."""
    for strategy in ("strong_leads_weak", "industry_chain"):
        path = np.nanmean(ensemble("jinxi", strategy, runs=300).trajectory("gain_mean"), axis=0)
        say(
            f"{strategy}: share of the gain of year 6",
            after_1=path[1] / path[6],
            after_3=path[3] / path[6],
            after_4=path[4] / path[6],
        )
        assert path[1] / path[6] < 0.10
        assert 0.05 < path[3] / path[6] < 0.7
        assert path[6] > path[4] > path[3]


def test_gains_fade_when_support_ends_and_cohesion_is_low(say: Say) -> None:
    """Of the relative gain at its height, what is left in year 16 after grants in the first four years."""
    slack, close = (
        {"cohesion_gain": 0.02, "cohesion_decay": 0.06},
        {"cohesion_gain": 0.04, "cohesion_decay": 0.03},
    )

    def left(cohesion: dict[str, float], grant_years: float) -> float:
        outcome = run_ensemble(
            load("jinxi"),
            "cross_border",
            runs=300,
            mode="point",
            years=16,
            fixed=cohesion,
            levers={"grant_years": grant_years},
        )
        gained = np.nanmean(outcome.trajectory("gain_mean"), axis=0)
        path = gained / (np.nanmean(outcome.trajectory("mean_income"), axis=0) - gained)
        return float(path[-1] / path.max())

    after, after_close, lasting = left(slack, 4.0), left(close, 4.0), left(slack, 15.0)
    say(
        "relative gain left",
        slack_after_support=after,
        close_after_support=after_close,
        slack_with_support=lasting,
    )
    assert after < 0.9 < lasting
    assert after < after_close


def test_alliances_forced_together_without_mutual_gain_stay_on_paper(say: Say) -> None:
    shares = {}
    for name, forced in (("free", 0.0), ("forced", 1.0)):
        outcome = run_ensemble(
            load("fenghua"), "governance", runs=12, mode="prior", levers={"forced": forced}
        )
        shares[name] = float(
            np.mean(outcome.outcome("alliances_on_paper") / outcome.outcome("alliances"))
        )
    say("share of alliances on paper", **shares)
    assert shares["forced"] > 2 * shares["free"]
    assert shares["forced"] > 0.08


def test_a_strong_village_joins_only_where_it_gains(say: Say) -> None:
    """Who forms by itself expects a gain on the day; and the strong refuse more often than the rest."""
    society = build(load("fenghua"), "strong_leads_weak", runs=4, mode="point", log=True)
    refused: list[int] = []
    fresh_losers = fresh = 0
    for tick in range(20):
        step(society, tick)
        events = society.log[: society.log_size[0]]
        refused += [int(e.village) for e in events if e.event == 19]
        new = (society.v.joined == tick) & (society.v.alliance >= 0) & (tick > 6)
        fresh += int(new.sum())
        fresh_losers += int((new & (society.v.expected_gain < 0)).sum())
    strong = society.v.start_income > 1_000_000
    rate_strong = np.isin(np.flatnonzero(strong), refused).mean()
    rate_rest = np.isin(np.flatnonzero(~strong), refused).mean()
    say(
        "share that refused at least once",
        strong=rate_strong,
        rest=rate_rest,
        joined_at_a_loss=fresh_losers / max(fresh, 1),
    )
    assert rate_strong > 1.3 * rate_rest
    assert fresh > 100
    assert fresh_losers / fresh < 0.05


def test_the_gap_inside_alliances_shrinks_while_gaps_between_areas_persist(say: Say) -> None:
    society = county("strong_leads_weak")
    member = society.v.alliance >= 0
    inside = {}
    for name, incomes in (("with", society.v.collective_income), ("alone", society.v.alone_income)):
        spread = []
        for k in np.unique(society.v.alliance[member]):
            values = np.log(np.maximum(incomes[society.v.alliance == k], 1000.0))
            if values.size > 1:
                spread.append(values.std())
        inside[name] = float(np.mean(spread))
    townships = [
        np.log(np.maximum(society.v.collective_income[society.v.township == t], 1000.0)).mean()
        for t in np.unique(society.v.township)
    ]
    between = float(np.std(townships))
    say("log sd inside alliances", **inside, between_townships=between)
    assert inside["with"] < 0.97 * inside["alone"]
    assert between > 0.05


def test_households_live_by_wages_and_hardly_by_dividends(say: Say) -> None:
    outcome = ensemble("jinxi", "village_enterprise", runs=200)
    people = 4397 / 5
    heads = float(np.nanmean(outcome.outcome("villager_gain")))
    dividend = float(np.nanmean(outcome.outcome("gain_venture"))) / people
    say("yuan a head and year", wages_and_sales=heads, dividends_if_all_were_paid_out=dividend)
    assert heads > dividend
