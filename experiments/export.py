"""A comparison as files: tables for programs (Parquet, CSV) and for people (Excel), figures,
report, and what it was made from.

They are written aside and then moved together, so that all are there or none. Nothing in
them depends on the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from village_alliances.experiments import drawing, plots, report
from village_alliances.experiments.answer import brief
from village_alliances.experiments.answer.comparison import all_projects, answer_of, brief_of
from village_alliances.experiments.answer.inquire import Inquiry, plain
from village_alliances.experiments.answered import ANSWERED, answered
from village_alliances.experiments.comparison import Comparison, check_comparison
from village_alliances.experiments.design import column_of
from village_alliances.experiments.files import as_json, records, write_csv, write_workbook
from village_alliances.experiments.imputation import column_title, imputed
from village_alliances.experiments.origin import command, inputs
from village_alliances.experiments.plots.data import charted
from village_alliances.experiments.report.writer import caption
from village_alliances.experiments.timeline import plain as plain_timeline
from village_alliances.experiments.verdict import verdict, warnings
from village_alliances.experiments.wording import choice
from village_alliances.sim.arguments import check
from village_alliances.sim.outputs import Content, write_outputs, write_parquet
from village_alliances.sim.runs import STATUS
from village_alliances.sim.uncertain import drawn
from village_alliances.wording import say, table
from village_alliances.wording.numbers import unit_in_words

if TYPE_CHECKING:
    from village_alliances.experiments.sensitivity.files import Explanation
    from village_alliances.experiments.timeline import Timeline


def write(
    c: Comparison, out: Path, lang: str, sensitivity: Explanation | None = None
) -> list[Path]:
    """Write every file of a comparison into `out`, all of them or none. Raises CannotWrite
    where that cannot be done."""
    check_comparison(c)
    check(out=out, lang=lang)
    files: dict[str, Content] = {
        "comparison.csv": partial(_write_table, c, c.table, lang),
        "runs.parquet": lambda path: write_parquet(
            path, pa.Table.from_pandas(runs(c), preserve_index=False)
        ),
        "series.parquet": lambda path: write_parquet(
            path, pa.Table.from_pandas(series(c), preserve_index=False)
        ),
        "comparison.xlsx": lambda path: write_workbook(sheets(c, lang), path),
        "compare.json": inputs(c),
    }
    if c.named_rivals:
        files["rivals.csv"] = partial(_write_table, c, c.against, lang)
    figures = plots.figures(c, lang)
    page = report.html(c, lang, figures=figures, sensitivity=sensitivity)
    for name, figure in figures.items():
        title = caption(name, lang)
        standing = drawing.svg(figure, name, description=title, standalone=True)
        files[f"figures/{name}.svg"] = standing.encode()
        files[f"figures/{name}.png"] = drawing.png(figure)
        files[f"figures/{name}.csv"] = partial(_write_table, c, charted(c, name), lang)
    short = brief_of(c, lang, command(c))
    files["brief.html"] = brief.html(short, lang).encode()
    files["brief.docx"] = brief.docx(short, lang)
    return write_outputs(out, {**files, "report.html": page.encode()})


def _write_table(c: Comparison, frame: pd.DataFrame, lang: str, path: Path) -> None:
    write_csv(for_readers(c, frame, lang), path)


def for_readers(c: Comparison, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table as CSV holds it: in English the names that programs know, in Chinese
    headings and names in words."""
    frame = answered(frame)
    return worded(c, frame, lang) if lang == "zh" else frame


def runs(c: Comparison) -> pd.DataFrame:
    """One row a run and strategy: status, every outcome at the horizon (nan where the run failed),
    every parameter and number of a project type."""
    return pd.concat([_runs_of(label, c) for label in c.strategies], ignore_index=True)


def _runs_of(label: str, c: Comparison) -> pd.DataFrame:
    ensemble = c.ensembles[label]
    columns: dict[str, Any] = {
        "run": ensemble.runs.astype(np.int64),
        "strategy": label,
        "status": [STATUS.get(int(code), "FAILED") for code in ensemble.status],
    }
    columns |= {name: ensemble.outcome(name) for name in ensemble.outcomes}
    columns |= {
        column_of(name): np.ascontiguousarray(ensemble.parameters[name])
        for name in ensemble.parameters.dtype.names or ()
    }
    columns |= drawn(ensemble.technology)
    return pd.DataFrame(columns)


def series(c: Comparison) -> pd.DataFrame:
    """One row a run, strategy and year (the calendar year at whose end it was; the first is the
    state before the start)."""
    first = c.scenario.start - 1
    frames = []
    for label in c.strategies:
        ensemble = c.ensembles[label]
        count, years = ensemble.series.shape
        values = {name: ensemble.trajectory(name).ravel() for name in ensemble.outcomes}
        keys = pd.DataFrame(
            {
                "run": np.repeat(ensemble.runs.astype(np.int64), years),
                "strategy": label,
                "year": np.tile(first + np.arange(years), count),
            }
        )
        frames.append(pd.concat([keys, pd.DataFrame(values)], axis=1))
    return pd.concat(frames, ignore_index=True)


