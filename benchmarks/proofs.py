"""Figures of the model that no test can fix: python -m benchmarks.proofs writes docs/proofs.md.

Documented alliances and their rates, where gains come from, what institutions decide, payback and
what is left when grants end. None is a gate: what does not come out is said, not tuned away.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim.building import build
from village_alliances.sim.decompose import decompose
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.files import write_atomically
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.rules.forming import weigh
from village_alliances.sim.rules.stock import open_books
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import NOBODY
from village_alliances.sim.strategy import Portfolio, Strategy, names

PAGE = Path(__file__).parents[1] / "docs" / "proofs.md"
SEED = 1
DOCUMENTED = {"jinxi": 200, "tengtou": 200, "chunhu": 200}
FACTORS: dict[str, tuple[Any, ...]] = {
    "formation": ("near", "complement", "product", "firm"),
    "lead": ("ablest", "township"),
    "sharing": ("stake", "equal", "promised"),
    "names": ("all", "weak"),
    "meetings": (4, 17),
    "measures": ((), ("mentoring", "posting"), ("culture", "services")),
}
TOLD = ("gain_mean", "gain_weak", "wage_gain")
FACTORIAL_RUNS, FACTORIAL_YEARS = 48, 6
RUNS, FEWER = 1000, 400
AFTER = {"jinxi": 200, "tengtou": 200}


def own_strategy(place: str) -> str:
    """The strategy that a scenario's documents name for its first alliance."""
    return next((g.strategy for g in load(place).given if g.strategy), "strong_leads_weak")


def documented(place: str, runs: int) -> str:
    """A row: how often a documented alliance is whole at the end, and the four rates."""
    scenario = load(place)
    society = build(scenario, own_strategy(place), seed=SEED, runs=runs)
    there = 0.0
    for tick in range(society.calendar.size):
        step(society, tick)
        there += 0.25 * np.isin(society.alliances.status, (1, 2)).sum()
    run, size = society.runs, scenario.size
    standing = society.villages.standing.reshape(runs, size)
    given = society.given_member >= 0
    whole = (standing[:, given] == 1).all(axis=1).mean()
    together = (standing[:, given] >= 1).all(axis=1).mean()
    years = run.member_years.sum()
    return (
        f"| {place} | {society.calendar.size // 4} | {whole:.0%} | {together:.0%} | "
        f"{run.leaves.sum() / years:.1%} | "
        f"{run.quietened.sum() / years:.1%} | {run.died_sum.sum() / run.project_years.sum():.1%} | "
        f"{run.failed_sum.sum() / max(1, run.begun_sum.sum()):.0%} | "
        f"{run.ended_sum.sum() / there:.1%} |"
    )


def parts(place: str, runs: int) -> str:
    """A row: a strategy's mean gain and where it comes from."""
    decomposition = decompose(
        load(place), own_strategy(place), outcome="gain_members", runs=runs, seed=SEED
    )
    means = {name: float(values.mean()) for name, values in decomposition.items()}
    cells = " | ".join(f"{value:,.0f}" for value in means.values())
    return f"| {place} | {own_strategy(place)} | {sum(means.values()):,.0f} | {cells} |"


def rivals(place: str, runs: int) -> str:
    """Rows: members' mean gain under every strategy, and of the same villages with the
    same public money alone."""
    ways = ("even", "lumped", "weakest", "all")
    assert set(ways) <= set(RIVALS)
    ensembles = run_together(
        load(place), {n: n for n in names()[1:]}, runs=runs, seed=SEED, rivals=ways
    )
    rows = []
    for name, ours in ensembles.strategies.items():
        gain = ours.outcome("gain_mean")
        others = [ensembles.rivals[name][way].outcome("gain_mean") for way in ways]
        beats = float(np.mean(gain > np.max(others, axis=0)))
        error = np.std(gain - others[0], ddof=1) / np.sqrt(runs)
        cells = " | ".join(f"{other.mean():,.0f}" for other in others)
        mean = f"{gain.mean():,.0f} ± {error:,.0f}"
        rows.append((gain.mean(), f"| {name} | {mean} | {cells} | {beats:.0%} |"))
    return "\n".join(row for _, row in sorted(rows, reverse=True))


