"""Conclusions drawn from comparisons made by hand: each kind of case that has misled before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.experiments.answer.evidence import Money
from village_alliances.experiments.answer.logic import conclude, gap

from tests.experiments.answer.cases import alike, evidence, option

RUNS = 500
BETTER = ("uncompared", "either", "together", "money")


def draws(mean, sd, runs=RUNS, seed=1):
    return np.random.default_rng(seed).normal(mean, sd, runs)


def gambler(runs=RUNS, seed=2):
    """Ahead in seven runs of ten, with losses in the others that outweigh it."""
    r = np.random.default_rng(seed)
    return np.where(r.random(runs) < 0.7, r.normal(1500, 300, runs), r.normal(-62_000, 8000, runs))


@pytest.mark.parametrize("seed", range(8))
def test_alike_strategies_do_not_split_their_votes(seed):
    conclusion = conclude(evidence(alike(seed=seed)))
    assert conclusion.kind in BETTER
    assert set(conclusion.together) == set("ABCDE"), "none is told apart from the others"
    assert conclusion.leader == ""


def test_adding_a_like_option_leaves_the_first_where_it_was():
    clear = option("A", draws(20_000, 8000))
    other = option("B", draws(5000, 8000, seed=2))
    twin = option("C", clear.values + draws(0, 10, seed=3))
    assert conclude(evidence([clear, other])).leader == "A"
    both = conclude(evidence([clear, other, twin]))
    assert set(both.together) == {"A", "C"} and both.worse == ("B",)


@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(-1.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_the_first_is_never_one_of_a_lower_mean(seed, count, pull):
    r = np.random.default_rng(seed)
    options = [
        option("ABCDEF"[k], r.normal(pull * 3000, 9000, 200) * r.choice([1, 1, 3], 200))
        for k in range(count)
    ]
    conclusion = conclude(evidence(options))
    means = {o.name: o.values.mean() for o in options}
    assert conclusion.together[0] == max(means, key=means.__getitem__)
    regrets = [standing.regret for standing in conclusion.standings]
    assert regrets == sorted(regrets)


@given(st.integers(0, 10_000), st.floats(-0.3, 0.3))
@settings(max_examples=60, deadline=None)
def test_none_is_never_called_better_than_one_that_is_ahead_in_most_runs(seed, lead):
    r = np.random.default_rng(seed)
    values = r.normal(lead * 5000, 5000, 120) * np.where(r.random(120) < 0.1, 6, 1)
    conclusion = conclude(evidence([option("A", values)]))
    if conclusion.standings[0].gain.share > 0.5:
        assert conclusion.kind != "no"


def test_all_behind_is_said_as_no():
    conclusion = conclude(
        evidence([option("A", draws(-9000, 5000)), option("B", draws(-12_000, 5000))])
    )
    assert conclusion.kind == "no" and conclusion.leader == ""


def test_noise_is_no_answer_either_way():
    assert conclude(evidence([option("A", draws(10, 5000))])).kind == "cannot"


def test_better_in_most_runs_and_worse_on_average_names_no_leader():
    conclusion = conclude(evidence([option("A", gambler())]))
    assert conclusion.kind == "split" and conclusion.leader == ""
    assert conclusion.split == ("A",) and conclusion.standings[0].gain.skewed
    beside = conclude(evidence([option("A", gambler()), option("B", draws(-100, 900))]))
    assert beside.kind == "split" and beside.subject.name == "A"


def test_worse_in_most_runs_and_better_on_average_is_split_too():
    conclusion = conclude(evidence([option("A", -gambler())]))
    assert conclusion.kind == "split" and conclusion.leader == ""


def test_everything_tied_is_tied():
    same = option("A", np.zeros(RUNS)), option("B", np.zeros(RUNS))
    assert conclude(evidence(same)).kind == "tied"
    conclusion = conclude(
        evidence([option("A", draws(9000, 900)), option("B", draws(9000, 900).copy())])
    )
    assert conclusion.tied == ("B",) and set(conclusion.together) == {"A", "B"}


def test_a_single_run_gets_no_verdict():
    assert conclude(evidence([option("A", [5000.0])])).kind == "one"


@pytest.mark.parametrize(("runs", "few"), [(40, True), (99, True), (100, False)])
def test_under_a_hundred_runs_is_few(runs, few):
    assert conclude(evidence([option("A", draws(9000, 900, runs))])).few is few


def test_a_strategy_whose_runs_all_failed_is_dropped():
    nothing = option("A", np.full(RUNS, np.nan))
    conclusion = conclude(evidence([nothing, option("B", draws(9000, 900))]))
    assert conclusion.dropped == ("A",) and conclusion.leader == "B"
    assert conclude(evidence([nothing])).kind == "failed"
    assert conclude(evidence([option("B", draws(9, 9))], baseline=np.full(RUNS, np.nan))).kind == (
        "failed"
    )


def test_one_whose_bad_half_failed_does_not_win_by_it():
    luck = draws(0, 8000)
    survivor = 18_000 + luck + draws(0, 4000, seed=3)
    survivor[luck < np.median(luck)] = np.nan
    honest = 19_000 + luck + draws(0, 4000, seed=4)
    conclusion = conclude(evidence([option("A", survivor), option("B", honest)]))
    assert conclusion.unfair == ("A",) and conclusion.standing("A").failures.bad_runs
    assert conclusion.leader == "B" and "A" not in conclusion.together
    assert conclude(evidence([option("A", survivor)])).kind == "broken"


def test_failures_that_fall_anywhere_are_no_reproach():
    values = {k: draws(9000, 900, seed=k) for k in (1, 2)}
    gone = np.random.default_rng(5).random(RUNS) < 0.3
    base = np.where(gone, np.nan, 0.0)
    options = [option("AB"[k - 1], np.where(gone, np.nan, v)) for k, v in values.items()]
    assert conclude(evidence(options, baseline=base)).unfair == ()


def with_rival(ahead, seed=1, runs=RUNS):
    """A strategy of which a rival is ahead in `ahead` of the runs (in expectation)."""
    from statistics import NormalDist

    values = draws(20_000, 5000, runs, seed)
    push = draws(3000 * NormalDist().inv_cdf(ahead), 3000, runs, seed + 1000)
    return option("A", values, rivals={"even": values + push, "all": values - 9000})


@pytest.mark.parametrize(
    ("ahead", "kind"), [(0.1, "together"), (0.3, "together"), (0.5, "either"), (0.75, "money")]
)
def test_the_strongest_rival_decides_what_the_money_does(ahead, kind):
    conclusion = conclude(evidence([with_rival(ahead)]))
    assert conclusion.kind == kind and conclusion.first.rival.name == "even"


def test_a_rival_that_does_better_in_six_of_ten_comes_first_whatever_the_seed():
    kinds = [conclude(evidence([with_rival(0.6, seed)])).kind for seed in range(40)]
    assert kinds.count("money") >= 36


def wins_often_and_brings_less(seed=1):
    """A strategy whose money does better alone in seven runs of ten, and loses much in
    the others."""
    values = draws(20_000, 5000, seed=seed)
    push = np.where(np.arange(RUNS) % 10 < 7, 1000.0, -6000.0)
    return option("A", values, rivals={"even": values + push})


def test_money_that_wins_often_and_brings_less_on_average_is_not_called_better():
    assert conclude(evidence([wins_often_and_brings_less()])).kind == "parted"


def aimed_at_the_weak(for_all, even=-4000.0, seed=1):
    """A strategy whose money, aimed at the weakest, does more for them; over all villages the
    strategy is ahead by `for_all`."""
    values, noise = draws(20_000, 5000, seed=seed), draws(0, 3000, seed=seed + 1)
    money = Money(values + 20_000 + noise, values - for_all + noise)
    return option("A", values, rivals={"even": values + even + noise, "weakest": money})


@pytest.mark.parametrize(
    ("for_all", "even", "kind"),
    [
        (9000, -4000, "aimed"),
        (0, -4000, "aimed"),
        (-9000, -4000, "money"),
        (9000, 4000, "money"),
    ],
)
def test_money_that_is_aimed_at_those_who_judge_wins_only_where_all_villages_agree(
    for_all, even, kind
):
    conclusion = conclude(evidence([aimed_at_the_weak(for_all, even)]))
    assert conclusion.kind == kind
    assert (conclusion.first.rival.name, conclusion.first.aimed.name) == ("even", "weakest")


@given(st.integers(0, 10_000), st.integers(3, 7), st.floats(0.0, 2500.0))
@settings(max_examples=80, deadline=None)
def test_nobody_is_said_to_bring_less_than_one_of_no_larger_mean(seed, count, apart):
    """What a reader sees: every mean to two figures, and who stands with the first."""
    r = np.random.default_rng(seed)
    luck = r.normal(14_000, 9000, 200)
    own = r.choice([100.0, 4000.0, 30_000.0], count)
    options = [
        option("ABCDEFG"[k], luck - k * apart + r.normal(0, own[k], 200)) for k in range(count)
    ]
    conclusion = conclude(evidence(options))
    written = {
        standing.name: float(f"{standing.gain.mean:.1e}") for standing in conclusion.standings
    }
    assert {*conclusion.together, *conclusion.worse} == set(written)
    if len(conclusion.together) > 1:
        least = min(written[name] for name in conclusion.together)
        assert all(written[name] < least for name in conclusion.worse)


def test_one_that_is_behind_beyond_doubt_stands_with_a_wild_one_of_a_smaller_mean():
    luck = draws(14_000, 9000)
    first, near = option("A", luck), option("B", luck - 300 + draws(0, 100, seed=2))
    wild = option("C", luck - 900 + draws(0, 60_000, seed=3) - draws(0, 60_000, seed=3).mean())
    last = option("D", luck - 6000 + draws(0, 100, seed=4))
    conclusion = conclude(evidence([first, near, wild, last]))
    assert conclusion.together == ("A", "B", "C") and conclusion.worse == ("D",)
    assert conclude(evidence([first, near, last])).worse == ("B", "D")


def test_the_share_of_sixty_per_cent_is_reached_exactly():
    values = np.full(RUNS, 9000.0)
    push = np.where(np.arange(RUNS) < 300, 100.0, -100.0)
    conclusion = conclude(evidence([option("A", values, rivals={"lumped": values + push})]))
    assert conclusion.kind == "money"


def test_money_that_loses_as_well_does_not_come_first():
    values = draws(-9000, 1000)
    conclusion = conclude(evidence([option("A", values, rivals={"even": values + 2000})]))
    assert conclusion.kind == "no"


def neither_pays(gain=0.0, over=100.0, runs=RUNS):
    """A strategy that brings `gain`, and money that does better by `over`, in seven runs of ten."""
    values = draws(0, 5000, runs)
    push = draws(0, 1.9 * over, runs, seed=2)
    values, push = values - values.mean() + gain, push - push.mean() + over
    return option("A", values, rivals={"even": values + push})


@pytest.mark.parametrize(
    ("gain", "over", "kind"),
    [
        (0.0, 100.0, "money_idle"),  # nobody can tell either from the baseline
        (300.0, 100.0, "money_idle"),
        (-300.0, 100.0, "money_idle"),
        (5000.0, 100.0, "money"),  # both pay
        (0.0, 2000.0, "money"),  # the money does
        (-3000.0, 6000.0, "money"),  # the money does, and the strategy costs
        (-3000.0, 3000.0, "no"),  # the strategy costs, and the money does nothing for sure
        (-9000.0, 2000.0, "no"),  # both cost
    ],
)
def test_neither_is_said_to_pay_only_where_both_may_be_nothing(gain, over, kind):
    conclusion = conclude(evidence([neither_pays(gain, over)]))
    assert conclusion.kind == kind
    assert conclusion.leader == ("A" if kind == "money" else ""), (
        "what may pay nothing leads nobody"
    )


def test_money_that_is_aimed_at_the_weak_may_be_idle_too():
    values = neither_pays().values
    aimed = neither_pays().rivals["even"].values
    money = {"even": values - 4000, "weakest": Money(aimed, aimed)}
    conclusion = conclude(evidence([option("A", values, rivals=money)]))
    assert conclusion.kind == "money_idle" and conclusion.rival.name == "weakest"


@pytest.mark.parametrize(
    ("factor", "runs", "state"),
    [(1.0, RUNS, "holds"), (0.4, RUNS, "moved"), (2.2, RUNS, "moved"), (1.0, 40, "few")],
)
def test_what_rests_on_assumption_has_three_states(factor, runs, state):
    now, whole = draws(20_000, 6000, runs, 1), factor * draws(20_000, 6000, runs, 2)
    conclusion = conclude(evidence([option("A", now, prior=whole)], prior=np.zeros(runs)))
    assert conclusion.assumption.state == state


def test_noise_that_could_hide_a_change_is_too_few_runs():
    wild = draws(2000, 30_000), draws(2000, 30_000, seed=2)
    conclusion = conclude(evidence([option("A", wild[0], prior=wild[1])], prior=np.zeros(RUNS)))
    assert conclusion.assumption.state == "few"


def test_another_leader_over_the_whole_range_is_said():
    a, b = draws(20_000, 2000), draws(15_000, 2000, seed=2)
    conclusion = conclude(
        evidence([option("A", a, prior=a), option("B", b, prior=a + 9000)], prior=np.zeros(RUNS))
    )
    assert conclusion.assumption.state == "moved" and conclusion.assumption.leader == "B"


def test_states_do_not_turn_with_the_seed():
    states = []
    for seed in range(20):
        now, whole = draws(20_000, 9000, seed=seed), draws(19_000, 9000, seed=seed + 99)
        conclusion = conclude(evidence([option("A", now, prior=whole)], prior=np.zeros(RUNS)))
        states.append(conclusion.assumption.state)
    assert set(states) == {"holds"}


def test_errors_of_shares_that_are_whole_are_not_nought():
    assert gap(np.ones(10)).share_error > 0.02
    assert gap(np.zeros(10)).tied and not gap(np.array([0.0, 1.0])).tied
