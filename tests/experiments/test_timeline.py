"""Timeline: the parts sum to the change, what is told is what moved most, and only what concerns the village stands beside it."""

import math

import numpy as np
import pandas as pd
import pytest
from village_alliances.experiments.export import write_timeline
from village_alliances.experiments.store import Refused
from village_alliances.experiments.timeline import PARTS, ROUTINE, plain, timeline
from village_alliances.sim.history import record_run

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def history(compiled_model):
    return record_run("jinxi", "strong_leads_weak", seed=1, run=3, mode="prior")


@pytest.fixture(scope="module")
def told(history):
    return timeline(history, "雷山村")


@pytest.mark.parametrize("village", ["雷山村", "金峨村", "税务场村"])
@pytest.mark.parametrize(
    "levers", [{}, {"campaign_floor": 50000.0, "campaign_start": 2.0, "campaign_end": 12.0}]
)
def test_the_parts_sum_to_the_income_and_to_every_change(village, levers):
    series = timeline(
        record_run("jinxi", "strong_leads_weak", seed=2, run=1, mode="prior", levers=levers),
        village,
    ).series
    np.testing.assert_allclose(
        series[list(PARTS)].sum(axis=1), series["income"], rtol=1e-9, atol=1e-6
    )
    changes = series[[f"change_{part}" for part in PARTS]].sum(axis=1, min_count=1)
    np.testing.assert_allclose(changes[1:], series["change"][1:], rtol=1e-9, atol=1e-6)
    assert math.isnan(series["change"][0]) and series["tick"].tolist() == list(range(-1, 24))


def test_the_greatest_changes_are_told_in_order_of_time(told):
    size = told.series.set_index("tick")["change"].abs().drop(-1)
    others = size.drop(list(told.moves))
    assert list(told.moves) == sorted(told.moves) and 0 < len(told.moves) <= 6
    assert size[list(told.moves)].min() >= others.max() or len(told.moves) < 6
    for lang in ("en", "zh"):
        said = told.sentences(lang)
        assert len(said) == 2 + len(told.moves)
        for number, (tick, sentence) in enumerate(zip(told.moves, said[2:], strict=True), start=1):
            quarter = told.series.set_index("tick")["quarter"][tick]
            assert sentence.startswith(f"{number}. {quarter}")


def test_only_what_concerns_the_village_or_its_alliance_stands_beside(history, told):
    events = told.events
    assert {"founded", "joined"} <= set(events["event"])
    others = events[events["village"] != told.village]
    assert (
        others["alliance"].notna().all()
        and not others["event"].isin([*ROUTINE, "secretary_replaced", "refused"]).any()
    )
    mine = history.events[history.events["village"] == told.village]
    assert len(events) - len(others) == len(mine)
    for tick in told.moves:
        beside = told.beside(tick)
        assert (
            beside["tick"].isin((tick - 1, tick)).all() and not beside["event"].isin(ROUTINE).any()
        )


def test_a_village_outside_any_alliance_hears_nothing_of_one():
    told = timeline(record_run("jinxi", "none", seed=1, run=3, mode="prior"), "雷山村")
    assert told.events["village"].eq("雷山村").all()
    np.testing.assert_array_equal(told.series["income"], told.series["alone_income"])


def test_without_a_name_it_is_the_village_that_gains_most(history):
    last = history.villages[history.villages["tick"] == 23].set_index("village")["gain"].abs()
    assert timeline(history).village == last.idxmax()
    with pytest.raises(Refused, match="雷山村") as refused:
        timeline(history, "雷村")
    assert "没有名为" in refused.value.message("zh")


def test_files_and_figure_in_both_languages(told, tmp_path):
    for lang in ("en", "zh"):
        assert {path.name for path in write_timeline(told, tmp_path / lang, lang)} == {
            "series.csv",
            "events.csv",
            "timeline.svg",
            "timeline.png",
        }
        assert "雷山村" in (tmp_path / lang / "timeline.svg").read_text(encoding="utf-8")
    kept = pd.read_csv(tmp_path / "en" / "series.csv")
    np.testing.assert_allclose(kept["income"], told.series["income"])
    body = plain(told)
    assert body["village"] == "雷山村" and len(body["series"]) == 25 and body["run"] == 3
