"""Where the model is right and where it is wrong: predictive checks of the fit, each case left out in turn, and the held-out figures.

Every figure is compared with what documents would state of societies under the posterior (and, beside it, the prior): its place
among them, whether it lies in the middle 50% and 90%, and how wide these are. Held-out figures are read here and nowhere earlier.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import evidence, fit, priors, scores, targets
from village_alliances.calibration.cases import (
    CASES,
    RATES,
    Case,
    gain_of,
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
LEAST = 1e-3  # of the stated figure: a prediction under it counts as this, for logs need a floor
FIRST = 5_000_000  # number of the first predictive society, clear of the sweeps'
MIDDLE, WIDE = (0.25, 0.75), (0.05, 0.95)


@dataclass(frozen=True)
class Score:
    """One figure against what is predicted. `place`: share of predictions under it. Values in the quantity's own unit; `width` is the
    90% band's upper end over its lower (nan where the lower is not above nought). A figure counts as inside a band where both its
    place and the band's ends say so: on the edge the model gets no benefit of the doubt."""

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
        return self.high90 / self.low90 if self.low90 > 0 else float("nan")

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
        return {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in body.items()
        }


def score(
    name: str,
    part: str,
    predicted: np.ndarray,
    stated: float,
    back: Callable[[Any], Any],
    **about: Any,
) -> Score:
    """Compare a figure with predictions, both on the target's scale. Ties count half."""
    low90, low50, median, high50, high90 = (
        float(back(value)) for value in np.quantile(predicted, [0.05, 0.25, 0.5, 0.75, 0.95])
    )
    place = float(
        (predicted < stated - 1e-9).mean() + 0.5 * (np.abs(predicted - stated) <= 1e-9).mean()
    )
    qualifier, note, figures = about["qualifier"], about.get("note", ""), about.get("figures", ())
    return Score(
        name,
        part,
        float(back(stated)),
        qualifier,
        low90,
        low50,
        median,
        high50,
        high90,
        place,
        note,
        figures,
    )


# -------- Predictive checks of the fit


def afresh(sets: Sets) -> Sets:
    """The same values under numbers whose luck no sweep has seen."""
    return Sets(np.arange(FIRST, FIRST + len(sets), dtype=np.uint64), sets.values)


def selection(sets: Sets) -> np.ndarray:
    """The quantile above which a named case is drawn, of each set (n,)."""
    return np.asarray(sets.values[priors.SELECTION.name])


def check_targets(sets: Sets, part: str, seed: int, only: str = "") -> list[Score]:
    """Each target of the fit (of one case, if asked) against what sets predict."""
    chosen = [t for t in targets.TARGETS if only in ("", t.case)]
    readings = {
        name: simulate(CASES[name], afresh(sets), seed) for name in {t.case for t in chosen}
    }
    rng = np.random.default_rng(seed + 30)
    said = targets.observe(readings, selection(sets), rng)
    return [
        score(
            t.name,
            part,
            said[t.name],
            float(t.on_scale(t.stated)),
            t.back,
            qualifier=t.qualifier,
            note=t.why,
            figures=t.figures,
        )
        for t in chosen
    ]


def leave_one_out(sample: fit.Sample, seed: int = fit.SEED, count: int = SETS) -> list[Score]:
    """Each case predicted from a posterior that never saw it."""
    found: list[Score] = []
    for case in CASES:
        draws = fit.infer(sample, without=(case,)).draws(count, seed + 5)
        found += check_targets(draws, "left out", seed, case)
    return found


# -------- Held-out figures


@dataclass(frozen=True)
class HeldOut:
    """A figure that the fit never saw. `value` of the register's figures; other fields as in `targets.Target`.

    `all_of_them`: the figure is a whole that none can exceed; it is counted without errors, and a run that reaches it ties.
    """

    name: str
    case: Case
    quantity: str
    figures: tuple[str, ...]
    qualifier: str
    discrepancy: float
    value: Callable[[list[float]], float] = lambda values: values[0]
    all_of_them: bool = False
    note: str = ""


WITH_150 = {"campaign_floor": 150_000.0, "campaign_end": 27.0}
ALIKE = "a range names this figure, so it is no clean test"
F50, F8 = Case("f50", "fenghua", 4, read_county), Case("f8", "fenghua", 8, read_county)
SUOYIFAN = Case("suoyifan", "suoyifan", 3, gain_of("蓑衣樊村"), luck=32, best="alliance_gain", named=True, paired=True)  # fmt: skip
HEINIU = (Case("heiniu", "heiniu", 3, gain_of("李孟德村"), luck=32, best="gain", named=True, paired=True),
          Case("qiujia", "heiniu", 3, gain_of("仇家村"), luck=32, best="gain", named=True, paired=True))  # fmt: skip
