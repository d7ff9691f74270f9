"""Maps of villages and their alliances: circles by income, colour by alliance, ties to the lead,
townships as pale ground."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.drawing import (
    COLOURS,
    DARK,
    GREY,
    PALE,
    WIDTH,
    Room,
    headed,
    legend,
    narrow_quotes,
    settled,
    wrapped,
)
from village_alliances.sim.scenario import Scenario, quarter_name
from village_alliances.wording import grouped, say
from village_alliances.wording.numbers import quantity, quarter_in_words

NAMED_VILLAGES = 40  # a map of more names only the lead villages
# of more the circles and ties are one picture inside the SVG, at so many dots an inch: thousands of
# shapes weigh megabytes
DRAWN_VILLAGES = 500
DOTS = 110
UNKNOWN_INCOME = 100_000.0  # yuan a year: circles all of one size


@dataclass(frozen=True)
class Membership:
    """Who is with whom: `alliance` (n,) numbers from 0, -1 alone; `lead` alliance -> village, -1
    where each run has its own. `funded`: villages that are in none and have a grant of their own.
    """

    alliance: np.ndarray
    lead: dict[int, int]
    note: str
    labels: dict[int, str] = field(
        default_factory=dict
    )  # what is written beside the lead, before its name
    funded: tuple[int, ...] = ()


def founded(scenario: Scenario, lang: str) -> Membership:
    """Alliances as the scenario gives them."""
    alliance = np.full(scenario.size, -1)
    for number, given in enumerate(scenario.given):
        alliance[list(given.members)] = number
    return Membership(
        alliance,
        {number: alliance.lead for number, alliance in enumerate(scenario.given)},
        say(f"report.plot_map_{scenario.grouped or 'given'}", lang)
        if scenario.given
        else say("report.plot_map_none", lang),
    )


def at_end(c: Comparison, strategy: str, lang: str) -> Membership:
    """Alliances at the end of the comparison's first run under a strategy: one history of many."""
    from village_alliances.sim.building import build
    from village_alliances.sim.quarter import step

    chosen = c.ensembles[strategy]
    years = chosen.series.shape[1] - 1
    ensemble: Any = chosen.parameters[:1]
    society: Any = build(
        chosen.scenario,
        chosen.portfolio,
        seed=c.seed,
        runs=chosen.runs[:1],
        levers=c.levers,
        parameters=ensemble,
        mode=c.mode,
        types=c.types,
        years=years,
    )
    for tick in range(4 * years):
        step(society, tick)
    alliance = np.array(society.villages.alliance, int)
    slots = [int(k) for k in np.unique(alliance[alliance >= 0])]
    note = say(
        "report.plot_map_one_run",
        lang,
        strategy=c.title(strategy, lang),
        quarter=quarter_in_words(quarter_name(4 * years - 1, c.scenario.start), lang),
    )
    return Membership(alliance, {k: int(society.alliances.lead[k]) for k in slots}, note)


@settled
def map_of(
    source: Comparison | Scenario,
    lang: str,
    membership: Membership | None = None,
    income: np.ndarray | None = None,
) -> Figure:
    """Villages sized by operating income, coloured by alliance and tied to their lead;
    townships as pale ground.

    From a comparison: income is the median over runs at the start, and where alliances form by
    themselves they are those of one run. From a scenario alone: as given, all of one size.
    `membership`, `income` (n,) yuan a year: others to draw.
    """
    c = None if isinstance(source, Scenario) else source
    scenario: Scenario = source if isinstance(source, Scenario) else source.scenario
    if c is not None and income is None:
        ensemble = c.ensembles[c.baseline]
        if ensemble.kept and (ensemble.status == 0).any():
            income = np.median(ensemble.kept["start_income"][ensemble.status == 0], axis=0)
    if membership is None:
        forming = {**scenario.levers, **(dict(c.levers or {}) if c else {})}.get(
            "formation", 0.0
        ) > 0
        allied = [s for s in c.strategies if not c.ensembles[s].portfolio.idle] if c else []
        membership = (
            at_end(c, allied[0], lang) if c and forming and allied else founded(scenario, lang)
        )
    return _map(scenario, membership, income, lang)


