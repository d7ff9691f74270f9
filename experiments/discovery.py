"""Under which conditions a strategy fails: a box of few quantities in which failures crowd, found
on one half of the runs and measured on the other.

    found = search(runs_of(load("jinxi"), "strong_leads_weak", runs=2000), "gain_mean<=0")
    print(" ".join(found.sentences("en")))

Boxes are the nodes of a classification tree (scikit-learn's CART; Breiman and others 1984): from
the root downwards, each split adds one bound. Of all nodes that one is taken whose failures exceed,
by number, most what the share of failures overall would lead to expect (weighted relative accuracy;
Lavrac and others 1999), so that neither a pure but tiny box wins nor a large but vague one.
Coverage and density are the two figures of scenario discovery (Bryant and Lempert 2010,
doi:10.1016/j.techfore.2009.08.002). They are told of runs that the search has not seen, for on
those that it has seen any box looks good.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.design import column_of
from village_alliances.experiments.files import write_csv
from village_alliances.experiments.requirement import Requirement, requirements
from village_alliances.experiments.store import Refused
from village_alliances.experiments.worded import joined, worded
from village_alliances.experiments.wording import meaning
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import BY_NAME, NAMES
from village_alliances.sim.outputs import write_outputs
from village_alliances.sim.parameters import Mode, Quantity, levers
from village_alliances.sim.problems import quoted
from village_alliances.sim.region import load as region
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import NONE, Portfolio
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.uncertain import drawn, uncertain
from village_alliances.wording import numbers, say
from village_alliances.wording.numbers import UNITS, number, percent, quantity

RUNS = 4000
LEAST = 25  # failures, and successes, in either half: fewer say nothing about where they are
DEPTH = 3  # bounds that a box has at most
SMALLEST = 0.04  # of the runs: smaller boxes are not looked at
PLAINER = 0.95  # of the best score is enough for a box with fewer bounds
LOCKSTEP = 0.98  # rank correlation from which on two quantities are one
SURE = 0.01  # chance at which a box would look so dense by luck, from which on it counts as found
AT_START = (
    "mean_income",
    "p10_income",
    "gini",
    "villager_income",
    "capacity",
    "ability",
    "reserves",
    "weak_villages_50k",
)
START = (
    "start_"  # what the name of a quantity begins with that tells how villages stood at the start
)
SEED = 20240229  # of the halves


@dataclass(frozen=True)
class Runs:
    """Runs of one strategy: `conditions` (runs, quantities), `outcomes` (runs, outcomes) at
    the end; what they are of.

    `kin` (runs,): runs of the same number here share their luck or their parameters (in a
    sweep over levers, say), so that one tells nearly what the other does. Empty where
    each run is drawn by itself.
    """

    conditions: pd.DataFrame
    outcomes: pd.DataFrame
    scenario: str
    strategy: str
    title: Mapping[str, str]
    failed: int = 0  # runs that could not be computed and are left out
    how: str = ""  # where they come from
    kin: np.ndarray = field(default_factory=lambda: np.empty(0, int))


@dataclass(frozen=True)
class Box:
    """Bounds on few quantities: name -> (above, up to); infinite where open. Counts are of runs
    that the search has not seen, of which the share `apart` tells something of its own (less than 1
    where runs share their luck): `band` and `chance` count no more."""

    bounds: Mapping[str, tuple[float, float]]
    inside: int
    failures_inside: int
    runs: int
    failures: int
    apart: float = 1.0

    def holds(self, conditions: pd.DataFrame) -> np.ndarray:
        """Which runs lie in it, (runs,)."""
        found = np.ones(len(conditions), bool)
        for name, (low, high) in self.bounds.items():
            values = conditions[name].to_numpy(float)
            found &= (values > low) & (values <= high)
        return found

    @property
    def density(self) -> float:
        """Share of the runs in the box that fail; nan if there are none."""
        return self.failures_inside / self.inside if self.inside else math.nan

    @property
    def coverage(self) -> float:
        """Share of all failures that lie in the box; nan if there are none."""
        return self.failures_inside / self.failures if self.failures else math.nan

    @property
    def base(self) -> float:
        """Share of all runs that fail."""
        return self.failures / self.runs if self.runs else math.nan

    @property
    def band(self) -> tuple[float, float]:
        """95% interval of the density (Wilson 1927)."""
        from scipy.stats import binomtest

        if not self.inside:
            return math.nan, math.nan
        inside = max(1, round(self.apart * self.inside))
        interval = binomtest(round(self.density * inside), inside).proportion_ci(method="wilson")
        return float(interval.low), float(interval.high)

    @property
    def chance(self) -> float:
        """Chance that so many failures fall into a box of this size by luck alone
        (Fisher's exact test, one-sided)."""
        from scipy.stats import hypergeom

        counts = (self.failures_inside, self.runs, self.failures, self.inside)
        failing, runs, failures, inside = (round(self.apart * count) for count in counts)
        return float(hypergeom.sf(failing - 1, runs, failures, inside))


@dataclass(frozen=True)
class Discovery:
    """The answer. `verdict`: found, nothing (no box stands up on unseen runs), few (too few
    failures) or many (too few successes). `tried`: density and coverage of every box looked at, on
    unseen runs; `fails` (runs,); `held` (runs,): which were not seen."""

    runs: Runs
    rule: tuple[Requirement, ...]
    verdict: str
    box: Box | None
    tried: pd.DataFrame
    fails: np.ndarray
    held: np.ndarray
    important: tuple[str, ...]
    companions: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # quantity -> others that move with it in lockstep

    def sentences(self, lang: str) -> list[str]:
        """Where the strategy fails, in words."""

        def told(key: str, **values: Any) -> str:
            return say(f"discovery.say.{key}", lang, **values)

        count, failures = self.fails.size, int(self.fails.sum())
        facts = {"strategy": self.runs.title[lang], "rule": self.meant(lang)}
        found = [
            told(
                "base",
                runs=f"{count:,}",
                failures=f"{failures:,}",
                share=percent(failures / count) if count else "-",
                **facts,
            )
        ]
        if self.verdict in ("few", "many"):
            return [*found, told(self.verdict, least=LEAST * 2), *self._left_out(lang)]
        assert self.box is not None
        if self.verdict == "nothing":
            return [
                *found,
                told("nothing", quantities=self.runs.conditions.shape[1]),
                *self._left_out(lang),
            ]
        box = self.box
        low, high = box.band
        rates = {
            "density": f"{100 * box.density:.0f}",
            "base": f"{100 * box.base:.0f}",
            "coverage": percent(box.coverage),
        }
        seen = {
            "low": percent(low),
            "high": percent(high),
            "held": f"{box.runs:,}",
            "inside": f"{box.inside:,}",
        }
        return [
            *found,
            told("box", where=self.where(lang), **rates),
            told("unseen", **seen),
            told("not_cause"),
            *self._together(lang),
            *self._left_out(lang),
        ]

    def _together(self, lang: str) -> list[str]:
        """What moves in lockstep with a quantity of the box: nobody can tell which of
        them it is."""
        assert self.box is not None
        found = []
        for name in self.box.bounds:
            if others := self.companions.get(name):
                listed = say("discovery.say.listed", lang).join(
                    say("discovery.say.quoted", lang, name=name_of(other, lang)) for other in others
                )
                found.append(
                    say("discovery.say.together", lang, name=name_of(name, lang), others=listed)
                )
        return found

    def _left_out(self, lang: str) -> list[str]:
        return (
            [say("discovery.say.failed", lang, failed=f"{self.runs.failed:,}")]
            if self.runs.failed
            else []
        )

    def where(self, lang: str) -> str:
        """The bounds of the box in words."""
        assert self.box is not None
        told = []
        for name, (low, high) in self.box.bounds.items():
            kind = (
                "between"
                if math.isfinite(low) and math.isfinite(high)
                else "above"
                if math.isfinite(low)
                else "below"
            )
            unit = unit_of(name)
            told.append(
                say(
                    f"discovery.bound.{kind}",
                    lang,
                    name=name_of(name, lang),
                    low=shown(low, unit, lang),
                    high=shown(high, unit, lang),
                )
            )
        return say("discovery.bound.and", lang).join(told)

    def meant(self, lang: str) -> str:
        """What counts as failing, in words."""
        signs = {"<=": "≤", ">=": "≥"}
        told = [
            f"{_small(meaning(r.outcome, lang))} {signs.get(r.sign, r.sign)} "
            f"{shown(r.value, BY_NAME[r.outcome].unit, lang)}"
            for r in self.rule
        ]
        return say("discovery.bound.or", lang).join(told)


def search(runs: Runs, fails: str | Sequence[Requirement]) -> Discovery:
    """Look for the box in which failures crowd. `fails`: a run fails where any of these bounds
    holds, such as "gain_mean<=0".

    Raises RequirementError where `fails` cannot be read, Refused where an outcome is not at hand.
    """
    rule = requirements(fails) if isinstance(fails, str) else tuple(fails)
    if missing := [r.outcome for r in rule if r.outcome not in runs.outcomes]:
        raise Refused(
            worded(
                "problems.discovery.do_hold",
                runs=runs.how or worded("problems.discovery.these_runs"),
                missing=joined(missing),
                outcomes=joined(runs.outcomes.columns),
            ),
        )
    failing = np.zeros(len(runs.outcomes), bool)
    for one in rule:
        failing |= one.met(runs.outcomes[one.outcome].to_numpy(float))
    held = _half(failing, runs.kin)
    seen = ~held
    apart = np.unique(runs.kin).size / runs.kin.size if runs.kin.size else 1.0
    nothing = pd.DataFrame(columns=["bounds", "density", "coverage"])
    fewest = {
        key: min(int(which[half].sum()) for half in (seen, held))
        for key, which in (("few", failing), ("many", ~failing))
    }
    for key, least in fewest.items():
        if apart * least < LEAST:
            return Discovery(runs, rule, key, None, nothing, failing, held, ())
    conditions = runs.conditions.loc[:, runs.conditions.nunique() > 1]
    if conditions.empty:
        raise Refused(
            worded(
                "problems.discovery.nothing_varies_between_runs",
                runs=runs.how or worded("problems.discovery.these_runs"),
            ),
        )
    companions = _companions(conditions)
    conditions = conditions[list(companions)]
    boxes, important = _boxes(conditions[seen], failing[seen])
    measured = [
        replace(_measured(bounds, conditions[held], failing[held]), apart=apart)
        for bounds, _ in boxes
    ]
    tried = pd.DataFrame(
        {
            "bounds": [len(b) for b, _ in boxes],
            "density": [m.density for m in measured],
            "coverage": [m.coverage for m in measured],
        }
    )
    best = _chosen(boxes)
    box = measured[best] if best >= 0 else None
    if box is None or not box.inside or box.chance > SURE or box.density <= box.base:
        empty = Box({}, 0, 0, int(held.sum()), int(failing[held].sum()))
        return Discovery(runs, rule, "nothing", box or empty, tried, failing, held, important)
    return Discovery(runs, rule, "found", box, tried, failing, held, important, companions)


def _companions(conditions: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Quantities of which none is a mere shadow of another one, each with those that are
    (calibration moves some in lockstep)."""
    ranks = np.abs(np.corrcoef(conditions.rank().to_numpy(), rowvar=False)).reshape(
        conditions.shape[1], -1
    )
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for at, name in enumerate(conditions.columns):
        if name not in taken:
            alike = [
                other
                for other, rank in zip(conditions.columns, ranks[at], strict=True)
                if rank > LOCKSTEP and other not in taken
            ]
            found[name] = tuple(other for other in alike if other != name)
            taken.update(alike)
    return found


def _half(fails: np.ndarray, kin: np.ndarray) -> np.ndarray:
    """Half of the failures and half of the successes, drawn always alike, (runs,). Runs of the same
    `kin` stay on one side: of each two families that fail about as often one goes to either half.
    """
    found = np.zeros(fails.size, bool)
    luck = np.random.default_rng(SEED)
    if kin.size:
        families, of = np.unique(kin, return_inverse=True)
        often = np.bincount(of, fails) / np.bincount(of)
        order = np.lexsort((luck.random(families.size), often))
        chosen = np.zeros(families.size, bool)
        for at in range(0, families.size - 1, 2):
            chosen[order[at + int(luck.integers(2))]] = True
        return np.asarray(chosen[of])
    for which in (np.flatnonzero(fails), np.flatnonzero(~fails)):
        found[luck.permutation(which)[which.size // 2 :]] = True
    return found


def _boxes(
    conditions: pd.DataFrame, fails: np.ndarray
) -> tuple[list[tuple[dict[str, tuple[float, float]], float]], tuple[str, ...]]:
    """Every box of two trees (failures weighing as much as successes, or as they are), with how
    many more failures (a share of the runs) it holds than its size would lead to expect; and the
    quantities by their weight in the trees."""
    from sklearn.tree import DecisionTreeClassifier

    least = max(10, round(SMALLEST * len(conditions)))
    found: dict[
        tuple[tuple[str, float, float], ...], tuple[dict[str, tuple[float, float]], float]
    ] = {}
    weights = np.zeros(conditions.shape[1])
    base, values = float(fails.mean()), conditions.to_numpy(float)
    for weighing in (None, "balanced"):
        tree = DecisionTreeClassifier(
            max_depth=DEPTH, min_samples_leaf=least, class_weight=weighing, random_state=0
        ).fit(values, fails)
        weights += tree.feature_importances_
        for bounds in _nodes(tree.tree_, list(conditions.columns)):
            box = _measured(bounds, conditions, fails)
            key = tuple((name, *ends) for name, ends in sorted(bounds.items()))
            found[key] = (bounds, box.inside / len(conditions) * (box.density - base))
    order = np.argsort(-weights, kind="stable")
    return list(found.values()), tuple(conditions.columns[at] for at in order if weights[at] > 0)


def _nodes(tree: Any, names: Sequence[str]) -> Iterator[dict[str, tuple[float, float]]]:
    """The bounds of every node of a tree but its root."""
    waiting: list[tuple[int, dict[str, tuple[float, float]]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        if bounds:
            yield bounds
        if tree.children_left[node] >= 0:
            name, at = names[tree.feature[node]], float(tree.threshold[node])
            low, high = bounds.get(name, (-math.inf, math.inf))
            waiting.append((int(tree.children_left[node]), {**bounds, name: (low, min(high, at))}))
            waiting.append((int(tree.children_right[node]), {**bounds, name: (max(low, at), high)}))


def _chosen(boxes: Sequence[tuple[Mapping[str, tuple[float, float]], float]]) -> int:
    """The plainest box whose score comes near the best one; -1 where none holds more
    failures than its share."""
    top = max((score for _, score in boxes), default=0.0)
    good = [at for at, (_, score) in enumerate(boxes) if score > 0 and score >= PLAINER * top]
    return min(good, key=lambda at: (_ends(boxes[at][0]), -boxes[at][1])) if good else -1


def _ends(bounds: Mapping[str, tuple[float, float]]) -> int:
    return sum(math.isfinite(end) for pair in bounds.values() for end in pair)


def _measured(
    bounds: Mapping[str, tuple[float, float]], conditions: pd.DataFrame, fails: np.ndarray
) -> Box:
    inside = Box(bounds, 0, 0, 0, 0).holds(conditions)
    return Box(bounds, int(inside.sum()), int(fails[inside].sum()), fails.size, int(fails.sum()))


# -------- Names and numbers


@cache
def _known() -> dict[str, Quantity]:
    return {**levers(), **uncertain(quantities_of(region("china")))}


def quantity_of(name: str) -> Quantity | None:
    """The parameter, number of a project type or lever of this name; None for how
    villages stood at the start."""
    return _known().get(name)


def name_of(name: str, lang: str) -> str:
    """A quantity in words."""
    known = quantity_of(name)
    if known is not None:
        return str(getattr(known, lang))
    return say(
        "discovery.bound.start", lang, outcome=_small(meaning(name.removeprefix(START), lang))
    )


def unit_of(name: str) -> str:
    """The unit of a quantity."""
    known = quantity_of(name)
    return known.unit if known is not None else BY_NAME[name.removeprefix(START)].unit


def shown(value: float, unit: str, lang: str) -> str:
    """A bound with its unit, to three digits."""
    if not math.isfinite(value):
        return ""
    if unit in UNITS:
        return quantity(value, unit, lang) if unit != "0..1" else f"{value:.3g}"
    if unit.startswith("1/"):
        return say(
            "discovery.bound.rate",
            lang,
            value=f"{value:.3g}",
            per=unit_in_words(unit.removeprefix("1/"), lang),
        )
    text, word = (
        f"{value:.3g}" if abs(value) < 1000 else number(value, "yuan"),
        unit_in_words(unit, lang),
    )
    return f"{text} {word}".rstrip()


def unit_in_words(unit: str, lang: str) -> str:
    """A unit in words, part by part: `yuan/mu/year`, `元/亩/年`; a bare number has none."""
    if unit.startswith("1/"):
        return say("discovery.bound.per", lang, per=unit_in_words(unit.removeprefix("1/"), lang))
    return numbers.unit_in_words(unit, lang)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


# -------- Where runs come from


def runs_of(
    scenario: Scenario,
    strategy: Portfolio | str,
    *,
    runs: int = RUNS,
    seed: int = 1,
    set_levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    types: tuple[ProjectType, ...] = (),
    threads: int = 0,
    progress: Any = None,
) -> Runs:
    """Fresh runs of one strategy: every parameter, every number of the project types, and how the
    villages stood at the start. `types`: the technology, the shipped one if none is given.
    `progress(done, total)`."""
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, runs)

    made = run_ensemble(
        scenario,
        portfolio,
        runs=runs,
        seed=seed,
        levers=set_levers,
        mode=mode,
        types=types or None,
        threads=threads,
        progress=tick,
    )
    well = made.status == 0
    conditions = {
        name: np.asarray(made.parameters[name])[well] for name in made.parameters.dtype.names or ()
    }
    numbers = drawn(made.technology, types)
    conditions |= {name: values[well] for name, values in numbers.items() if name in _known()}
    conditions |= {START + name: made.outcome(name, 0)[well] for name in AT_START}
    return Runs(
        conditions=pd.DataFrame(conditions),
        outcomes=pd.DataFrame({name: made.outcome(name)[well] for name in NAMES}),
        scenario=scenario.name,
        strategy=portfolio.name,
        title=portfolio.default.title
        if not portfolio.by
        else dict.fromkeys(("en", "zh"), portfolio.name),
        failed=int((~well).sum()),
    )


def stored(folder: str | Path, strategy: str = "", scenario: str = "") -> Runs:
    """The runs of one strategy in the folder of a sweep (there of one scenario) or of a comparison.

    Raises Refused where there are none, or where it is not said which.
    """
    folder = Path(folder)
    if (folder / "manifest.json").exists():
        return _of_sweep(folder, strategy, scenario)
    if (folder / "runs.parquet").exists():
        return _of_comparison(folder, strategy)
    raise Refused(
        worded("problems.discovery.holds_neither_sweep_manifest", folder=folder),
    )


def _of_sweep(folder: Path, strategy: str, scenario: str) -> Runs:
    from village_alliances.experiments.store import Store, read

    store = Store(folder)
    store.of_this_model()
    body, frame = store.manifest, read(folder)
    frame = frame[frame["rival"] == ""]
    own = _strategy(folder, frame, strategy)
    scenarios = list(dict.fromkeys(own["scenario"]))
    if scenario not in scenarios and (scenario or len(scenarios) > 1):
        raise Refused(
            worded(
                "problems.discovery.which_scenario_scenario",
                folder=folder,
                scenarios=joined(scenarios),
            ),
        )
    own = own[own["scenario"] == (scenario or scenarios[0])]
    well = own[own["status"] == "SUCCEEDED"]
    conditions = _conditions(well)
    for name in AT_START:
        if f"{name}_by_year" in well:
            conditions[START + name] = [float(values[0]) for values in well[f"{name}_by_year"]]
    label = str(own["strategy"].iloc[0])
    kin = well["run" if body["sweep"]["design"] == "grid" else "point"].to_numpy(int)
    titles = {one["label"]: one["default"]["title"] for one in body["strategies"] if not one["by"]}
    return Runs(
        conditions=conditions.reset_index(drop=True),
        outcomes=well[[name for name in NAMES if name in well]].reset_index(drop=True),
        scenario=scenario or scenarios[0],
        strategy=label,
        title=titles.get(label, dict.fromkeys(("en", "zh"), label)),
        failed=len(own) - len(well),
        how=str(folder),
        kin=kin if np.unique(kin).size < kin.size else np.empty(0, int),
    )


def _conditions(well: pd.DataFrame) -> pd.DataFrame:
    """What stored runs were given, by name."""
    names = {column_of(name): name for name in _known() if column_of(name) in well}
    return well[list(names)].astype(float).rename(columns=names)


def _of_comparison(folder: Path, strategy: str) -> Runs:
    import json

    own = _strategy(folder, pd.read_parquet(folder / "runs.parquet"), strategy)
    label = str(own["strategy"].iloc[0])
    first = pd.read_parquet(
        folder / "series.parquet", columns=["run", "strategy", "year", *AT_START]
    )
    first = first[(first["strategy"] == label) & (first["year"] == first["year"].min())].set_index(
        "run"
    )
    well = own[own["status"] == "SUCCEEDED"]
    conditions = _conditions(well)
    for name in AT_START:
        conditions[START + name] = first.loc[well["run"], name].to_numpy(float)
    about = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    return Runs(
        conditions=conditions.reset_index(drop=True),
        outcomes=well[[name for name in NAMES if name in well]].reset_index(drop=True),
        scenario=about["scenario"]["name"],
        strategy=label,
        title=about["strategies"][label]["title"],
        failed=len(own) - len(well),
        how=str(folder),
    )


def _strategy(folder: Path, frame: pd.DataFrame, strategy: str) -> pd.DataFrame:
    """The rows of one strategy: that which is named, else the only one beside `none`."""
    labels = list(dict.fromkeys(frame["strategy"]))
    working = [label for label in labels if label != NONE]
    chosen = (
        strategy if strategy in labels else working[0] if not strategy and len(working) == 1 else ""
    )
    if not chosen:
        which = "which_strategy_found" if strategy else "which_strategy"
        raise Refused(
            worded(
                f"problems.store.{which}",
                folder=folder,
                labels=joined(labels),
                strategy=quoted(strategy),
            )
        )
    return frame[frame["strategy"] == chosen]


# -------- Files


def write(found: Discovery, out: Path, lang: str) -> list[Path]:
    """Write discovery.json, boxes.csv and, where there is a box, a figure (SVG and PNG)
    into `out`, all or none."""
    from village_alliances.experiments import drawing

    files: dict[str, Any] = {"boxes.csv": lambda path: write_csv(found.tried, path)}
    if found.verdict == "found":
        figure = picture(found, lang)
        files["discovery.svg"] = drawing.svg(figure, "discovery", standalone=True).encode()
        files["discovery.png"] = drawing.png(figure)
    return write_outputs(out, {**files, "discovery.json": plain(found)})


def plain(found: Discovery) -> dict[str, Any]:
    """The answer as JSON holds it."""
    box = found.box if found.verdict == "found" else None
    return {
        "scenario": found.runs.scenario,
        "strategy": found.runs.strategy,
        "fails": ",".join(map(str, found.rule)),
        "verdict": found.verdict,
        "runs": int(found.fails.size),
        "failures": int(found.fails.sum()),
        "unseen_runs": int(found.held.sum()),
        "box": None
        if box is None
        else {
            "bounds": {
                name: {"above": _finite(low), "up_to": _finite(high), "unit": unit_of(name)}
                for name, (low, high) in box.bounds.items()
            },
            "inside": box.inside,
            "failures_inside": box.failures_inside,
            "density": box.density,
            "density_95": list(box.band),
            "coverage": box.coverage,
            "overall": box.base,
            "chance": box.chance,
        },
        "sentences": {lang: found.sentences(lang) for lang in ("en", "zh")},
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def picture(found: Discovery, lang: str) -> Any:
    """The unseen runs over the two main quantities, failures filled, with the box."""
    from village_alliances.experiments.drawing import scale
    from village_alliances.experiments.plots import scenarios

    assert found.box is not None
    names = list(found.box.bounds)
    names += [
        name for name in (*found.important, *found.runs.conditions.columns) if name not in names
    ]
    shown_names = names[:2] if len(names) > 1 else names[:1] * 2
    frame = found.runs.conditions[found.held]
    sizes, labels, logged = [], [], []
    for name in shown_names:
        unit, known = unit_of(name), quantity_of(name)
        by = scale(unit, float(frame[name].abs().max()), lang) if unit in UNITS else None
        word = by.label if by else unit_in_words(unit, lang)
        text = name_of(name, lang)
        text = text[:1].upper() + text[1:]
        labels.append(say("report.page.with_unit", lang, title=text, unit=word) if word else text)
        sizes.append(by.size if by else 1.0)
        logged.append(known is not None and known.scale == "log" and bool((frame[name] > 0).all()))
    ends = [found.box.bounds.get(name, (-math.inf, math.inf)) for name in shown_names]
    bounds = [(low / size, high / size) for (low, high), size in zip(ends, sizes, strict=True)]
    more = len(found.box.bounds) - 2
    heading = say(
        "discovery.say.heading", lang, strategy=found.runs.title[lang], rule=found.meant(lang)
    )
    heading += say("discovery.say.more_bounds", lang, count=more) if more > 0 else ""
    points = frame[shown_names].to_numpy(float) / np.array(sizes)
    return scenarios(points, found.fails[found.held], bounds, labels, logged, heading, lang)
