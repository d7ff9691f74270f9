"""Strategies as a planner writes them: a name, a file, a mix; portfolios that give places their own; and what is told of bad ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.sim.building import build
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load
from village_alliances.sim.society import CHANNELS, FORMATION, LEADER, SHARING
from village_alliances.sim.strategy import (
    BUDGET,
    Portfolio,
    Strategy,
    StrategyError,
    mix,
    names,
    read,
    shipped,
)

from tests.sim.comparing import different, run_of

SHIPPED = [name for name in names() if name != "none"]


def invented(name: str = "own", **changes: object) -> Strategy:
    return Strategy(**{"name": name, "title": {"en": "Own", "zh": "自拟"}, **changes})  # type: ignore[arg-type]


# Reading


def test_none_stands_first_and_the_rest_by_name() -> None:
    assert names()[0] == "none" and names()[1:] == sorted(names()[1:]) and len(names()) == 16


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_strategy_is_read_by_its_name(name: str) -> None:
    strategy = read(name)
    assert strategy is shipped(name) and strategy.name == name
    assert strategy.strengths().sum() == pytest.approx(BUDGET, abs=1e-12)


def test_a_strategy_is_read_as_it_is() -> None:
    strategy = invented()
    assert read(strategy) is strategy


def test_what_the_kernel_reads_is_in_the_order_of_its_names() -> None:
    strategy = invented(
        formation="chain",
        leader="township",
        sharing="guaranteed",
        plenaries_per_year=17,
        channels={"culture": 1.5},
    )
    assert dict(zip(CHANNELS, strategy.strengths(), strict=True)) == {
        name: 1.5 * (name == "culture") for name in CHANNELS
    }
    formation, leader, sharing, plenaries = strategy.rules()
    assert (FORMATION[int(formation)], LEADER[int(leader)], SHARING[int(sharing)], plenaries) == (
        "chain",
        "township",
        "guaranteed",
        17.0,
    )


def test_a_file_is_a_strategy(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('sharing = "contribution"\n[channels]\nmentoring = 2.0\n', encoding="utf-8")
    strategy = read(str(path))
    assert (strategy.name, strategy.title["zh"], strategy.sharing, strategy.channels) == (
        "mine",
        "mine",
        "contribution",
        {"mentoring": 2.0},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[channels]\nmentorring = 1.0\n",
            ["channels", "no channel is called 'mentorring'", "mentoring, land_pooling"],
        ),
        ("[channels]\nmentoring = 11.0\n", ["channel mentoring: strength 11 is outside 0..10"]),
        ("[channels]\nmentoring = -1.0\n", ["channel mentoring: strength -1 is outside 0..10"]),
        ("[channels]\nmentoring = nan\n", ["channel mentoring: strength nan is outside 0..10"]),
        (
            'sharing = "fairly"\n',
            ["sharing", "'contribution', 'equal', 'weakest_first' or 'guaranteed'"],
        ),
        ("plenaries_per_year = 99\n", ["plenaries_per_year", "60 or less"]),
        (
            'colour = "red"\nleader = "oldest"\n',
            ["column 'colour'", "column 'leader': found 'oldest'; expected 'ablest'"],
        ),
        ("channels = = 3\n", ["row 1", "a TOML file in UTF-8"]),
    ],
)
def test_a_bad_file_is_told_with_its_name_and_all_its_faults(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StrategyError) as error:
        read(str(path))
    for word in [str(path), *words]:
        assert word in str(error.value)


def test_what_there_is_not_is_told() -> None:
    with pytest.raises(
        StrategyError,
        match=r"no strategy is called 'luck'; there are: none, area_integration, .*or a mix like",
    ):
        read("luck")
    with pytest.raises(StrategyError, match=r"mine\.toml: there is no such file"):
        read("mine.toml")


# Mixes


def test_a_mix_is_the_weighted_mean() -> None:
    found = read("industry_chain:0.6,service_sharing:0.4")
    np.testing.assert_allclose(
        found.strengths(),
        0.6 * read("industry_chain").strengths() + 0.4 * read("service_sharing").strengths(),
    )
    assert (found.sharing, found.leader, found.formation) == tuple(
        getattr(read("industry_chain"), rule) for rule in ("sharing", "leader", "formation")
    )
    assert found.name == "industry_chain:0.6,service_sharing:0.4"
    assert set(found.evidence) == {
        *read("industry_chain").evidence,
        *read("service_sharing").evidence,
    }
    assert "60%" in found.title["en"] and "40%" in found.title["zh"]


def test_a_mix_says_what_its_parts_do_and_risk_the_heaviest_first() -> None:
    land, talent = read("industry_chain"), read("talent_driven")
    made = mix({"talent_driven": 0.4, "industry_chain": 0.6})
    assert (
        made.does["zh"]
        == f"{land.title['zh']}：{land.does['zh']}{talent.title['zh']}：{talent.does['zh']}"
    )
    assert (
        made.risk["en"]
        == f"{land.title['en']}: {land.risk['en']} {talent.title['en']}: {talent.risk['en']}"
    )


def test_weights_are_shares_whatever_they_add_up_to_and_whatever_their_order() -> None:
    one = read("industry_chain:3+service_sharing:2")
    assert one == read("service_sharing:0.4, industry_chain:0.6")


@given(st.dictionaries(st.sampled_from(SHIPPED), st.floats(1e-3, 1e3), min_size=1, max_size=5))
def test_no_mix_has_more_attention_than_its_parts(weights: dict[str, float]) -> None:
    found = mix(weights)
    assert found.strengths().sum() == pytest.approx(BUDGET, rel=1e-9)
    parts = np.array([read(name).strengths() for name in weights])
    assert (found.strengths() <= parts.max(axis=0) + 1e-12).all() and (
        found.strengths() >= parts.min(axis=0) - 1e-12
    ).all()
    assert set(found.title) == {"en", "zh"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("industry_chain:a,culture:1", "with numbers as weights"),
        ("industry_chain:-1,culture:2", "must be positive"),
        ("industry_chain:0", "must be positive"),
        ("industry_chain:nan,culture:1", "must be positive"),
        ("luck:1,culture:1", "no strategy is called 'luck'"),
    ],
)
def test_a_bad_mix_is_told(text: str, words: str) -> None:
    with pytest.raises(StrategyError, match=words):
        read(text)


def test_without_a_channel_the_others_stay_as_they_are() -> None:
    whole, part = read("strong_leads_weak"), read("strong_leads_weak").without("mentoring")
    assert part.channels == {
        name: strength for name, strength in whole.channels.items() if name != "mentoring"
    }
    assert part.rules().tolist() == whole.rules().tolist()
    assert whole.without("border_cooperation") == whole


# Portfolios


def test_a_portfolio_gives_the_first_place_that_has_its_own() -> None:
    portfolio = Portfolio("culture", {"t1": "project", "X": "enclave", "t2": "project"})
    assert [s.name for s in portfolio.strategies] == ["culture", "project", "enclave"]
    assert [portfolio.index(*places) for places in (("t1",), ("X", "t1"), ("nowhere",), ())] == [
        1,
        2,
        0,
        0,
    ]
    assert portfolio.name == "culture+3" and Portfolio("culture").name == "culture"


def test_two_strategies_of_one_name_are_two() -> None:
    own = invented("culture", channels={"mentoring": 1.0})
    portfolio = Portfolio("culture", {"t1": own})
    assert portfolio.strategies == [read("culture"), own] and portfolio.index("t1") == 1


def test_a_portfolio_is_idle_where_nobody_does_anything() -> None:
    assert (
        Portfolio("none").idle
        and Portfolio("none", {"t1": "none"}).idle
        and Portfolio(invented()).idle
    )
    assert not Portfolio("none", {"t1": "culture"}).idle


def test_an_alliance_follows_the_strategy_of_its_township() -> None:
    yanya = load("yanya")
    township = str(yanya.places["township"][yanya.given[1].members[0]])
    society = build(yanya, Portfolio("culture", {township: "project"}), mode="point")
    for tick in range(6):
        step(society, tick)
    founded = [
        society.plan_strategy[society.a.strategy[k]].tolist()
        for k in range(society.a.size)
        if society.a.founded[k] >= 0
    ]
    expected = [
        read(
            "project"
            if township
            in [
                str(
                    yanya.places["township"][
                        alliance.lead if alliance.lead >= 0 else alliance.members[0]
                    ]
                )
            ]
            else "culture"
        )
        for alliance in yanya.given
    ]
    assert founded == [strategy.strengths().tolist() for strategy in expected]


def test_a_portfolio_of_one_strategy_everywhere_is_that_strategy() -> None:
    yanya = load("yanya")
    same = Portfolio("project", {str(township): "project" for township in yanya.places["township"]})
    one, other = (
        build(yanya, "project", runs=2, mode="prior"),
        build(yanya, same, runs=2, mode="prior"),
    )
    for tick in range(12):
        step(one, tick)
        step(other, tick)
    for r in range(2):
        assert different(run_of(one, r), run_of(other, r)) == []


def test_a_mix_of_one_is_worked_like_the_strategy_but_for_its_luck() -> None:
    """In point mode strengths carry no luck, so a mix of one strategy alone gives the same bits."""
    one, other = (
        build(load("jinxi"), "project", mode="point"),
        build(load("jinxi"), "project:1", mode="point"),
    )
    for tick in range(24):
        step(one, tick)
        step(other, tick)
    assert different(run_of(one), run_of(other)) == []


def test_strengths_of_a_channel_are_drawn_alike_in_all_alliances_of_a_run() -> None:
    """How a county really works a channel is one draw a run and strategy: mean as written, spread as the parameter says."""
    society = build(
        load("yuyao"), "service_sharing", runs=400, mode="point", fixed={"strength_sd": 0.4}
    )
    for tick in range(2):
        step(society, tick)
    strength = society.strength.reshape(400, -1, len(CHANNELS))
    assert (society.a.founded >= 0).all()
    assert (strength == strength[:, :1]).all()
    written = read("service_sharing").strengths()
    drawn = strength[:, 0, written > 0] / written[written > 0]
    assert np.log(drawn).std() == pytest.approx(0.4, rel=0.1)
    assert drawn.mean() == pytest.approx(1.0, abs=0.05)
    assert not strength[:, :, written == 0].any()
