"""Results of a sweep on disk: parts of Parquet under a manifest.

    DIR/manifest.json               what was asked, of which code: written first, never changed
    DIR/inputs/                     villages not shipped with the code, own samples and outcomes
    DIR/parts/part-000000.parquet   the runs of a fixed slice of the design, one row each
    DIR/log/                        lock and journal: the only files in which there is time

A part is whole or not there: it is written under another name, forced to the disk, then renamed.
Whether it is sound can be told from the part alone: its footer holds a seal, the hash of all its
bytes, and names the design and the part. So to go on after any accident is to make the parts that
are not there, and what is there in the end depends on the design alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, Field, ValidationError
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.inputs import (
    portfolio_data,
    scenario_data,
    scenario_fingerprint,
    scenario_of,
    stored_portfolio,
)
from village_alliances.experiments.lock import alone, is_at_work
from village_alliances.experiments.reader import expand
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sealed import code_version, decode
from village_alliances.sim.files import (
    clear_left_over,
    is_unfinished,
    left_over,
    read_file,
    told_apart,
    write_atomically,
)
from village_alliances.sim.loading import load, names
from village_alliances.sim.metrics import Outcome
from village_alliances.sim.outputs import versions
from village_alliances.sim.own import OwnOutcome, State, outcomes_of
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.provenance import differing
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import OLD
from village_alliances.sim.structured import read_frame, read_json
from village_alliances.sim.technology import ProjectType, shipped
from village_alliances.sim.worded import joined, worded

PENDING, SUCCEEDED, FAILED, ABORTED = "PENDING", "SUCCEEDED", "FAILED", "ABORTED"
STATUSES = (PENDING, SUCCEEDED, FAILED, ABORTED)
SAMPLE, OUTCOMES = "inputs/sample.parquet", "inputs/outcomes.py"  # of one's own
LARGEST_PART = 4_000_000_000  # bytes
LARGEST_JOURNAL = 1_000_000_000
SHOWN = 5  # failed runs that a status tells of


class Manifest(BaseModel):
    """The shape of a manifest, so far as its readers rely on it."""

    sweep: dict[str, Any]
    scenarios: list[dict[str, Any]]
    strategies: list[dict[str, Any]]
    technology: list[dict[str, Any]] | None = None
    own: dict[str, dict[str, Any]] | None = None
    design: str
    version: dict[str, str]
    runs: int = Field(strict=True, ge=0)
    runs_by_part: list[Annotated[int, Field(strict=True, ge=0)]]


@dataclass
class Counts:
    """How a sweep stands. `failed`: the first failed runs with inputs and error; `damaged`: parts
    that must be made again."""

    runs: int
    by_status: Counter[str] = field(default_factory=Counter)
    failed: list[dict[str, Any]] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)  # files among the parts that are none of them
    busy: bool = False  # whether a driver is at work on the folder

    @property
    def done(self) -> int:
        """Runs that are stored."""
        return self.by_status[SUCCEEDED] + self.by_status[FAILED]


class Store:
    """A folder of results. `manifest`: its content; `sizes`: runs in each part."""

    def __init__(self, folder: str | Path) -> None:
        """The folder of a sweep that was begun before. Raises Refused if there is none."""
        self.folder = Path(folder)
        self.manifest = _manifest(self.folder)
        self.sizes: list[int] = self.manifest["runs_by_part"]

    @classmethod
    @contextlib.contextmanager
    def at_work(cls, folder: str | Path, design: Design) -> Iterator[Store]:
        """The folder, ours alone to write in, begun or taken up again.

        Raises Refused if another driver works there, or if it holds something else: other files,
        another design, results of other code; CannotWrite if it cannot be made.
        """
        folder = Path(folder)
        _refuse_foreign(folder)
        for name in ("log", "inputs", "parts"):
            with told_apart(folder / name):
                (folder / name).mkdir(parents=True, exist_ok=True)
        with alone(folder):
            if not (folder / "manifest.json").exists():
                _begin(folder, design)
            store = cls(folder)
            store.of_this_model()
            store.same_code()
            if store.manifest["design"] != design.hash:
                theirs = store.manifest["design"]
                raise Refused(
                    worded(
                        "problems.store.holds_results_another_design",
                        folder=folder,
                        theirs=theirs,
                        hash=design.hash,
                    ),
                )
            for place in (folder, folder / "inputs", folder / "parts"):
                clear_left_over(place)
            if blocked := [
                store.path(n) for n in range(len(store.sizes)) if store.path(n).is_dir()
            ]:
                raise Refused(
                    worded("problems.store.folder_where_part_has", path=blocked[0]),
                )
            yield store

    def design(self) -> Design:
        """The design as it was. Raises Refused if this is not the code that the results
        came from."""
        self.same_code()
        return self.asked()

    def asked(self) -> Design:
        """The design as it was, to read results by, whichever code they came from. Raises Refused
        if its inputs mean another one now."""
        self.of_this_model()
        body = self.manifest
        try:
            scenarios = [(entry["label"], self._scenario(entry)) for entry in body["scenarios"]]
            strategies = [(entry["label"], stored_portfolio(entry)) for entry in body["strategies"]]
            types = tuple(ProjectType(**entry) for entry in body.get("technology") or ())
            content = {"scenarios": scenarios, "strategies": strategies, "technology": types}
            content |= {"sample": self._sample(), "own": self._own()}
            asked = Sweep(**{**body["sweep"], **content})
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused(
                worded(
                    "problems.store.its_manifest_inputs_damaged",
                    folder=self.folder,
                    kind=type(error).__name__,
                    error=error,
                ),
            ) from error
        design = expand(asked, self.folder / "manifest.json")
        if design.hash != body["design"]:
            raise Refused(
                worded(
                    "problems.store.inputs_kept_those_design",
                    folder=self.folder,
                    design=body["design"],
                ),
            )
        return design

    def _scenario(self, entry: dict[str, Any]) -> Scenario:
        if "shipped" in entry:
            return load(entry["shipped"], years=entry["years"])
        return scenario_of(_read_json(self.folder / entry["file"]))

    def _sample(self) -> pd.DataFrame | None:
        path = self.folder / SAMPLE
        return read_frame(path) if path.exists() else None

    def _own(self) -> dict[str, OwnOutcome]:
        """Outcomes of one's own: of the file that lies here; those of functions in memory
        are known by name alone."""
        kept = outcomes_of(self.folder / OUTCOMES) if (self.folder / OUTCOMES).exists() else {}
        outcomes = {}
        for name, record in (self.manifest.get("own") or {}).items():
            about = Outcome(**record["about"])
            outcomes[name] = kept.get(name) or OwnOutcome(about, _gone, seen=record["fingerprint"])
        return outcomes

    def of_this_model(self) -> None:
        """Raise Refused if the results are of version 0.1, whose strategies carried strengths:
        they mean something else."""
        if any(OLD & set(entry.get("default", ())) for entry in self.manifest["strategies"]):
            raise Refused(
                worded("problems.store.made_by_version_whose", folder=self.folder),
            )

    def same_code(self) -> None:
        """Raise Refused unless this is the code that the results came from."""
        theirs, ours = self.manifest["version"], code_version()
        if theirs != ours:
            differ = differing(theirs, ours)
            raise Refused(
                worded("problems.store.made_by_another_version", folder=self.folder, differ=differ),
            )

    def path(self, part: int) -> Path:
        """The file of a part."""
        return self.folder / "parts" / f"part-{part:06d}.parquet"

    def put(self, part: int, body: bytes) -> None:
        """Store a part, whole or not at all. Raises CannotWrite."""
        write_atomically(self.path(part), body)

    def rows(self, part: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a part. Raises ValueError unless it can be read, is whole, and this part of
        this design."""
        body = read_file(self.path(part), LARGEST_PART)
        table = decode(body, columns)
        about = pq.read_metadata(pa.BufferReader(body))
        stated = (about.metadata[b"design"].decode(), about.metadata[b"part"].decode())
        if stated != (self.manifest["design"], str(part)):
            raise ValueError(f"it is part {stated[1]} of design {stated[0]}")
        if about.num_rows != self.sizes[part]:
            raise ValueError(f"it holds {about.num_rows} runs, not {self.sizes[part]}")
        return table

    def sound(self, part: int) -> Counter[str] | None:
        """Runs by status in a part; None if it is not there, not whole, or of another design."""
        try:
            return Counter(self.rows(part, ["status"])["status"].to_pylist())
        except (OSError, ValueError):
            return None

    def strays(self) -> list[str]:
        """What lies among the parts and is none of them, such as a copy under
        another name. It is never read."""
        ours = {self.path(part).name for part in range(len(self.sizes))}
        try:
            there = os.listdir(self.folder / "parts")
        except OSError:
            return []
        return sorted(name for name in there if name not in ours and not is_unfinished(Path(name)))

    def standing(self) -> tuple[list[int], dict[int, Counter[str]]]:
        """Parts that are still to be made, and runs by status of those that are sound."""
        sound = {
            part: rows for part in range(len(self.sizes)) if (rows := self.sound(part)) is not None
        }
        return [part for part in range(len(self.sizes)) if part not in sound], sound

    def counts(self) -> Counts:
        """How the sweep stands: each run PENDING, SUCCEEDED, FAILED, or ABORTED (handed
        out, and never came back)."""
        counts = Counts(self.manifest["runs"], busy=is_at_work(self.folder), strays=self.strays())
        missing, sound = self.standing()
        lost = set() if counts.busy else self._handed_out()
        for part, statuses in sound.items():
            counts.by_status.update(statuses)
            if statuses[FAILED] and len(counts.failed) < SHOWN:
                rows = self.rows(part).filter(pc.field("status") == FAILED)
                inputs = rows.select(rows.column_names[: rows.column_names.index("error") + 1])
                counts.failed += inputs.slice(0, SHOWN - len(counts.failed)).to_pylist()
        for part in missing:
            counts.by_status[ABORTED if part in lost else PENDING] += self.sizes[part]
            if self.path(part).exists():
                counts.damaged.append(part)
        return counts

    def note(self, event: str, **more: Any) -> None:
        """Write a line into the journal. A journal that cannot be written stops nothing."""
        with (
            contextlib.suppress(OSError),
            (self.folder / "log" / "journal.jsonl").open("a", encoding="utf-8") as file,
        ):
            file.write(
                json.dumps(
                    {"at": time.strftime("%Y-%m-%dT%H:%M:%S"), "event": event, **more},
                    ensure_ascii=False,
                )
                + "\n"
            )

    def _handed_out(self) -> set[int]:
        """Parts that the journal says were handed out."""
        parts = set()
        with contextlib.suppress(TableError):
            journal = read_file(self.folder / "log" / "journal.jsonl", LARGEST_JOURNAL)
            for line in journal.decode(errors="replace").splitlines():
                with contextlib.suppress(ValueError):
                    entry = json.loads(line)
                    if entry.get("event") == "begun":
                        parts.add(int(entry["part"]))
        return parts


