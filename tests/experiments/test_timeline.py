"""Timeline: the parts sum to the change, what is told is what moved most, project by project, and
only what concerns the village."""

import math

import numpy as np
import pandas as pd
import pytest
from village_alliances.experiments.export import write_timeline
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.timeline import ROUTINE, plain, timeline
from village_alliances.sim.rerun import record_run
from village_alliances.wording.numbers import quarter_in_words

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def history(compiled_model):
    return record_run("jinxi", "strong_leads_weak", seed=1, run=3, mode="prior")


@pytest.fixture(scope="module")
def story(history):
    return timeline(history, "雷山村")


@pytest.mark.parametrize("village", ["雷山村", "金峨村", "税务场村"])
def test_the_parts_sum_to_the_income_to_every_change_and_to_the_gain(history, village):
    story = timeline(history, village)
    series, parts = story.series, list(story.parts)
    np.testing.assert_allclose(series[parts].sum(axis=1), series["income"], rtol=1e-9, atol=1e-6)
    changes = series[[f"change_{part}" for part in parts]].sum(axis=1, min_count=1)
    np.testing.assert_allclose(changes[1:], series["change"][1:], rtol=1e-9, atol=1e-6)
    last = series.iloc[-1]
    assert sum(story.gains.values()) == pytest.approx(last.income - last.alone_income, abs=1e-6)
    assert math.isnan(series["change"][0]) and series["tick"].tolist() == list(range(-1, 24))


def test_the_greatest_changes_are_told_in_order_of_time(story):
    size = story.series.set_index("tick")["change"].abs().drop(-1)
    others = size.drop(list(story.moves))
    assert list(story.moves) == sorted(story.moves) and 0 < len(story.moves) <= 6
    assert size[list(story.moves)].min() >= others.max() or len(story.moves) < 6
    for lang in ("en", "zh"):
        moves = story.sentences(lang)[-len(story.moves) :]
        for number, (tick, sentence) in enumerate(zip(story.moves, moves, strict=True), start=1):
            quarter = story.series.set_index("tick")["quarter"][tick]
            assert sentence.startswith(f"{number}. {quarter_in_words(quarter, lang)}")


def test_projects_of_the_village_and_its_alliance_are_told_with_cost_and_yield(history, story):
    mine = history.projects[(history.projects.under == "strategy")]
    own = mine[(mine.village == "雷山村") & mine.alliance.isna()]
    shared = mine[mine.alliance == 1]
    assert len(own) > 0 and len(shared) > 0
    assert sorted(story.projects.project) == sorted([*own.project, *shared.project])
    (dearest,) = story.projects.nlargest(1, "cost").itertuples()
    for lang, title in (("en", dearest.title), ("zh", dearest.title_zh)):
        told_of = story.sentences(lang)[2]
        assert title in told_of and quarter_in_words(dearest.begun_quarter, lang) in told_of
        assert told_of.index(title) == min(
            told_of.index(value) for value in (story.projects.title_zh if lang == "zh" else story.projects.title) if value in told_of
        )  # fmt: skip


def test_a_project_that_comes_into_work_is_named_where_it_moves_the_line(history):
    """In the quarter in which something of a type ripens, a move that this type carries says so."""
    seen = 0
    for village in ("余家坝村", "税务场村", "蒋家池头村", "金峨村", "雷山村"):
        story = timeline(history, village)
        ripe = story.events[story.events.event.isin(["ripened", "grown"])]
        for event in ripe.itertuples():
            part = f"{'own' if pd.isna(event.alliance) else 'shared'}_{event.type}"
            if event.village != village and part.startswith("own"):
                continue
            assert "came into work" in story._why(part, event.tick, "en")
            assert "投产" in story._why(part, event.tick, "zh")
            row = story.series[story.series.tick == event.tick].iloc[0]
            assert row[f"change_{part}"] != 0.0
            seen += 1
    assert seen > 3


def test_only_what_concerns_the_village_or_its_alliance_stands_beside(history, story):
    events = story.events
    assert {"founded", "joined", "begun"} <= set(events["event"])
    others = events[events["village"] != story.village]
    assert others["alliance"].notna().all()
    assert not others["event"].isin(["grant", "own_money", "secretary_replaced", "refused"]).any()
    mine = history.events[history.events["village"] == story.village]
    assert len(events) - len(others) == len(mine)
    for tick in story.moves:
        beside = story.beside(tick)
        assert beside["tick"].isin((tick - 1, tick)).all()
        assert not beside["event"].isin(ROUTINE).any()
        assert len(story.told_beside(tick)) == min(4, len(beside))


def test_a_village_outside_any_alliance_hears_nothing_of_one():
    story = timeline(record_run("jinxi", "none", seed=1, run=3, mode="prior", years=3), "雷山村")
    assert story.events["village"].eq("雷山村").all() and set(story.gains.values()) <= {0.0}
    np.testing.assert_array_equal(story.series["income"], story.series["alone_income"])


def test_without_a_name_it_is_the_village_that_gains_most(history):
    last = history.villages[history.villages["tick"] == 23].set_index("village")["gain"].abs()
    assert timeline(history).village == last.idxmax()
    with pytest.raises(Refused, match="雷山村") as refused:
        timeline(history, "雷村")
    assert "没有名为" in refused.value.message("zh")


def test_files_and_figure_in_both_languages(story, tmp_path):
    for lang in ("en", "zh"):
        assert {path.name for path in write_timeline(story, tmp_path / lang, lang)} == {
            "series.csv",
            "projects.csv",
            "events.csv",
            "timeline.svg",
            "timeline.png",
            "timeline.json",
        }
        assert "雷山村" in (tmp_path / lang / "timeline.svg").read_text(encoding="utf-8")
    kept = pd.read_csv(tmp_path / "en" / "series.csv")
    np.testing.assert_allclose(kept["income"], story.series["income"])
    body = plain(story)
    assert body["village"] == "雷山村" and len(body["series"]) == 25 and body["run"] == 3
    assert set(body["parts"]) == set(story.parts) and len(body["projects"]) == len(story.projects)
