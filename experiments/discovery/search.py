"""The search on one half of the runs, measured on the other, and what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.discovery.boxes import Box, boxes_of, measured_box, plainest
from village_alliances.experiments.discovery.runs import Runs
from village_alliances.experiments.discovery.words import (
    bound_in_words,
    lower_first,
    name_of,
    unit_of,
)
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.requirement import Requirement, requirements
from village_alliances.experiments.wording import meaning
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.worded import joined, worded
from village_alliances.wording import closed, grouped, listed, say
from village_alliances.wording.numbers import percent

LEAST = 25  # failures, and successes, in either half: fewer say nothing about where they are
LOCKSTEP = 0.98  # rank correlation from which on two quantities are one
SURE = 0.01  # chance at which a box would look so dense by luck, from which on it counts as found
SEED = 20240229  # of the halves


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

        def phrase(key: str, **values: Any) -> str:
            return say(f"discovery.say.{key}", lang, **values)

        count, failures = self.fails.size, int(self.fails.sum())
        facts = {"strategy": self.runs.title[lang], "rule": self.meant(lang)}
        sentences = [
            phrase(
                "base",
                runs=grouped(count, lang),
                failures=grouped(failures, lang),
                share=percent(failures / count) if count else "-",
                **facts,
            )
        ]
        if self.verdict in ("few", "many"):
            return [*sentences, phrase(self.verdict, least=LEAST * 2), *self._left_out(lang)]
        assert self.box is not None
        if self.verdict == "nothing":
            return [
                *sentences,
                phrase("nothing", quantities=self.runs.conditions.shape[1]),
                *self._left_out(lang),
            ]
        box = self.box
        low, high = box.band
        seen = {
            "low": percent(low),
            "high": percent(high),
            "held": grouped(box.runs, lang),
            "inside": grouped(box.inside, lang),
        }
        return [
            *sentences,
            phrase("box", where=self.where(lang), coverage=percent(box.coverage), **self.rates),
            phrase("unseen", **seen),
            phrase("not_cause"),
            *self._together(lang),
            *self._left_out(lang),
        ]

    def _together(self, lang: str) -> list[str]:
        """What moves in lockstep with a quantity of the box: nobody can tell which of
        them it is."""
        assert self.box is not None
        lines = []
        for name in self.box.bounds:
            if others := self.companions.get(name):
                quoted = (
                    say("discovery.say.quoted", lang, name=name_of(other, lang)) for other in others
                )
                named = listed(quoted, lang)
                lines.append(
                    say("discovery.say.together", lang, name=name_of(name, lang), others=named)
                )
        return lines

    def _left_out(self, lang: str) -> list[str]:
        return (
            [say("discovery.say.failed", lang, failed=grouped(self.runs.failed, lang))]
            if self.runs.failed
            else []
        )

    @property
    def rates(self) -> dict[str, str]:
        """How many of 100 runs fail in the box, and overall."""
        assert self.box is not None
        return {"density": f"{100 * self.box.density:.0f}", "base": f"{100 * self.box.base:.0f}"}

    def where(self, lang: str) -> str:
        """The bounds of the box in words."""
        assert self.box is not None
        bounds = []
        for name, (low, high) in self.box.bounds.items():
            kind = (
                "between"
                if math.isfinite(low) and math.isfinite(high)
                else "above"
                if math.isfinite(low)
                else "below"
            )
            unit = unit_of(name)
            bounds.append(
                say(
                    f"discovery.bound.{kind}",
                    lang,
                    name=name_of(name, lang),
                    low=bound_in_words(low, unit, lang),
                    high=bound_in_words(high, unit, lang),
                )
            )
        said = say("discovery.bound.and", lang).join(bounds)
        return closed(said)

    def meant(self, lang: str) -> str:
        """What counts as failing, in words."""
        rules = [
            f"{lower_first(meaning(r.outcome, lang))} {r.sign_in_words} "
            f"{bound_in_words(r.value, BY_NAME[r.outcome].unit, lang)}"
            for r in self.rule
        ]
        return say("discovery.bound.or", lang).join(rules)


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
    for requirement in rule:
        failing |= requirement.met(runs.outcomes[requirement.outcome].to_numpy(float))
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
    boxes, important = boxes_of(conditions[seen], failing[seen])
    measured = [
        replace(measured_box(bounds, conditions[held], failing[held]), apart=apart)
        for bounds, _ in boxes
    ]
    tried = pd.DataFrame(
        {
            "bounds": [len(b) for b, _ in boxes],
            "density": [m.density for m in measured],
            "coverage": [m.coverage for m in measured],
        }
    )
    best = plainest(boxes)
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
    companions: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for i, name in enumerate(conditions.columns):
        if name not in taken:
            alike = [
                other
                for other, rank in zip(conditions.columns, ranks[i], strict=True)
                if rank > LOCKSTEP and other not in taken
            ]
            companions[name] = tuple(other for other in alike if other != name)
            taken.update(alike)
    return companions


def _half(fails: np.ndarray, kin: np.ndarray) -> np.ndarray:
    """Half of the failures and half of the successes, drawn always alike, (runs,). Runs of the same
    `kin` stay on one side: of each two families that fail about as often one goes to either half.
    """
    chosen_half = np.zeros(fails.size, bool)
    luck = np.random.default_rng(SEED)
    if kin.size:
        families, of = np.unique(kin, return_inverse=True)
        often = np.bincount(of, fails) / np.bincount(of)
        order = np.lexsort((luck.random(families.size), often))
        chosen = np.zeros(families.size, bool)
        for i in range(0, families.size - 1, 2):
            chosen[order[i + int(luck.integers(2))]] = True
        return np.asarray(chosen[of])
    for which in (np.flatnonzero(fails), np.flatnonzero(~fails)):
        chosen_half[luck.permutation(which)[which.size // 2 :]] = True
    return chosen_half