def factorial(coverage: float) -> str:
    """A row by outcome: each institution's share of the variance between all combinations of them,
    and what is left to combinations."""
    cells = list(itertools.product(*FACTORS.values()))
    portfolios = {}
    for n, cell in enumerate(cells):
        formation, lead, sharing, in_names, meetings, measures = cell
        portfolios[str(n)] = Portfolio(
            Strategy(
                name=str(n), title={"en": str(n), "zh": str(n)}, formation=formation, lead=lead, sharing=sharing,
                names=in_names, plenaries_per_year=meetings, measures=measures,
            )
        )  # fmt: skip
    levers = {"places_share": coverage, "formation": 1.0}
    ensembles = run_together(
        load("fenghua"), portfolios, runs=FACTORIAL_RUNS, years=FACTORIAL_YEARS, seed=SEED, levers=levers
    )  # fmt: skip
    rows = []
    for outcome in TOLD:
        grid = np.array(
            [ensembles.strategies[str(n)].outcome(outcome).mean() for n in range(len(cells))]
        )
        whole = grid.var()
        shares = []
        for i in range(len(FACTORS)):
            levels = list(FACTORS.values())[i]
            of_level = [grid[[cell[i] == level for cell in cells]].mean() for level in levels]
            shares.append(float(np.var(of_level) / whole))
        percents = " | ".join(f"{share:.0%}" for share in [*shares, max(0.0, 1 - sum(shares))])
        rows.append(
            f"| {coverage:.0%} | {outcome} | {grid.min():,.0f} to {grid.max():,.0f} | {percents} |"
        )
    return "\n".join(rows)


def heads(place: str, runs: int) -> str:
    """Rows: what a township head brings over a lead, where nothing else differs, by its ability."""
    led = {
        lead: Portfolio(Strategy(name=lead, title={"en": lead, "zh": lead}, lead=lead))
        for lead in ("ablest", "township")
    }
    rows = []
    for ability in (None, 0.35, 0.45, 0.65):
        fixed = {} if ability is None else {"township_ability": ability}
        ours = run_together(load(place), led, runs=runs, seed=SEED, fixed=fixed).strategies
        more = ours["township"].outcome("gain_mean") - ours["ablest"].outcome("gain_mean")
        said = "as drawn" if ability is None else f"{ability:g}"
        rows.append(f"| {said} | {more.mean():,.0f} ± {more.std(ddof=1) / np.sqrt(runs):,.0f} |")
    return "\n".join(rows)


def kept(place: str, runs: int) -> str:
    """Rows: what alliances' projects earn in the last year, and what of it members are paid."""
    rows = []
    for name in ("mutual_aid", "talent_driven", "strong_leads_weak", "industry_chain", "village_enterprise"):  # fmt: skip
        society = build(load(place), name, seed=SEED, runs=runs)
        villages = society.villages.id.size
        earned = paid = 0.0
        for tick in range(society.calendar.size):
            step(society, tick)
            if tick >= society.calendar.size - 4:
                earned += 0.25 * society.accounts.profit[villages:].sum() / villages
                paid += 0.25 * society.villages.alliance_income.sum() / villages
        rows.append(f"| {name} | {earned:,.0f} | {paid:,.0f} |")
    return "\n".join(rows)


def households(place: str, runs: int) -> str:
    """Rows: gain in income per head, as drawn and without what two measures bring."""
    named = {name: name for name in ("chain_extension", "urban_rural", "service_sharing", "mutual_aid", "strong_leads_weak")}  # fmt: skip
    drawn, without = (
        run_together(load(place), named, runs=runs, seed=SEED, fixed=fixed).strategies
        for fixed in ({}, {"outlet_sales": 0.0, "services_benefit": 0.0})
    )
    return "\n".join(
        f"| {name} | {drawn[name].outcome('villager_gain').mean():.1f} | "
        f"{without[name].outcome('villager_gain').mean():.1f} |"
        for name in named
    )


