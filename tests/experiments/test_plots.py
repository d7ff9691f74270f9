"""Figures: they show the numbers of the comparison, in both languages, with nothing cut off and
nothing on top of another."""

import re
import threading
import warnings
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from village_alliances.experiments import drawing, fonts, maps, plots
from village_alliances.experiments.answer.amounts import change
from village_alliances.experiments.answer.comparison import projects_of
from village_alliances.experiments.compare import compare
from village_alliances.experiments.drawing import headings, titles
from village_alliances.experiments.plots import over_time, panels
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.sim.parameters import parameters
from village_alliances.sim.strategy import names
from village_alliances.wording import say
from village_alliances.wording.numbers import percent

from tests.experiments.extents import faults_of, texts

pytestmark = pytest.mark.usefixtures("compiled_model")
STRATEGIES = ("none", "strong_leads_weak", "industry_chain", "cross_border")
LANGUAGES = ("en", "zh")
RARE = "龘"
WIDE = {
    "en": "Villages of three townships along one chain",
    "zh": "产业链条相互衔接的跨区域联建共建",
}


@pytest.fixture(scope="module")
def comparison():
    """Jinxi with a village of a rare name, prior beside posterior where there is one."""
    scenario = load("jinxi")
    named = scenario.names.copy()
    named[0] = f"{RARE}家村"
    return compare(replace(scenario, names=named), STRATEGIES, runs=40, mode="prior", parts=True)


@pytest.fixture(scope="module")
def both_sides(comparison):
    """The same with a prior to stand beside the posterior."""
    return replace(comparison, best_prior=comparison.best)


@pytest.fixture(scope="module")
def drawn(both_sides):
    """Every figure of it by language and name."""
    return {lang: plots.figures(both_sides, lang) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def crowded(comparison):
    """One ensemble under sixteen names that are as wide as a planner's may be."""
    labels = [f"panel_{number}" for number in range(16)]
    return replace(
        comparison,
        strategies=["none", *labels],
        titles={"none": comparison.titles["none"], **dict.fromkeys(labels, WIDE)},
        ensembles={
            "none": comparison.none,
            **dict.fromkeys(labels, comparison.ensembles["strong_leads_weak"]),
        },
    )


@pytest.fixture(scope="module")
def wide():
    """All strategies that are shipped."""
    return compare(load("jinxi"), names(), runs=20, mode="point", rivals=())


def lines(ax):
    """The curves of a panel: (colour, x, y) of lines with more than two points."""
    return [
        (line.get_color(), *map(np.asarray, line.get_data()))
        for line in ax.lines
        if len(line.get_xdata()) > 2
    ]


# ---- Fonts and files


def test_the_face_is_simplified_chinese_and_holds_rare_characters():
    from fontTools.ttLib import TTFont

    path = fonts.prepare()
    with TTFont(path, lazy=True) as face:
        assert face["name"].getDebugName(1) == fonts.FAMILY
        assert ord(RARE) in face.getBestCmap()
    assert matplotlib.font_manager.FontProperties(family=fonts.FAMILY).get_name() == fonts.FAMILY
    assert matplotlib.font_manager.findfont(fonts.FAMILY, fallback_to_default=False) == str(path)


def test_use_lets_other_figures_of_the_process_show_chinese():
    with matplotlib.rc_context():
        fonts.use_font()
        assert matplotlib.rcParams["font.family"][0] == fonts.FAMILY
        assert matplotlib.rcParams["axes.unicode_minus"] is True


def test_drawing_leaves_the_settings_of_others_alone(comparison):
    before = dict(matplotlib.rcParams)
    plots.svg(plots.weak_left(comparison, "zh"))
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("lang", LANGUAGES)
def test_svg_is_sound_keeps_its_text_and_its_ids_to_itself(drawn, lang):
    written = {
        name: plots.svg(figure, name, description="<what it shows>")
        for name, figure in drawn[lang].items()
    }
    ids = [id for text in written.values() for id in re.findall(r' id="([^"]*)"', text)]
    assert len(ids) == len(set(ids))
    for name, text in written.items():
        root = ElementTree.fromstring(text)
        assert root.attrib["role"] == "img"
        assert all(id.startswith(f"{name}-") for id in re.findall(r' id="([^"]*)"', text))
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) <= set(ids)
        assert "<text" in text and "<title" in text and "<image" not in text
        assert "&lt;what it shows&gt;" in text
    assert f"{RARE}家村" in written["map"]


