"""Each statistic on a case worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from village_alliances.experiments import statistics
from village_alliances.experiments.requirement import (
    Requirement,
    RequirementError,
    figure_of,
    requirements,
)

NAN = math.nan


def test_a_band_holds_nine_runs_of_ten():
    assert statistics.band(np.arange(1.0, 22.0)) == (
        11.0,
        2.0,
        20.0,
    )  # 21 values: a step of 5% is one value


def test_a_band_leaves_out_failed_runs_and_says_nothing_of_none():
    assert statistics.band(np.array([NAN, 4.0, NAN])) == (4.0, 4.0, 4.0)
    assert all(math.isnan(end) for end in statistics.band(np.array([NAN])))


def test_differences_are_paired_and_ties_are_exact():
    diffs = statistics.differences(
        np.array([3.0, 1e6 + 1e-6, NAN, 5.0]), np.array([1.0, 1e6, 2.0, NAN])
    )
    assert diffs[:2].tolist() == [2.0, 0.0]
    assert np.isnan(diffs[2:]).all()


@pytest.mark.parametrize(("better", "expected"), [(1, 0.625), (-1, 0.375)])
def test_a_tie_counts_half(better, expected):
    difference = np.array([1.0, 0.0, -1.0, 2.0, NAN])  # two ahead, one tied, one behind
    assert statistics.probability_better(difference, better) == expected


def test_without_a_better_direction_nothing_is_better():
    assert math.isnan(statistics.probability_better(np.array([1.0]), 0))


def test_standard_error_of_the_mean():
    values = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])  # mean 5, squares sum to 32
    assert statistics.standard_error_of_mean(values) == pytest.approx(math.sqrt(32 / 7 / 8))


def test_standard_error_of_the_median():
    # Of 100 values the 41st and the 60th bound 95% (9.8 places to either side of the middle): 19
    # apart.
    assert statistics.standard_error_of_median(np.arange(100.0)) == pytest.approx(
        19 / (2 * 1.959964), rel=1e-6
    )
    assert math.isnan(statistics.standard_error_of_median(np.arange(5.0)))


def test_standard_error_of_the_median_is_what_repeated_samples_show():
    samples = np.random.default_rng(1).exponential(size=(400, 501))
    text = np.median(samples, axis=1).std()
    average = np.mean([statistics.standard_error_of_median(sample) for sample in samples])
    assert average == pytest.approx(text, rel=0.1)


def test_runs_needed():
    difference = np.array([0.0, 10.0 * math.sqrt(2)])  # sd 10
    assert statistics.runs_needed(difference, within=1.0) == 385  # 19.6 squared, rounded up
    assert math.isnan(statistics.runs_needed(difference, within=0.0))


def test_ranks_share_ties():
    assert statistics.ranks(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 1.0]]), 1).tolist() == [
        [1, 3, 2],
        [1.5, 1.5, 3],
    ]
    assert statistics.ranks(np.array([[3.0, 1.0, 2.0]]), -1).tolist() == [[3, 1, 2]]


RUNS = np.array(
    [[3.0, 1.0], [2.0, 2.0], [0.0, 4.0]]
)  # the first leads by 2, both tie, the second leads by 4


def test_those_that_tie_for_best_share_the_run():
    assert statistics.probability_of_best(RUNS, 1) == pytest.approx([0.5, 0.5])
    assert statistics.probability_of_best(RUNS[:2], 1) == pytest.approx([0.75, 0.25])
    assert statistics.probability_of_best(RUNS[:2], -1) == pytest.approx([0.25, 0.75])


def test_regret_is_what_the_best_would_have_brought_more():
    regret = statistics.regret(RUNS, 1)
    assert regret.tolist() == [[0, 2], [0, 0], [4, 0]]
    assert regret.mean(axis=0) == pytest.approx([4 / 3, 2 / 3])
    assert regret.max(axis=0).tolist() == [4, 2]  # minimax regret would choose the second
    assert statistics.regret(RUNS, -1).tolist() == [[2, 0], [0, 0], [0, 4]]


def test_complete_leaves_out_runs_that_failed_anywhere_and_levels_ties():
    result = statistics.complete(np.array([[1.0, NAN], [1e9, 1e9 + 0.1], [1.0, 2.0]]))
    assert result.tolist() == [[1e9, 1e9], [1.0, 2.0]]


@given(arrays(float, (7, 4), elements=st.floats(-1e6, 1e6)), st.sampled_from([1, -1]))
def test_of_any_runs_somebody_is_best_and_regrets_nothing(values, better):
    values = statistics.complete(values)
    assert statistics.probability_of_best(values, better).sum() == pytest.approx(1)
    regret = statistics.regret(values, better)
    assert (regret >= 0).all()
    assert (regret.min(axis=1) == 0).all()
    assert statistics.ranks(values, better).mean() == pytest.approx(2.5)


def test_cost_per_success_counts_the_failures_too():
    cost, lifted = np.array([100.0, 100.0, NAN]), np.array([0.0, 2.0, 1.0])
    assert statistics.cost_per_success(cost, lifted) == 100.0  # 200 yuan for two villages
    assert math.isnan(statistics.cost_per_success(cost, np.zeros(3)))


def test_requirements_are_read_with_their_units():
    required = requirements("weak_villages_50k<=0, public_cost ≤ 3000万，gini<0.5")
    assert required == (
        Requirement("weak_villages_50k", "<=", 0.0),
        Requirement("public_cost", "<=", 3e7),
        Requirement("gini", "<", 0.5),
    )
    assert [figure_of(text) for text in ("30e6", "0.3亿", "12", "-5万")] == [3e7, 3e7, 12, -5e4]


def test_a_requirement_on_the_bound_is_met_or_not_by_its_sign_and_never_by_a_failed_run():
    values = np.array([1.0, 2.0, NAN])
    assert Requirement("gini", "<=", 1.0).met(values).tolist() == [True, False, False]
    assert Requirement("gini", "<", 1.0).met(values).tolist() == [False, False, False]
    assert Requirement("gini", ">", 1.0).met(values).tolist() == [False, True, False]


def test_all_that_is_wrong_with_requirements_is_said_at_once():
    with pytest.raises(RequirementError) as caught:
        requirements("weak_village<=0,gini~3,public_cost<=much")
    assert len(caught.value.problems) == 3
    assert "weak_villages_50k" in caught.value.problems[0]
    assert all(problem.zh != str(problem) for problem in caught.value.problems)
