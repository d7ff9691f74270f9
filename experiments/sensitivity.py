"""What a result hangs on: Morris' screening of every uncertain quantity, parameters and numbers of
project types alike, then Sobol's shares of the spread for those that matter.

    found = study(load("jinxi"), "strong_leads_weak", folder="out/sensitivity")
    print(" ".join(found[-1].sentences("en", "gain_weak")))

The runs are sweeps of the designs `morris` and `saltelli` (experiments/design.py), so they are
stored, resumed and replayed like any other. What is explained is the paired gain over `none`: at
every point both strategies meet the same few pieces of luck, and their differences are averaged,
so that the answer speaks of quantities and not of chance. The indices are SALib's (Herman and
Usher 2017, doi:10.21105/joss.00097; Iwanaga et al. 2022, doi:10.18174/sesmo.18155), with
intervals from its bootstrap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.files import records, write_csv
from village_alliances.experiments.inputs import portfolio_fingerprint, scenario_fingerprint
from village_alliances.experiments.reader import by_dotted_name, expand
from village_alliances.experiments.sampling import LEVELS, SENSITIVE
from village_alliances.experiments.store import SUCCEEDED, Refused, Store, read
from village_alliances.experiments.sweep import Progress, carry_out
from village_alliances.experiments.worded import joined, worded
from village_alliances.experiments.wording import ONE_WAY, meaning
from village_alliances.sim.metrics import BY_NAME, GAINS, MAIN, SPENT
from village_alliances.sim.outputs import versions, write_outputs
from village_alliances.sim.parameters import REGIONAL, Mode, Quantity, levers
from village_alliances.sim.problems import quoted
from village_alliances.sim.provenance import fingerprint
from village_alliances.sim.region import load as region
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import NONE, Portfolio
from village_alliances.sim.technology import ProjectType, shipped
from village_alliances.sim.uncertain import uncertain
from village_alliances.wording import say
from village_alliances.wording.numbers import percent, quantity

OUTCOMES = (
    "gain_weak",
    *(o for o in MAIN if o not in ("gain_weak", "mean_income", *SPENT)),
)  # mean income differs as the mean gain
METHODS: dict[str, tuple[Literal["morris", "saltelli"], ...]] = {
    "morris": ("morris",),
    "sobol": ("saltelli",),
    "both": ("morris", "saltelli"),
}
NAMES = {"morris": "morris", "saltelli": "sobol"}  # of the files of a method
TRAJECTORIES, POINTS, REPLICATES, KEEP = 20, 256, 8, 20
RESAMPLES = 1000
WEAK = 0.1  # of the strongest effect: weaker ones are left out after the screening
ALL = 0.95  # of the spread, explained one by one: the rest is too little to speak of
NAMED = 3  # quantities that a sentence names
COLUMNS = {
    "morris": ["quantity", "strength", "low", "high", "effect", "spread"],
    "saltelli": [
        "quantity",
        "first",
        "first_low",
        "first_high",
        "total",
        "total_low",
        "total_high",
    ],
}


def screened(
    names: Sequence[str], shares: np.ndarray, values: np.ndarray, seed: int = 1
) -> pd.DataFrame:
    """Morris' elementary effects, the strongest first. `shares` (rows, names) 0..1 as
    `design.sensitive_shares` draws them.

    `strength`: mean absolute change of the value per whole range of a quantity, with its 95%
    interval `low`, `high`; `effect`: the same with its sign; `spread`: standard deviation over the
    trajectories, large where quantities interact. Raises Refused unless every value is there.
    """
    from SALib.analyze import morris

    _whole(values, shares.shape[0], len(names) + 1)
    found = morris.analyze(
        _problem(names),
        shares,
        np.asarray(values, float),
        num_resamples=RESAMPLES,
        num_levels=LEVELS,
        seed=seed,
    )
    strength, reach = (np.asarray(found[key], float) for key in ("mu_star", "mu_star_conf"))
    columns = (
        names,
        strength,
        np.maximum(strength - reach, 0.0),
        strength + reach,
        *(np.asarray(found[k], float) for k in ("mu", "sigma")),
    )
    frame = pd.DataFrame(dict(zip(COLUMNS["morris"], columns, strict=True)))
    return frame.sort_values("strength", ascending=False, kind="stable", ignore_index=True)


def decomposed(names: Sequence[str], values: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """Sobol's indices, the strongest first. `values` (rows,) at the rows of a `saltelli` design.

    `first`: share of the variance that a quantity brings by itself; `total`: with all that it
    interacts with; both with 95% intervals. All are 0 where the values do not vary. Raises Refused
    unless every value is there.
    """
    from SALib.analyze import sobol

    values = np.asarray(values, float)
    _whole(values, values.size, len(names) + 2)
    columns: dict[str, Any] = {
        "quantity": list(names),
        **{name: np.zeros(len(names)) for name in COLUMNS["saltelli"][1:]},
    }
    if np.ptp(values) > 1e-9 * np.abs(values).max():
        found = sobol.analyze(
            _problem(names), values, calc_second_order=False, num_resamples=RESAMPLES, seed=seed
        )
        for name, key in (("first", "S1"), ("total", "ST")):
            index, reach = np.asarray(found[key], float), np.asarray(found[f"{key}_conf"], float)
            columns |= {name: index, f"{name}_low": index - reach, f"{name}_high": index + reach}
    return pd.DataFrame(columns).sort_values(
        "total", ascending=False, kind="stable", ignore_index=True
    )


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _whole(values: np.ndarray, rows: int, step: int) -> None:
    """Raise Refused unless there is a finite value for every row of a whole design: one hole would
    turn every index to nought."""
    missing = int((~np.isfinite(np.asarray(values, float))).sum())
    if values.shape != (rows,) or rows == 0 or rows % step or missing:
        raise Refused(
            worded(
                "problems.sensitivity.design_whole_values_for",
                size=values.size,
                rows=rows,
                step=step,
                missing=missing,
            ),
        )


# -------- What was found


@dataclass
class Finding:
    """The answer of one method. `frames`: outcome -> indices, the strongest first; `spread`:
    outcome -> standard deviation of the averaged gain over the points; `luck`: outcome -> share of
    the variance between single runs that is luck (nan for one replicate)."""

    method: str
    scenario: Scenario
    strategy: str
    strategy_hash: str
    title: Mapping[str, str]
    against_none: bool
    frames: dict[str, pd.DataFrame]
    spread: dict[str, float]
    luck: dict[str, float]
    points: int
    replicates: int
    runs: int
    seed: int
    mode: Mode
    design: str
    types: tuple[ProjectType, ...]
    left_out: dict[str, float] = field(
        default_factory=dict
    )  # outcome -> strongest effect among what the screening left out
    left_out_count: int = 0
    way: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # outcome -> quantity -> +1, -1 or 0: which way it moves it

    @property
    def known(self) -> dict[str, Quantity]:
        """Everything that could be varied."""
        return quantities(self.scenario, self.types)

    def heading(self, outcome: str, lang: str) -> str:
        """What a figure of it is headed: whose gain is explained."""
        kind = "gain" if _is_gain(outcome, self.against_none) else "difference"
        return say(
            f"sensitivity.say.head_{kind}",
            lang,
            outcome=meaning(outcome, lang),
            strategy=self.title[lang],
        )

    def table(self, lang: str) -> pd.DataFrame:
        """All indices: outcome, quantity, what it means, its range and unit, and
        the numbers of the method."""
        known = self.known
        frames = []
        for outcome, frame in self.frames.items():
            about = {
                "meaning": [getattr(known[name], lang) for name in frame["quantity"]],
                "range_low": [known[name].low for name in frame["quantity"]],
                "range_high": [known[name].high for name in frame["quantity"]],
                "unit": [known[name].unit for name in frame["quantity"]],
            }
            frames.append(
                pd.concat(
                    [
                        pd.Series(outcome, frame.index, name="outcome"),
                        frame["quantity"],
                        pd.DataFrame(about),
                        frame.iloc[:, 1:],
                    ],
                    axis=1,
                )
            )
        return pd.concat(frames, ignore_index=True)

    def sentences(self, lang: str, outcome: str) -> list[str]:
        """What decides an outcome, in words."""

        def told(key: str, **values: Any) -> str:
            return say(f"sensitivity.say.{key}", lang, **values)

        frame, unit = self.frames[outcome], BY_NAME[outcome].unit
        asked = {
            "outcome": explained(outcome, lang, self.against_none),
            "strategy": self.title[lang],
        }
        column = "strength" if self.method == "morris" else "total"
        strongest = frame[frame[column] > 0].head(NAMED)
        if not len(strongest) or not self.spread[outcome] > 0:
            return [told("nothing", **asked)]
        first, *others = [self._one(row, outcome, lang) for _, row in strongest.iterrows()]
        found = [told(f"{self.method}_first", first=first, **asked)]
        if others:
            found.append(told("others", others=told("between").join(others)))
        if len(strongest) > 1:
            low, high = (strongest.iloc[at] for at in (1, 0))
            ends = ("low", "high") if self.method == "morris" else ("total_low", "total_high")
            if low[ends[1]] >= high[ends[0]]:
                found.append(told("overlap"))
        if self.method == "saltelli":
            alone = float(frame["first"].clip(lower=0).sum())
            found.append(
                told(
                    "alone" if alone < ALL else "all",
                    alone=percent(alone),
                    spread=quantity(self.spread[outcome], unit, lang),
                )
            )
            if self.left_out_count:
                amount = quantity(self.left_out.get(outcome, math.nan), unit, lang)
                found.append(
                    told(
                        "left_out",
                        count=self.left_out_count,
                        amount=amount,
                        held=say(f"sensitivity.held.{self.mode}", lang),
                    )
                )
        found.append(told("ranges", count=len(frame)))
        found.append(told("luck", replicates=self.replicates))
        if math.isfinite(self.luck[outcome]):
            found.append(told("luck_share", share=percent(self.luck[outcome])))
        return found

    def _one(self, row: pd.Series, outcome: str, lang: str) -> str:
        """A quantity with what it is worth: “Name (41%, 35% to 47%; more of it, more)”."""
        name, unit = str(row["quantity"]), BY_NAME[outcome].unit
        way = self.way.get(outcome, {}).get(name)
        which = (
            ""
            if way is None
            else say(f"sensitivity.way.{({1: 'up', -1: 'down'}).get(way, 'both')}", lang)
        )
        if self.method == "morris":
            worth = say("sensitivity.say.moves", lang, amount=quantity(row["strength"], unit, lang))
        else:
            ends = (
                percent(max(0.0, min(1.0, float(row[end])))) for end in ("total_low", "total_high")
            )
            worth = say(
                "sensitivity.say.share",
                lang,
                share=percent(min(1.0, float(row["total"]))),
                low=next(ends),
                high=next(ends),
            )
        title = getattr(self.known[name], lang)
        return say("sensitivity.say.one", lang, name=title, worth=worth, way=which)


def explained(outcome: str, lang: str, against_none: bool) -> str:
    """What is explained, in words: a gain as it is, anything else as its difference to
    no alliance."""
    words = meaning(outcome, lang)
    words = words[:1].lower() + words[1:]
    return say(
        f"sensitivity.say.{'gain' if _is_gain(outcome, against_none) else 'difference'}",
        lang,
        outcome=words,
    )


def _is_gain(outcome: str, against_none: bool) -> bool:
    return outcome in {o.name for o in GAINS} or not against_none


def quantities(
    scenario: Scenario | None = None, types: Sequence[ProjectType] = ()
) -> dict[str, Quantity]:
    """Everything that a sensitive design may vary: levers, parameters, the region's own, and
    numbers of project types."""
    of_region = quantities_of(scenario.region if scenario is not None else region("china"))
    return {**levers(), **uncertain(of_region, types)}


# -------- From stored runs


def analysed(
    folder: str | Path, strategy: str = "", outcomes: Sequence[str] = (), seed: int = 0
) -> Finding:
    """What a finished sweep of the design `morris` or `saltelli` says. `strategy` may be left out
    where there is but one beside none.

    Raises Refused where it is another design, or one that is not whole: runs missing, or failed.
    """
    store = Store(folder)
    made = store.asked()
    if made.sweep.design not in SENSITIVE:
        raise Refused(
            worded(
                "problems.sensitivity.its_design_sensitivity_needs",
                folder=folder,
                design=made.sweep.design,
                designs=joined(SENSITIVE),
            ),
        )
    if len(made.scenarios) > 1 or len(made.settings) > 1:
        raise Refused(
            worded(
                "problems.sensitivity.scenario_setting_levers_analysed",
                folder=folder,
                scenarios=len(made.scenarios),
                settings=len(made.settings),
            ),
        )
    label = _chosen(folder, made, strategy)
    chosen = tuple(outcomes) or tuple(o for o in OUTCOMES if o in made.outcomes) or made.outcomes
    if unknown := [name for name in chosen if name not in made.outcomes]:
        raise Refused(
            worded(
                "problems.sensitivity.does_hold_holds",
                folder=folder,
                unknown=joined(unknown),
                outcomes=joined(made.outcomes),
            ),
        )
    against = NONE in made.portfolios and label != NONE
    frame = read(folder, ["strategy", "rival", "point", "run", "status", *chosen])
    values = _values(folder, frame, made, label, chosen)
    if against:
        values = values - _values(folder, frame, made, NONE, chosen)
    names, seed = list(made.sample), seed or made.sweep.seed or 1
    means = values.mean(axis=1)  # (points, outcomes)
    frames = {}
    for at, outcome in enumerate(chosen):
        if made.sweep.design == "morris":
            frames[outcome] = screened(names, made.shares, means[:, at], seed)
        else:
            frames[outcome] = decomposed(names, means[:, at], seed)
    found = Finding(
        method=made.sweep.design,
        scenario=next(iter(made.scenarios.values())),
        strategy=label,
        strategy_hash=portfolio_fingerprint(made.portfolios[label]),
        title=made.portfolios[label].default.title
        if not made.portfolios[label].by
        else dict.fromkeys(("en", "zh"), label),
        against_none=against,
        frames=frames,
        spread=dict(zip(chosen, means.std(axis=0).tolist(), strict=True)),
        luck={outcome: _luck_share(values[:, :, at]) for at, outcome in enumerate(chosen)},
        points=made.points,
        replicates=made.sweep.replicates,
        runs=made.runs,
        seed=made.sweep.seed,
        mode=made.mode,
        design=made.hash,
        types=made.types,
    )
    if made.sweep.design == "morris":
        found.way = {outcome: _ways(frame) for outcome, frame in frames.items()}
    return found


def _chosen(folder: str | Path, made: Design, strategy: str) -> str:
    labels = [label for label in made.portfolios if label != NONE]
    if strategy in made.portfolios:
        return strategy
    if not strategy and len(labels) == 1:
        return labels[0]
    which = "which_strategy_found" if strategy else "which_strategy"
    raise Refused(
        worded(
            f"problems.store.{which}",
            folder=folder,
            labels=joined(labels),
            strategy=quoted(strategy),
        )
    )


def _values(
    folder: str | Path, frame: pd.DataFrame, made: Design, label: str, outcomes: Sequence[str]
) -> np.ndarray:
    """Outcomes of one strategy, (points, replicates, outcomes). Raises Refused where
    the design is not whole."""
    rows = frame[(frame["strategy"] == label) & (frame["rival"] == "")]
    well = rows[rows["status"] == SUCCEEDED].sort_values(["point", "run"])
    wanted = made.runs_a_cell
    if len(well) != wanted:
        failed, missing = len(rows) - len(well), wanted - len(rows)
        raise Refused(
            worded(
                "problems.sensitivity.design_whole_for_runs",
                folder=folder,
                wanted=wanted,
                label=label,
                missing=missing,
                failed=failed,
            ),
        )
    return (
        well[list(outcomes)]
        .to_numpy(float)
        .reshape(made.points, made.sweep.replicates, len(outcomes))
    )


def _luck_share(values: np.ndarray) -> float:
    """Share of the variance of single runs (points, replicates) that lies between
    the replicates of a point."""
    if values.shape[1] < 2:
        return math.nan
    within, between = float(values.var(axis=1, ddof=1).mean()), float(values.mean(axis=1).var())
    return within / (within + between) if within + between > 0 else math.nan


def _ways(frame: pd.DataFrame) -> dict[str, int]:
    """Which way each quantity moves the value: up, down, or (0) now this way and now that."""
    ways = np.where(
        frame["effect"].abs() >= ONE_WAY * frame["strength"], np.sign(frame["effect"]), 0
    )
    return dict(zip(frame["quantity"], ways.astype(int).tolist(), strict=True))


# -------- Making the runs


def study(
    scenario: Scenario,
    strategy: Portfolio | str,
    *,
    folder: str | Path,
    method: str = "both",
    outcomes: Sequence[str] = (),
    set_levers: Mapping[str, Any] | None = None,
    uncertainties: Mapping[str, Any] | None = None,
    trajectories: int = TRAJECTORIES,
    points: int = POINTS,
    replicates: int = REPLICATES,
    keep: int = KEEP,
    seed: int = 1,
    mode: Mode = "point",
    types: tuple[ProjectType, ...] = (),
    workers: int = 0,
    progress: Progress | None = None,
) -> list[Finding]:
    """Make the runs under `folder` (or go on where they stopped) and analyse them: a finding a
    method, in the order they were made.

    `set_levers`: name -> value, or (low, high) or a list to vary it. `uncertainties`: name -> (low,
    high), a list, or "prior"; if none is named all parameters over their priors and all numbers of
    project types over their ranges; those that are not varied are what `mode` says. `types`: the
    technology, the shipped one if none is given. `trajectories` of Morris' screening; `points` (a
    power of two) of Sobol's base sample; `replicates`: pieces of luck that each point is averaged
    over; `keep`: at most so many quantities go from the first to the second. Raises TableError
    where the design cannot be made, Refused where a run failed, KeyboardInterrupt when stopped.
    """
    chosen = tuple(outcomes) or OUTCOMES
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    ranges = _ranges(scenario, uncertainties or {}, types or shipped())
    moved = {
        name: {"low": v[0], "high": v[1]} if isinstance(v, tuple) else v
        for name, v in (set_levers or {}).items()
    }
    found: list[Finding] = []
    for design in METHODS[method]:
        if found:
            kept = matter(found[0], keep)
            ranges = {name: body for name, body in ranges.items() if name in kept}
            moved = {
                name: body
                for name, body in moved.items()
                if name in kept or isinstance(body, (int, float))
            }
        asked = Sweep(
            name=f"sensitivity-{design}",
            scenarios=((scenario.name, scenario),),
            technology=types,
            strategies=(NONE, *([portfolio] if portfolio.name != NONE else [])),
            levers=moved,
            uncertainties=ranges,
            parameters=mode,
            design=design,
            points=trajectories if design == "morris" else points,
            replicates=replicates,
            seed=seed,
            years=scenario.years,
            outcomes=tuple(dict.fromkeys((*MAIN, *chosen))),
        )
        made = expand(asked, "sensitivity")
        where = Path(folder) / design
        summary = carry_out(made, where, workers=workers, progress=progress)
        if summary.interrupted:
            raise KeyboardInterrupt
        if summary.stopped is not None:
            raise Refused(summary.stopped)
        one = analysed(where, portfolio.name, chosen)
        if found:
            _remember(one, found[0])
        found.append(one)
    return found


def _ranges(
    scenario: Scenario, uncertainties: Mapping[str, Any], types: Sequence[ProjectType]
) -> dict[str, Any]:
    """What is varied and between which ends, as a sweep file says it; whatever is one number
    in the model is left out."""
    if uncertainties:
        return {
            name: {"low": v[0], "high": v[1]} if isinstance(v, tuple) else v
            for name, v in by_dotted_name(uncertainties, types).items()
        }
    every = uncertain(quantities_of(scenario.region), types)
    return {
        name: {"low": q.low, "high": q.high, "scale": q.scale} if name in REGIONAL else "prior"
        for name, q in every.items()
        if q.low < q.high
    }


def matter(screening: Finding, keep: int = KEEP) -> list[str]:
    """The quantities that go on to Sobol: at most `keep` whose effect on any outcome is a tenth of
    the strongest effect on it."""
    scores: dict[str, float] = {}
    for frame in screening.frames.values():
        top = float(frame["strength"].max())
        for name, strength in zip(frame["quantity"], frame["strength"], strict=True):
            scores[name] = max(scores.get(name, 0.0), strength / top if top > 0 else 0.0)
    order = sorted(scores, key=lambda name: -scores[name])
    return [name for at, name in enumerate(order) if at < 2 or (at < keep and scores[name] >= WEAK)]


def _remember(found: Finding, screening: Finding) -> None:
    """Tell the second method what the first one knows: which way quantities move an
    outcome, and what was left out."""
    found.way = screening.way
    names = set(next(iter(found.frames.values()))["quantity"])
    found.left_out_count = sum(
        name not in names for name in next(iter(screening.frames.values()))["quantity"]
    )
    for outcome, frame in screening.frames.items():
        found.left_out[outcome] = (
            float(frame[~frame["quantity"].isin(names)]["strength"].max())
            if found.left_out_count
            else math.nan
        )


# -------- Files


def write(found: Sequence[Finding], out: Path, lang: str) -> list[Path]:
    """Write morris.csv, sobol.csv, sensitivity.json and a figure a method and outcome (the first
    also as a picture) into `out`, all or none."""
    from village_alliances.experiments import drawing, plots

    files: dict[str, Any] = {}
    for one in found:
        name = NAMES[one.method]
        files[f"{name}.csv"] = partial(write_csv, one.table(lang))
        for at, (outcome, frame) in enumerate(one.frames.items()):
            figure = plots.sensitivity(frame, lang, outcome, one.heading(outcome, lang))
            stem = f"{name}_{outcome}"
            files[f"figures/{stem}.svg"] = drawing.svg(figure, stem, standalone=True).encode()
            if at == 0:
                files[f"figures/{stem}.png"] = drawing.png(figure)
    return write_outputs(out, {**files, "sensitivity.json": plain(found)})


def plain(found: Sequence[Finding]) -> dict[str, Any]:
    """All findings as JSON holds them: of what, by which design, every index, and the
    sentences in both languages."""
    first = found[0]
    methods = {
        NAMES[one.method]: {
            "design": one.design,
            "points": one.points,
            "replicates": one.replicates,
            "runs": one.runs,
            "seed": one.seed,
            "luck": {
                outcome: share if math.isfinite(share) else None
                for outcome, share in one.luck.items()
            },
            "spread": one.spread,
            "left_out": one.left_out_count,
            "indices": {outcome: records(frame) for outcome, frame in one.frames.items()},
            "sentences": {
                outcome: {lang: one.sentences(lang, outcome) for lang in ("en", "zh")}
                for outcome in one.frames
            },
        }
        for one in found
    }
    return {
        "scenario": first.scenario.name,
        "scenario_hash": scenario_fingerprint(first.scenario),
        "years": first.scenario.years,
        "strategy": first.strategy,
        "strategy_hash": first.strategy_hash,
        "against_none": first.against_none,
        "methods": methods,
        **versions(),
    }


@dataclass(frozen=True)
class Told:
    """What a sensitivity analysis says of one outcome, as the report of a comparison shows it."""

    outcome: str
    frame: pd.DataFrame
    sentences: Mapping[str, Sequence[str]]  # by language


def told(
    folder: str | Path,
    scenario: Scenario,
    strategies: Mapping[str, Portfolio],
    outcome: str = OUTCOMES[0],
) -> Told:
    """What the analysis in a folder says of one of these strategies for these villages. Raises
    Refused if it speaks of others, or of another version of the model."""
    path = Path(folder) / "sensitivity.json"
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        methods, of = body["methods"], (body["scenario_hash"], body["strategy_hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            worded(
                "problems.sensitivity.holds_sensitivity_analysis_cannot",
                folder=folder,
                name=path.name,
            ),
        ) from error
    if of[0] != scenario_fingerprint(scenario) or of[1] not in {
        portfolio_fingerprint(p) for p in strategies.values()
    }:
        raise Refused(
            worded(
                "problems.sensitivity.its_analysis_years_under",
                folder=folder,
                scenario=body["scenario"],
                years=body["years"],
                strategy=body["strategy"],
            ),
        )
    if body.get("fingerprint") != fingerprint("model"):
        raise Refused(
            worded("problems.sensitivity.its_analysis_made_another", folder=folder),
        )
    best = methods.get("sobol") or methods["morris"]
    chosen = outcome if outcome in best["indices"] else next(iter(best["indices"]))
    return Told(chosen, pd.DataFrame(best["indices"][chosen]), best["sentences"][chosen])