def weighed(place: str, runs: int) -> str:
    """Rows: what members of the documented alliance weigh before it is founded, and what came of it
    in the second half of ten years, where all stay active and as they decide."""
    scenario = load(place)
    members = sorted(scenario.given[0].members)
    alone = incomes(scenario, "none", runs, moves=1.0)
    rows = []
    for name in ("strong_leads_weak", "industry_chain", "project", "urban_rural", "chain_extension", "mutual_aid", "area_integration"):  # fmt: skip
        expected = before_founding(scenario, name, runs, members).mean()
        active, free = (
            (incomes(scenario, name, runs, moves=moves) - alone)[:, members].mean(axis=1)
            for moves in (0.0, 1.0)
        )
        error = active.std(ddof=1) / np.sqrt(runs)
        rows.append(
            f"| {name} | {expected:,.0f} | {active.mean():,.0f} ± {error:,.0f} | "
            f"{free.mean():,.0f} |"
        )
    return "\n".join(rows)


def incomes(scenario: Scenario, strategy: str, runs: int, moves: float) -> np.ndarray:
    """Mean operating income (runs, villages) of the years 6 to 10."""
    society = build(
        scenario, strategy, seed=SEED, runs=runs, years=10, mode="prior", levers={"moves": moves}
    )
    total = np.zeros(society.villages.id.size)
    for tick in range(40):
        step(society, tick)
        if tick >= 20:
            total += society.villages.operating_income / 20.0
    return total.reshape(runs, scenario.size)


def before_founding(scenario: Scenario, strategy: str, runs: int, members: list[int]) -> np.ndarray:
    """What these villages would expect of an alliance of just them (runs, members), in the first
    quarter."""
    nobody = {"formation": 1.0, "places_share": 0.0}
    society = build(
        replace(scenario, given=()), strategy, seed=SEED, runs=runs, years=10, mode="prior",
        levers=nobody,
    )  # fmt: skip
    open_books(society, 0)
    n, expected = len(members), np.zeros((runs, len(members)))
    for run in range(runs):
        society.who[:n] = run * scenario.size + np.array(members)
        weigh(society, 0, run, n, 0, NOBODY, 0, n, expected[run])
    return expected


def leaders(place: str, runs: int) -> str:
    """Rows: how able the ablest member is at the founding, share of runs in which another than the
    first lead leads once the first pact has ended, and how able who leads is then and after ten
    years, beside the mean secretary."""
    scenario = load(place)
    given = scenario.given[0]
    rows = []
    for name in ("strong_leads_weak", "industry_chain"):
        society = build(scenario, name, seed=SEED, runs=runs, years=10, mode="prior")
        practice = society.villages.practice
        ablest = practice.reshape(runs, -1)[:, list(given.members)].max(axis=1).mean()
        ended = given.founded + int(society.strategies.pact[0])
        led = []
        for tick in range(40):
            step(society, tick)
            if tick in (given.founded, ended, 39):
                led.append((society.alliances.lead.copy(), practice[society.alliances.lead].mean()))
        (first, _), (second, then), (_, last) = led
        changed = (first != second).mean()
        rows.append(
            f"| {name} | {ablest:.2f} | {changed:.0%} | {then:.2f} | {last:.2f} | "
            f"{practice.mean():.2f} |"
        )
    return "\n".join(rows)


def payback(place: str, runs: int) -> str:
    """A row: money in, gain out, when it comes and what is left of it four years after
    grants end."""
    scenario = load(place)
    given = scenario.given[0]
    last = given.founded // 4 + 4  # the year in which four years of grants end
    played = run_together(
        scenario, {"it": own_strategy(place)}, runs=runs, years=last + 4, seed=SEED
    )
    ours = played.strategies["it"]
    gain = ours.trajectory("gain_members").mean(axis=0)
    members = ours.trajectory("allied_villages")[:, last].mean()
    public, own = (ours.outcome(name, last).mean() for name in ("public_cost", "own_money"))
    half = int(np.argmax(gain >= 0.5 * gain.max())) - given.founded // 4
    back = (public + own) / (members * gain[last]) if gain[last] > 0 else float("nan")
    return (
        f"| {place} | {public / members:,.0f} | {own / public:.2f} | {gain[last]:,.0f} | "
        f"{back:.1f} | {half} | "
        f"{gain[last + 4] / gain[last]:.2f} |"
    )


