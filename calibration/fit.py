"""From the targets to a posterior: a Sobol sweep of the priors, history matching, a second sweep of what is left, regression-adjusted ABC.

Each parameter set is simulated once through every case (calibration/cases.py); what a document would state of it is simulated too
(calibration/targets.py). Sets whose statements come near the stated figures are kept, weighted by nearness, and moved to where they
would lie had their statements been the stated ones (Beaumont, Zhang and Balding 2002; with unequal spread, Blum and Francois 2010).
The held-out figures cannot be reached from here: `targets.seen` refuses them.
"""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import qmc
from village_alliances.calibration import priors, targets
from village_alliances.calibration.cases import CASES, Societies, simulate
from village_alliances.sim import rules, sources
from village_alliances.sim.files import write_atomically
from village_alliances.sim.parameters import POSTERIOR, parameters
from village_alliances.sim.problems import Text

HERE = Path(__file__).parent
ABOUT = POSTERIOR.with_suffix(".toml")
PLACES = (
    HERE if POSTERIOR.parent == Path(rules.__file__).parents[1] else POSTERIOR.parent
) / "posterior_composites.parquet"
SEED = 20150501
SETS = 4096  # a power of two for each Sobol sweep
ACCEPT = 0.25  # share of sets that the regression sees
DRAWS = 2000
IMPLAUSIBLE = (
    3.0  # sds between a stated figure and what an emulator expects, luck and discrepancy included
)
TOLERANCE = 1e-4
SETS_A_TERM = 20  # that the regression needs for each of its terms
DRAWN_TODAY = (  # parts of a region; the others are the rebuilt model's
    "trend", "distributions", "correlation", "industry", "stage", "culture", "geography", "elections",
)  # fmt: skip
UNTOUCHED = 0.1  # contraction below which evidence has said nothing of a parameter
Say = Callable[[Text], None]  # is told each stage as it begins


# -------- What a posterior belongs to


