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
    Case,
    Societies,
    of_village,
    outcome,
    selected,
    simulate,
)
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import SERVICES

SETS = 400
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


def predict(
    shares: np.ndarray, cases: Iterable[str], seed: int, first: int = FIRST
) -> dict[str, dict[str, np.ndarray]]:
    """Readings of some cases under draws of the places, case -> reading -> (draws, luck)."""
    societies = Societies(shares, np.arange(first, first + len(shares), dtype=np.uint64))
    return {name: simulate(CASES[name], societies, seed) for name in cases}


def check_targets(shares: np.ndarray, part: str, seed: int, only: str = "") -> list[Score]:
    """Each target of the fit (of one case, if asked) against what draws of the places predict."""
    chosen = [t for t in targets.TARGETS if only in ("", t.case)]
    readings = predict(shares, sorted({t.case for t in chosen}), seed)
    rng = np.random.default_rng(seed + 30)
    reported = targets.report(readings, shares, rng)
    found = []
    for t in chosen:
        predicted = t.read(reported[t.case][t.quantity], rng)
        found.append(
            score(
                t.name,
                part,
                predicted,
                float(t.on_scale(t.stated)),
                t.back,
                qualifier=t.qualifier,
                note=t.why,
                figures=t.figures,
            )
        )
    return found


def leave_one_out(sample: fit.Sample, seed: int = fit.SEED, sets: int = SETS) -> list[Score]:
    """Each case predicted from a posterior that never saw it."""
    stated = targets.stated()
    found: list[Score] = []
    for case in sorted({t.case for t in targets.TARGETS}):
        use = np.array([t.case != case for t in targets.TARGETS])
        draws = fit.infer(sample, stated, use=use).draws(sets, seed + 5)
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


