"""Options of the page's charts: an `Answer` in, plain data for ECharts out. Sizes and colours only;
figures come as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from village_alliances.experiments.drawing import wrapped
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.words import number, pick, sentence, text
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.strategy import NONE
from village_alliances.wording import apart, listed, say, titled

SOFT, GRID = "#55646b", "#e6e3da"
FONT = {
    "fontFamily": "Source Han Sans SC, Noto Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, "
    "sans-serif"
}
NAMED_HERE = (
    "gain_weak",
    "gain_lead",
    "gain_members",
    "gain_mean",
)  # whose usual words lean on a list that they stand in
PARTS = {
    "concentration": "#8aa1a8",
    "own_money": "#E69F00",
    "pooling": "#009E73",
    "shared_ability": "#CC79A7",
}  # colours of the parts of a gain
COUNTS = ("villages", "alliances")  # units whose axis begins at nought
SIGNS = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle"]


def meaning(outcome: str, lang: str) -> str:
    """An outcome in words that stand alone."""
    return (
        text(f"outcome.{outcome}", lang)
        if outcome in NAMED_HERE
        else sentence(getattr(BY_NAME[outcome], lang))
    )


def axis_writer(unit: str) -> str:
    """The formatter of an axis in this unit."""
    return "fn:money_axis" if unit.startswith("yuan") else "fn:plain_axis"


def value_axis(unit: str, **more: Any) -> dict[str, Any]:
    """An axis of numbers."""
    return {
        "type": "value",
        "scale": True,
        "splitNumber": 4,
        "axisLabel": {
            "formatter": axis_writer(unit),
            "color": SOFT,
            "fontSize": 12,
            "hideOverlap": True,
        },
        "splitLine": {"lineStyle": {"color": GRID}},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        **more,
    }


def by_line(lines: Any, unit: str) -> dict[str, Any]:
    """What charts with a line a label have in common. `lines`: labels from the bottom
    up, by width of the screen."""
    return {
        "textStyle": FONT,
        "animation": False,
        "grid": {"left": 8, "right": 22, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"formatter": "fn:said", "confine": True},
        "yAxis": {
            "type": "category",
            "data": lines,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
            "axisLabel": {"color": "#1d2a2f", "fontSize": 13, "lineHeight": 16, "interval": 0},
        },
        "xAxis": value_axis(unit, scale=False),
    }


def trajectories(
    a: Answer, outcome: str, lang: str, change: bool = False, bands: bool = True
) -> dict[str, Any]:
    """Each strategy by year with the band that holds nine runs of ten: its level, or its paired
    difference to the baseline.

    Counts of villages are shown by their mean, for a median of few villages only jumps.
    """
    unit = BY_NAME[outcome].unit
    colour = colours(a.strategies)
    crowded = len(a.strategies) - change > 2
    middle = "mean" if unit in COUNTS else "median"
    courses = (a.changes if change else a.bands)[outcome]
    series: list[dict[str, Any]] = []
    for i, strategy in enumerate(a.strategies):
        band = courses[strategy]
        name = pick(a.titles[strategy], lang)
        if bands and not (change and strategy == a.baseline):
            series += _band(
                i, band["low"], band["high"], colour[strategy], 0.04 if crowded else 0.15
            )
        points = [
            {
                "value": m,
                "say": f"{name}: {number(m, unit, lang, change)} "
                f"({number(lo, unit, lang, change)} – {number(hi, unit, lang, change)})",
            }
            for m, lo, hi in zip(band[middle], band["low"], band["high"], strict=True)
        ]
        series.append(
            {
                "type": "line",
                "id": f"median{i}",
                "name": name,
                "data": points,
                "symbol": SIGNS[i % len(SIGNS)],
                "symbolSize": 7,
                "z": 5,
                "lineStyle": {
                    "width": 2.6,
                    "type": "dashed" if strategy == a.baseline else "solid",
                },
                "itemStyle": {"color": colour[strategy]},
            }
        )
    return {
        "textStyle": FONT,
        "animationDuration": 200,
        "animationDurationUpdate": 150,
        "grid": {"left": 6, "right": 18, "top": 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "formatter": "fn:said_axis", "confine": True},
        "xAxis": {
            "type": "category",
            "data": [str(y) for y in a.years],
            "boundaryGap": False,
            "axisLabel": {"color": SOFT, "fontSize": 12},
            "axisLine": {"lineStyle": {"color": "#b9b5aa"}, "onZero": False},
            "axisTick": {"show": False},
        },
        "yAxis": value_axis(unit, scale=unit not in COUNTS),
        "series": series,
    }


def _band(
    index: int, low: list[float], high: list[float], colour: str, opacity: float
) -> list[dict[str, Any]]:
    """A light band between two thin lines: its lower edge, and its width stacked upon it."""
    edge = {
        "type": "line",
        "stack": f"band{index}",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0.45, "width": 1, "type": "dotted", "color": colour},
    }
    width = [top - bottom for bottom, top in zip(low, high, strict=True)]
    return [
        {**edge, "id": f"low{index}", "data": low},
        {
            **edge,
            "id": f"high{index}",
            "data": width,
            "areaStyle": {"color": colour, "opacity": opacity},
        },
    ]


def height_of(labels: Sequence[str], lang: str, points: int = 1) -> str:
    """The height of a chart with these rows, each of so many points: as high as
    the longest label needs."""
    lines = max((wrapped(label, lang, 14).count("\n") + 1 for label in labels), default=1)
    return f"{46 + len(labels) * max(24 + 14 * points, 16 * lines + 10)}px"


def intervals(
    rows: list[tuple[str, str, list[tuple[float, float, float, str]]]], unit: str, lang: str
) -> dict[str, Any]:
    """Points with intervals in rows. rows: (label, colour or '', [(low, middle, high, colour)...]);
    a dashed line marks nought."""
    labels = [label for label, _, _ in rows][::-1]
    lines = {
        where: [wrapped(label, lang, width) for label in labels]
        for where, width in (("wide", 22), ("narrow", 14))
    }
    data: list[dict[str, Any]] = []
    for i, (label, row, points) in enumerate(rows[::-1]):
        for n, (low, middle, high, colour) in enumerate(points):
            shift = (n - (len(points) - 1) / 2) * 14
            words = (
                f"{row or label}: "
                f"{number(middle, unit, lang, True)}\n{number(low, unit, lang, True)} – "
                f"{number(high, unit, lang, True)}"
            )
            data.append(
                {
                    "value": [i, low, middle, high, shift],
                    "itemStyle": {"color": colour},
                    "say": words,
                }
            )
    return {
        **by_line(lines, unit),
        "series": [
            {
                "type": "custom",
                "renderItem": "fn:interval",
                "data": data,
                "encode": {"x": [1, 2, 3], "y": 0},
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "label": {"show": False},
                    "lineStyle": {"color": "#1d2a2f", "type": "dashed", "width": 1},
                    "data": [{"xAxis": 0}],
                },
            }
        ],
    }


def differences(a: Answer, outcome: str, lang: str) -> dict[str, Any]:
    """Each strategy's paired difference to the baseline at the horizon."""
    colour = colours(a.strategies)
    rows = []
    for strategy in a.strategies[1:]:
        r = a.row(strategy, outcome)
        name = pick(a.titles[strategy], lang)
        rows.append(
            (name, "", [(r["diff_p05"], r["diff_median"], r["diff_p95"], colour[strategy])])
        )
    return intervals(rows, BY_NAME[outcome].unit, lang)