def fingerprint() -> str:
    """Hash of what a posterior depends on: the syntax trees, without docstrings, of rules, the order of a quarter, cases, targets and
    priors; ranges of parameters; the numbers of strategies, regions and the fitted scenarios; the figures of the fit."""
    trees = {
        path.name: tree_of(path.read_text(encoding="utf-8")) for path in sources.files("posterior")
    }
    ranges = {name: (q.low, q.high, q.scale) for name, q in parameters().items()}
    figures = {
        id: (f.value, f.value_high, f.qualifier)
        for id in sorted(targets.split()["fit"])
        for f in [targets.seen(id)]
    }
    body = json.dumps([trees, ranges, figures, numbers_given()], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def numbers_given() -> dict[str, Any]:
    """Strategies, the scenarios of the cases and their regions, without their words: file -> numbers by place; village tables as they
    stand. Of a region only what villages are drawn from today."""
    root = Path(rules.__file__).parents[1]
    used = sorted({str(case.scenario) for case in CASES.values()})
    scenarios = {
        name: tomllib.loads((root / "scenarios" / name / "scenario.toml").read_text("utf-8"))
        for name in used
    }
    regions = sorted({str(body["region"]) for body in scenarios.values()})
    files = [
        *sorted((root / "strategies").glob("*.toml")),
        *(root / "regions" / f"{name}.toml" for name in regions),
        *(root / "scenarios" / name / "scenario.toml" for name in used),
    ]
    found: dict[str, Any] = {}
    for path in files:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
        if path.parent.name == "regions":
            body = {name: part for name, part in body.items() if name in DRAWN_TODAY}
        found[path.relative_to(root).as_posix()] = _numbers(body)
    for name in used:
        table = root / "scenarios" / name / "villages.csv"
        if table.exists():
            found[table.relative_to(root).as_posix()] = table.read_text(encoding="utf-8")
    return found


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
    """A node as [its type, [field, value] ...], without fields that are empty, for newer Pythons have more of those."""
    if isinstance(node, ast.AST):
        return [
            type(node).__name__,
            *(
                [name, _plain(value)]
                for name, value in ast.iter_fields(node)
                if value is not None and value != []
            ),
        ]
    return [_plain(one) for one in node] if isinstance(node, list) else repr(node)


# -------- Stages on disk


class Stages:
    """Arrays of each stage in a folder, by name and by what they were made from; a stage that is there is not made again."""

    def __init__(self, folder: Path | None, say: Say = lambda _: None) -> None:
        self.folder, self.say = folder, say

    def get(
        self, name: str, made_from: object, make: Callable[[], dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        """The arrays of a stage, read or made."""
        key = hashlib.sha256(repr((name, made_from)).encode()).hexdigest()[:12]
        if self.folder is None:
            return make()
        path = self.folder / f"stage-{name}-{key}.npz"
        if (kept := _sound(path)) is not None:
            self.say(Text(f"{name}: there already", f"{_in_chinese(name)}：已有结果"))
            return kept
        self.say(Text(name, _in_chinese(name)))
        arrays = make()
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda at: np.savez_compressed(at, **arrays))  # type: ignore[arg-type]
        return arrays


def _sound(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a stage's file; None where it is not there or damaged (each array has a checksum)."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except Exception:  # a damaged archive lets out whatever its bytes provoke
        return None


def _in_chinese(stage: str) -> str:
    return stage.replace("sweep-", "参数扫描 ")


def digest(values: np.ndarray) -> str:
    """A short name of an array's contents."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:12]


# -------- Sweeps


def sobol(count: int, seed: int) -> np.ndarray:
    """Places of `count` parameter sets, shape (count, composites), evenly spread."""
    return np.asarray(qmc.Sobol(len(priors.NAMES), seed=seed).random(count)).clip(
        TOLERANCE, 1.0 - TOLERANCE
    )


def sweep(shares: np.ndarray, first: int, seed: int) -> dict[str, np.ndarray]:
    """Every reading of every case for the sets: 'case/reading' -> (sets, draws of luck). Sets are numbered from `first`."""
    societies = Societies(shares, np.arange(first, first + len(shares), dtype=np.uint64))
    return {
        f"{case.name}/{name}": values
        for case in CASES.values()
        for name, values in simulate(case, societies, seed).items()
    }


def by_case(flat: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """'case/reading' -> values as case -> reading -> values."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for key, values in flat.items():
        case, _, name = key.partition("/")
        found.setdefault(case, {})[name] = values
    return found


@dataclass(frozen=True)
class Sample:
    """Parameter sets with what documents would state of them: `shares` (n, composites), `stated` (n, targets), `numbers` (n,) of the sets."""

    shares: np.ndarray
    stated: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.shares)

    def where(self, keep: np.ndarray) -> Sample:
        """The sets at `keep`, a mask or positions."""
        return Sample(self.shares[keep], self.stated[keep], self.numbers[keep])

    def beside(self, other: Sample) -> Sample:
        """Both samples' sets."""
        pairs = (
            (getattr(self, name), getattr(other, name)) for name in ("shares", "stated", "numbers")
        )
        return Sample(*map(np.concatenate, pairs))


def observe(shares: np.ndarray, flat: dict[str, np.ndarray], first: int, seed: int) -> Sample:
    """Simulated documents of a sweep whose sets are numbered from `first`; sets that break a bound are left out."""
    seen = targets.observe(by_case(flat), shares, np.random.default_rng(seed))
    return Sample(
        shares, seen.stated, np.arange(first, first + len(shares), dtype=np.uint64)
    ).where(seen.within)


def terms(z: np.ndarray) -> np.ndarray:
    """A constant, the columns of z (n, k), their squares and products."""
    upper = np.triu_indices(z.shape[1])
    return np.column_stack(
        [np.ones(len(z)), z, (z[:, :, None] * z[:, None, :])[:, upper[0], upper[1]]]
    )


@dataclass(frozen=True)
class Emulator:
    """A quadratic in the places for each target: `weights` (terms, targets), `sd` (targets,) of all that it does not explain."""

    weights: np.ndarray
    sd: np.ndarray

    def implausibility(self, shares: np.ndarray, stated: np.ndarray) -> np.ndarray:
        """Largest distance over targets between figure and expectation, in sds, shape (n,)."""
        distance = np.abs(terms(2.0 * shares - 1.0) @ self.weights - stated) / self.sd
        return np.asarray(distance.max(axis=1))


def emulate(sample: Sample) -> Emulator:
    """Least squares on a sample."""
    x = terms(2.0 * sample.shares - 1.0)
    weights = np.linalg.lstsq(x, sample.stated, rcond=None)[0]
    return Emulator(weights, (sample.stated - x @ weights).std(axis=0))


# -------- Posterior


@dataclass(frozen=True)
class Posterior:
    """Weighted, regression-adjusted places: `shares` (n, composites), `weight` (n,) summing to 1."""

    shares: np.ndarray
    weight: np.ndarray

    @property
    def size(self) -> float:
        """Effective sample size of the weights."""
        return float(1.0 / (self.weight**2).sum())

    def draws(self, count: int, seed: int) -> np.ndarray:
        """`count` rows by systematic resampling, in mixed order, shape (count, composites)."""
        rng = np.random.default_rng(seed)
        at = np.searchsorted(np.cumsum(self.weight), (np.arange(count) + rng.random()) / count)
        return self.shares[rng.permutation(np.minimum(at, len(self.weight) - 1))]

    def mean(self) -> np.ndarray:
        """Mean of each place, shape (composites,)."""
        return np.asarray(self.weight @ self.shares)

    def variance(self) -> np.ndarray:
        """Variance of each place, shape (composites,)."""
        return np.asarray(self.weight @ (self.shares - self.mean()) ** 2)

    def contraction(self) -> np.ndarray:
        """1 - variance / variance of the prior, which is uniform on 0..1, shape (composites,)."""
        return 1.0 - 12.0 * self.variance()


def infer(
    sample: Sample, stated: np.ndarray, *, use: np.ndarray | None = None, accept: float = ACCEPT
) -> Posterior:
    """Regression-adjusted ABC on the targets where `use` (targets,) is true (default: all)."""
    columns = np.arange(sample.stated.shape[1]) if use is None else np.flatnonzero(use)
    values, aim = sample.stated[:, columns], stated[columns]
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    z = (values - aim) / np.where(spread > 0, spread, 1.0)
    distance = np.sqrt((z**2).sum(axis=1))
    reach = np.quantile(distance, accept)
    near = distance < reach
    weight = 1.0 - (distance[near] / reach) ** 2
    x = terms(z[near])
    if len(x) < SETS_A_TERM * x.shape[1]:  # too few for squares and products
        x = x[:, : 1 + len(columns)]
    y = logit(sample.shares[near].clip(TOLERANCE, 1.0 - TOLERANCE))
    root = np.sqrt(weight)[:, None]
    slope = solve(x * root, y * root)
    left = y - x @ slope
    linear = x[:, : 1 + len(columns)]
    spread_slope = solve(linear * root, np.log(left**2 + 1e-6) * root)
    stretch = np.exp(0.5 * (spread_slope[0] - linear @ spread_slope)).clip(1 / 3, 3.0)
    moved = expit(slope[0] + left * stretch)
    return Posterior(moved.clip(TOLERANCE, 1.0 - TOLERANCE), weight / weight.sum())


def solve(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least squares with a slight pull of all but the constant towards nought."""
    pull = np.full(x.shape[1], 1e-3 * len(x))
    pull[0] = 0.0
    return np.asarray(np.linalg.solve(x.T @ x + np.diag(pull), x.T @ y))


# -------- All of it


@dataclass(frozen=True)
class Fitted:
    """The posterior, the sample behind it, the share of the prior that history matching left, and the fingerprint they belong to."""

    posterior: Posterior
    sample: Sample
    left: float
    sets: int
    belongs: str


def fit(
    folder: Path | None = None, *, sets: int = SETS, seed: int = SEED, say: Say = lambda _: None
) -> Fitted:
    """Carry out or resume the whole fit. Stages are kept in `folder`."""
    print_of_code = fingerprint()
    stages, belongs = Stages(folder, say), (print_of_code, sets, seed)
    stated = targets.stated()
    shares = sobol(sets, seed)
    first = observe(
        shares,
        stages.get("sweep-1", (*belongs, digest(shares)), lambda: sweep(shares, 0, seed)),
        0,
        seed + 1,
    )
    emulator = emulate(first)
    left = emulator.implausibility(shares, stated) < IMPLAUSIBLE
    pool = sobol(16 * sets, seed + 2)
    kept = pool[emulator.implausibility(pool, stated) < IMPLAUSIBLE][:sets]
    second = observe(
        kept,
        stages.get("sweep-2", (*belongs, digest(kept)), lambda: sweep(kept, sets, seed)),
        sets,
        seed + 3,
    )
    still = emulator.implausibility(first.shares, stated) < IMPLAUSIBLE
    sample = first.where(still).beside(second)
    share, count = f"{left.mean():.1%}", f"{len(sample):,}"
    say(
        Text(
            f"history matching leaves {share} of the prior; {count} sets",
            f"历史匹配保留先验的 {share}；{count} 组参数",
        )
    )
    return Fitted(infer(sample, stated), sample, float(left.mean()), sets, print_of_code)


def table_of(shares: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of places as parameters of the model: what sim/parameters.py draws from."""
    return priors.expand(shares)


def ship(
    fitted: Fitted,
    *,
    seed: int = SEED,
    posterior: Path = POSTERIOR,
    places: Path = PLACES,
    more: dict[str, Any] | None = None,
) -> None:
    """Write the draws as parameters, the same draws as places, and the text that says what they belong to."""
    made = shipment(fitted, seed, more or {})
    for path, name in zip((places, posterior.with_suffix(".toml"), posterior), made, strict=True):
        write_atomically(path, made[name])


def shipment(fitted: Fitted, seed: int, more: dict[str, Any]) -> dict[str, Any]:
    """The files of a posterior, as `write_together` takes them: draws as places, what they belong to, draws as parameters."""
    draws = fitted.posterior.draws(DRAWS, seed + 4)
    by_place = dict(zip(priors.NAMES, draws.T, strict=True))
    return {
        "posterior_composites.parquet": partial(write_parquet, columns=by_place),
        "posterior.toml": about(fitted, seed, more).encode(),
        "posterior.parquet": partial(write_parquet, columns=table_of(draws)),
    }


def write_parquet(path: Path, columns: dict[str, np.ndarray]) -> None:
    """A Parquet file of float64 columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(
        pa.table({name: np.asarray(values, float) for name, values in columns.items()}), path
    )


def about(fitted: Fitted, seed: int, more: dict[str, Any]) -> str:
    """What a shipped posterior belongs to and how it was made, as TOML."""
    body: dict[str, Any] = {
        "fingerprint": fitted.belongs,
        "method": "Sobol sweep, history matching, second sweep, regression-adjusted ABC",
        "seed": seed,
        "sets": fitted.sets,
        "sample": len(fitted.sample),
        "history_matching_leaves": round(fitted.left, 4),
        "effective_sample_size": round(fitted.posterior.size, 1),
        "draws": DRAWS,
        **more,
    }
    lines = [
        "# What sim/posterior.parquet belongs to; written by `alliances calibrate`. `touched` is what the evidence speaks of.",
        "",
    ]
    lines += [f"{key} = {in_toml(value)}" for key, value in body.items()]
    rows = zip(
        priors.COMPOSITES,
        fitted.posterior.contraction(),
        fitted.posterior.mean(),
        np.sqrt(fitted.posterior.variance()),
        strict=True,
    )
    for composite, contraction, mean, sd in rows:
        lines += [
            "",
            f"[composite.{composite.name}]",
            f"contraction = {contraction:.3f}",
            f"mean = {mean:.3f}",
            f"sd = {sd:.3f}",
        ]
        lines += [
            f"touched = {str(bool(contraction >= UNTOUCHED)).lower()}",
            f"moves = {json.dumps(list(composite.moves))}",
        ]
    return "\n".join(lines) + "\n"


def in_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)} = {in_toml(inner)}" for key, inner in value.items())
            + "}"
        )
    return json.dumps(value)


def shipped() -> dict[str, Any]:
    """What the shipped posterior says of itself. Raises FileNotFoundError when none is shipped."""
    with ABOUT.open("rb") as file:
        return tomllib.load(file)


def shipped_places() -> np.ndarray:
    """The shipped draws as places, shape (draws, composites)."""
    import pyarrow.parquet as pq

    table = pq.read_table(PLACES)
    return np.column_stack([table[name].to_numpy() for name in priors.NAMES])


__all__ = ["Fitted", "Posterior", "Sample", "fingerprint", "fit", "infer", "ship", "shipped"]