def _finding(scenario: Scenario, m: Membership, where: str, lang: str) -> str:
    """How many villages are allied; that the map is schematic where places were drawn by lot."""
    allied, groups = int((m.alliance >= 0).sum()), np.unique(m.alliance[m.alliance >= 0]).size
    text = say(
        f"report.plot_map{'' if groups > 1 else '_one' if groups else '_alone'}",
        lang,
        count=grouped(scenario.size, lang),
        allied=grouped(allied, lang),
        groups=groups,
    )
    if m.funded:
        text = say("report.plot_map_funded", lang, told=text, funded=grouped(len(m.funded), lang))
    return text if where == "known" else say("report.plot_map_schematic", lang, told=text)


def _map(scenario: Scenario, m: Membership, income: np.ndarray | None, lang: str) -> Figure:
    place = scenario.position
    low, high = place.min(axis=0), place.max(axis=0)
    wide, tall = np.maximum(high - low, 0.5)
    figure = Figure(
        figsize=(WIDTH, float(np.clip(WIDTH * 0.86 * tall / wide, 3.2, 6.6)) + 0.9),
        layout="constrained",
    )
    ax = figure.subplots()
    if scenario.size > DRAWN_VILLAGES:
        figure.set_dpi(DOTS)
        ax.set_rasterization_zorder(4.5)  # all but texts and the scale
    ax.set_aspect("equal", adjustable="datalim")
    ax.axis("off")
    crowded = scenario.size > NAMED_VILLAGES
    areas = _areas(scenario.size)
    reach = float(max(wide, tall))
    corner = low - (0.1 * reach, 0.12 * reach)
    ax.margins(0)
    ax.update_datalim([corner, high + 0.1 * reach])
    grounds = _townships(ax, scenario, 0.03 * reach)
    colours = colours_of(m, place)
    ties = []
    for k, lead in m.lead.items():
        members = place[m.alliance == k]
        hub = place[lead] if lead >= 0 else members.mean(axis=0)
        for spot in members:
            ax.plot(
                [hub[0], spot[0]],
                [hub[1], spot[1]],
                color=colours[k],
                linewidth=0.8 if crowded else 1.4,
                alpha=0.8,
                zorder=2,
            )
            ties.append((hub, spot))
    size = np.full(scenario.size, float(areas(UNKNOWN_INCOME))) if income is None else areas(income)
    order = np.argsort(-size)
    x, y = place[:, 0], place[:, 1]
    ax.scatter(
        x[order],
        y[order],
        s=size[order],
        c=[GREY if int(i) in m.funded else colours.get(int(m.alliance[i]), "white") for i in order],
        edgecolors=[GREY if m.alliance[i] < 0 else "white" for i in order],
        linewidths=0.7,
        zorder=3,
        alpha=0.95,
    )
    leads = np.array([i for i in m.lead.values() if i >= 0], int)
    ax.scatter(
        x[leads],
        y[leads],
        s=size[leads] + (14 if crowded else 40),
        facecolors="none",
        edgecolors=DARK,
        linewidths=1.1,
        zorder=4,
    )
    _scale_bar(ax, corner, reach, lang)
    handles: list[Any] = []
    labels: list[str] = []
    if income is not None:
        for level in _levels(income):
            handles.append(
                Line2D(
                    [],
                    [],
                    marker="o",
                    color="none",
                    markerfacecolor=PALE,
                    markeredgecolor=GREY,
                    markersize=math.sqrt(areas(level)),
                )
            )
            labels.append(quantity(level, "yuan/year", lang))
    if leads.size:
        handles.append(
            Line2D(
                [],
                [],
                marker="o",
                color="none",
                markerfacecolor="none",
                markeredgecolor=DARK,
                markersize=8,
            )
        )
        labels.append(say("report.plot_lead", lang))
    alone = int((m.alliance < 0).sum()) - len(m.funded)
    for kind, villages, fill in (("funded", len(m.funded), GREY), ("alone", alone, "white")):
        if villages:
            handles.append(
                Line2D(
                    [],
                    [],
                    marker="o",
                    color="none",
                    markerfacecolor=fill,
                    markeredgecolor=GREY,
                    markersize=6,
                )
            )
            labels.append(say(f"report.plot_{kind}", lang))
    if handles:
        legend(figure, handles, labels, 5)
    where = "known" if scenario.located.all() else "partly" if scenario.located.any() else "drawn"
    headed(figure, _finding(scenario, m, where, lang), lang)
    sentences = [
        *([m.note] if m.note else []),
        *([say("report.plot_map_income", lang)] if income is not None else []),
        say(f"report.plot_places_{where}", lang),
    ]
    note = "\n".join(wrapped(narrow_quotes(sentence, lang), lang, 118) for sentence in sentences)
    ax.set_title(note, fontsize=8, linespacing=1.4)
    named = leads if leads.size <= NAMED_VILLAGES or m.labels else leads[:0]
    if not crowded:
        named = np.concatenate([leads, np.setdiff1d(np.arange(scenario.size), leads)])
    marks = {village: m.labels.get(k, "") for k, village in m.lead.items()}
    short = [marks.get(int(i), "") for i in named]
    texts = [f"{mark} {scenario.names[i]}".strip() for mark, i in zip(short, named, strict=True)]
    away = np.sqrt(size[named]) / 2 + (1 if crowded else 3)
    across = None if crowded else np.array(ties)
    room = Room(figure, ax, place[named], away, across)
    for outline, name in grounds:
        room.name_ground(outline, name, fontsize=7.2, color="#4A4A44", zorder=5)
    room.write(texts if named.size <= NAMED_VILLAGES else short, short)
    return figure