def page() -> str:
    """The whole page."""
    lines = [
        "# Figures of the proofs",
        "",
        "Written by `python -m benchmarks.proofs` (seed 1, parameters and technology drawn anew in each run, documented money). Nothing",
        "in rules or ranges was set to make any of them come out. Limits, planted worlds, permutations, two tables by hand and what plans",
        "promise are tests: `tests/sim/`. Yuan are yuan a year at the end of the horizon unless said otherwise.",
        "",
        "## Documented alliances, and four rates",
        "",
        "Whole: every founding member is active at the end. Together: every one is still a member, quiet or not. Of the outside, 4 to 12%",
        "a year of cooperative bodies end, which informs the death of alliances, and 8.3% a year of small firms, which informs the death of",
        "projects. That the alliances of the documents are alive later is a showcase, no target.",
        "",
        "| place | years | whole | together | leave a year | go quiet a year | projects die a year | projects never work | alliances end a year |",
        "|---" * 9 + "|",
        *(documented(place, runs) for place, runs in DOCUMENTED.items()),
        "",
        "## Where members' gain comes from",
        "",
        "| place | strategy | gain of a member | concentration | own money | pooling | ability and learning |",
        "|---" * 7 + "|",
        *(parts(place, RUNS) for place in ("jinxi", "tengtou", "chunhu")),
        "",
        "## Strategies beside the same public money alone",
        "",
        f"Jinxi, {RUNS:,} runs: mean gain of all villages, and after ± the standard error of its difference to `even`. Strategies of equal",
        "institutions tie where who is together is given. Beats: share of runs in which it does better than the best of the four.",
        "",
        "| strategy | gain | even | lumped | weakest | all | beats |",
        "|---" * 7 + "|",
        rivals("jinxi", RUNS),
        "",
        "## What institutions decide",
        "",
        f"Fenghua, {FACTORIAL_RUNS} runs of {FACTORIAL_YEARS} years, every combination of the institutions; shares of the variance between",
        "combinations. Small shares hold noise.",
        "",
        "| coverage | outcome | range | " + " | ".join(FACTORS) + " | combinations |",
        "|---" * (4 + len(FACTORS)) + "|",
        factorial(0.1),
        factorial(0.6),
        "",
        "## What hangs on assumptions",
        "",
        f"Jinxi, {FEWER} runs. A township head over a lead, nothing else differing: mean gain of all villages, by `township_ability`.",
        "",
        "| township_ability | difference |",
        "|---" * 2 + "|",
        heads("jinxi", FEWER),
        "",
        "What alliances' projects earn in the last year, yuan a village, and what of it members are paid.",
        "",
        "| strategy | earned | paid |",
        "|---" * 3 + "|",
        kept("jinxi", FEWER),
        "",
        "Gain in income per head, yuan, and the same where `outlet_sales` and `services_benefit` are nought.",
        "",
        "| strategy | as drawn | without |",
        "|---" * 3 + "|",
        households("jinxi", FEWER),
        "",
        "## What is weighed and what comes",
        "",
        f"Jinxi, {FEWER} runs, yuan a member and year: what members of the documented alliance weigh in the first quarter, and the gain of",
        "the years 6 to 10, where all stay active and as they decide (who goes quiet saves what membership costs and keeps its dividends;",
        "who leaves takes its claim along).",
        "",
        "| strategy | weighed | came, all active | came |",
        "|---" * 4 + "|",
        weighed("jinxi", FEWER),
        "",
        "Who founds weighs the ablest village as head for good. How able that is; how often another than the documents say leads once",
        "the first pact has ended, and how able who leads is then and after ten years, beside the mean secretary.",
        "",
        "| strategy | the ablest | another leads | then | after ten years | mean secretary |",
        "|---" * 6 + "|",
        leaders("jinxi", FEWER),
        "",
        "## Payback and what is left",
        "",
        "Public money a member until grants end; own money a yuan of public money; a member's gain in the last year of grants; years of",
        "that gain that public and own money come to; years from the founding until half of the highest gain; gain four years after",
        "grants end over the last year of grants.",
        "",
        "| place | public money | own over public | gain | payback, years | years to half | four years later |",
        "|---" * 7 + "|",
        *(payback(place, runs) for place, runs in AFTER.items()),
        "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    write_atomically(PAGE, page().encode())
    print(PAGE)
