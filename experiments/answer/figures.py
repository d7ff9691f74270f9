"""The numbers behind each line, for scripts and tables."""

from __future__ import annotations

import math
from typing import Any

from village_alliances.experiments.answer.evidence import ComparedOptions
from village_alliances.experiments.answer.logic import Conclusion, Gap, Rival, Standing, conclude


def figures_of(line: str, e: ComparedOptions, f: Conclusion) -> dict[str, Any]:
    """The numbers of a line, for scripts: yuan a village and year, shares of runs."""
    first = subject_of(f)
    if line == "effect":
        return {"strategy": first.name, **_gap(first.gain)}
    if line == "sets":
        every = {
            standing.name: {**_gap(standing.gain), "regret": standing.regret}
            for standing in f.standings
        }
        failed = {standing.name: standing.failures.share for standing in f.standings}
        names = ("together", "tied", "worse", "split", "unfair", "dropped")
        return {
            "leader": f.leader or None,
            **{name: list(getattr(f, name)) for name in names},
            "failed": failed,
            "standings": every,
        }
    if line == "cost":
        public, own = spent(e, first.name)
        return {
            "public": public,
            "own": own,
            "grant": e.grant,
            "rival": _rival(first.rival),
            "aimed": _rival(first.aimed),
        }
    return {
        "share_better": first.gain.share,
        "share_error": first.gain.share_error,
        "rests_on": f.assumption.state,
        "gain_over_whole_range": f.assumption.gain,
        "first_over_whole_range": f.assumption.leader or None,
    }


def _rival(rival: Rival | None) -> dict[str, Any] | None:
    if rival is None:
        return None
    held = {"over": rival.over, "gain": rival.gain, "over_for_all_villages": rival.whole}
    return {"name": rival.name, **{key: _gap(gap) for key, gap in held.items()}}


def _gap(gap: Gap) -> dict[str, float]:
    return {
        "mean": gap.mean,
        "mean_error": gap.mean_error,
        "median": gap.median,
        "low": gap.low,
        "high": gap.high,
        "share_better": gap.share,
        "share_error": gap.share_error,
    }


def subject_of(f: Conclusion) -> Standing:
    assert f.subject is not None
    return f.subject


def spent(e: ComparedOptions, name: str) -> tuple[float, float]:
    """Public and own money of an option, means over the runs that succeeded, yuan."""
    option = e.option(name)
    return tuple(float(_mean(values)) for values in (option.public, option.own))  # type: ignore[return-value]


def _mean(values: Any) -> float:
    fine = values[[math.isfinite(value) for value in values]]
    return float(fine.mean()) if fine.size else math.nan


def rows(e: ComparedOptions, finding: Conclusion | None = None) -> list[dict[str, Any]]:
    """One row an option, best first, for a table or a chart: `name`, `title`, `gain` (a Gap),
    `rival` and `aimed` (Rivals or None), `public` and `own` money (yuan)."""
    f = finding or conclude(e)
    rows = []
    for standing in f.standings:
        public, own = spent(e, standing.name)
        rows.append(
            {
                "name": standing.name,
                "title": e.option(standing.name).title,
                "gain": standing.gain,
                "rival": standing.rival,
                "aimed": standing.aimed,
                "public": public,
                "own": own,
            }
        )
    return rows