def gain_of(village: str) -> Callable[[Any, Scenario], dict[str, np.ndarray]]:
    """Reading: a village's gain, land income and level; jobs and gain of its alliance."""

    def read(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
        income = of_village(society, scenario, village, "collective_income")
        return {
            "gain": income - of_village(society, scenario, village, "alone_income"),
            "land": of_village(society, scenario, village, "land_income"),
            "level": income,
            "alliance_gain": outcome(society, "gain_mean") * scenario.size,
            "jobs": society.a.jobs.reshape(len(society.p), -1).sum(axis=1),
        }

    return read


def read_weak(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Villages that are no longer weak, of those that were; villages over 150,000 yuan; jobs to an alliance with any."""
    jobs = society.a.jobs.reshape(len(society.p), -1)
    return {
        "lifted": outcome(society, "weak_villages_50k", 0) - outcome(society, "weak_villages_50k"),
        "over_150k": scenario.size - outcome(society, "weak_villages_150k"),
        "jobs": jobs.sum(axis=1) / np.maximum((jobs > 1.0).sum(axis=1), 1),
    }


def read_growth(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Mean income of the second year over that of the first."""
    return {"growth": outcome(society, "mean_income", 2) / outcome(society, "mean_income", 1)}


def read_sales(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Households' sales through an area's centre, mean over the areas."""
    runs = len(society.p)
    services = np.minimum(
        1.0, society.strength[:, SERVICES] * society.a.theta * society.a.cohesion
    ).reshape(runs, -1)
    effort = society.a.effort.reshape(runs, -1)
    return {"sales": np.asarray(society.p["outlet_sales"]) * (services * effort).mean(axis=1)}


WITH_50 = {"campaign_floor": 50_000.0, "campaign_start": 0.0, "campaign_end": 15.0}
WITH_150 = {"campaign_floor": 150_000.0, "campaign_start": 0.0, "campaign_end": 27.0}
ALIKE = "range of a parameter names this figure, so it is no clean test"
HELD_OUT = (
    HeldOut("jinxi-mean", CASES["jinxi"], "mean_level", ("jinxi-mean-collective-after",), "exact", 0.3,
            note="the start of four of the five is drawn"),
    HeldOut("jinxi-per-head", CASES["jinxi"], "per_head", ("jinxi-per-capita-after",), "about", 0.1),
    HeldOut("lifted-with-campaign", Case("f50", "fenghua", 4, read_weak, levers=WITH_50), "lifted",
            ("fenghua-weak-villages-lifted-2018",), "exact", 0.0, all_of_them=True, note="campaign in full"),
    HeldOut("lifted-without", Case("f0", "fenghua", 4, read_weak), "lifted", ("fenghua-weak-villages-lifted-2018",), "exact", 0.0, all_of_them=True,
            note="alliances alone"),
    HeldOut("floor-150k-with-campaign", Case("f150", "fenghua", 7, read_weak, levers=WITH_150), "over_150k",
            ("ningbo-collective-floor-2021", "fenghua-admin-units"), "exact", 0.0, value=lambda v: v[1], all_of_them=True,
            note="campaign to 150,000 by the end of 2021"),
    HeldOut("floor-150k-without", Case("f7", "fenghua", 7, read_weak), "over_150k",
            ("ningbo-collective-floor-2021", "fenghua-admin-units"), "exact", 0.0, value=lambda v: v[1], all_of_them=True, note="alliances alone"),
    HeldOut("kuangyan-growth", Case("kuangyan", "kuangyan", 2, read_growth, luck=32, best="growth"), "growth", ("kuangyan-collective-growth",),
            "exact", 0.05, value=lambda v: 1.0 + v[0] / 100.0),
    HeldOut("workshop-jobs", Case("f8", "fenghua", 8, read_weak), "jobs", ("ningbo-workshop-jobs", "ningbo-workshops"), "more_than", 0.3,
            value=lambda v: v[0] / v[1], note=f"one workshop to an alliance is assumed; {ALIKE}"),
    HeldOut("yuyao-sales", Case("yuyao", "yuyao", 2, read_sales), "sales", ("yuyao-sales-gain", "yuyao-alliances"), "more_than", 0.3,
            value=lambda v: v[0] / v[1], note=ALIKE),
    HeldOut("zibo-size", CASES["zibo"], "size", ("zibo-villages-covered-2021", "zibo-alliances-2021"), "exact", 0.1, value=lambda v: v[0] / v[1],
            note="villages to a joint body"),
    HeldOut("suoyifan-gain", Case("suoyifan", "suoyifan", 3, gain_of("蓑衣樊村"), luck=32, best="alliance_gain", named=True),
            "alliance_gain", ("suoyifan-collective-gain",), "at_least", 0.3, note="per alliance; per village or alliance is not said"),
    HeldOut("suoyifan-jobs", Case("suoyifan", "suoyifan", 3, gain_of("蓑衣樊村"), luck=32, best="alliance_gain", named=True),
            "jobs", ("suoyifan-jobs",), "more_than", 0.3),
    HeldOut("liushui-jobs", Case("liushui", "liushui", 3, gain_of("北流水村"), luck=32, best="alliance_gain", named=True),
            "jobs", ("liushui-workshop-jobs",), "more_than", 0.3),
    HeldOut("meijiapo-gain", Case("fengyi", "fengyi", 4, gain_of("梅家坡村"), luck=32, best="gain", named=True), "gain",
            ("fengyi-meijiapo-collective-gain",), "exact", 0.3),
    HeldOut("taitou-land", Case("shaigu", "shaigu", 3, gain_of("台头村"), luck=32, best="land", named=True), "land",
            ("shaigu-taitou-coop-gain",), "exact", 0.3, note="from land alone"),
    HeldOut("limengde-level", Case("heiniu", "heiniu", 3, gain_of("李孟德村"), luck=32, best="gain", named=True), "level",
            ("heiniu-limengde-collective-after",), "exact", 0.3, note="start not stated"),
    HeldOut("qiujia-level", Case("qiujia", "heiniu", 3, gain_of("仇家村"), luck=32, best="gain", named=True), "level",
            ("heiniu-qiujia-collective-after",), "exact", 0.3, note="start not stated"),
)  # fmt: skip


@dataclass(frozen=True)
class HeldOutDraws:
    """What draws of the places say of a held-out figure, on the log scale: simulated (n,), as a document would state it (n,), and
    the stated figure."""

    row: HeldOut
    simulated: np.ndarray
    stated_so: np.ndarray
    stated: float


def held_out_draws(shares: np.ndarray, seed: int) -> list[HeldOutDraws]:
    """Draws of the places (n, composites) carried to every held-out figure."""
    rng = np.random.default_rng(seed + 40)
    societies = Societies(shares, np.arange(FIRST, FIRST + len(shares), dtype=np.uint64))
    done: dict[str, dict[str, np.ndarray]] = {}
    found = []
    for one in HELD_OUT:
        if one.case.name not in done:
            done[one.case.name] = simulate(one.case, societies, seed)
        share = priors.selection(shares)
        simulated = selected(one.case, done[one.case.name], share, rng.random(len(shares)))[
            one.quantity
        ]
        stated = one.value([evidence.figure(id).value for id in one.figures])
        bare = np.log(np.maximum(simulated, 1.0 if one.all_of_them else 1e-3))
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


def leave_groups_out(sample: fit.Sample, seed: int = fit.SEED, sets: int = SETS) -> list[LeftOut]:
    """Each group of scoring.toml forecast from a posterior that saw none of its figures."""
    stated = targets.stated()
    unfitted = held_out_draws(prior_places(sets, seed), seed)
    found = []
    for name, group in scores.rules()["group"].items():
        use = np.array([t.name not in group["targets"] for t in targets.TARGETS])
        places = fit.infer(sample, stated, use=use).draws(sets, seed + 7)
        seen = forecast(held_out_draws(places, seed), seed, group["rows"])
        found.append(LeftOut(name, seen, forecast(unfitted, seed, group["rows"])))
    return found


def prior_places(sets: int, seed: int) -> np.ndarray:
    """Places drawn evenly from the prior, shape (sets, composites)."""
    return fit.sobol(2 ** int(np.ceil(np.log2(sets))), seed + 6)[:sets]


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

    def kinds(self) -> dict[str, scores.Kind]:
        """Scores by kind of quantity, from groups that a fit left out where there are any, else from the posterior as it stands."""
        told = [one for group in self.groups for one in group.forecasts]
        return scores.by_kind(told or self.forecasts)

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
            "scores": rows,
            "about": self.about,
        }
        return json.dumps(body, ensure_ascii=False, indent=2, allow_nan=False)


def validate(
    shares: np.ndarray | None = None,
    left_out: list[Score] | None = None,
    groups: list[LeftOut] | None = None,
    *,
    seed: int = fit.SEED,
    sets: int = SETS,
) -> Validation:
    """Score the shipped posterior, or draws of the places (n, composites)."""
    draws = (fit.shipped_places() if shares is None else shares)[:sets]
    held_out = held_out_draws(draws, seed)
    unfitted = held_out_draws(prior_places(sets, seed), seed)
    return Validation(
        fitted=check_targets(draws, "fit", seed),
        left_out=left_out or [],
        held_out=check_held_out(held_out, "held out"),
        prior=check_held_out(unfitted, "held out, prior"),
        about={"draws": len(draws), "seed": seed},
        forecasts=forecast(held_out, seed),
        prior_forecasts=forecast(unfitted, seed),
        groups=groups or [],
    )


def draw_figure(validation: Validation, path: Path) -> None:
    """Each figure on its own 90% band (SVG): band, middle half, median, and where the stated figure lies."""
    import matplotlib
    from matplotlib.figure import Figure

    shown = [*validation.fitted, *validation.held_out]
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