def tables(c: Comparison) -> dict[str, pd.DataFrame | None]:
    """The tables of a comparison by name, blank where the model may not be asked; None for what was
    not asked."""
    frames = {
        "comparison": c.table,
        "rivals": c.against if c.named_rivals else None,
        "best": c.best,
        "best_prior": c.best_prior,
        "who": c.who,
        "cost": c.cost,
        "satisfied": c.satisfied,
        "parts": c.parts,
        "institutions": c.institutions,
        "projects": all_projects(c),
        "precision": c.precision,
        "imputed": c.imputed,
    }
    return {name: None if frame is None else answered(frame) for name, frame in frames.items()}


def sheets(c: Comparison, lang: str) -> dict[str, pd.DataFrame]:
    """The tables of a comparison by name of their sheet, titled and worded in `lang`."""
    frames = {**tables(c), "imputed": imputed(c.scenario, lang)}
    sheets = {
        say(f"compare.sheet.{name}", lang): worded(c, frame, lang)
        for name, frame in frames.items()
        if frame is not None
    }
    keys, values = say("compare.column.key", lang), say("compare.column.value", lang)
    plain = {
        name: value if isinstance(value, (int, float, str)) else as_json(value, indent=None)
        for name, value in inputs(c).items()
    }
    sheets[say("compare.sheet.question", lang)] = pd.DataFrame(
        {keys: list(plain), values: list(plain.values())}
    )
    return sheets


def worded(c: Comparison, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table with strategies, outcomes, units, requirements, groups, columns of
    villages and headings in words."""
    required = {str(requirement): requirement.words(lang) for requirement in c.require} | {
        "all": say("report.column.all", lang)
    }
    words: dict[str, Callable[[str], str]] = {
        "strategy": lambda name: c.title(name, lang),
        "outcome": lambda name: getattr(c.about(name), lang),
        "group": lambda name: say(f"compare.group.{name}", lang),
        "rival": lambda name: say(f"compare.rival.{name}", lang),
        "part": lambda name: say(f"compare.part.{name}", lang),
        "institution": lambda name: say(f"compare.institution.{name}", lang),
        "who": lambda name: say(f"compare.who.{name}", lang),
        "unit": lambda name: unit_in_words(name, lang),
        ANSWERED: lambda name: say(f"compare.answered.{name}", lang),
        "requirement": lambda name: required[name],
        "column": lambda name: column_title(name, lang),
    }
    copy = frame.copy()
    for column in ("alliance", "title"):  # told in both languages
        if f"{column}_zh" in copy:
            copy[column] = copy[f"{column}_zh"] if lang == "zh" else copy[column]
            copy = copy.drop(columns=f"{column}_zh")
    copy = copy.drop(columns="type", errors="ignore")
    if "minimax" in copy:
        copy["minimax"] = [
            say(f"compare.mark.{'yes' if requirement else 'no'}", lang)
            for requirement in copy["minimax"]
        ]
    if "value" in copy and "institution" in copy:
        copy["value"] = [
            choice(*chosen, lang) for chosen in zip(copy["institution"], copy["value"], strict=True)
        ]
    for column, word in words.items():
        if column in copy:
            copy[column] = [word(name) for name in copy[column]]
    return copy.rename(columns={name: text[lang] for name, text in table("compare.column").items()})


def answer(c: Comparison) -> dict[str, Any]:
    """The whole answer as JSON holds it, for scripts."""
    return {
        **inputs(c),
        "answer": answer_of(c, in_full=True).plain(),
        "verdict": {lang: verdict(c, lang) for lang in ("en", "zh")},
        "warnings": {lang: warnings(c, lang) for lang in ("en", "zh")},
        "failed": c.failed,
        **{name: None if frame is None else records(frame) for name, frame in tables(c).items()},
    }


def write_inquiry(c: Comparison, inquiry: Inquiry, out: Path, lang: str) -> list[Path]:
    """Write inquire.csv (a row a question, parts of a group below it) and inquire.json
    into `out`, both or none."""
    rows = []
    for worth in inquiry.worths:
        for part, group in (
            (worth, ""),
            *((part, worth.unknown.title[lang]) for part in worth.within),
        ):
            rows.append(
                {
                    "question": part.unknown.question[lang],
                    "who": part.unknown.who[lang],
                    "group": group,
                    "worth": part.value,
                    "low": part.low,
                    "high": part.high,
                    "changes": part.changes,
                    "instead": c.title(part.instead, lang),
                    "chance": part.chance,
                }
            )
    headings = {name: text[lang] for name, text in table("answer.inquire_column").items()}
    frame = pd.DataFrame(rows, columns=list(headings)).rename(columns=headings)
    body = {**inputs(c), "inquiry": plain(inquiry)}
    files: dict[str, Content] = {
        "inquire.csv": lambda path: write_csv(frame, path),
        "inquire.json": body,
    }
    return write_outputs(out, files)


def write_timeline(timeline: Timeline, out: Path, lang: str) -> list[Path]:
    """Write series.csv, projects.csv, events.csv and the figure (SVG and PNG)
    into `out`, all or none."""
    figure = plots.village(timeline, lang)
    files: dict[str, Content] = {
        "series.csv": lambda path: write_csv(timeline.series, path),
        "projects.csv": lambda path: write_csv(timeline.projects, path),
        "events.csv": lambda path: write_csv(timeline.events, path),
        "timeline.json": plain_timeline(timeline),
        "timeline.svg": drawing.svg(figure, "timeline", standalone=True).encode(),
        "timeline.png": drawing.png(figure),
    }
    return write_outputs(out, files)
