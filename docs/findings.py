"""The tables of docs/findings.md, measured anew: python docs/findings.py [fenghua|zibo] prints them; --events counts what happened."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from sim.ensemble import run_ensemble
from sim.model import AllianceModel
from sim.scenario import load
from sim.strategy import names

RUNS = {"fenghua": 64, "zibo": 16}
COLUMNS = ("gain_mean", "gain_weak", "gain_lead", "weak_villages_50k", "alliances", "allied_villages", "refusals", "public_cost")


def table(place: str) -> None:
    """Means by strategy, best first, and the same public money in single villages."""
    scenario = load(place)
    rows = []
    for name in names():
        ours = run_ensemble(scenario, name, runs=RUNS[place], seed=1)
        alone = run_ensemble(scenario, "none", runs=RUNS[place], seed=1, solo_budget=ours.grants).outcome("gain_mean")
        beats = float(np.mean(ours.outcome("gain_mean") > alone))
        rows.append((name, {column: float(ours.outcome(column).mean()) for column in COLUMNS}, float(alone.mean()), beats))
    rows.sort(key=lambda row: -row[1]["gain_mean"])
    print("| strategy | mean gain, yuan/year | weak villages | lead villages | alone with the money | beats it | villages under 50,000 |"
          " alliances | allied | refusals | public money, m yuan |")  # fmt: skip
    print("|---" * 11 + "|")
    for name, m, alone, beats in rows:
        print(
            f"| {name} | {short(m['gain_mean'])} | {short(m['gain_weak'])} | {short(m['gain_lead'])} | {short(alone)} | {beats:.0%} | "
            f"{m['weak_villages_50k']:.1f} | {m['alliances']:.0f} | {m['allied_villages']:.0f} | {short(m['refusals'])} | {m['public_cost'] / 1e6:.1f} |"
        )


def short(value: float) -> str:
    """Three significant figures, with thousands marked."""
    return f"{float(f'{value:.3g}'):,.0f}"


def events(place: str) -> None:
    """What happened in runs 0 and 1, a run: counts, money of projects, and abilities against the shadow's at the end."""
    scenario = load(place)
    for name in names():
        counts: Counter[str] = Counter()
        money: Counter[str] = Counter()
        ability, capacity, leads = [], [], []
        rich_refusals = 0
        for run in (0, 1):
            model = AllianceModel(scenario, name, luck_seed=1, run=run)
            for _ in range(4 * scenario.years):
                model.step()
            v = model.society.v
            allied = v.alliance >= 0
            income = dict(zip(scenario.names, v.start_income, strict=True))
            for e in model.events:
                counts[e.event] += 1
                money[e.event] += e.amount or 0.0
                rich_refusals += e.event == "refused" and income.get(e.village, 0.0) > 500_000
            if allied.any():
                ability.append(float((v.ability - v.alone_ability)[allied].mean()))
                capacity.append(float((v.capacity - v.alone_capacity)[allied].mean()))
                heads = model.society.a.lead[(model.society.a.status >= 1) & (model.society.a.status <= 4)]
                leads.append(float((v.capacity - v.alone_capacity)[heads].mean()))
        told = {kind: counts[kind] / 2 for kind in ("refused", "ended", "secretary_left", "project_begun", "project_failed", "left", "switched")}
        sums = {kind: f"{money[kind] / 2e6:.1f}m" for kind in ("project_begun", "project_failed")}
        print(name, told, sums, f"rich refusals {rich_refusals / 2:.0f}", "ability", np.round(np.mean(ability or [0]), 3), "capacity",
              np.round(np.mean(capacity or [0]), 3), "leads' capacity", np.round(np.mean(leads or [0]), 3))  # fmt: skip


if __name__ == "__main__":
    places = [word for word in sys.argv[1:] if word in RUNS] or list(RUNS)
    for place in places:
        print(f"\n{place}\n")
        (events if "--events" in sys.argv else table)(place)
