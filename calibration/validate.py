"""Where the model is right and where it is wrong: predictive checks of the fit, each place and
document left out in turn, held-out figures.

Every figure is compared with what documents would state of societies under the posterior (and,
beside it, the prior): its place among them, whether it lies in the middle 50% and 90%, and how wide
these are. Held-out figures are read here and nowhere earlier. A run that has nothing to state says
nothing, as in scores.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import evidence, fit, priors, scores, targets
from village_alliances.calibration.cases import (
    CASES,
    LUCK,
    RATES,
    Case,
    gain_of,
    growth_with_age,
    read_ages,
    read_country,
    read_county,
    read_fate,
    read_growth,
    reported,
    simulate,
)
from village_alliances.calibration.priors import Sets

SETS = 400
FIRST = 5_000_000  # number of the first predictive society, clear of the sweeps'
MIDDLE, WIDE = (0.25, 0.75), (0.05, 0.95)


@dataclass(frozen=True)
class Score:
    """One figure against what is predicted. `place`: share of predictions under it. Values in the
    quantity's own unit; `width` is the 90% band's upper end over its lower; `silent` the share of
    runs that say nothing. A figure counts as inside a band where both its place and the band's ends
    say so: on the edge the model gets no benefit of the doubt."""

    name: str
    part: str
    stated: float
    qualifier: str
    low90: float
    low50: float
    median: float
    high50: float
    high90: float
    place: float
    silent: float
    note: str = ""
    figures: tuple[str, ...] = ()

    @property
    def in50(self) -> bool:
        """The figure lies in the middle half."""
        return MIDDLE[0] <= self.place <= MIDDLE[1] and self.low50 <= self.stated <= self.high50

    @property
    def in90(self) -> bool:
        """The figure lies in the middle nine tenths."""
        return WIDE[0] <= self.place <= WIDE[1] and self.low90 <= self.stated <= self.high90

    @property
    def width(self) -> float:
        """Upper end of the 90% band over its lower."""
        return self.high90 / self.low90

    @property
    def miss(self) -> str:
        """'' inside the 90% band; else in which direction the model is wrong."""
        return "" if self.in90 else ("model too high" if self.place < 0.5 else "model too low")

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON, numbers that are none as null."""
        body = {
            **asdict(self),
            "in50": self.in50,
            "in90": self.in90,
            "width": self.width,
            "miss": self.miss,
        }
        return {key: scores.finite(value) for key, value in body.items()}


def score(name: str, part: str, predicted: np.ndarray, stated: float, **about: Any) -> Score:
    """Compare a figure with predictions (n,), both on the log scale; `about`: qualifier, note,
    figures, silent. Ties count half; of runs that say nothing (nan) only the share is told."""
    predictions = predicted[~np.isnan(predicted)]
    bands, place = np.full(5, np.nan), np.nan
    if predictions.size:
        bands = np.exp(np.quantile(predictions, [0.05, 0.25, 0.5, 0.75, 0.95]))
        ties = np.abs(predictions - stated) <= 1e-9
        place = float((predictions < stated - 1e-9).mean() + 0.5 * ties.mean())
    low90, low50, median, high50, high90 = map(float, bands)
    about = {"silent": 1.0 - predictions.size / predicted.size, **about}
    return Score(
        name, part, float(np.exp(stated)), about.pop("qualifier"), low90, low50, median, high50, high90, place, **about
    )  # fmt: skip


# -------- Predictive checks of the fit


def afresh(sets: Sets) -> Sets:
    """The same values under numbers whose luck no sweep has seen."""
    return Sets(np.arange(FIRST, FIRST + len(sets), dtype=np.uint64), sets.values)


def selection(sets: Sets) -> np.ndarray:
    """The quantile above which a named case is drawn, of each set (n,)."""
    return np.asarray(sets.values[priors.SELECTION.name])


def check_targets(sets: Sets, seed: int) -> list[Score]:
    """Each target of the fit against what sets predict."""
    readings = {name: simulate(case, afresh(sets), seed) for name, case in CASES.items()}
    rng = np.random.default_rng(seed + 30)
    observed = targets.observe(readings, selection(sets), rng)
    return [
        score(
            t.name,
            "fit",
            observed[t.name],
            float(np.log(t.stated)),
            qualifier=t.qualifier,
            note=t.why,
            figures=t.figures,
        )
        for t in targets.TARGETS
    ]


# -------- Held-out figures


