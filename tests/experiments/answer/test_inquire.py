"""What to find out first: values known in closed form are found, and nothing is found in noise."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.experiments.answer import questions
from village_alliances.experiments.answer.inquire import LEAST, Unknown, inquire, plain

WORDS = {"en": "How much?", "zh": "多少？"}


def unknown(name, values):
    return Unknown(name, values, WORDS, WORDS, WORDS)


def worth_of_normal(mean, sd):
    """E[max(0, X)] - max(0, E[X]) of a normal X: the value of knowing X where
    the choice is X or nothing."""
    z, normal = mean / sd, NormalDist()
    return sd * normal.pdf(z) + mean * normal.cdf(z) - max(0.0, mean)


@pytest.mark.parametrize("mean", [0.0, 500.0, -500.0, 1500.0])
def test_a_planted_value_is_found_in_its_closed_form(mean):
    r = np.random.default_rng(4)
    n, sd = 4000, 1000.0
    x = r.normal(size=n)
    gain = mean + sd * x + r.normal(0, 800, n)
    others = [unknown(f"noise {k}", r.random(n)) for k in range(5)]
    inquiry = inquire(
        {"none": np.zeros(n), "A": gain}, [unknown("x", x), *others], splits=3, shuffles=40
    )
    first = inquiry.worths[0]
    truth = worth_of_normal(mean, sd)
    assert first.unknown.name == "x" and first.beyond_noise
    assert first.value == pytest.approx(truth, rel=0.15, abs=20)
    assert [worth.unknown.name for worth in inquiry.worthwhile] == ["x"]
    if not mean:
        assert first.changes == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("mean", [0.0, 700.0])
def test_the_interval_covers_the_value_in_most_cases(mean):
    covered = 0
    for seed in range(20):
        r = np.random.default_rng(seed)
        x = r.normal(size=800)
        gain = mean + 1000 * x + r.normal(0, 800, 800)
        outcomes = {"none": np.zeros(800), "A": gain}
        first = inquire(outcomes, [unknown("x", x)], splits=3, shuffles=1).worths[0]
        covered += first.low <= worth_of_normal(mean, 1000) <= first.high
    assert covered >= 15, "19 expected; a regression of few runs takes a little off"


def test_one_of_two_unknowns_that_act_together_is_worth_less_than_both():
    r = np.random.default_rng(5)
    n = 3000
    x, y = r.normal(size=(2, n))
    outcomes = {"none": np.zeros(n), "A": 1000 * (x + y)}
    asked = [unknown("x", x), unknown("both", np.stack([x, y], axis=1))]
    by = {w.unknown.name: w.value for w in inquire(outcomes, asked, splits=2, shuffles=40).worths}
    assert by["x"] == pytest.approx(worth_of_normal(0, 1000), rel=0.15)
    assert by["both"] == pytest.approx(worth_of_normal(0, 1000 * math.sqrt(2)), rel=0.1)


def test_a_product_of_two_is_seen_only_when_both_are_asked():
    r = np.random.default_rng(6)
    n = 2000
    x, y = r.normal(size=(2, n))
    outcomes = {"none": np.zeros(n), "A": 1000 * x * y}
    asked = [unknown("x", x), unknown("both", np.stack([x, y], axis=1))]
    inquiry = inquire(outcomes, asked, splits=2, shuffles=40)
    assert [worth.unknown.name for worth in inquiry.worthwhile] == ["both"]


def test_three_options_and_a_word():
    """A unknown with few values: A is right under the one, B under the other, C never."""
    r = np.random.default_rng(7)
    n = 1000
    word = r.integers(0, 2, n)
    noise = r.normal(0, 1500, (3, n))
    a, b = np.where(word, 3000, -1000), np.where(word, -1000, 2000)
    inquiry = inquire(
        {"none": np.zeros(n), "A": a + noise[0], "B": b + noise[1], "C": noise[2] - 4000},
        [unknown("word", word.astype(float))],
        splits=3,
        shuffles=40,
    )
    assert inquiry.choice == "A" and inquiry.worths[0].instead == "B"
    assert inquiry.worths[0].value == pytest.approx(1500, rel=0.15)


def nothing_found(seed, n=300, unknowns=30, options=3, shuffles=40):
    r = np.random.default_rng(seed)
    luck = r.standard_t(3, n) * 4000
    outcomes = {"none": np.zeros(n)} | {
        name: luck + r.normal(200, 3000, n) for name in "ABC"[:options]
    }
    asked = [unknown(str(k), r.random(n)) for k in range(unknowns)]
    return not inquire(outcomes, asked, splits=2, shuffles=shuffles, seed=seed).worthwhile


@pytest.mark.slow
def test_in_noise_nothing_is_found_in_ninety_five_of_a_hundred_cases():
    quiet = sum(nothing_found(seed) for seed in range(100))
    assert quiet >= 95


def test_in_noise_nothing_is_found_mostly():
    assert sum(nothing_found(seed, unknowns=10) for seed in range(12)) >= 10


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_a_value_is_never_above_that_of_knowing_everything(seed):
    r = np.random.default_rng(seed)
    n = 200
    x = r.normal(size=n)
    inquiry = inquire(
        {"none": np.zeros(n), "A": 900 * x + r.normal(0, 900, n)},
        [unknown("x", x)],
        splits=2,
        shuffles=5,
    )
    assert inquiry.worths[0].value <= inquiry.perfect + 1e-9


def test_the_same_unknown_in_another_unit_is_worth_the_same():
    r = np.random.default_rng(8)
    n = 400
    x = r.normal(size=n)
    outcomes = {"none": np.zeros(n), "A": 900 * x + r.normal(0, 900, n)}
    first, other = (
        inquire(outcomes, [unknown("x", values)], splits=2, shuffles=5).worths[0].value
        for values in (x, np.exp(x) * 667)
    )
    assert first == pytest.approx(other)


def test_what_never_varies_and_what_failed_is_left_out():
    r = np.random.default_rng(9)
    n = 400
    x = r.normal(size=n)
    gain = 900 * x
    gain[:50] = np.nan
    inquiry = inquire(
        {"none": np.zeros(n), "A": gain},
        [unknown("x", x), unknown("fixed", np.full(n, 3.0))],
        splits=2,
        shuffles=20,
    )
    assert inquiry.left_out == ("fixed",) and inquiry.runs == 350
    assert [worth.unknown.name for worth in inquiry.worths] == ["x"]


def test_few_runs_or_one_option_ask_nothing():
    x = np.arange(LEAST - 1.0)
    assert inquire({"none": 0 * x, "A": x}, [unknown("x", x)]).worths == ()
    many = np.arange(500.0)
    assert inquire({"A": many}, [unknown("x", many)]).worths == ()
    assert inquire({"none": 0 * many, "A": many + 1}, [unknown("x", many)]).worths == ()


def test_as_plain_values():
    import json

    r = np.random.default_rng(1)
    x = r.normal(size=300)
    inquiry = inquire({"none": 0 * x, "A": 1000 * x}, [unknown("x", x)], splits=2, shuffles=40)
    assert json.loads(json.dumps(plain(inquiry)))["unknowns"][0]["found"] is True
    assert inquiry.seen > 0


def test_a_group_is_asked_first_and_its_parts_where_it_is_more_than_noise():
    r = np.random.default_rng(10)
    n, parts = 1500, 8
    drawn = r.normal(size=(n, parts))
    gain = 1000 * drawn[:, 2] + r.normal(0, 800, n)
    pieces = tuple(unknown(f"part {k}", drawn[:, k]) for k in range(parts))
    idle = Unknown("idle", r.normal(size=(n, parts)), WORDS, WORDS, WORDS, pieces)
    group = Unknown("group", drawn, WORDS, WORDS, WORDS, pieces)
    inquiry = inquire({"none": np.zeros(n), "A": gain}, [idle, group], splits=2, shuffles=40)
    assert [worth.unknown.name for worth in inquiry.worthwhile] == ["group"]
    assert inquiry.worthwhile[0].value == pytest.approx(worth_of_normal(0, 1000), rel=0.15)
    assert [value.unknown.name for value in inquiry.worthwhile[0].within] == ["part 2"]
    assert inquiry.worths[1].within == ()
    assert plain(inquiry)["unknowns"][0]["within"][0]["name"] == "part 2"


def test_what_is_not_told_from_noise_stands_by_its_bound_then_by_name():
    r = np.random.default_rng(12)
    n = 300
    twins = r.random(n)
    asked = [unknown(f"noise {k}", r.random(n)) for k in range(12)]
    asked += [unknown(name, twins) for name in ("b", "a", "c")]
    for order in (asked, asked[::-1]):
        inquiry = inquire(
            {"none": np.zeros(n), "A": r.normal(0, 900, n)}, order, splits=1, shuffles=40
        )
        rest = [worth for worth in inquiry.worths if not worth.beyond_noise]
        assert len(rest) > 10
        assert [worth.high for worth in rest] == sorted((w.high for w in rest), reverse=True)
        names = [worth.unknown.name for worth in rest if worth.unknown.name in "abc"]
        assert names == ["a", "b", "c"]


def test_every_parameter_stands_in_one_topic():
    from village_alliances.experiments.answer.comparison import topics
    from village_alliances.sim.parameters import parameters
    from village_alliances.sim.region import load

    listed = [name for names in topics().values() for name in names]
    by_name = {**parameters(), **load("ningbo").quantities()}
    assert len(listed) == len(set(listed))
    assert set(listed) == set(by_name)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_that_was_asked_is_said_as_questions(lang):
    r = np.random.default_rng(11)
    n = 600
    x = r.normal(size=n)
    options = {"en": "How large is the area?", "zh": "面积多大？"}
    who = {"en": "the land office", "zh": "自然资源所"}
    asked = [Unknown("x", x, options, options, who), unknown("noise", r.random(n))]
    inquiry = inquire({"none": 0 * x, "A": 1000 * x}, asked, splits=2, shuffles=40)
    said = questions.inquired(inquiry, {"en": "weak villages", "zh": "薄弱村"}, WORDS, lang)
    assert any(
        line.startswith("1. ") and options[lang] in line and who[lang] in line for line in said
    )
    assert said[-1].startswith("- ") and not any("{" in line for line in said)
    quiet = inquire(
        {"none": 0 * x, "A": r.normal(100, 900, n)}, [unknown("n", x)], splits=2, shuffles=40
    )
    assert {"en": "None of the 1", "zh": "没有一项"}[lang] in "".join(
        questions.inquired(quiet, WORDS, WORDS, lang)
    )
