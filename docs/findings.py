"""What the model says of documented places: `python -m docs.findings` writes
docs/findings.md (some minutes).

Every sentence that draws a conclusion is chosen by the figures that stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.files import write_atomically
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.strategy import names, read_strategy

PAGE = Path(__file__).parent / "findings.md"
RUNS = {"jinxi": 200, "fenghua": 48, "zibo": 12}
SURE = 2.0  # standard errors
PROPOSALS = (
    "What is left of the advantage of allying when groups, leads and grants are chosen by search is",
    "measured by `python -m benchmarks.propose` and stands in `benchmarks/README.md` under Proposals.",
)
OF_RIVALS = {
    "even": "the same members evenly",
    "lumped": "the member that promises most",
    "weakest": "the weakest member",
    "aimed": "villages that stay weak",
    "all": "all villages evenly",
}


@dataclass
class StrategyRow:
    """A strategy of a place: gains in yuan a village and year, (runs,) each, and
    what stands beside them."""

    names: list[str]
    gain: np.ndarray
    weak: np.ndarray
    rivals: dict[str, np.ndarray]
    cells: dict[str, float]

    @property
    def best(self) -> str:
        """The rival of the highest mean gain."""
        return max(self.rivals, key=lambda name: float(self.rivals[name].mean()))

    @property
    def ahead(self) -> tuple[float, float]:
        """Mean difference to the best rival, and its standard error."""
        more = self.gain - self.rivals[self.best]
        return float(more.mean()), float(more.std(ddof=1) / np.sqrt(more.size))


def rows_of(place: str) -> list[StrategyRow]:
    """The strategies of a place, best first; those of equal institutions share a row."""
    lines: dict[tuple[object, ...], list[str]] = {}
    for name in names():
        if read_strategy(name).allies:
            lines.setdefault(read_strategy(name).institutions(), []).append(name)
    rows = []
    for same in lines.values():
        played = run_together(load(place), {same[0]: same[0]}, runs=RUNS[place], rivals=RIVALS)
        ours = played.strategies[same[0]]
        beside = {n: e.outcome("gain_mean") for n, e in played.rivals[same[0]].items()}
        cells = {
            name: float(ours.outcome(name).mean())
            for name in ("weak_villages_50k", "allied_villages", "quiet_members", "public_cost",
                         "own_money", "losers", "wage_gain")
        }  # fmt: skip
        cells["none"] = float(played.none.outcome("weak_villages_50k").mean())
        rows.append(
            StrategyRow(same, ours.outcome("gain_mean"), ours.outcome("gain_weak"), beside, cells)
        )
    return sorted(rows, key=lambda row: -float(row.gain.mean()))


def table(place: str, rows: list[StrategyRow]) -> list[str]:
    """The rows as a table of Markdown."""
    lines = [
        "| strategy | gain | of weak | best rival | its gain | beats it | under 50,000 | "
        "allied | quiet | losers | public, m yuan | own, m yuan |",
        "|---" * 12 + "|",
    ]
    for row in rows:
        best, cells = row.best, row.cells
        beats = float((row.gain > row.rivals[best]).mean())
        lines.append(
            f"| {', '.join(row.names)} | {row.gain.mean():,.0f} | {row.weak.mean():,.0f} "
            f"| {OF_RIVALS[best]} "
            f"| {row.rivals[best].mean():,.0f} | {beats:.0%} | {cells['weak_villages_50k']:.1f} "
            f"| {cells['allied_villages']:.1f} | {cells['quiet_members']:.1f} | "
            f"{cells['losers']:.1f} "
            f"| {cells['public_cost'] / 1e6:.1f} | {cells['own_money'] / 1e6:.1f} |"
        )
    return lines


def conclusions(rows: list[StrategyRow]) -> list[str]:
    """What the table says, as far as its errors allow."""
    ahead = [row for row in rows if row.ahead[0] > SURE * row.ahead[1]]
    behind = [row for row in rows if row.ahead[0] < -SURE * row.ahead[1]]
    first = rows[0]
    tied = [
        row.names[0]
        for row in rows[1:]
        if abs((first.gain - row.gain).mean())
        <= SURE * (first.gain - row.gain).std(ddof=1) / np.sqrt(first.gain.size)
    ]
    losing = [row.names[0] for row in rows if row.gain.mean() < 0]
    without = rows[0].cells["none"]
    lines = [
        f"- Against the same public money in single villages: of {len(rows)} kinds of "
        f"alliance {len(ahead)} "
        f"do better than their best rival by more than two standard errors, {len(behind)} worse, "
        f"{len(rows) - len(ahead) - len(behind)} cannot be told apart from it.",
        f"- Between strategies: {first.names[0]} has the highest mean; "
        + (
            f"within two standard errors of it: {', '.join(tied)}."
            if tied
            else "no other lies within two standard errors of it."
        ),
        f"- Without alliances {without:.1f} villages stay under 50,000 yuan; with {first.names[0]} "
        f"{first.cells['weak_villages_50k']:.1f}.",
    ]
    if losing:
        lines.append(
            f"- Villages earn less than without alliances on average under: {', '.join(losing)}."
        )
    return lines


def page() -> str:
    """The page."""
    lines = [
        "# Findings",
        "",
        f"Written by `python -m docs.findings`: parameters of mode `{default_mode()}`, seed 1. They compare strategies;",
        "they forecast nothing, and they move when a rule or the evidence moves. `docs/proofs.md` has what",
        "institutions, parts of a gain, payback and the four rates come to; `docs/validation.md` what the",
        "model may be asked at all.",
        "",
        "Gain: operating income of a village over the same run without alliances, mean of all villages (of",
        "those that began weak in the next column), yuan a year at the end. Best rival: who would have done",
        "best with the same public money, quarter by quarter. Beats it: share of runs. The other columns are",
        "means of villages at the end, and money so far. Strategies of equal institutions share a row: they",
        "are one strategy.",
    ]  # fmt: skip
    for place, runs in RUNS.items():
        scenario = load(place)
        rows = rows_of(place)
        lines += [
            "",
            f"## {scenario.title['en']}: {scenario.size} villages, {scenario.years} "
            f"years from {scenario.start}, {runs} runs",
            "",
            *table(place, rows),
            "",
            *conclusions(rows),
        ]
    return "\n".join([*lines, "", *PROPOSALS, ""])


if __name__ == "__main__":
    write_atomically(PAGE, page().encode())
    print(PAGE)
