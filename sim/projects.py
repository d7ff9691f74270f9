"""Every project of one run as a table: what it cost, what it brought, why it ended."""

from __future__ import annotations

from typing import Any

import pandas as pd
from village_alliances.sim.events import EventLog
from village_alliances.sim.happenings import ENDED, PROJECT_COLUMNS
from village_alliances.sim.ledger import Project
from village_alliances.sim.pair import Pair
from village_alliances.sim.scenario import quarter_name


def projects_of(pair: Pair, log: EventLog) -> pd.DataFrame:
    """A row a project so far (PROJECT_COLUMNS), those of the run of `none` last."""
    rows = [
        _project_row(project, under, pair, log)
        for under, ledger in zip(("strategy", "none"), pair.ledgers, strict=True)
        for project in ledger.projects
    ]
    years = [f"brought_{pair.setting.start + i}" for i in range(-(-pair.tick // 4))]
    fixed = [name for name in PROJECT_COLUMNS if name not in ("project", "brought_YEAR")]
    frame = pd.DataFrame(rows, columns=[*fixed, *years])
    frame.insert(0, "project", range(1, len(frame) + 1))
    whole = ["alliance", "taken_from", "begun", "works_from", "ended"]
    frame[whole] = frame[whole].astype("Int64")
    frame[years] = frame[years].astype(float).fillna(0.0)
    return frame


def _project_row(project: Project, under: str, pair: Pair, log: EventLog) -> dict[str, Any]:
    kind, start = pair.types[project.type], pair.setting.start
    number = project.alliance or None
    village = log.labels[project.village]
    owner = {"en": village, "zh": village} if number is None else log.names[number]
    when = {
        "begun": project.begun, "works_from": project.works_from, "ended": project.ended,
    }  # fmt: skip
    named = {
        f"{name.removesuffix('_from')}_quarter": "" if tick is None else quarter_name(tick, start)
        for name, tick in when.items()
    }
    ended = ("", "") if project.end is None else ENDED[project.end]
    return {
        "under": under, "owner": owner["en"], "owner_zh": owner["zh"], "alliance": number,
        "village": village, "type": kind.name, "title": kind.title["en"],
        "title_zh": kind.title["zh"], "origin": project.origin,
        "taken_from": project.taken_from or None, **when, **named,
        "end": project.end or "", "end_in_words": ended[0], "end_zh": ended[1],
        "cost": project.cost, "largest": project.largest, "lost": project.lost,
        "years": project.quarters / 4.0, "profit": project.profit, "yearly": project.yearly,
        "jobs": project.jobs, "households": project.to_households,
        **{f"brought_{start + year - 1}": yuan for year, yuan in project.brought.items()},
    }  # fmt: skip