OPERATED = Case("operated", "kuangyan", 5, read_ages, luck=8, paired=True)
HELD_OUT = (
    HeldOut("jinxi-mean", CASES["jinxi"], "mean_level", ("jinxi-mean-collective-after",), "exact", 0.3,
            note="the start of four of the five is drawn"),
    HeldOut("jinxi-per-head", CASES["jinxi"], "per_head", ("jinxi-per-capita-after",), "about", 0.1),
    HeldOut("lifted-with-campaign", F50, "lifted", ("fenghua-weak-villages-lifted-2018",), "exact", 0.0, all_of_them=True,
            note="campaign in full"),
    HeldOut("floor-150k-with-campaign", Case("f150", "fenghua", 7, read_county, levers=WITH_150), "over_150k",
            ("ningbo-collective-floor-2021", "fenghua-admin-units"), "exact", 0.0, value=lambda v: v[1], all_of_them=True,
            note="campaign to 150,000 by the end of 2021"),
    HeldOut("kuangyan-growth", Case("kuangyan", "kuangyan", 2, read_growth, luck=32, best="growth"), "growth", ("kuangyan-collective-growth",),
            "exact", 0.05, value=lambda v: 1.0 + v[0] / 100.0),
    HeldOut("workshop-jobs", F8, "workers", ("ningbo-workshop-jobs", "ningbo-workshops"), "more_than", 0.3,
            value=lambda v: v[0] / v[1], note=ALIKE),
    HeldOut("zibo-size", CASES["zibo"], "size", ("zibo-villages-covered-2021", "zibo-alliances-2021"), "exact", 0.1, value=lambda v: v[0] / v[1],
            note="villages to a joint body"),
    HeldOut("suoyifan-gain", SUOYIFAN, "alliance_gain", ("suoyifan-collective-gain",), "at_least", 0.3,
            note=f"per alliance; per village or alliance is not said; {ALIKE}"),
    HeldOut("suoyifan-jobs", SUOYIFAN, "jobs", ("suoyifan-jobs",), "more_than", 0.3, note=ALIKE),
    HeldOut("liushui-jobs", Case("liushui", "liushui", 3, gain_of("北流水村"), luck=32, best="alliance_gain", named=True, paired=True),
            "jobs", ("liushui-workshop-jobs",), "more_than", 0.3, note=ALIKE),
    HeldOut("meijiapo-gain", Case("fengyi", "fengyi", 4, gain_of("梅家坡村"), luck=32, best="gain", named=True, paired=True), "gain",
            ("fengyi-meijiapo-collective-gain",), "exact", 0.3, note=ALIKE),
    HeldOut("taitou-land", Case("shaigu", "shaigu", 3, gain_of("台头村"), luck=32, best="land", named=True, paired=True), "land",
            ("shaigu-taitou-coop-gain",), "exact", 0.3, note="from land alone"),
    HeldOut("limengde-level", HEINIU[0], "level", ("heiniu-limengde-collective-after",), "exact", 0.3, note="start not stated"),
    HeldOut("qiujia-level", HEINIU[1], "level", ("heiniu-qiujia-collective-after",), "exact", 0.3, note="start not stated"),
    HeldOut("country-growth", Case("country", "country", 8, read_country, alone=True), "growth", ("X011", "X010"), "exact", 0.1,
            value=lambda v: v[0] / v[1], note="without alliances, with ordinary project money; surplus, grants in it"),
    HeldOut("effect-growth", OPERATED, "gain_two", ("X064",), "exact", 0.2, value=lambda v: (v[0] + 2 * 2.74) / v[0],
            note="the effect of the third year over that of the first, of county programmes"),
    HeldOut("operated-gain-four", OPERATED, "gain_four", ("operated-gain-after-four", "operated-gain-first-year"), "about", 0.3,
            value=lambda v: v[0] / v[1], note="operated villages of different ages, not the same grown older"),
    HeldOut("workers-ganyu", F8, "workers", ("X040",), "exact", 0.3),
    HeldOut("workers-ganzhou", F8, "workers", ("X041",), "exact", 0.3),
    HeldOut("workers-yucheng", F8, "workers", ("X045",), "exact", 0.3),
    HeldOut("operated-jobs-two", OPERATED, "jobs_two", ("operated-jobs-after-two", "operated-jobs-first-year"), "about", 0.3,
            value=lambda v: v[0] / v[1], note="operated villages of different ages, not the same grown older"),
    HeldOut("operated-jobs-four", OPERATED, "jobs_four", ("operated-jobs-after-four", "operated-jobs-first-year"), "about", 0.3,
            value=lambda v: v[0] / v[1], note="operated villages of different ages, not the same grown older"),
)  # fmt: skip