def _begin(folder: Path, design: Design) -> None:
    """Write the inputs, then the manifest."""
    scenarios = []
    for i, (label, scenario) in enumerate(design.scenarios.items()):
        if scenario.name in names() and _alike(scenario, load(scenario.name, years=scenario.years)):
            scenarios.append({"label": label, "shipped": scenario.name, "years": scenario.years})
        else:
            scenarios.append({"label": label, "file": f"inputs/{i:02d}.json"})
            write_atomically(folder / "inputs" / f"{i:02d}.json", _json(scenario_data(scenario)))
    if design.sweep.sample is not None:
        body = pa.BufferOutputStream()
        pq.write_table(pa.table(dict(design.sample)), body)
        write_atomically(folder / SAMPLE, bytes(body.getvalue()))
    for source in {outcome.source for outcome in design.own.values() if outcome.source}:
        write_atomically(folder / OUTCOMES, source.encode())
    manifest = {
        "sweep": design.sweep.model_dump(
            mode="json", exclude={"scenarios", "strategies", "technology", "sample", "own"}
        ),
        "own": {
            name: {"about": asdict(outcome.about), "fingerprint": outcome.fingerprint}
            for name, outcome in design.own.items()
        },
        "scenarios": scenarios,
        "strategies": [
            {"label": label, **portfolio_data(portfolio)}
            for label, portfolio in design.portfolios.items()
        ],
        "technology": _types_data(design),
        "design": design.hash,
        "version": code_version(),
        "runs": design.runs,
        "runs_by_part": [design.rows_of(part) for part in design.parts],
    }
    write_atomically(folder / "manifest.json", _json({**versions(), **manifest}))