@dataclass(frozen=True)
class HeldOutFigure:
    """A figure that a fit left out. `value` of the register's figures; other
    fields as in `targets.Target`."""

    name: str
    case: Case
    quantity: str
    figures: tuple[str, ...]
    value: Callable[[list[float]], float] = lambda values: values[0]
    note: str = ""

    @property
    def qualifier(self) -> str:
        """What the words of the first figure claim."""
        return evidence.named(self.figures[0]).qualifier

    @property
    def stated(self) -> float:
        """The log of the stated figure."""
        return float(np.log(self.value([evidence.named(id).value for id in self.figures])))

    def as_documented(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What a document would state of values (n,) on the log scale: with the discrepancy of its
        design, and by its words."""
        error = scores.discrepancy(self.name) * rng.standard_normal(len(values))
        return targets.qualify(values + error, self.qualifier, rng)


def over(values: list[float]) -> float:
    """The first by the second."""
    return values[0] / values[1]


TAITOU = Case("shaigu", "shaigu", 3, gain_of("台头村"), luck=LUCK, best="land", named=True, paired=True)  # fmt: skip
KUANGYAN = Case("kuangyan", "kuangyan", 2, read_growth, luck=LUCK, best="growth")
COUNTRY = Case("country", "country", 8, read_country, alone=True)
WORKSHOPS = Case("workshops", "fenghua", 8, read_county)
OPERATED = Case(
    "operated", "kuangyan", 5, read_ages, luck=2 * LUCK, paired=True, pool=growth_with_age
)
AGES = "operated villages of different ages, not the same grown older"
HELD_OUT = (
    HeldOutFigure("jinxi-mean", CASES["jinxi"], "mean_level", ("jinxi-mean-collective-after",), note="the start of four of the five is drawn"),
    HeldOutFigure("jinxi-per-head", CASES["jinxi"], "per_head", ("jinxi-per-capita-after",)),
    HeldOutFigure("kuangyan-growth", KUANGYAN, "growth", ("kuangyan-collective-growth",), value=lambda v: 1.0 + v[0] / 100.0),
    HeldOutFigure("zibo-size", CASES["zibo"], "size", ("zibo-villages-covered-2021", "zibo-alliances-2021"), value=over, note="villages to a joint body"),
    HeldOutFigure("taitou-land", TAITOU, "land", ("shaigu-taitou-coop-gain",), note="from land alone"),
    HeldOutFigure("country-growth", COUNTRY, "growth", ("X011", "X010"), value=over, note="without alliances, with ordinary project money"),
    HeldOutFigure("effect-growth", OPERATED, "effect_two", ("X064",), value=lambda v: (v[0] + 2 * 2.74) / v[0],
        note="the effect of the third year over that of the first, of county programmes"),
    HeldOutFigure("operated-gain-four", OPERATED, "gain_four", ("operated-gain-after-four", "operated-gain-first-year"), value=over, note=AGES),
    HeldOutFigure("workers-nation", WORKSHOPS, "workers", ("X034", "X046"), value=lambda v: 100.0 * over(v),
        note="poor workers of a workshop in 22 provinces over their share of the workers in one county"),
    HeldOutFigure("workers-ganyu", WORKSHOPS, "workers", ("X040",)),
    HeldOutFigure("workers-ganzhou", WORKSHOPS, "workers", ("X041",)),
    HeldOutFigure("workers-yucheng", WORKSHOPS, "workers", ("X045",)),
    HeldOutFigure("operated-jobs-two", OPERATED, "jobs_two", ("operated-jobs-after-two", "operated-jobs-first-year"), value=over, note=AGES),
    HeldOutFigure("operated-jobs-four", OPERATED, "jobs_four", ("operated-jobs-after-four", "operated-jobs-first-year"), value=over, note=AGES),
)  # fmt: skip
OF_THE_FIT = tuple(
    HeldOutFigure(t.name, CASES[t.case], t.quantity, t.figures, value=over if len(t.figures) > 1 else lambda v: v[0], note=t.why)
    for t in targets.TARGETS
)  # fmt: skip
ROWS = {row.name: row for row in (*OF_THE_FIT, *HELD_OUT)}


def forecasts(sets: Sets, seed: int, rows: Iterable[str]) -> list[scores.Forecast]:
    """Sets carried to figures, and what the naive say of them, all as a document would state it."""
    fresh = afresh(sets)
    done: dict[str, dict[str, np.ndarray]] = {}
    forecasts = []
    for name in rows:
        row = ROWS[name]
        rng = np.random.default_rng([seed + 40, *name.encode()])
        if row.case.name not in done:
            done[row.case.name] = simulate(row.case, fresh, seed)
        values = reported(row.case, done[row.case.name], selection(sets), rng.random(len(sets)))
        simulated = targets.on_scale(values[row.quantity])
        naive = {
            who: row.as_documented(predicted, rng) for who, predicted in scores.naive(name).items()
        }
        model, silent = scores.spoken(row.as_documented(simulated, rng), naive["curve"])
        kind = scores.rules()["row"][name]["kind"]
        forecasts.append(scores.Forecast(name, kind, row.stated, model, naive, silent))
    return forecasts


def check(forecasts: list[scores.Forecast], part: str) -> list[Score]:
    """Each figure against what is predicted of it."""
    checked = []
    for forecast in forecasts:
        row = ROWS[forecast.name]
        about = {
            "qualifier": row.qualifier,
            "note": row.note,
            "figures": row.figures,
            "silent": forecast.silent,
        }
        checked.append(score(forecast.name, part, forecast.model, forecast.observed, **about))
    return checked


@dataclass(frozen=True)
class LeftOut:
    """A place or a document that a fit left out whole: the rows of it, forecast from that fit."""

    name: str
    by: tuple[str, ...]
    forecasts: list[scores.Forecast]


def leave_groups_out(
    sample: fit.PriorSample, seed: int = fit.SEED, count: int = SETS
) -> list[LeftOut]:
    """Each group of scoring.toml forecast from a posterior that saw none of its cases."""
    groups_out = []
    for name, group in scores.rules()["group"].items():
        kept = fit.infer(sample, without=tuple(group["cases"])).draws(count, seed + 7)
        groups_out.append(LeftOut(name, tuple(group["by"]), forecasts(kept, seed, group["rows"])))
    return groups_out


def unfitted_sets(count: int, seed: int) -> Sets:
    """Sets of the prior that no sweep holds."""
    return priors.sets(np.arange(FIRST, FIRST + count, dtype=np.uint64), seed + 6)


# -------- Praised alliances, and four rates


@dataclass(frozen=True)
class Fate:
    """Of a documented alliance some years on: how often its founding members are all active, how
    often all still members, both among all runs and among those that a praised case is drawn from,
    and each of RATES a year."""

    name: str
    years: int
    whole: float
    together: float
    whole_praised: float
    together_praised: float
    rates: dict[str, float]


PRAISED = (("jinxi", 4), ("tengtou", 8), ("chunhu", 6), ("zhujiahu", 4))
EACH_YEAR = {"leaving": "member", "going_quiet": "member", "project_death": "project", "alliance_death": "alliance"}  # fmt: skip


def fates(sets: Sets, seed: int) -> list[Fate]:
    """A check, never a target: the documents praise these alliances for being there years later,
    and were written because they were."""
    fates = []
    for name, years in PRAISED:
        case = Case(name, name, years, read_fate, luck=LUCK, best="gain", named=True, paired=True)
        readings = simulate(case, afresh(sets), seed)
        rng = np.random.default_rng(seed + 70)
        praised = reported(case, readings, selection(sets), rng.random(len(sets)))
        rates = {
            rate: float(
                readings[rate].sum() / max(readings[f"{EACH_YEAR[rate]}_years"].sum(), 1e-9)
            )
            for rate in RATES
        }
        whole, together, whole_praised, together_praised = (
            float(part[key].mean()) for part in (readings, praised) for key in ("whole", "together")
        )
        fates.append(Fate(name, years, whole, together, whole_praised, together_praised, rates))
    return fates


# -------- All of it


LEFT = ("place", "document")  # what a fit leaves out whole


@dataclass(frozen=True)
class Validation:
    """Scores of the fit, of a county's own years where it has added a history, and of the figures
    that a fit left out: under the prior, and from fits that left out their place or their document.
    `held_out`: what the posterior says of those that it never saw."""

    fitted: list[Score]
    held_out: list[Score]
    prior: list[scores.Forecast]
    own: list[Score] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    groups: list[LeftOut] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)

    def scored(self) -> list[Score]:
        """Figures of the fit and those held out."""
        return [*self.fitted, *self.held_out]

    def without(self, text: str) -> list[scores.Forecast]:
        """Every scored figure from a fit that left out its `place` or `document`, in one order;
        none where no fit was told of."""
        by_name = {
            forecast.name: forecast
            for group in self.groups
            if text in group.by
            for forecast in group.forecasts
        }
        return [by_name[forecast.name] for forecast in self.prior if forecast.name in by_name]

    def unmended(self, left: str) -> list[scores.Forecast]:
        """`without`, less the figures whose reading was mended after a score had been seen."""
        return [score for score in self.without(left) if not scores.mended(score.name)]

    def kinds(self) -> dict[str, dict[str, scores.KindScores]]:
        """Scores by kind of quantity, by what the forecast comes from:
        `prior`, and what was left out."""
        parts = {"prior": self.prior, **{left: self.without(left) for left in LEFT}}
        return {name: scores.by_kind(part) for name, part in parts.items() if part}

    def asked(self) -> dict[str, bool | None]:
        """Whether the model may be asked, by kind; None where it cannot be told. Figures whose
        reading was mended after a score had been seen have no say."""
        parts = [scores.by_kind(part) for left in LEFT if (part := self.unmended(left))]
        return {
            kind: scores.both([part[kind].answers if kind in part else None for part in parts])
            for kind in scores.KINDS
        }

    def gain_of_the_fit(self) -> dict[str, tuple[float, float]]:
        """By what was left out: mean log score less that of the prior over the same
        rows, and its standard error."""
        return {
            left: scores.better(self.without(left), self.prior)
            for left in LEFT
            if self.without(left)
        }

    def parts(self) -> dict[str, list[Score]]:
        """Figures against what is predicted of them, by part that has any."""
        left = {f"{name} left out": check(self.without(name), f"{name} left out") for name in LEFT}
        parts = {
            "fit": self.fitted,
            "own": self.own,
            "held out": self.held_out,
            "prior": check(self.prior, "prior"),
            **left,
        }
        return {name: rows for name, rows in parts.items() if rows}

    def coverage(self) -> dict[str, dict[str, float]]:
        """Share of figures in the 50% and 90% bands, and the median width of the
        latter, by part that has any."""
        return {
            name: {
                "figures": len(rows),
                "in50": float(np.mean([s.in50 for s in rows])),
                "in90": float(np.mean([s.in90 for s in rows])),
                "width90": float(np.nanmedian([s.width for s in rows])),
            }
            for name, rows in self.parts().items()
        }

    def plain(self) -> dict[str, Any]:
        """The whole table as JSON holds it."""
        return {
            "coverage": self.coverage(),
            "asked": self.asked(),
            "kinds": {
                part: {name: kind.as_dict() for name, kind in of.items()}
                for part, of in self.kinds().items()
            },
            "groups": {
                group.name: [forecast.name for forecast in group.forecasts] for group in self.groups
            },
            "gain of the fit": {
                name: [scores.finite(v) for v in pair]
                for name, pair in self.gain_of_the_fit().items()
            },
            "fates": [asdict(fate) for fate in self.fates],
            "scores": [s.as_dict() for rows in self.parts().values() for s in rows],
            "about": self.about,
        }


def validate(
    sets: Sets | None = None,
    groups: list[LeftOut] | None = None,
    *,
    seed: int = fit.SEED,
    count: int = SETS,
) -> Validation:
    """Score the shipped posterior, or other sets."""
    draws = (fit.shipped_draws() if sets is None else sets).where(np.arange(count))
    held_out = forecasts(draws, seed, [name.name for name in HELD_OUT])
    return Validation(
        fitted=check_targets(draws, seed),
        held_out=check(held_out, "held out"),
        prior=forecasts(unfitted_sets(count, seed), seed, ROWS),
        about={"draws": len(draws), "seed": seed},
        groups=groups or [],
        fates=fates(draws, seed),
    )


def draw_figure(validation: Validation, path: Path) -> None:
    """Each figure on its own 90% band (SVG): band, middle half, median, and
    where the stated figure lies."""
    import matplotlib
    from matplotlib.figure import Figure

    finite = [s for s in validation.scored() if np.isfinite(s.median)]
    picture = Figure(figsize=(7.5, 0.28 * len(finite) + 1.2), layout="constrained")
    axes = picture.subplots()
    for row, s in enumerate(reversed(finite)):
        colour = "#1b6ca8" if s.part == "fit" else "#b3541e"
        bands = np.array([s.low90, s.low50, s.high50, s.high90]) / s.stated
        bands = bands.clip(0.02, 50)
        axes.plot(bands[[0, 3]], [row, row], color=colour, lw=1.5)
        axes.plot(bands[1:3], [row, row], color=colour, lw=5, solid_capstyle="butt")
        axes.plot([np.clip(s.median / s.stated, 0.02, 50)], [row], "|", color="white", ms=6)
    axes.axvline(1.0, color="black", lw=0.8)
    axes.set_xscale("log")
    axes.set_xlim(0.02, 50)
    axes.set_yticks(range(len(finite)), [s.name for s in reversed(finite)], fontsize=8)
    axes.set_xlabel("simulated / stated (line 90%, bar 50%; blue fit, brown held out)")
    with matplotlib.rc_context({"svg.hashsalt": "validation"}):
        picture.savefig(path, format="svg", metadata={"Date": None})
