"""A comparison as files: tables for programs (Parquet, CSV) and for people (Excel), figures, report, and what it was made from.

They are written aside and then moved together, so that all are there or none. Nothing in them depends on the clock.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from village_alliances.experiments.imputation import column_title, imputed
from village_alliances.sim.ensemble import STATUS
from village_alliances.sim.files import write_together
from village_alliances.sim.history import versions
from village_alliances.sim.metrics import BY_NAME, NAMES
from village_alliances.sim.table import neutralise
from village_alliances.wording import say, table
from village_alliances.wording.numbers import unit_in_words

if TYPE_CHECKING:
    from village_alliances.experiments.compare import Comparison
    from village_alliances.experiments.sensitivity import Told

PNG_TOO = (
    "differences",
    "trajectory_gain_weak",
)  # figures that are also written as pictures, for slides
OWN_POSTERIOR = "VILLAGE_ALLIANCES_POSTERIOR"  # names a county's own calibration
XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_DRAWING = re.compile(r'<svg\b[^>]*aria-labelledby="([\w-]+)-title [^>]*>.*?</svg>', re.DOTALL)
_FIRST = (1980, 1, 1, 0, 0, 0)  # the date that a zip gives to files without one
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write(c: Comparison, out: Path, lang: str, sensitivity: Told | None = None) -> list[Path]:
    """Write every file of a comparison into `out`, all of them or none. Raises CannotWrite where that cannot be done."""
    from village_alliances.experiments import drawing, plots, report

    files: dict[str, bytes | Callable[[Path], object]] = {
        "comparison.csv": lambda path: write_csv(c.table, path),
        "runs.parquet": lambda path: runs(c).to_parquet(path, index=False),
        "series.parquet": lambda path: series(c).to_parquet(path, index=False),
        "comparison.xlsx": lambda path: write_workbook(sheets(c, lang), path),
        "compare.json": as_json(inputs(c)).encode() + b"\n",
    }
    if (against_money := c.equal) is not None:
        files["equal_budget.csv"] = lambda path: write_csv(against_money, path)
    figures = plots.figures(c, lang)
    page = report.html(c, lang, figures=figures, sensitivity=sensitivity)
    shown = drawings_of(page)
    for name, figure in figures.items():
        standing = (
            XML + shown[name] if name in shown else drawing.svg(figure, name, standalone=True)
        )
        files[f"figures/{name}.svg"] = standing.encode()
        if name in PNG_TOO:
            files[f"figures/{name}.png"] = drawing.png(figure)
    return write_together(out, {**files, "report.html": page.encode()})


def drawings_of(page: str) -> dict[str, str]:
    """The SVG drawings that stand in a report, by name: drawing each once saves a second."""
    return {drawn[1]: drawn[0] for drawn in _DRAWING.finditer(page)}


def runs(c: Comparison) -> pd.DataFrame:
    """One row a run and strategy: status, every outcome at the horizon (nan where the run failed), every parameter."""
    return pd.concat([_runs_of(label, c) for label in c.strategies], ignore_index=True)


def _runs_of(label: str, c: Comparison) -> pd.DataFrame:
    ensemble = c.ensembles[label]
    columns: dict[str, Any] = {
        "run": ensemble.runs.astype(np.int64),
        "strategy": label,
        "status": [STATUS.get(int(code), "FAILED") for code in ensemble.status],
    }
    columns |= {name: ensemble.outcome(name) for name in NAMES}
    columns |= {
        name: np.ascontiguousarray(ensemble.parameters[name])
        for name in ensemble.parameters.dtype.names or ()
    }
    return pd.DataFrame(columns)


def series(c: Comparison) -> pd.DataFrame:
    """One row a run, strategy and year (the calendar year at whose end it was; the first is the state before the start)."""
    first = c.scenario.start - 1
    frames = []
    for label in c.strategies:
        ensemble = c.ensembles[label]
        count, years, _ = ensemble.series.shape
        values = np.where((ensemble.status != 0)[:, None, None], np.nan, ensemble.series).reshape(
            count * years, -1
        )
        keys = pd.DataFrame(
            {
                "run": np.repeat(ensemble.runs.astype(np.int64), years),
                "strategy": label,
                "year": np.tile(first + np.arange(years), count),
            }
        )
        frames.append(pd.concat([keys, pd.DataFrame(values, columns=list(NAMES))], axis=1))
    return pd.concat(frames, ignore_index=True)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """A table as UTF-8 CSV; texts that a spreadsheet could take for formulas are neutralised."""
    harmless(frame).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with every text safe to open in a spreadsheet."""
    return frame.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else column.map(neutralise)
    )


def tables(c: Comparison) -> dict[str, pd.DataFrame | None]:
    """The tables of a comparison by name; None for what was not asked."""
    return {
        "comparison": c.table,
        "equal_budget": c.equal,
        "best": c.best,
        "best_prior": c.best_prior,
        "who": c.who,
        "cost": c.cost,
        "satisfied": c.satisfied,
        "channels": c.channels,
        "precision": c.precision,
        "imputed": c.imputed,
    }


def sheets(c: Comparison, lang: str) -> dict[str, pd.DataFrame]:
    """The tables of a comparison by name of their sheet, titled and worded in `lang`."""
    frames = {**tables(c), "imputed": imputed(c.scenario, lang)}
    found = {
        say(f"compare.sheet.{name}", lang): worded(c, frame, lang)
        for name, frame in frames.items()
        if frame is not None
    }
    keys, values = say("compare.column.key", lang), say("compare.column.value", lang)
    plain = {
        name: value if isinstance(value, (int, float, str)) else as_json(value, indent=None)
        for name, value in inputs(c).items()
    }
    found[say("compare.sheet.question", lang)] = pd.DataFrame(
        {keys: list(plain), values: list(plain.values())}
    )
    return found


