"""The machinery of the inference on problems whose answer is known, and its stages on disk."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from village_alliances.calibration import cases, fit, priors, selfcheck, targets
from village_alliances.calibration.fit import Posterior, Sample, Stages, infer, tree_of
from village_alliances.sim.problems import Text

NOISE = 0.15


def toy(count: int, seed: int = 1) -> Sample:
    """Three places; the first is seen with an error, the second in a sum with the third, the third not by itself."""
    rng = np.random.default_rng(seed)
    shares = rng.random((count, 3))
    stated = np.column_stack(
        [shares[:, 0], shares[:, 1] + shares[:, 2]]
    ) + NOISE * rng.standard_normal((count, 2))
    return Sample(shares, stated, np.arange(count, dtype=np.uint64))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return toy(8000)


@pytest.mark.parametrize("seen", [0.2, 0.5, 0.85])
def test_the_posterior_of_a_place_seen_with_an_error_is_the_truncated_normal(sample, seen):
    found = infer(sample, np.array([seen, 1.0]))
    low, high = norm.cdf((np.array([0.0, 1.0]) - seen) / NOISE)
    exact = seen + NOISE * norm.ppf(low + (high - low) * (np.arange(2000) + 0.5) / 2000)
    assert found.mean()[0] == pytest.approx(exact.mean(), abs=0.02)
    assert np.sqrt(found.variance()[0]) == pytest.approx(exact.std(), rel=0.15)


def test_a_sum_that_is_seen_ties_its_parts_together(sample):
    found = infer(sample, np.array([0.5, 1.0]))
    draws = found.draws(4000, 1)
    assert np.corrcoef(draws[:, 1], draws[:, 2])[0, 1] < -0.6
    assert found.contraction()[0] > 0.6
    assert abs(np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]) < 0.1


def test_targets_left_out_leave_the_prior(sample):
    found = infer(sample, np.array([0.05, 1.0]), use=np.array([False, True]))
    assert found.mean()[0] == pytest.approx(0.5, abs=0.03)
    assert abs(found.contraction()[0]) < 0.1


def test_known_truths_are_ranked_evenly_and_a_wrong_width_is_caught(sample, monkeypatch):
    good = selfcheck.simulation_based(sample, truths=200, seed=3)
    assert good.passes(), good.cover

    def overconfident(*args, **more):
        found = infer(*args, **more)
        return Posterior(found.mean() + 0.5 * (found.shares - found.mean()), found.weight)

    monkeypatch.setattr(selfcheck, "infer", overconfident)
    assert not selfcheck.simulation_based(sample, truths=200, seed=3).passes()


def test_a_posterior_that_is_always_the_prior_covers_but_contracts_nothing(sample):
    prior = Posterior(sample.shares, np.full(len(sample), 1 / len(sample)))
    assert np.abs(prior.contraction()).max() < 0.03
    assert prior.size == pytest.approx(len(sample))


def test_resampling_follows_the_weights():
    found = Posterior(np.array([[0.1], [0.5], [0.9]]), np.array([0.2, 0.5, 0.3]))
    values, counts = np.unique(found.draws(1000, 1), return_counts=True)
    assert dict(zip(values, counts, strict=True)) == {0.1: 200, 0.5: 500, 0.9: 300}
    assert found.size == pytest.approx(1 / 0.38)


def test_history_matching_cuts_what_cannot_be_and_keeps_the_truth():
    sample = toy(4000)
    padded = Sample(sample.shares, sample.stated, sample.numbers)
    emulator = fit.emulate(padded)
    distance = emulator.implausibility(sample.shares, np.array([0.1, 1.0]))
    assert distance[sample.shares[:, 0] > 0.9].min() > fit.IMPLAUSIBLE
    truth = (np.abs(sample.shares[:, 0] - 0.1) < 0.1) & (
        np.abs(sample.shares[:, 1:].sum(axis=1) - 1.0) < 0.1
    )
    assert distance[truth].max() < fit.IMPLAUSIBLE


def test_a_second_method_agrees_where_the_answer_is_known(monkeypatch):
    monkeypatch.setattr(selfcheck, "STEPS", 1000)
    sample = toy(3000)
    second = selfcheck.second_method(sample, np.array([0.4, 1.0]))
    first = infer(sample, np.array([0.4, 1.0]))
    assert second.mean[0] == pytest.approx(first.mean()[0], abs=0.04)
    assert second.sd[0] == pytest.approx(np.sqrt(first.variance()[0]), rel=0.25)
    assert 0.05 < second.accepted < 0.8


def test_a_stage_is_made_once_and_again_when_what_it_rests_on_changes(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"x": np.arange(3.0)}

    stages = Stages(tmp_path)
    for belongs in ("a", "a", "b"):
        assert stages.get("sweep", belongs, make)["x"].tolist() == [0.0, 1.0, 2.0]
    assert len(made) == 2
    assert not list(tmp_path.glob(".*"))


def test_a_stage_that_breaks_off_leaves_nothing_to_read(tmp_path):
    def broken():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Stages(tmp_path).get("sweep", "a", broken)
    assert Stages(tmp_path).get("sweep", "a", lambda: {"x": np.ones(1)})["x"].tolist() == [1.0]


def test_words_do_not_age_a_posterior_but_rules_do():
    rule = 'def f(x):\n    """Words."""\n    return 2 * x\n'
    assert tree_of(rule) == tree_of(
        'def f(x):\n    """Other words."""\n    # a comment\n    return 2 * x\n'
    )
    assert tree_of(rule) != tree_of(rule.replace("2", "3"))


def test_cases_are_the_same_on_one_thread_and_two_and_know_their_set():
    shares = fit.sobol(64, 1)
    all_of_them = cases.Societies(shares, np.arange(64, dtype=np.uint64))
    some = cases.Societies(shares[40:44], np.arange(40, 44, dtype=np.uint64))
    case = cases.CASES["jinxi"]
    one, two, part = (
        cases.simulate(case, s, 3, threads)
        for s, threads in ((all_of_them, 1), (all_of_them, 2), (some, 1))
    )
    for name in one:
        assert one[name].shape == (64, case.luck)
        assert (one[name] == two[name]).all()
        assert (one[name][40:44] == part[name]).all()


def test_more_money_and_more_campaign_lift_leishan():
    shares = np.full((24, len(priors.NAMES)), 0.5)
    numbers = np.arange(24, dtype=np.uint64)

    def rise(**places):
        moved = shares.copy()
        for name, value in places.items():
            moved[:, priors.INDEX[name]] = value
        return cases.simulate(cases.CASES["jinxi"], cases.Societies(moved, numbers), 1)[
            "leishan_rise"
        ].mean()

    assert rise(money=0.95) > rise(money=0.05)
    assert rise(campaign=0.95) > rise(campaign=0.05) + 5000
    assert rise(venture=0.95) > rise(venture=0.05)


def test_zibo_s_public_money_comes_to_what_is_stated():
    shares = fit.sobol(16, 2)
    money = cases.simulate(
        cases.CASES["zibo"], cases.Societies(shares, np.arange(16, dtype=np.uint64)), 1
    )["money"]
    assert np.median(money) == pytest.approx(cases.ZIBO_MONEY, rel=0.1)


def test_a_hundred_parameter_sets_go_through_the_whole_fit_and_twice_alike(tmp_path):
    first = fit.fit(tmp_path, sets=128, seed=7)
    said: list[Text] = []
    again = fit.fit(tmp_path, sets=128, seed=7, say=said.append)
    assert [line for line in said if "already" in line] == [
        "sweep-1: there already",
        "sweep-2: there already",
    ]
    assert [line.zh for line in said[:2]] == [
        "参数扫描 1：已有结果",
        "参数扫描 2：已有结果",
    ] and all(line.zh != line for line in said)
    assert (first.posterior.shares == again.posterior.shares).all()
    assert first.sample.stated.shape[1] == len(targets.TARGETS)
    assert np.isfinite(first.sample.stated).all()
    fit.ship(first, posterior=tmp_path / "p.parquet", places=tmp_path / "c.parquet")
    assert {"p.parquet", "p.toml", "c.parquet"} <= {path.name for path in tmp_path.iterdir()}
