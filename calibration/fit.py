"""From the targets to a posterior: a sweep of the prior, each set weighted by how likely it makes
what the documents state.

Each parameter set is simulated once through every case (calibration/cases.py); the density
that it gives the stated figures (calibration/targets.py) is its weight. Nothing is moved,
tolerated or emulated: the posterior is a choice among sets of the prior, and what it can say
is limited by how many sets carry weight. The held-out figures cannot be reached from here:
`targets.seen` refuses them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import priors, targets
from village_alliances.calibration.cases import CASES, simulate
from village_alliances.calibration.priors import Sets
from village_alliances.sim import rules, sources
from village_alliances.sim.files import write_together
from village_alliances.sim.outputs import maker, stamped, write_outputs, write_parquet
from village_alliances.sim.parameters import POSTERIOR, parameters
from village_alliances.sim.problems import Text
from village_alliances.sim.uncertain import DOT, posterior_types
from village_alliances.sim.worded import worded

from village_alliances import __version__

ABOUT = POSTERIOR.with_suffix(".toml")
SEED = 20150501
SETS = 32_768
DRAWS = 2000
DRAWN_TODAY = (  # parts of a region that villages are drawn from
    "trend", "distributions", "correlation", "industry", "stage", "culture", "geography", "elections", "endowments", "between",
    "periods", "ordinary_money", "market",
)  # fmt: skip
Say = Callable[[Text], None]  # is told each stage as it begins


# -------- What a posterior belongs to


def fingerprint() -> str:
    """Hash of what a posterior depends on: the syntax trees, without docstrings, of rules, the
    order of a quarter, cases, targets and priors; ranges of parameters; the numbers of strategies,
    regions and the fitted scenarios; the figures of the fit."""
    trees = {
        path.name: tree_of(path.read_text(encoding="utf-8")) for path in sources.files("posterior")
    }
    ranges = {name: (q.low, q.high, q.scale) for name, q in priors.fitted().items()}
    figures = {
        id: (f.value, f.value_high, f.qualifier)
        for id in sorted(targets.split()["fit"])
        for f in [targets.seen(id)]
    }
    body = json.dumps([trees, ranges, figures, numbers_given()], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def numbers_given() -> dict[str, Any]:
    """Strategies, the scenarios of the cases, their regions and what these share, without words:
    file -> numbers by place; village tables as they stand. Of a region only what
    villages are drawn from today."""
    root = Path(rules.__file__).parents[1]
    used = sorted({str(case.scenario) for case in CASES.values()})
    scenarios = {
        name: tomllib.loads((root / "scenarios" / name / "scenario.toml").read_text("utf-8"))
        for name in used
    }
    regions = sorted({str(body["region"]) for body in scenarios.values()})
    files = [
        *sorted((root / "strategies").glob("*.toml")),
        root / "endowments.toml",
        *(root / "regions" / f"{name}.toml" for name in regions),
        *(root / "scenarios" / name / "scenario.toml" for name in used),
    ]
    numbers: dict[str, Any] = {}
    for path in files:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
        if path.parent.name == "regions":
            body = {name: part for name, part in body.items() if name in DRAWN_TODAY}
        numbers[path.relative_to(root).as_posix()] = _numbers(body)
    for name in used:
        table = root / "scenarios" / name / "villages.csv"
        if table.exists():
            numbers[table.relative_to(root).as_posix()] = table.read_text(encoding="utf-8")
    return numbers


def _numbers(body: Any) -> Any:
    """The numbers in parsed TOML, by key; words are left out."""
    if isinstance(body, dict):
        return {
            key: kept for key, value in body.items() if (kept := _numbers(value)) is not None
        } or None
    if isinstance(body, list):
        return (
            [_numbers(value) for value in body]
            if any(_numbers(value) is not None for value in body)
            else None
        )
    return body if isinstance(body, (int, float)) else None


def tree_of(source: str) -> Any:
    """The syntax tree of a module as lists, without docstrings and imports, so that words and
    names of modules do not age a posterior; the same on every Python."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)):
            node.body = [part for part in node.body if not _is_words(part)] or [ast.Pass()]
    return _plain(tree)


def _is_words(part: ast.stmt) -> bool:
    """Whether a statement is a docstring or an import."""
    constant = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
    return constant or isinstance(part, (ast.Import, ast.ImportFrom))


def _plain(node: Any) -> Any:
    """A node as [its type, [field, value] ...], without fields that are empty, for newer
    Pythons have more of those."""
    if isinstance(node, ast.AST):
        return [
            type(node).__name__,
            *(
                [name, _plain(value)]
                for name, value in ast.iter_fields(node)
                if value is not None and value != []
            ),
        ]
    return [_plain(item) for item in node] if isinstance(node, list) else repr(node)