def _areas(villages: int) -> Callable[[Any], Any]:
    """Circle area in points squared, in proportion to income between bounds that can
    still be seen."""
    unit = (
        180.0 if villages <= NAMED_VILLAGES else 16.0 if villages <= 500 else 5.0
    )  # of 100,000 yuan
    return lambda income: np.clip(unit * np.asarray(income, float) / 1e5, unit / 10, unit * 12)


def _levels(income: np.ndarray) -> list[float]:
    """Two or three round incomes inside those shown, for the legend."""
    steps = [1e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7]
    inside = [s for s in steps if income.min() * 0.7 <= s <= income.max() * 1.3] or [
        float(np.median(income))
    ]
    return [inside[0], inside[len(inside) // 2], inside[-1]] if len(inside) > 3 else inside


def _townships(ax: Axes, scenario: Scenario, pad: float) -> list[tuple[np.ndarray, str]]:
    """Pale ground under the villages of each township; answers their outlines and names."""
    from scipy.spatial import ConvexHull, QhullError

    keys = [
        "/".join(map(str, parts))
        for parts in zip(*(scenario.places[p] for p in ("city", "county", "township")), strict=True)
    ]
    names = dict(zip(keys, map(str, scenario.places["township"]), strict=True))
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = pad * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    grounds = []
    for key in sorted(set(keys)):
        inside = np.array([k == key for k in keys])
        around = (scenario.position[inside][:, None] + ring).reshape(-1, 2)
        try:
            hull = around[ConvexHull(around).vertices]
        except QhullError:
            continue
        ax.fill(*hull.T, facecolor="#F4F4F1", edgecolor="#B8B8B0", linewidth=0.8, zorder=0)
        if names[key]:
            grounds.append((hull, names[key]))
    return grounds


def colours_of(m: Membership, place: np.ndarray) -> dict[int, str]:
    """A colour an alliance, so that near ones differ."""
    middle = {k: place[m.alliance == k].mean(axis=0) for k in m.lead}
    colours: dict[int, str] = {}
    for k in sorted(middle):
        near = sorted(colours, key=lambda other: float(np.hypot(*(middle[k] - middle[other]))))[
            : len(COLOURS) - 1
        ]
        taken = [colours[other] for other in near]
        colours[k] = next(colour for colour in COLOURS if colour not in taken)
    return colours


def _scale_bar(ax: Axes, corner: np.ndarray, reach: float, lang: str) -> None:
    step = 10.0 ** math.floor(math.log10(reach / 3))
    length = max(size for size in (step, 2 * step, 5 * step) if size <= reach / 3)
    x, y = corner + (0.03 * reach, 0.005 * reach)
    ax.plot([x, x + length], [y, y], color=DARK, linewidth=2, solid_capstyle="butt", zorder=5)
    ax.text(
        x + length / 2,
        y + 0.012 * reach,
        say("report.plot_km", lang, km=f"{length:g}"),
        ha="center",
        va="bottom",
        fontsize=8,
        zorder=5,
    )
