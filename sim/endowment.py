"""How the things that villages start with are distributed over them: the curve of one thing, and
what the villages of one place have of it in common.

A curve is met from both sides: the value at a normal score, and the score of a value.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from village_alliances.sim.arithmetic import (
    exps,
    logistics,
    logits,
    logs,
    normal_quantiles,
    normal_shares,
    powers,
)
from village_alliances.sim.structured import Strict


class Sourced(Strict):
    """What every part of a region's file says beside its numbers: evidence ids, and in two
    languages why it is assumed."""

    evidence: tuple[str, ...] = ()
    assumption: str = ""
    assumption_zh: str = ""

    def reason(self, lang: str) -> str:
        """Why it is assumed, in `lang`; the English reason where there is no Chinese one."""
        return (self.assumption_zh or self.assumption) if lang == "zh" else self.assumption


class Distribution(Sourced):
    """How one column is distributed over the villages of a region. `year`: it holds
    at the end of that year."""

    dist: Literal["lognormal", "normal", "logitnormal", "uniform"]
    median: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    low: float
    high: float
    unit: str
    year: int | None = None

    def score(self, value: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """Normal score of a value (for a uniform: of its rank). `shift` moves the middle of a
        lognormal on the log scale, of a logitnormal on the logit scale."""
        if self.dist == "lognormal":
            return np.asarray((logs(np.maximum(value, 1e-9)) - logs(self.median) - shift) / self.sd)
        if self.dist == "normal":
            return np.asarray((value - self.mean) / self.sd)
        if self.dist == "logitnormal":
            value = np.clip(value, 1e-9, 1 - 1e-9)
            return np.asarray((logits(value) - logits(self.mean) - shift) / self.sd)
        return np.asarray(
            normal_quantiles(np.clip((value - self.low) / (self.high - self.low), 1e-12, 1 - 1e-12))
        )

    def value(self, score: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """The value at a normal score: the inverse of `score`."""
        if self.dist == "lognormal":
            return np.asarray(self.median * exps(self.sd * score + shift))
        if self.dist == "normal":
            return np.asarray(self.mean + self.sd * score)
        if self.dist == "logitnormal":
            return np.asarray(logistics(logits(self.mean) + self.sd * score + shift))
        return np.asarray(self.low + (self.high - self.low) * normal_shares(score))

    def draw(
        self, share: np.ndarray, low: np.ndarray, high: np.ndarray, shift: float | np.ndarray = 0.0
    ) -> np.ndarray:
        """The quantile at `share` of the distribution cut to [low, high] (all broadcastable). A cut
        beyond all mass gives its nearer end."""
        bottom = normal_shares(self.score(np.maximum(low, self.low), shift))
        top = normal_shares(self.score(np.minimum(high, self.high), shift))
        inside = np.clip(bottom + share * (top - bottom), 1e-14, 1 - 1e-14)
        return np.clip(self.value(normal_quantiles(inside), shift), low, np.maximum(low, high))


class Grounded(Sourced):
    """Sourced, and what leads: figures of the documents, public evidence from
    elsewhere, or the reason alone."""

    kind: Literal["document", "outside", "assumption"]

    @model_validator(mode="after")
    def _evidence_where_claimed(self) -> Grounded:
        if self.kind != "assumption" and not self.evidence:
            raise ValueError(f"kind {self.kind} names no evidence")
        return self


class Endowment(Grounded):
    """How one thing that villages start with is distributed.

    A curve as in `Distribution`, and over it: `nothing`, the share of villages that have none; a
    Pareto curve of exponent `tail` above the quantile `tail_from`; a campaign that lifted everybody
    to `floor`, so that those who would lie under `lifted_to` lie evenly on the log scale between
    the two. `high` None: no upper end. `with_income`: correlation of the normal score with that of
    log operating income. `over`: who shares one draw. `most_per_person`: upper end a registered
    person. `year`: it holds at the end of that year. `middle` and `bond`: where median (or mean)
    and `with_income` may lie, as each run draws them; what all runs share (`over` run) has none.
    """

    dist: Literal["lognormal", "normal", "logitnormal", "uniform"]
    median: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    low: float
    high: float | None = None
    unit: str
    year: int | None = None
    nothing: float = Field(default=0.0, ge=0, lt=1)
    tail: float | None = Field(default=None, gt=1)
    tail_from: float = Field(default=1.0, gt=0, le=1)
    floor: float | None = Field(default=None, gt=0)
    lifted_to: float = 0.0
    with_income: float = Field(default=0.0, gt=-1, lt=1)
    over: Literal["village", "firm", "township", "county", "run"] = "village"
    most_per_person: float | None = None
    middle: tuple[float, float] | None = None
    bond: tuple[float, float] = (0.0, 0.0)

    @property
    def centre(self) -> float:
        """Median, or mean of a curve that has no median of its own."""
        return self.median if self.dist == "lognormal" else self.mean

    def moved(self, share: np.ndarray) -> np.ndarray:
        """By how much the middle is moved where it lies at a share (0..1, any shape) of its range:
        log points, or logits of a share; nought at a half."""
        if self.middle is None or self.dist not in ("lognormal", "logitnormal"):
            return np.zeros(np.shape(share))
        scale = logs if self.dist == "lognormal" else logits
        low, high = (float(scale(end)) - float(scale(self.centre)) for end in self.middle)
        return within(share, low, 0.0, high)

    @model_validator(mode="after")
    def _parts_fit(self) -> Endowment:
        if self.middle is not None and not self.middle[0] <= self.centre <= self.middle[1]:
            raise ValueError(f"middle {self.middle} does not hold {self.centre:g}")
        if self.with_income and not self.bond[0] <= self.with_income <= self.bond[1]:
            raise ValueError(f"bond {self.bond} does not hold {self.with_income:g}")
        if self.tail is not None and self.dist != "lognormal":
            raise ValueError("tail: only a lognormal goes on as a Pareto curve")
        if (self.tail is None) != (self.tail_from == 1.0):
            raise ValueError("tail and tail_from belong together")
        if self.floor is not None and not self.floor < self.lifted_to:
            raise ValueError(f"lifted_to {self.lifted_to:g} is not above floor {self.floor:g}")
        if self.floor is not None and self.dist != "lognormal":
            raise ValueError("floor: only a lognormal is lifted")
        return self

    @property
    def _curve(self) -> Distribution:
        return Distribution(
            dist=self.dist, median=self.median, mean=self.mean, sd=self.sd,
            low=self.low, high=np.inf if self.high is None else self.high, unit=self.unit,
        )  # fmt: skip

    def value(self, score: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """The value at a normal score (any shape). `shift` moves a lognormal's log median
        (a trend), never a floor."""
        above = np.minimum(normal_shares(-np.asarray(score, float)) / (1.0 - self.nothing), 1.0)
        quantile = self._uncut(above, shift)
        if self.floor is not None:
            under = 1.0 - self._above(np.asarray(self.lifted_to), shift)
            part = np.minimum((1.0 - above) / np.maximum(under, 1e-300), 1.0)
            lifted = self.floor * powers(self.lifted_to / self.floor, part)
            quantile = np.where(quantile < self.lifted_to, lifted, quantile)
        quantile = np.clip(quantile, self.low, np.inf if self.high is None else self.high)
        return np.where(above >= 1.0, 0.0, quantile) if self.nothing else np.asarray(quantile)

    def score(self, value: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """Normal score of a value: the inverse of `value`. Nothing at all has the score in the
        middle of those who have none."""
        value = np.asarray(value, float)
        above = self._above(value, shift)
        if self.floor is not None:
            under = 1.0 - self._above(np.asarray(self.lifted_to), shift)
            part = logs(np.maximum(value, self.floor) / self.floor) / logs(
                self.lifted_to / self.floor
            )
            above = np.where(value < self.lifted_to, 1.0 - under * part, above)
        share = above * (1.0 - self.nothing)
        if self.nothing:
            share = np.where(value <= 0.0, 1.0 - 0.5 * self.nothing, share)
        return np.asarray(-normal_quantiles(np.clip(share, 1e-300, 1.0 - 1e-16)))

    def draw(
        self, share: np.ndarray, low: np.ndarray, high: np.ndarray, shift: float | np.ndarray = 0.0
    ) -> np.ndarray:
        """The quantile at `share` of the distribution cut to [low, high] (all
        broadcastable), as `Distribution.draw`."""
        end = np.inf if self.high is None else self.high
        bottom = np.where(
            low <= self.low, 0.0, normal_shares(self.score(np.maximum(low, self.low), shift))
        )
        top = np.where(high >= end, 1.0, normal_shares(self.score(np.minimum(high, end), shift)))
        inside = np.clip(bottom + share * (top - bottom), 1e-14, 1 - 1e-14)
        return np.clip(self.value(normal_quantiles(inside), shift), low, np.maximum(low, high))

    def _uncut(self, above: np.ndarray, shift: float | np.ndarray) -> np.ndarray:
        """The value that a share `above` of villages exceeds, before floor and ends."""
        body = self._curve.value(-normal_quantiles(np.maximum(above, 1e-300)), shift)
        if self.tail is None:
            return body
        rest = 1.0 - self.tail_from
        start = self._curve.value(np.asarray(normal_quantiles(self.tail_from)), shift)
        beyond = start * powers(rest / np.maximum(above, 1e-300), 1.0 / self.tail)
        return np.where(above < rest, beyond, body)

    def _above(self, value: np.ndarray, shift: float | np.ndarray) -> np.ndarray:
        """Share of those who have any that exceed a value, before floor and ends:
        the inverse of `_uncut`."""
        body = normal_shares(-self._curve.score(value, shift))
        if self.tail is None:
            return np.asarray(body)
        rest = 1.0 - self.tail_from
        start = self._curve.value(np.asarray(normal_quantiles(self.tail_from)), shift)
        beyond = rest * powers(start / np.maximum(value, start), self.tail)
        return np.where(value > start, beyond, body)


class Between(Grounded):
    """Shares of the variance of a normal score that villages of one county, and of one township
    within it, have in common."""

    county: float = Field(ge=0, le=1)
    county_low: float
    county_high: float
    township: float = Field(ge=0, le=1)
    township_low: float
    township_high: float

    @model_validator(mode="after")
    def _at_most_all(self) -> Between:
        if self.county_high + self.township_high > 1.0:
            raise ValueError("county_high and township_high are more than all of the variance")
        return self

    def score(
        self,
        county: np.ndarray,
        township: np.ndarray,
        own: np.ndarray,
        share: np.ndarray | float = 0.5,
    ) -> np.ndarray:
        """The normal score of a village from those of its county, its township and its own
        (broadcastable), where what places share lies at `share` (0..1) of its range."""
        of_county = within(share, self.county_low, self.county, self.county_high)
        of_township = within(share, self.township_low, self.township, self.township_high)
        alone = np.sqrt(np.maximum(0.0, 1.0 - of_county - of_township))
        return np.asarray(
            np.sqrt(of_county) * county + np.sqrt(of_township) * township + alone * own
        )


def within(share: np.ndarray | float, low: float, middle: float, high: float) -> np.ndarray:
    """The number at a share (0..1, any shape) of a range: `low` at nought, `middle` at a half,
    `high` at one."""
    return np.asarray(np.interp(share, (0.0, 0.5, 1.0), (low, middle, high)))


def together(bond: float | np.ndarray, first: np.ndarray, own: np.ndarray) -> np.ndarray:
    """A normal score whose correlation with `first` is `bond`, from independent scores `own`."""
    return np.asarray(bond * first + np.sqrt(1.0 - np.square(bond)) * own)