# -------- Stages on disk


class StageStore:
    """Arrays of each stage in a folder, by name and by what they were made from; a stage that is
    there is not made again."""

    def __init__(self, folder: Path | None, say: Say = lambda _: None) -> None:
        self.folder, self.say = folder, say

    def get(
        self, name: str, made_from: object, make: Callable[[], dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        """The arrays of a stage, read or made."""
        key = hashlib.sha256(repr((name, made_from)).encode()).hexdigest()[:12]
        if self.folder is None:
            return make()
        path = self.folder / f"stage-{name.replace(' ', '-')}-{key}.npz"
        if (kept := _sound(path)) is not None:
            self.say(worded("problems.calibration_fit.already", name=_stage(name)))
            return kept
        self.say(_stage(name))
        arrays = make()
        write_outputs(self.folder, {path.name: partial(_save, arrays)})
        return arrays


def _save(arrays: dict[str, Any], path: Path) -> None:
    np.savez_compressed(path, **arrays)


def _sound(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a stage's file; None where it is not there or damaged
    (each array has a checksum)."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception:  # a damaged archive lets out whatever its bytes provoke
        return None


def _stage(name: str) -> Text:
    """A stage in words."""
    words = {
        "sweep": worded("problems.calibration_fit.sweep"),
        "what decides": worded("problems.calibration_fit.what_decides"),
    }
    return words.get(name, Text(name))


# -------- Sweeps


def sweep(sets: Sets, seed: int) -> dict[str, np.ndarray]:
    """Every reading of every case for the sets: 'case/reading' -> (sets, draws of luck)."""
    return {
        f"{case.name}/{name}": values
        for case in CASES.values()
        for name, values in simulate(case, sets, seed).items()
    }


def by_case(flat: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """'case/reading' -> values as case -> reading -> values."""
    cases: dict[str, dict[str, np.ndarray]] = {}
    for key, values in flat.items():
        case, _, name = key.partition("/")
        cases.setdefault(case, {})[name] = values
    return cases


@dataclass(frozen=True)
class PriorSample:
    """Parameter sets of the prior, and what each makes of the documents: `likely` (n, columns) log
    densities, a column a case."""

    sets: Sets
    likely: np.ndarray
    columns: tuple[str, ...] = tuple(CASES)

    def __len__(self) -> int:
        return len(self.sets)

    def where(self, keep: np.ndarray) -> PriorSample:
        """The sets at `keep`, a mask or positions."""
        return PriorSample(self.sets.where(keep), self.likely[keep], self.columns)

    def with_column(self, name: str, likely: np.ndarray) -> PriorSample:
        """The same sets with one more source of evidence."""
        return PriorSample(self.sets, np.column_stack([self.likely, likely]), (*self.columns, name))


# -------- Posterior


@dataclass(frozen=True)
class Posterior:
    """Weighted sets of the prior: `weight` (n,) sums to 1."""

    sets: Sets
    weight: np.ndarray

    @property
    def size(self) -> float:
        """Effective sample size of the weights."""
        return float(1.0 / (self.weight**2).sum())

    def draws(self, count: int, seed: int) -> Sets:
        """`count` sets by systematic resampling, in mixed order."""
        rng = np.random.default_rng(seed)
        rows = np.searchsorted(np.cumsum(self.weight), (np.arange(count) + rng.random()) / count)
        return self.sets.where(rng.permutation(np.minimum(rows, len(self.weight) - 1)))

    def places(self) -> np.ndarray:
        """Where each set's values stand among the prior's, 0 to 1: (n, fitted)."""
        return places_of(self.sets)

    def mean(self) -> np.ndarray:
        """Mean place of each uncertainty, (fitted,)."""
        return np.asarray(self.weight @ self.places())

    def contraction(self) -> np.ndarray:
        """1 - variance of the places / that of the prior, (fitted,)."""
        return contraction(self.places(), self.weight)


def places_of(sets: Sets) -> np.ndarray:
    """Ranks of the values of each uncertainty among the sets, 0 to 1: (n, fitted)."""
    count = len(sets)
    columns = [np.argsort(np.argsort(sets.values[name], kind="stable")) for name in priors.fitted()]
    return (np.column_stack(columns) + 0.5) / count


def contraction(places: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """1 - 12 x variance of places (n, fitted) under weights (n,), or under each row of (k, n)."""
    about = places - 0.5
    return np.asarray(1.0 - 12.0 * (weight @ about**2 - (weight @ about) ** 2))


def infer(sample: PriorSample, without: tuple[str, ...] = ()) -> Posterior:
    """Weights of the sets from all columns but those `without`."""
    use = [i for i, name in enumerate(sample.columns) if name not in without]
    return Posterior(sample.sets, weights(sample.likely[:, use].sum(axis=1)))


def weights(log_likelihood: np.ndarray) -> np.ndarray:
    """Weights that sum to 1, of log densities (n,)."""
    weights = np.exp(log_likelihood - log_likelihood.max())
    return np.asarray(weights / weights.sum())


# -------- All of it


@dataclass(frozen=True)
class Fitted:
    """The posterior, the sample behind it, what its sets may report, and the
    fingerprint they belong to."""

    posterior: Posterior
    sample: PriorSample
    evidence: targets.Evidence
    belongs: str


def fit(
    folder: Path | None = None, *, sets: int = SETS, seed: int = SEED, say: Say = lambda _: None
) -> Fitted:
    """Carry out or resume the whole fit. The sweep is kept in `folder`."""
    print_of_code = fingerprint()
    chosen = priors.sets(np.arange(sets, dtype=np.uint64), seed)
    stages = StageStore(folder, say)
    flat = stages.get("sweep", (print_of_code, sets, seed), lambda: sweep(chosen, seed))
    evidence = targets.evidence_of(by_case(flat), chosen.values[priors.SELECTION.name])
    sample = PriorSample(chosen, evidence.log_likelihood())
    return Fitted(infer(sample), sample, evidence, print_of_code)


def ship(
    fitted: Fitted,
    *,
    seed: int = SEED,
    posterior: Path = POSTERIOR,
    more: dict[str, Any] | None = None,
) -> None:
    """Write the draws of parameters, those of numbers of types, and the text that
    says what they belong to."""
    made = shipment(fitted, seed, more or {})
    write_together(
        posterior.parent,
        {name.replace("posterior", posterior.stem): content for name, content in made.items()},
    )


def shipment(fitted: Fitted, seed: int, more: dict[str, Any]) -> dict[str, Any]:
    """The files of a posterior, as `write_together` takes them. Row i of both tables is one set."""
    draws = fitted.posterior.draws(DRAWS, seed + 4).values
    of_types = {name: values for name, values in draws.items() if DOT in name}
    of_model = {name: values for name, values in draws.items() if name in parameters()}
    return {
        "posterior_types.parquet": partial(write_columns, columns=of_types, belongs=fitted.belongs),
        "posterior.toml": stamped(
            "posterior.toml", about(fitted, seed, more).encode(), maker(fitted.belongs)
        ),
        "posterior.parquet": partial(write_columns, columns=of_model, belongs=fitted.belongs),
    }


def write_columns(path: Path, columns: Mapping[str, np.ndarray], belongs: str) -> None:
    """A Parquet file of float64 columns that `belongs` to a fingerprint of evidence and rules."""
    import pyarrow as pa

    table = pa.table({name: np.asarray(values, float) for name, values in columns.items()})
    write_parquet(path, table, belongs)


def about(fitted: Fitted, seed: int, more: dict[str, Any]) -> str:
    """What a shipped posterior belongs to and how it was made, as TOML."""
    body: dict[str, Any] = {
        "version": __version__,
        "fingerprint": fitted.belongs,
        "method": "sets of the prior weighted by the density of what documents state",
        "seed": seed,
        "sets": len(fitted.sample),
        "effective_sample_size": round(fitted.posterior.size, 1),
        "draws": DRAWS,
        **more,
    }
    lines = [
        "# What sim/posterior.parquet and sim/posterior_types.parquet belong to; written "
        "by `alliances calibrate`.",
        "",
    ]
    tables = {key: value for key, value in body.items() if isinstance(value, dict)}
    lines += [f"{key} = {json.dumps(value)}" for key, value in body.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{key}]"]
        lines += [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def shipped() -> dict[str, Any]:
    """What the shipped posterior says of itself. Raises FileNotFoundError when none is shipped."""
    with ABOUT.open("rb") as file:
        return tomllib.load(file)


def shipped_draws() -> Sets:
    """The shipped draws as sets, numbered from nought. Raises
    FileNotFoundError when none are shipped."""
    from village_alliances.sim.parameters import posterior

    values = {**posterior(), **posterior_types()}
    if set(values) != set(priors.fitted()):
        raise FileNotFoundError(f"{POSTERIOR} does not hold what this model draws")
    return Sets(np.arange(len(next(iter(values.values()))), dtype=np.uint64), values)


__all__ = ["Fitted", "Posterior", "PriorSample", "fingerprint", "fit", "infer", "ship", "shipped"]