def worded(c: Comparison, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table with strategies, outcomes, units, requirements, groups, columns of villages and headings in words."""
    required = {str(one): one.words(lang) for one in c.require} | {
        "all": say("report.column.all", lang)
    }
    words: dict[str, Callable[[str], str]] = {
        "strategy": lambda name: c.title(name, lang),
        "outcome": lambda name: getattr(BY_NAME[name], lang),
        "group": lambda name: say(f"compare.group.{name}", lang),
        "channel": lambda name: say(f"compare.channel.{name}", lang),
        "unit": lambda name: unit_in_words(name, lang),
        "requirement": lambda name: required[name],
        "column": lambda name: column_title(name, lang),
    }
    shown = frame.copy()
    for column, word in words.items():
        if column in shown:
            shown[column] = [word(name) for name in shown[column]]
    return shown.rename(
        columns={name: text[lang] for name, text in table("compare.column").items()}
    )


def write_workbook(pages: dict[str, pd.DataFrame], path: Path) -> None:
    """Tables as sheets of an Excel file whose bytes depend on nothing but the tables."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, frame in pages.items():
        page = book.create_sheet(title)
        page.append([neutralise(str(name)) for name in frame.columns])
        for cells in harmless(frame).itertuples(index=False):
            page.append([_cell(value) for value in cells])
        for cell in page[1]:
            cell.font = Font(bold=True)
        for at, column in enumerate(frame.columns):
            widest = max(
                [
                    _columns(str(column)),
                    *(_columns(str(v)) for v in frame[column] if isinstance(v, str)),
                ]
            )
            page.column_dimensions[openpyxl.utils.get_column_letter(at + 1)].width = min(
                60, max(12, widest + 2)
            )
        page.freeze_panes = "B2"
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_undated(buffer.getvalue()))


def _columns(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _undated(data: bytes) -> bytes:
    """A workbook without the times at which it was made."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, _FIRST), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def inputs(c: Comparison) -> dict[str, Any]:
    """What a comparison was made from: question, hashes, versions, and the command that repeats it."""
    scenario = c.scenario
    return {
        "id": c.id,
        "question": c.question.plain(),
        "scenario": {
            "name": scenario.name,
            "source": source_of(c),
            "region": scenario.region.name,
            "start": scenario.start,
            "years": c.years,
            "villages": scenario.size,
        },
        "strategies": {
            label: {
                "title": c.titles[label],
                "channels": e.portfolio.default.channels,
                "exceptions": {p: s.name for p, s in e.portfolio.by.items()},
                **({"file": c.files[label]} if label in c.files else {}),
            }
            for label, e in c.ensembles.items()
        },
        "command": command(c),
        **versions(),
    }


def source_of(c: Comparison) -> str:
    """How a planner names the villages: the scenario, else the file that was read."""
    from village_alliances.sim import scenario

    return c.scenario.name if c.scenario.name in scenario.names() else c.scenario.source


def command(c: Comparison) -> str:
    """The command that repeats this comparison."""
    import shlex

    from village_alliances.experiments.compare import PRECISION

    own = source_of(c) != c.scenario.name
    strategies = [
        c.files[label]["path"] if label in c.files else label
        for label in c.strategies
        if label not in c.partitions
    ]
    parts = [
        "alliances",
        "compare",
        source_of(c),
        "--strategies",
        (";" if any("," in text for text in strategies) else ",").join(strategies),
    ]
    for file in dict.fromkeys(c.files[label]["path"] for label in c.partitions if label in c.files):
        parts += ["--alternatives", file]
    parts += [
        "--runs",
        str(c.runs),
        "--seed",
        str(c.seed),
        "--years",
        str(c.years),
        "--parameters",
        c.mode,
    ]
    parts += ["--region", c.scenario.region.name, "--start", str(c.scenario.start)] if own else []
    for name, value in sorted(c.levers.items()):
        parts += ["--lever", f"{name}={value:.15g}"]
    parts += ["--require", ",".join(map(str, c.require))] if c.require else []
    parts += ["--no-equal-budget"] if c.equal is None else []
    parts += ["--credit"] if c.channels is not None else []
    parts += ["--precision", f"{c.asked:.15g}"] if c.asked != PRECISION else []
    own_draws = (
        [f"{OWN_POSTERIOR}={shlex.quote(os.environ[OWN_POSTERIOR])}"]
        if c.mode == "posterior" and os.environ.get(OWN_POSTERIOR)
        else []
    )
    return " ".join([*own_draws, shlex.join(parts)])


def answer(c: Comparison) -> dict[str, Any]:
    """The whole answer as JSON holds it, for scripts."""
    return {
        **inputs(c),
        "verdict": {lang: c.verdict(lang) for lang in ("en", "zh")},
        "warnings": {lang: c.warnings(lang) for lang in ("en", "zh")},
        "failed": c.failed,
        **{name: None if frame is None else records(frame) for name, frame in tables(c).items()},
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is no number is None."""
    return [{name: _cell(value) for name, value in row.items()} for row in frame.to_dict("records")]


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with Chinese as it is written."""
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