def _types_data(design: Design) -> list[dict[str, Any]] | None:
    """The project types where they are not the shipped ones."""
    if design.types == shipped():
        return None
    return [kind.model_dump(mode="json") for kind in design.types]


def _alike(scenario: Scenario, other: Scenario) -> bool:
    return scenario_fingerprint(scenario) == scenario_fingerprint(other)


def _gone(state: State) -> Any:
    raise Refused(
        worded("problems.store.sweep_made_functions_memory"),
    )


def _refuse_foreign(folder: Path) -> None:
    """Raise Refused if the folder holds files that are none of a sweep's."""
    if not folder.is_dir() or (folder / "manifest.json").exists():
        return
    ours = {folder / name for name in ("log", "inputs", "parts")} | set(left_over(folder))
    others = sorted(path.name for path in folder.iterdir() if path not in ours)
    if others:
        raise Refused(
            worded(
                "problems.store.empty_holds_sweep_but", folder=folder, others=joined(others[:3])
            ),
        )


def read_runs(folder: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The stored runs of a sweep, one row each, in the order of the design. `columns`:
    only these. Raises Refused."""
    table = _sealed(folder, columns)
    return frame_of(table) if table is not None else pd.DataFrame(columns=list(columns or ()))


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Rows of a sweep for pandas. `rival` is "" for a strategy itself, so that grouping by it
    loses no row."""
    frame = table.to_pandas()
    if "rival" in frame:
        frame["rival"] = frame["rival"].fillna("")
    return frame


def rows_of(folder: str | Path) -> pa.Table:
    """The stored runs of a sweep as an Arrow table. Raises Refused, also where none is
    stored yet."""
    table = _sealed(folder)
    if table is None:
        raise Refused(worded("problems.store.runs_stored_yet", folder=folder))
    return table


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """The answer of DuckDB to a question about the table `runs`: `select strategy, avg(gini) from
    runs group by strategy`.

    Asked are rows whose every byte is as it was written: the files themselves are never
    handed on. Raises Refused.
    """
    import duckdb

    table = rows_of(folder)
    with duckdb.connect() as connection:
        connection.register("runs", table)
        return connection.sql(sql).df()


def _sealed(folder: str | Path, columns: Sequence[str] | None = None) -> pa.Table | None:
    """The rows of all parts that are there, through their seals; None where there is no part.
    Raises Refused for a damaged one.

    Only the parts of the design are read: what else lies in the folder is none of this sweep's.
    """
    store = Store(folder)
    tables = []
    for part in range(len(store.sizes)):
        if not os.path.lexists(store.path(part)):
            continue
        try:
            tables.append(store.rows(part, columns))
        except (OSError, ValueError) as error:
            path = store.path(part)
            raise Refused(
                worded("problems.store.damaged_run_sweep_s", path=path, error=error),
            ) from error
        missing = [name for name in columns or () if name not in tables[-1].column_names]
        if missing:
            raise Refused(
                worded("problems.store.column_called", folder=folder, missing=joined(missing)),
            )
    return pa.concat_tables(tables) if tables else None


def series(folder: str | Path, outcome: str) -> pd.DataFrame:
    """An outcome by year of every stored run that succeeded: columns run_id, scenario, strategy,
    run, year (0: the start), value."""
    name = f"{outcome}_by_year"
    wide = read_runs(folder, ["run_id", "scenario", "strategy", "run", name])
    wide = wide[wide[name].notna()]
    lengths = wide[name].map(len).to_numpy()
    long = wide.drop(columns=name).loc[wide.index.repeat(lengths)].reset_index(drop=True)
    long["year"] = [year for length in lengths for year in range(length)]
    long["value"] = [value for values in wide[name] for value in values]
    return long


def _json(body: Any) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except TableError as error:
        raise Refused(Text(error.message("en"), error.message("zh"))) from error


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not path.exists():
        raise Refused(
            worded("problems.store.holds_sweep_manifest_json", folder=folder),
        )
    body = _read_json(path)
    try:
        Manifest(**body)
    except ValidationError as error:
        wrong = joined(list(dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())))
        raise Refused(worded("problems.store.damaged_manifest", path=path, wrong=wrong)) from error
    return body