@dataclass(frozen=True)
class HeldOutDraws:
    """What sets say of a held-out figure, on the log scale: simulated (n,), as a document would state it (n,), and
    the stated figure."""

    row: HeldOut
    simulated: np.ndarray
    stated_so: np.ndarray
    stated: float


def held_out_draws(sets: Sets, seed: int, only: Iterable[str] | None = None) -> list[HeldOutDraws]:
    """Sets carried to every held-out figure, or to those that are named."""
    chosen = None if only is None else set(only)
    rng = np.random.default_rng(seed + 40)
    fresh = afresh(sets)
    done: dict[str, dict[str, np.ndarray]] = {}
    found = []
    for one in HELD_OUT:
        if chosen is not None and one.name not in chosen:
            continue
        if one.case.name not in done:
            done[one.case.name] = simulate(one.case, fresh, seed)
        told = reported(one.case, done[one.case.name], selection(sets), rng.random(len(sets)))
        simulated = told[one.quantity]
        stated = one.value([evidence.named(id).value for id in one.figures])
        bare = np.log(np.maximum(simulated, 1.0 if one.all_of_them else LEAST * stated))
        if one.all_of_them:
            values = np.minimum(bare, np.log(stated))
        else:
            values = targets.qualify(
                bare + one.discrepancy * rng.standard_normal(len(bare)), one.qualifier, rng
            )
        found.append(HeldOutDraws(one, bare, values, float(np.log(stated))))
    return found


def check_held_out(found: list[HeldOutDraws], part: str) -> list[Score]:
    """Each held-out figure against what is predicted of it."""
    return [
        score(
            one.row.name,
            part,
            one.stated_so,
            one.stated,
            np.exp,
            qualifier=one.row.qualifier,
            note=one.row.note,
            figures=one.row.figures,
        )
        for one in found
    ]


def forecast(
    found: list[HeldOutDraws], seed: int, only: Iterable[str] | None = None
) -> list[scores.Forecast]:
    """Forecasts of the held-out rows that the rules of scoring.toml count."""
    draws = {one.row.name: (one.simulated, one.stated) for one in found}
    return scores.forecasts(draws, seed + 50, only)


@dataclass(frozen=True)
class LeftOut:
    """A place or a document that a fit left out whole: the rows of it, forecast from that fit and from the prior."""

    name: str
    forecasts: list[scores.Forecast]
    prior: list[scores.Forecast]


def leave_groups_out(sample: fit.Sample, seed: int = fit.SEED, count: int = SETS) -> list[LeftOut]:
    """Each group of scoring.toml forecast from a posterior that saw none of its cases."""
    groups = scores.rules()["group"]
    rows = [row for group in groups.values() for row in group["rows"]]
    unfitted = held_out_draws(unfitted_sets(count, seed), seed, rows)
    found = []
    for name, group in groups.items():
        kept = fit.infer(sample, without=tuple(group["cases"])).draws(count, seed + 7)
        seen = forecast(held_out_draws(kept, seed, group["rows"]), seed, group["rows"])
        found.append(LeftOut(name, seen, forecast(unfitted, seed, group["rows"])))
    return found


def unfitted_sets(count: int, seed: int) -> Sets:
    """Sets of the prior that no sweep holds."""
    return priors.sets(np.arange(FIRST, FIRST + count, dtype=np.uint64), seed + 6)


# -------- Praised alliances, and four rates


@dataclass(frozen=True)
class Fate:
    """Of a documented alliance some years on: how often its founding members are all active, how often all still members, both among
    all runs and among those that a praised case is drawn from, and each of RATES a year."""

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
    """A check, never a target: the documents praise these alliances for being there years later, and were written because they were."""
    found = []
    for name, years in PRAISED:
        case = Case(name, name, years, read_fate, luck=8, best="gain", named=True, paired=True)
        told = simulate(case, afresh(sets), seed)
        rng = np.random.default_rng(seed + 70)
        praised = reported(case, told, selection(sets), rng.random(len(sets)))
        rates = {
            rate: float(told[rate].sum() / max(told[f"{EACH_YEAR[rate]}_years"].sum(), 1e-9))
            for rate in RATES
        }
        whole, together, whole_praised, together_praised = (
            float(part[key].mean()) for part in (told, praised) for key in ("whole", "together")
        )
        found.append(Fate(name, years, whole, together, whole_praised, together_praised, rates))
    return found


# -------- All of it


