"""The tables of docs/findings.md, measured anew: python docs/findings.py [fenghua|zibo] prints them; --events what happened in the same runs."""

from __future__ import annotations

import sys

import numpy as np
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load
from village_alliances.sim.society import EVENTS, FORMING, MERGED
from village_alliances.sim.strategy import names

RUNS = {"fenghua": 64, "zibo": 16}
COLUMNS = (
    "gain_mean",
    "gain_weak",
    "gain_lead",
    "weak_villages_50k",
    "alliances",
    "allied_villages",
    "refusals",
    "public_cost",
    "own_money",
)


def table(place: str) -> None:
    """Means by strategy, best first, and the same public money in single villages."""
    scenario = load(place)
    rows = []
    for name in names():
        ours = run_ensemble(scenario, name, runs=RUNS[place], seed=1)
        alone = run_ensemble(
            scenario, "none", runs=RUNS[place], seed=1, solo_budget=ours.grants
        ).outcome("gain_mean")
        beats = float(np.mean(ours.outcome("gain_mean") > alone))
        rows.append(
            (
                name,
                {column: float(ours.outcome(column).mean()) for column in COLUMNS},
                float(alone.mean()),
                beats,
            )
        )
    rows.sort(key=lambda row: -row[1]["gain_mean"])
    print(
        "| strategy | mean gain, yuan/year | weak villages | lead villages | alone with the money | beats it | villages under 50,000 |"
        " alliances | allied | refusals | public money, m yuan | members' own, m yuan |"
    )
    print("|---" * 12 + "|")
    for name, m, alone, beats in rows:
        print(
            f"| {name} | {short(m['gain_mean'])} | {short(m['gain_weak'])} | {short(m['gain_lead'])} | {short(alone)} | {beats:.0%} | "
            f"{m['weak_villages_50k']:.1f} | {m['alliances']:.0f} | {m['allied_villages']:.0f} | {short(m['refusals'])} | {m['public_cost'] / 1e6:.1f} | "
            f"{m['own_money'] / 1e6:.1f} |"
        )


def short(value: float) -> str:
    """Three significant figures, with thousands marked."""
    return f"{float(f'{value:.3g}'):,.0f}"


def events(place: str) -> None:
    """A run, on average over all runs: what happened, money of projects, and members' abilities, capacity and purses against the shadow's."""
    scenario = load(place)
    rich = EVENTS.index("refused")
    for name in names():
        counts, money = np.zeros(len(EVENTS)), np.zeros(len(EVENTS))
        rich_refusals = 0
        last: dict[str, list[float]] = {}
        for run in range(RUNS[place]):
            society = build(scenario, name, seed=1, runs=np.array([run], np.uint64), log=True)
            v = society.v
            put_in = np.zeros(v.id.size)
            for tick in range(society.calendar.size):
                step(society, tick)
                log = society.log[: society.log_size[0]]
                counts += np.bincount(log.event, minlength=len(EVENTS))
                money += np.bincount(log.event, log.amount, len(EVENTS))
                rich_refusals += int(
                    (v.start_income[log.village[log.event == rich]] > 500_000).sum()
                )
                put_in += v.contributed
            told = {
                "put in, a village": put_in.mean(),
                "reserves over shadow's": (v.reserves - v.alone_reserves).mean(),
            }
            told |= {
                outcome: society.series[0, -1, INDEX[outcome]]
                for outcome in ("gain_others", "villager_gain")
            }
            told |= {"saved by services": 4.0 * society.r.services[0] / v.id.size}
            allied, heads = v.alliance >= 0, society.a.lead[alive(society.a.status)]
            if heads.size:
                told |= {"ability": (v.ability - v.alone_ability)[allied].mean()}
                told |= {"capacity": (v.capacity - v.alone_capacity)[allied].mean()}
                told |= {"leads' capacity": (v.capacity - v.alone_capacity)[heads].mean()}
            for word, value in told.items():
                last.setdefault(word, []).append(float(value))
        runs = RUNS[place]
        kinds = (
            "refused",
            "ended",
            "secretary_left",
            "project_begun",
            "project_failed",
            "left",
            "switched",
        )
        print(name, {kind: round(float(counts[EVENTS.index(kind)]) / runs, 1) for kind in kinds})
        print(
            "   ",
            {
                kind: f"{money[EVENTS.index(kind)] / runs / 1e6:.1f}m"
                for kind in ("project_begun", "project_failed")
            },
            f"refused by the rich {rich_refusals / max(1.0, counts[rich]):.0%}",
            {word: float(f"{np.mean(values):.3g}") for word, values in last.items()},
        )


def alive(status: np.ndarray) -> np.ndarray:
    """Which alliances exist."""
    return np.asarray((status >= FORMING) & (status <= MERGED))


if __name__ == "__main__":
    places = [word for word in sys.argv[1:] if word in RUNS] or list(RUNS)
    for place in places:
        print(f"\n{place}\n")
        (events if "--events" in sys.argv else table)(place)
