"""The figures of a proposal say what was measured, and no label covers a bar or another label."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from village_alliances.experiments.drawing import as_written
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.propose.answer import Point, Spread
from village_alliances.experiments.propose.pictures import budgets, finding
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import say

from tests.experiments.extents import faults_of, texts
from tests.experiments.propose.conftest import row

LANGUAGES = ("en", "zh")


def front(gains: Sequence[float], costs: Sequence[float], villages: int) -> list[Point]:
    """Budgets of which `costs` are paid and which bring `gains`."""
    return [
        Point(
            1.5 * cost,
            Spread(cost, 0.9 * cost, 0.8 * cost, 1.1 * cost, 1.0),
            Spread(gain, gain, gain, gain, 1.0),
            Spread(gain, 0.8 * gain, -2 * abs(gain), 3 * abs(gain), 1.0),
            villages // 5,
            villages,
            villages // 3,
            Spread(gains[-1] - gain, 0.0, 0.0, 0.0, 1.0),
        )
        for gain, cost in zip(gains, costs, strict=True)
    ]


def close(count: int) -> list[Point]:
    """So many budgets of which nearly the same is paid and which bring nearly the same."""
    steps = range(count)
    return front([9e3 + 3 * i for i in steps], [1.2e8 + 11 * i for i in steps], 1204)


def bars(figure: Figure) -> list[Bbox]:
    """Where bars and whiskers are drawn, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = [bar for ax in figure.axes for bar in (*ax.patches, *whiskers(ax))]
    return [bar.get_window_extent(canvas.get_renderer()) for bar in drawn]


def whiskers(ax: Axes) -> list:
    """The lines of a row; the line of nought is in data only across."""
    return [line for line in ax.lines if line.get_transform() == ax.transData]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [3, 7, 12])
def test_no_label_of_a_budget_covers_a_bar_or_another_label(count: int, lang: str) -> None:
    figure = budgets(close(count), 1.8e8, lang)
    assert not faults_of({"front": figure})
    drawn = bars(figure)
    assert len(drawn) >= 2 * count
    for text, box in texts(figure):
        covered = [bar for bar in drawn if Bbox.from_extents(*box).overlaps(bar)]
        assert not covered, text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_of_a_budget_break_between_phrases(lang: str) -> None:
    rows = close(4)
    labels = [label.get_text() for label in budgets(rows, 1.8e8, lang).axes[0].get_yticklabels()]
    allied, funded = ("1,204", "401") if lang == "en" else ("1204", "401")
    whom = say("proposal.front.whom", lang, allied=allied, funded=funded)
    budget = {"en": "budget 180,000,000 yuan", "zh": "预算 1.8 亿元"}[lang]
    assert labels == [f"{budget}\n{whom}"] * 4


def test_a_row_shows_the_means_that_were_measured_and_says_so() -> None:
    figure = budgets(front([0.0, 5e3, 4e3], [0.0, 1e6, 2e6], 6), 3e6, "en")
    paid, gained = figure.axes
    assert [bar.get_width() for bar in paid.patches] == [0.0, 1e6, 2e6]
    dots = [line for line in gained.lines if len(line.get_xdata()) == 1]
    assert [dot.get_xdata()[0] for dot in dots] == [0.0, 5e3, 4e3]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["mean and 5–95% of the runs", "another budget brings more for less"]


def test_a_budget_that_another_surpasses_looks_otherwise() -> None:
    def marks(gains: Sequence[float], costs: Sequence[float]) -> list[str]:
        lines = budgets(front(gains, costs, 6), 1.5 * costs[-1], "zh").axes[1].lines
        return [str(line.get_marker()) for line in lines if len(line.get_xdata()) == 1]

    assert marks([0.0, 5e3, 4e3, 9e3], [0.0, 1e6, 2e6, 3e6]) == ["o", "o", "s", "o"]
    assert marks([0.0, 5e3, 5e3], [0.0, 1e6, 1e6]) == ["o", "o", "o"], "equal ones"
    assert marks([0.0, 5e3, 4e3], [0.0, 1e6, 1e6]) == ["o", "o", "s"]


