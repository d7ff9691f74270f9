"""What is known of a scenario's villages, what is bounded, what is drawn, and
from which distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.sim.endowment import Distribution, Endowment
from village_alliances.sim.fields import FIELD
from village_alliances.sim.scenario import BLANK, EXACT, NUMBERS, OPTIONAL_NUMBERS, WORDS, Scenario
from village_alliances.wording import say
from village_alliances.wording.numbers import band, is_money, number, quantity, span

COLUMNS = ("column", "known", "bounded", "drawn", "total", "source")
UNREAD = ("developed_land", "total_income")  # columns of a table that the model does not read
READ = tuple(name for name in (*NUMBERS, *OPTIONAL_NUMBERS) if name not in UNREAD)
DRAWN_AS = {"residents": "residents_share", "scenic": "scenic_worth"}  # what the region tells of it


def imputed(scenario: Scenario, lang: str = "en") -> pd.DataFrame:
    """One row a column of the village table: how many villages state it, bound it, leave it blank;
    the stated total; the source of draws."""
    rows: list[dict[str, Any]] = []
    for name in READ:
        kind = scenario.numbers[name].kind
        exact, drawn = int((kind == EXACT).sum()), int((kind == BLANK).sum())
        rows.append(
            {
                "column": name,
                "known": exact,
                "bounded": scenario.size - exact - drawn,
                "drawn": drawn,
                "total": scenario.totals.get(name, math.nan),
                "source": source_of(scenario, name, lang) if exact < scenario.size else "",
            }
        )
    for name in WORDS:
        exact = int(sum(bool(word) for word in scenario.words[name]))
        rows.append(_words_row(name, exact, scenario.size, source_of(scenario, name, lang)))
    located = int(np.sum(scenario.located))
    rows.append(
        _words_row("position", located, scenario.size, source_of(scenario, "position", lang))
    )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _words_row(name: str, exact: int, size: int, source: str) -> dict[str, Any]:
    drawn = size - exact
    return {
        "column": name,
        "known": exact,
        "bounded": 0,
        "drawn": drawn,
        "total": math.nan,
        "source": source if drawn else "",
    }


def source_of(scenario: Scenario, column: str, lang: str) -> str:
    """Where the blanks of a column come from, in words."""
    region = scenario.region
    called = region.title[lang]
    if column == "households":
        return say("compare.drawn.size", lang)
    if column == "position":
        return say("compare.drawn.places", lang, region=called)
    if column == "culture":
        return say(
            "compare.drawn.clusters", lang, n=region.culture.clusters_per_township, region=called
        )
    if column in WORDS:
        return say("compare.drawn.shares", lang, region=called)
    distribution = region.starts(DRAWN_AS.get(column, column))
    median, moved = middle(distribution), ""
    unit = "yuan" if is_money(FIELD[column].unit) else ""
    if distribution.year is not None and distribution.year != scenario.start - 1:
        name = "villager_income" if column == "villager_income" else "collective_income"
        gap = scenario.start - 1 - distribution.year
        years = region.during(min(distribution.year + 1, scenario.start), abs(gap))
        growth = years.trend[name].value
        moved = say(
            "compare.drawn.moved",
            lang,
            stated=_plain(median, unit, lang),
            year=distribution.year,
            growth=f"{100 * growth:.3g}%",
        )
        median = middle(distribution, math.log1p(growth) * gap)
    of = "share" if column in ("residents", "idle_hands") else "distribution"
    high = distribution.high
    return say(
        f"compare.drawn.{of}",
        lang,
        dist=say(f"compare.drawn.{distribution.dist}", lang),
        median=_plain(median, unit, lang),
        moved=moved,
        span=say("compare.drawn.from", lang, low=_plain(distribution.low, unit, lang))
        if high is None
        else say("compare.drawn.span", lang, span=_between(distribution.low, high, unit, lang)),
        region=called,
    )


def middle(distribution: Distribution | Endowment, shift: float = 0.0) -> float:
    """The median of a distribution before it is cut to its bounds. `shift`: by how much a trend
    has moved its logarithm."""
    return float(distribution.value(np.array(0.0), shift))


def _plain(value: float, unit: str, lang: str) -> str:
    if unit:
        return quantity(value, unit, lang)
    return number(value, "yuan", lang) if abs(value) >= 10 else f"{value:g}"


def _between(low: float, high: float, unit: str, lang: str) -> str:
    if unit:
        return band(low, high, unit, lang)
    return span(_plain(low, unit, lang), _plain(high, unit, lang), lang)


def column_title(column: str, lang: str) -> str:
    """A column of the village table in words."""
    if column == "position":
        return say("compare.drawn.position", lang)
    field = FIELD[column]
    return field.zh if lang == "zh" else field.name.replace("_", " ")