@dataclass(frozen=True)
class Validation:
    """Scores of the fit, of a county's own years where it has added a history, of cases left out, of held-out figures, and of these
    under the prior."""

    fitted: list[Score]
    left_out: list[Score]
    held_out: list[Score]
    prior: list[Score]
    own: list[Score] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    forecasts: list[scores.Forecast] = field(default_factory=list)
    prior_forecasts: list[scores.Forecast] = field(default_factory=list)
    groups: list[LeftOut] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)

    def shown(self) -> list[Score]:
        """Figures of the fit and those held out."""
        return [*self.fitted, *self.held_out]

    def kinds(self) -> dict[str, scores.Kind]:
        """Scores by kind of quantity, from groups that a fit left out where there are any, else from the posterior as it stands."""
        told = [one for group in self.groups for one in group.forecasts]
        return scores.by_kind(told or self.forecasts)

    def prior_kinds(self) -> dict[str, scores.Kind]:
        """The same of the prior."""
        told = [one for group in self.groups for one in group.prior]
        return scores.by_kind(told or self.prior_forecasts)

    def gain_of_the_fit(self) -> tuple[float, float]:
        """Mean log score of the posterior less that of the prior over the same rows, and its standard error."""
        told = [one for group in self.groups for one in group.forecasts]
        plain = [one for group in self.groups for one in group.prior]
        return scores.better(told or self.forecasts, plain or self.prior_forecasts)

    def coverage(self) -> dict[str, dict[str, float]]:
        """Share of figures in the 50% and 90% bands, and the median width of the latter, by part that has any."""
        parts = {
            "fit": self.fitted,
            "own": self.own,
            "left out": self.left_out,
            "held out": self.held_out,
            "held out, prior": self.prior,
        }
        return {
            name: {
                "figures": len(rows),
                "in50": float(np.mean([s.in50 for s in rows])),
                "in90": float(np.mean([s.in90 for s in rows])),
                "width90": float(np.nanmedian([s.width for s in rows])),
            }
            for name, rows in parts.items()
            if rows
        }

    def as_json(self) -> str:
        """The whole table as JSON."""
        rows = [
            s.as_dict()
            for part in (self.fitted, self.own, self.left_out, self.held_out, self.prior)
            for s in part
        ]
        body = {
            "coverage": self.coverage(),
            "kinds": {name: kind.as_dict() for name, kind in self.kinds().items()},
            "groups": {group.name: [one.name for one in group.forecasts] for group in self.groups},
            "prior kinds": {name: kind.as_dict() for name, kind in self.prior_kinds().items()},
            "gain of the fit": [v if np.isfinite(v) else None for v in self.gain_of_the_fit()],
            "fates": [asdict(fate) for fate in self.fates],
            "scores": rows,
            "about": self.about,
        }
        return json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False)


def validate(
    sets: Sets | None = None,
    left_out: list[Score] | None = None,
    groups: list[LeftOut] | None = None,
    *,
    seed: int = fit.SEED,
    count: int = SETS,
) -> Validation:
    """Score the shipped posterior, or other sets."""
    draws = (fit.shipped_draws() if sets is None else sets).where(np.arange(count))
    held_out = held_out_draws(draws, seed)
    unfitted = held_out_draws(unfitted_sets(count, seed), seed)
    return Validation(
        fitted=check_targets(draws, "fit", seed),
        left_out=left_out or [],
        held_out=check_held_out(held_out, "held out"),
        prior=check_held_out(unfitted, "held out, prior"),
        about={"draws": len(draws), "seed": seed},
        forecasts=forecast(held_out, seed),
        prior_forecasts=forecast(unfitted, seed),
        groups=groups or [],
        fates=fates(draws, seed),
    )


def draw_figure(validation: Validation, path: Path) -> None:
    """Each figure on its own 90% band (SVG): band, middle half, median, and where the stated figure lies."""
    import matplotlib
    from matplotlib.figure import Figure

    shown = validation.shown()
    picture = Figure(figsize=(7.5, 0.28 * len(shown) + 1.2), layout="constrained")
    axes = picture.subplots()
    for row, s in enumerate(reversed(shown)):
        colour = "#1b6ca8" if s.part == "fit" else "#b3541e"
        bands = np.array([s.low90, s.low50, s.high50, s.high90]) / s.stated
        bands = bands.clip(0.02, 50)
        axes.plot(bands[[0, 3]], [row, row], color=colour, lw=1.5)
        axes.plot(bands[1:3], [row, row], color=colour, lw=5, solid_capstyle="butt")
        axes.plot([np.clip(s.median / s.stated, 0.02, 50)], [row], "|", color="white", ms=6)
    axes.axvline(1.0, color="black", lw=0.8)
    axes.set_xscale("log")
    axes.set_xlim(0.02, 50)
    axes.set_yticks(range(len(shown)), [s.name for s in reversed(shown)], fontsize=8)
    axes.set_xlabel("simulated / stated (line 90%, bar 50%; blue fit, brown held out)")
    with matplotlib.rc_context({"svg.hashsalt": "validation"}):
        picture.savefig(path, format="svg", metadata={"Date": None})