@pytest.mark.parametrize(
    ("gains", "asked", "said"),
    [
        ([0.0, 1.0, 1.5], 3e6, "luck"),
        ([0.0, 5e3, 9e3], 1.5e6, "more"),
        ([0.0, 9e3, 9e3], 3e6, "less"),
        ([0.0, 5e3, 9e3], 3e6, "enough"),
    ],
)
def test_the_title_of_the_budgets_is_what_another_budget_would_bring(
    gains: list[float], asked: float, said: str
) -> None:
    points = front(gains, [0.0, 1e6, 2e6], 6)
    mine = next(gain for gain, point in zip(gains, points, strict=True) if point.budget == asked)
    ahead = [Spread(mine - gain, 0.0, 0.0, 0.0, 1.0) for gain in gains]
    points = [replace(point, ahead=a) for point, a in zip(points, ahead, strict=True)]
    words = {
        "luck": "luck",
        "more": "4,000 yuan a year more",
        "less": "No difference",
        "enough": "less",
    }
    assert words[said] in finding(points, asked, "en")
    assert budgets(points, asked, "zh").get_suptitle().replace("\n", "") == finding(
        points, asked, "zh"
    )


@pytest.mark.parametrize(
    ("lang", "written"),
    [("en", ["0", "120,000", "830,000", "1,090,000"]), ("zh", ["0", "12", "83", "109"])],
)
def test_money_beside_bars_is_written_in_one_way(lang: str, written: list[str]) -> None:
    costs = [0.0, 12e4, 83.4e4, 109e4]
    said = as_written("yuan", costs, lang).column(costs)
    assert said == written


def test_ticks_of_an_axis_have_as_many_decimals() -> None:
    ticks = as_written("yuan", [7e4], "zh").even_ticks
    assert ticks.format_ticks([-2.5e4, 0.0, 2.5e4, 5e4]) == ["−2.5", "0", "2.5", "5.0"]
    assert ticks.format_ticks([0.0, 5e4]) == ["0", "5"]


# ---- Map

LONG = {"en": "Upper Stone Gate on the Long River", "zh": "石门口股份经济合作社村"}
TABLE = Callable[[list[str]], Scenario]


def villages(table: TABLE, count: int, lang: str) -> Scenario:
    """So many villages of long names in two townships on a few kilometres, some close together."""
    luck = random.Random(count)
    return table(
        [
            row(
                f"{LONG[lang]} {n}",
                121.4 + luck.uniform(0, 0.05),
                29.6 + luck.uniform(0, 0.05),
                township=("甲镇", "乙镇")[n % 2],
            )
            for n in range(count)
        ]
    )


def circles(figure: Figure) -> list[tuple[np.ndarray, float]]:
    """The circles of villages: middle and radius in pixels."""
    (ax,) = figure.axes
    drawn = next(c for c in ax.collections if isinstance(c, PathCollection))
    radii = np.sqrt(drawn.get_sizes()) / 2 * figure.dpi / 72
    return list(zip(ax.transData.transform(np.asarray(drawn.get_offsets())), radii, strict=True))


def covers(box: Bbox, middle: np.ndarray, radius: float) -> bool:
    """Whether a box reaches into a circle."""
    nearest = np.clip(middle, (box.x0, box.y0), (box.x1, box.y1))
    return float(np.hypot(*(nearest - middle))) < radius - 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("alliances", [3, 7, 12])
def test_no_label_of_the_map_covers_a_circle_or_another_label(
    table: TABLE, alliances: int, lang: str
) -> None:
    count = 3 * alliances
    scenario = villages(table, count, lang)
    labels = {k: f"{k + 1} (45%)" for k in range(alliances)}
    home = np.arange(count) % alliances
    membership = Membership(home, {k: k for k in range(alliances)}, "", labels)
    income = np.resize([2e4, 8e4, 3e5, 9e5], count)
    figure = map_of(scenario, lang, membership, income)
    assert not faults_of({"map": figure})
    drawn = circles(figure)
    named = [(text, Bbox.from_extents(*box)) for text, box in texts(figure)]
    on_map = [
        (t, box) for t, box in named if t in ("甲镇", "乙镇") or "(45%)" in t or LONG[lang] in t
    ]
    for text, box in on_map:
        assert not any(covers(box, middle, radius) for middle, radius in drawn), text
    for label in labels.values():
        assert sum(text.startswith(label) for text, _ in on_map) == 1, label


def test_a_label_crosses_no_tie_where_it_can_stand_elsewhere(table: TABLE) -> None:
    east_and_west = table([row("左村", 121.4, 29.6), row("右村", 121.45, 29.6)])
    membership = Membership(np.zeros(2, int), {0: 0}, "", {0: "1"})
    figure = map_of(east_and_west, "zh", membership)
    (tie,) = (
        line
        for line in figure.axes[0].lines
        if line.get_linewidth() == 1.4 and np.ptp(line.get_xdata())
    )
    height = figure.axes[0].transData.transform(tie.get_xydata())[0, 1]
    for text, (_, low, _, high) in texts(figure):
        if text in ("1 左村", "右村"):
            across = low <= height <= high
            assert across == (text == "右村"), "the tie goes out to the east of the lead alone"