def by_setting(rows: list[tuple[str, Answer]], outcome: str, lang: str) -> dict[str, Any]:
    """How the paired difference to the first strategy moves from setting to setting; of a
    single strategy its level."""
    labels = []
    for label, a in rows:
        colour = colours(a.strategies)
        part, listed = ("diff_", a.strategies[1:]) if len(a.strategies) > 1 else ("", a.strategies)
        points = [
            (r[f"{part}p05"], r[f"{part}median"], r[f"{part}p95"], colour[s])
            for s in listed
            if (r := a.row(s, outcome))
        ]
        labels.append((label, "", [p for p in points if all(v == v for v in p[:3])]))
    return intervals(labels, BY_NAME[outcome].unit, lang)


def groups(a: Answer) -> list[str]:
    """The groups of villages whose gains are told apart; those outside only
    where anything reaches them."""
    return [
        g for g in ("weak", "lead", "members", "outside") if any(r["group"] == g for r in a.who)
    ]


def who(a: Answer, lang: str) -> dict[str, Any]:
    """Gain over being without alliances, by group of villages and strategy."""
    colour = colours(a.strategies)
    rows = []
    for group in groups(a):
        points = [
            (r["p05"], r["median"], r["p95"], colour[r["strategy"]])
            for r in a.who
            if r["group"] == group and r["strategy"] != NONE
        ]
        fine = [p for p in points if all(v == v for v in p[:3])]
        rows.append((text(f"group.{group}", lang), "", fine))
    return intervals(rows, "yuan/year", lang)


def strongest(a: Answer, lang: str) -> dict[str, Any]:
    """What weak villages gain under each strategy beyond what its strongest rival brings them
    with the same public money."""
    colour = colours(a.strategies)
    rows = []
    for s, rival in a.strongest.items():
        r = a.beside(s, rival, "gain_weak")
        band = (r["diff_p05"], r["diff_median"], r["diff_p95"], colour[s])
        rows.append((pick(a.titles[s], lang), "", [band]))
    return intervals(rows, "yuan/year", lang)


def parts(a: Answer, lang: str) -> dict[str, Any]:
    """The parts of each strategy's mean gain, stacked: what takes away stands left of nought."""
    listed = list(dict.fromkeys(r["strategy"] for r in a.parts or []))[::-1]
    named = list(dict.fromkeys(r["part"] for r in a.parts or []))
    mean = {(r["strategy"], r["part"]): r["mean"] for r in a.parts or []}
    series = []
    for part in named:
        title = say(f"compare.part.{part}", lang)
        bars = [
            {
                "value": mean[s, part],
                "say": f"{pick(a.titles[s], lang)}\n{title}: "
                f"{number(mean[s, part], 'yuan/year', lang, True)}",
            }
            for s in listed
        ]
        series.append(
            {
                "type": "bar",
                "id": part,
                "name": title,
                "stack": "gain",
                "barMaxWidth": 22,
                "data": bars,
                "itemStyle": {"color": PARTS[part]},
            }
        )
    labels = [pick(a.titles[s], lang) for s in listed]
    lines = {
        where: [wrapped(label, lang, width) for label in labels]
        for where, width in (("wide", 22), ("narrow", 14))
    }
    return {
        **by_line(lines, "yuan/year"),
        "series": series,
    }


def spoken(a: Answer, outcome: str, lang: str) -> str:
    """A chart of an outcome in words, for those who cannot see it."""
    unit = BY_NAME[outcome].unit
    ends = [
        f"{pick(a.titles[s], lang)} {number(a.bands[outcome][s]['median'][-1], unit, lang)}"
        for s in a.strategies
        if a.bands[outcome][s]["median"]
    ]
    what = listed([meaning(outcome, lang), str(a.years[-1])], lang)
    return titled(what, lang, apart(ends, lang))