def test_svg_is_the_same_every_time(comparison):
    first, two = (
        plots.svg(plots.map_of(comparison, "zh"), "map", standalone=True) for _ in range(2)
    )
    assert first == two
    assert first.startswith("<?xml")


def test_threads_draw_what_one_thread_draws(comparison):
    alone = {lang: plots.svg(plots.weak_left(comparison, lang)) for lang in LANGUAGES}
    together = {}

    def work(lang, number):
        together[lang, number] = plots.svg(plots.weak_left(comparison, lang))

    threads = [
        threading.Thread(target=work, args=(lang, n)) for lang in LANGUAGES for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(together) == 6
    assert all(text == alone[lang] for (lang, _), text in together.items())


# ---- Layout


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_glyph_is_missing_nothing_is_cut_off_and_no_text_covers_another(drawn, lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not faults_of(drawn[lang])


def test_a_missing_glyph_is_noticed_and_others_are_drawn(drawn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plots.png(drawn["zh"]["map"]).startswith(b"\x89PNG")
        with drawing.styled():
            lacking = matplotlib.figure.Figure()
        lacking.text(0.5, 0.5, "\U00010380")  # Ugaritic
        with pytest.raises(UserWarning, match="missing from"):
            faults_of({"lacking": lacking})


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nor_is_it_where_all_strategies_are_compared(wide, lang):
    assert not faults_of(plots.figures(wide, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nor_is_it_in_sixteen_panels_of_wide_titles_and_notes(monkeypatch, crowded, lang):
    widest = {"en": "-1,132.5k", "zh": "-113.25 万元"}[lang]
    monkeypatch.setattr(over_time, "noted", lambda amounts, lang: [widest, widest])
    figure = plots.trajectories(crowded, "p10_income", lang)
    assert not faults_of({"trajectory": figure})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nor_is_it_where_few_rows_have_long_names(comparison, lang):
    few = replace(comparison, strategies=list(STRATEGIES[:3]))
    figures = {
        draw.__name__: draw(few, lang)
        for draw in (plots.differences, plots.rivals, plots.who_gains)
    }
    assert not faults_of(figures)


def test_a_text_that_is_cut_off_or_covered_is_noticed(monkeypatch, comparison):
    for module in (headings, titles, panels):
        monkeypatch.setattr(module, "wrapped", lambda text, lang, width: text)
    assert faults_of(
        {
            "who": plots.who_gains(comparison, "en"),
            "trajectory": plots.trajectories(comparison, "gain_weak", "en"),
        }
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_bands_have_a_legend_and_panels_are_named(comparison, lang):
    figure = plots.trajectories(comparison, "gain_weak", lang)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sum("25" in text and "75" in text for text in legend) == 1
    assert sum("5" in text and "95" in text and "25" not in text for text in legend) == 1
    titles = [
        ax.get_title(loc="left").replace("\n", "" if lang == "zh" else " ") for ax in figure.axes
    ]
    assert titles == [comparison.title(s, lang) for s in STRATEGIES[1:]]


# ---- What is shown


def test_a_trajectory_shows_medians_and_bands_of_the_runs(comparison):
    figure = plots.trajectories(comparison, "gain_weak", "en")
    for ax, strategy in zip(figure.axes, STRATEGIES[1:], strict=True):
        values = comparison.ensembles[strategy].trajectory("gain_weak")
        curves = {colour: y for colour, _, y in lines(ax)}
        np.testing.assert_allclose(curves[plots.look(strategy).colour], np.median(values, axis=0))
        np.testing.assert_allclose(
            curves[drawing.DARK],
            np.median(comparison.ensembles["none"].trajectory("gain_weak"), axis=0),
        )
        wide_band, half_band = (band.get_paths()[0].vertices[:, 1] for band in ax.collections[:2])
        low, high = np.quantile(values, (0.05, 0.95), axis=0)
        assert (wide_band.min(), wide_band.max()) == pytest.approx((low.min(), high.max()))
        assert half_band.max() < wide_band.max()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_stands_over_levels_is_the_difference_of_the_table(comparison, lang):
    """Pairs of runs, not the distance of two middles: the table says the same."""
    apart = comparison.table.set_index(["outcome", "strategy"])["diff_median"]["p10_income"]
    alone = replace(comparison, strategies=["none", "strong_leads_weak"])
    heading = plots.trajectories(alone, "p10_income", lang).get_suptitle()
    assert change(float(apart["strong_leads_weak"]), lang) in " ".join(heading.split())


def test_years_are_those_at_whose_end_was_counted(comparison):
    _, x, _ = lines(plots.weak_left(comparison, "en").axes[0])[0]
    assert list(x) == list(range(2014, 2021))


def heading_where_are_left(comparison, lang, none, others):
    """What stands over the chart where a village is left in so many of 40 runs of `none`, and in so
    many of each strategy."""
    close = {}
    for name, ensemble in comparison.ensembles.items():
        series = ensemble.series.copy()
        series["weak_villages_50k"][:] = 0.0
        series["weak_villages_50k"][: none if name == "none" else others] = 1.0
        close[name] = replace(ensemble, series=series)
    return plots.weak_left(replace(comparison, ensembles=close), lang).get_suptitle()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_small_difference_in_villages_is_not_called_none(comparison, lang):
    """The panels below say both numbers; so does what stands over them."""
    heading = heading_where_are_left(comparison, lang, 4, 3)
    assert "0.1" in heading and "0.075" in heading


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_hardly_any_village_is_left_no_hundredths_of_one_are_told(comparison, lang):
    heading = heading_where_are_left(comparison, lang, 2, 3)
    assert "0.0" not in heading
    assert {"en": "hardly any", "zh": "几乎没有"}[lang] in heading


def test_villages_are_counted_as_means_and_never_below_nought(comparison):
    figure = plots.weak_left(comparison, "en")
    for ax, strategy in zip(figure.axes, STRATEGIES[1:], strict=True):
        curves = {colour: y for colour, _, y in lines(ax)}
        mean = comparison.ensembles[strategy].trajectory("weak_villages_50k").mean(axis=0)
        np.testing.assert_allclose(curves[plots.look(strategy).colour], mean)
        assert ax.get_ylim()[0] == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_differences_are_those_of_the_table(comparison, lang):
    figure = plots.differences(comparison, lang)
    outcomes = [o for o in MAIN if o != "gain_mean"]
    table = comparison.table.set_index(["outcome", "strategy"])
    for ax, outcome in zip(figure.axes, outcomes, strict=False):
        dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
        assert len(dots) == len(STRATEGIES) - 1
        for dot, strategy in zip(dots, STRATEGIES[1:], strict=True):
            row = table.loc[(outcome, strategy)]
            assert dot.get_xdata()[0] == pytest.approx(row["diff_median"])
            hollow = dot.get_markerfacecolor() == "white"
            assert hollow == (row["diff_p05"] <= 0 <= row["diff_p95"])
            low, high = ax.get_xlim()
            assert low < min(row["diff_p05"], 0) and max(row["diff_p95"], 0) < high
        better = {1: "→", -1: "←"}[BY_NAME[outcome].better]
        assert better in ax.get_xlabel()


def test_who_gains_says_how_many_lose(comparison):
    figure = plots.who_gains(comparison, "en")
    table = comparison.who.set_index(["group", "strategy"])
    groups = ["all", "weak", "lead", "members", "outside"]  # members leave in some runs
    panels = [ax for ax in figure.axes if ax.get_visible()]
    for ax, group in zip(panels, groups, strict=True):
        said = [text.get_text() for text in ax.texts]
        assert said == [f"{percent(table.loc[(group, s), 'loses'])} lose" for s in STRATEGIES[1:]]


def test_the_distribution_counts_villages_under_the_line(comparison):
    figure = plots.distribution(comparison, "en")
    for ax, strategy in zip(figure.axes, STRATEGIES[1:], strict=True):
        own, alone = (
            (value.kept["operating_income"] < 50_000).mean()
            for value in (comparison.ensembles[strategy], comparison.none)
        )
        assert f"under 50,000: {own:.1%} (without {alone:.1%})" in [
            text.get_text() for text in ax.texts
        ]
        curves = {colour: (x, y) for colour, x, y in lines(ax)}
        x, y = curves[plots.look(strategy).colour]
        assert np.interp(50_000, x, y) == pytest.approx(own, abs=0.02)


@pytest.mark.parametrize("count", (2, 3))
def test_rows_are_named_whatever_the_number_of_panels(comparison, count):
    few = replace(comparison, strategies=["none", *STRATEGIES[1 : count + 1]])
    figure = plots.projects(few, "en")
    drawn = [text.replace("\n", " ") for text, _ in texts(figure)]
    begun = {p for s in few.strategies[1:] for p in projects_of(few, s)["type"]}
    named = {kind.title["en"] for kind in few.types if kind.name in begun}
    assert named and all(drawn.count(name) == (count + 1) // 2 for name in named)
    drawn = [text for text, _ in texts(plots.rivals(few, "en"))]
    assert drawn.count(say("report.plot_the_alliance", "en")) == (count + 1) // 2


def test_rivals_stand_beside_the_alliance_with_the_share_of_runs_in_which_it_is_ahead(comparison):
    figure = plots.rivals(comparison, "en")
    table = comparison.against[comparison.against.outcome == "gain_weak"].set_index(
        ["strategy", "rival"]
    )
    for ax, strategy in zip(figure.axes, STRATEGIES[1:], strict=False):
        dots = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
        every = [comparison.ensembles[strategy], *comparison.rivals[strategy].values()]
        assert dots == pytest.approx(
            [np.median(strategy.outcome("gain_weak")) for strategy in every]
        )
        assert [text.get_text() for text in ax.texts] == [
            f"alliance ahead {percent(table.loc[(strategy, rival), 'p_better'])}"
            for rival in comparison.named_rivals
        ]


def test_projects_are_told_with_how_often_they_are_begun(comparison):
    figure = plots.projects(comparison, "en")
    for ax, strategy in zip(figure.axes, STRATEGIES[1:], strict=False):
        begun = projects_of(comparison, strategy).set_index("type").begun
        bars = sorted(bar.get_width() for bar in ax.patches)
        assert [width for width in bars if width] == pytest.approx(sorted(begun))


def test_parts_add_up_to_the_gain_of_weak_villages(comparison):
    ax = plots.parts(comparison, "en").axes[0]
    for i, strategy in enumerate(STRATEGIES[1:]):
        parts = [bar.get_width() for bar in ax.patches if abs(bar.get_y() + 0.3 - i) < 1e-9]
        assert sum(parts) == pytest.approx(
            comparison.ensembles[strategy].outcome("gain_weak").mean()
        )


def test_parts_are_drawn_where_gains_were_taken_apart(drawn, comparison):
    assert "parts" in drawn["en"]
    with pytest.raises(ValueError, match="parts"):
        plots.parts(replace(comparison, parts=None), "en")


def test_chances_and_regret_are_those_of_the_table(both_sides):
    for draw, column in ((plots.best, "p_best"), (plots.regret, "expected_regret")):
        figure = draw(both_sides, "en")
        table = both_sides.best.set_index(["outcome", "strategy"])[column]
        lines = [ax for ax in figure.axes if ax.get_visible()]
        for ax, outcome in zip(lines, plots.RANKED, strict=True):
            filled = [bar.get_width() for bar in ax.patches if bar.get_facecolor()[:3] != (1, 1, 1)]
            np.testing.assert_allclose(filled, [table[outcome, s] for s in STRATEGIES])
        written = [
            text.text
            for text in ElementTree.fromstring(plots.svg(figure)).iter(
                "{http://www.w3.org/2000/svg}text"
            )
        ]
        lines = [note.get_text() for ax in figure.axes for note in ax.texts]
        assert lines and all(text in written for text in lines), (
            "what is written on a bar is written in the file to the same digit"
        )
    assert (
        len(plots.best(both_sides, "en").legends) == 1
        and not plots.best(replace(both_sides, best_prior=None), "en").legends
    )


def test_the_frontier_leaves_out_what_is_dominated():
    frame = pd.DataFrame(
        [("a", 0.0, 0.0), ("b", 1e6, 5e3), ("dear", 2e6, 4e3), ("c", 3e6, 9e3), ("poor", 3e6, 1e3)],
        columns=["label", "cost", "gain"],
    ).assign(strategy=lambda f: f.label, low=lambda f: f.gain - 1e3, high=lambda f: f.gain + 1e3)
    figure = plots.frontier(frame, "en")
    line = next(line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    assert list(line.get_xdata()) == [0, 1e6, 3e6]
    assert list(line.get_ydata()) == [0, 5e3, 9e3]
    assert "from loss to gain" not in figure.get_suptitle()
    unsure = plots.frontier(frame.assign(low=-1e3), "en")
    assert "from loss to gain" in " ".join(unsure.get_suptitle().split())
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["a", "b", "dear", "c", "poor", say("report.plot_undominated", "en")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sensitivity_puts_the_strongest_on_top(lang):
    quantities = list(parameters())[:20]
    total = np.linspace(0.01, 0.5, 20)
    frame = pd.DataFrame({"quantity": quantities, "total": total, "first": total / 2})
    frame = frame.assign(
        **{
            f"{i}_{e}": frame[i] * f
            for i in ("total", "first")
            for e, f in (("low", 0.8), ("high", 1.2))
        }
    )
    ax = plots.sensitivity(frame, lang, "gain_weak").axes[0]
    labels = [
        label.get_text().replace("\n", "" if lang == "zh" else " ")
        for label in ax.get_yticklabels()
    ]
    strongest = parameters()[quantities[-1]]
    assert len(labels) == plots.MOST_BARS
    assert labels[0].lower() == (strongest.zh if lang == "zh" else strongest.en).lower()
    tornado = pd.DataFrame(
        {"quantity": quantities, "base": 10.0, "at_low": 10 - total, "at_high": 10 + 2 * total}
    )
    bars = plots.sensitivity(tornado, lang, "gain_weak").axes[0].patches
    assert bars[0].get_x() + bars[0].get_width() == pytest.approx(9.5) and bars[
        1
    ].get_width() == pytest.approx(1.0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sensitivity_names_facts_of_project_types_and_no_more_than_all_of_the_spread(lang):
    ends = {f"{i}_{e}": [v] for i in ("total", "first") for e, v in (("low", -0.7), ("high", 2.6))}
    frame = pd.DataFrame({"quantity": ["solar.lag"], "total": [1.5], "first": [-0.2], **ends})
    title = {"en": "Roof solar: quarters until it works", "zh": "屋顶光伏：建设期"}[lang]
    figure = plots.sensitivity(frame, lang, "gain_weak", titles={"solar.lag": title})
    (ax,) = figure.axes
    words = "".join(text.get_text() for text in figure.findobj(Text)).replace("\n", "")
    assert "solar.lag" not in words and "100%" in words and "150%" not in words
    drawn = [x for line in ax.lines for x in line.get_xdata()]
    assert min(drawn) >= 0 and max(drawn) <= 1


# ---- Map


def circles(figure):
    """The villages' circles: positions, and areas in points squared."""
    drawn = next(c for c in figure.axes[0].collections if isinstance(c, PathCollection))
    return np.asarray(drawn.get_offsets()), drawn.get_sizes(), drawn


def test_the_map_shows_every_village_where_it_is_and_by_its_income(comparison):
    figure = plots.map_of(comparison, "en")
    places, sizes, _ = circles(figure)
    order = np.lexsort(places.T)
    positions = comparison.scenario.position
    np.testing.assert_allclose(places[order], positions[np.lexsort(positions.T)])
    income = np.median(comparison.ensembles["none"].kept["start_income"], axis=0)
    poorest = np.flatnonzero(np.isclose(places, positions[income.argmin()]).all(axis=1))
    assert sizes[poorest] == sizes.min() < sizes.max()
    said = {text.get_text() for text in figure.axes[0].texts}
    assert set(map(str, comparison.scenario.names)) <= said and "西坞街道" in said
    assert "not known" in figure.axes[0].get_title(loc="left")
    links = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.4]
    assert len(links) == 5


def test_a_map_without_alliances_says_nothing_of_their_numbers():
    scenario = load("jinxi")
    nobody = maps.Membership(np.full(scenario.size, -1), {}, "", {}, (0,))
    said = maps.map_of(scenario, "zh", nobody).axes[0].get_title(loc="left").splitlines()
    assert said and all(said)


def test_a_map_of_thousands_of_villages_stays_light_and_its_words_stay_words():
    """A report holds a megabyte; one with twenty figures beside this map as well."""
    drawn = drawing.svg(maps.map_of(load("zibo"), "en"))
    assert len(drawn) < 600_000 and drawn.count("<image") == 1
    assert "乡镇88" in drawn and "20 km" in drawn


def test_circles_of_the_legend_of_a_map_have_room(comparison):
    figure = plots.map_of(comparison, "zh", income=np.array([4e4, 5e4, 1e5, 5e5, 2e6]))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (key,) = figure.legends
    radii = [mark.get_markersize() / 2 * figure.dpi / 72 for mark in key.legend_handles]
    assert max(radii) > 10, "one of them is large"
    for mark, text, radius in zip(key.legend_handles, key.get_texts(), radii, strict=True):
        (left, _), (right, middle) = mark.get_transform().transform(mark.get_xydata()[[0, -1]])
        assert middle - radius >= 0, "it is not cut by the figure's edge"
        assert (left + right) / 2 + radius <= text.get_window_extent(canvas.get_renderer()).x0, (
            text.get_text()
        )


def test_where_all_lead_in_common_the_links_meet_in_the_middle():
    scenario = load("chunhu")
    assert scenario.given[0].lead < 0
    ends = [
        line.get_xydata()[0]
        for line in plots.map_of(scenario, "zh").axes[0].lines
        if line.get_linewidth() == 1.4
    ]
    np.testing.assert_allclose(
        ends, [scenario.position[list(scenario.given[0].members)].mean(axis=0)] * len(ends)
    )


def test_alliances_that_form_by_themselves_are_those_of_the_first_run():
    c = compare(
        load("fenghua"),
        ("none", "strong_leads_weak"),
        runs=2,
        years=4,
        mode="point",
        rivals=(),
    )
    membership = maps.at_end(c, "strong_leads_weak", "en")
    assert (
        np.count_nonzero(membership.alliance >= 0)
        == c.ensembles["strong_leads_weak"].outcome("allied_villages")[0]
    )
    assert len(membership.lead) == c.ensembles["strong_leads_weak"].outcome("alliances")[0]
    assert all(membership.alliance[lead] == k for k, lead in membership.lead.items())
    figure = plots.map_of(c, "en")
    assert "first run" in figure.axes[0].get_title(loc="left")


def test_alliances_side_by_side_differ_in_colour():
    rng = np.random.default_rng(5)
    place = rng.uniform(0, 10, (60, 2))
    alliance = np.arange(60) // 3
    membership = maps.Membership(alliance, {k: 3 * k for k in range(20)}, "")
    colours = maps.colours_of(membership, place)
    middle = np.array([place[alliance == k].mean(axis=0) for k in range(20)])
    for k in range(1, 20):
        nearest = min(range(k), key=lambda other: float(np.hypot(*(middle[k] - middle[other]))))
        assert colours[k] != colours[nearest]


# ---- Looks, words, numbers


def test_a_strategy_looks_the_same_everywhere_and_unlike_the_others():
    shipped = {name: plots.look(name) for name in names()}
    assert len(set(shipped.values())) == len(shipped)
    assert set(drawing.KNOWN) == set(names()) - {"none"}
    for among in (names(), ["mine", "culture"], ["culture", "mine"]):
        assert plots.look("culture", among) == shipped["culture"]
    own = ["mine", "yours", *drawing.KNOWN[:4]]
    assert len({plots.look(name, own) for name in own}) == len(own)


@pytest.mark.parametrize(
    ("value", "lang", "expected"),
    [
        (50_000, "zh", "5万"),
        (50_000, "en", "50k"),
        (9_500, "zh", "9500"),
        (950, "en", "950"),
        (-12_340, "en", "−12.3k"),
        (2.5e8, "zh", "2.5亿"),
        (1_200_000, "en", "1.2m"),
        (0, "zh", "0"),
    ],
)
def test_money_in_few_signs(value, lang, expected):
    assert drawing.short(value, lang) == expected


@pytest.mark.parametrize(
    ("unit", "largest", "lang", "size", "label"),
    [
        ("yuan/year", 123_456, "zh", 1e4, "万元/年"),
        ("yuan/year", 123_456, "en", 1e3, "thousand yuan a year"),
        ("yuan", 3e6, "en", 1e6, "million yuan"),
        ("yuan/year", 900, "zh", 1, "元/年"),
        ("villages", 5, "en", 1, "villages"),
        ("0..1", 0.3, "zh", 1, ""),
    ],
)
def test_units_of_axes(unit, largest, lang, size, label):
    assert (drawing.scale(unit, largest, lang).size, drawing.scale(unit, largest, lang).label) == (
        size,
        label,
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0034, "0.0034"),
        (0.5, "0.5"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (-0.00001, "0"),
        (0.0, "0"),
    ],
)
def test_as_many_digits_as_a_value_deserves(value, text):
    assert drawing.Scale(1.0, "").text(value) == text


# ---- Gaps


def test_runs_that_failed_are_left_out(comparison):
    ensembles = {
        name: replace(e, status=e.status.copy(), series=e.series.copy())
        for name, e in comparison.ensembles.items()
    }
    for ensemble in ensembles.values():
        ensemble.status[:10] = 1
        ensemble.series[:10] = np.nan
    broken = replace(comparison, ensembles=ensembles)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [
            plots.trajectories(broken, "gain_weak", "en"),
            plots.distribution(broken, "en"),
            plots.map_of(broken, "en"),
            plots.rivals(broken, "en"),
        ]
    figure = drawn[0]
    curves = {colour: y for colour, _, y in lines(figure.axes[0])}
    kept = comparison.ensembles["strong_leads_weak"].trajectory("gain_weak")[10:]
    np.testing.assert_allclose(
        curves[plots.look("strong_leads_weak").colour], np.median(kept, axis=0)
    )


def test_without_villages_the_distribution_is_left_out(comparison):
    bare = replace(
        comparison,
        ensembles={name: replace(e, kept={}) for name, e in comparison.ensembles.items()},
    )
    drawn = plots.figures(bare, "en")
    assert "distribution" not in drawn and "map" in drawn


def test_one_strategy_alone_and_none_alone_are_drawn():
    for strategy in ("industry_chain", "none"):
        alone = compare(load("jinxi"), [strategy], runs=10, mode="point", rivals=())
        drawn = plots.figures(alone, "zh")
        assert "differences" not in drawn and "weak_left" in drawn
        assert ("who_gains" in drawn) == (strategy != "none")


# ---- What a chart shows stands over it


@pytest.mark.parametrize("lang", LANGUAGES)
def test_over_every_chart_stands_what_it_shows_and_under_that_what_is_drawn(drawn, lang):
    for name, figure in drawn[lang].items():
        heading = " ".join(figure.get_suptitle().split())
        notes = " ".join(" ".join(text.get_text().split()) for text in figure.texts[1:])
        assert heading and (notes or name.startswith("map")), name
        assert heading != notes, name


def test_the_finding_follows_the_figures(comparison):
    losing = {}
    for name, ensemble in comparison.ensembles.items():
        losing[name] = replace(ensemble, series=ensemble.series.copy())
        gains = losing[name].series["gain_weak"]
        gains[:] = -np.abs(gains) - 1
    worse = plots.trajectories(
        replace(comparison, ensembles=losing), "gain_weak", "en"
    ).get_suptitle()
    assert "less" in worse and "one side of zero" in " ".join(worse.split())
    table = comparison.table.copy()
    chosen = (table.outcome == "mean_income") & (table.strategy == "culture")
    assert not chosen.any()
    table.loc[table.outcome == "gini", ["diff_p05", "diff_p95"]] = 0.1, 0.2
    heading = plots.differences(replace(comparison, table=table), "en").get_suptitle()
    assert BY_NAME["gini"].en.lower() in " ".join(heading.split()).lower()
