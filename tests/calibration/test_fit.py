"""The machinery of the inference on problems whose answer is known, and its stages on disk."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from village_alliances.calibration import cases, fit, priors, selfcheck, targets
from village_alliances.calibration.fit import Posterior, PriorSample, StageStore, infer, tree_of
from village_alliances.sim.parameters import parameters
from village_alliances.sim.problems import Text

NOISE = 0.15
FIRST, SECOND = 0, 1  # the uncertainties that toy evidence shows


@pytest.fixture(scope="module")
def sets() -> priors.Sets:
    return priors.sets(np.arange(8000, dtype=np.uint64), 1)


def seen(sets: priors.Sets, value: float, noise: float = NOISE) -> PriorSample:
    """Evidence that shows the place of the first uncertainty with an error,
    and nothing of the others."""
    places = fit.places_of(sets)
    return PriorSample(sets, norm.logpdf(value, places[:, FIRST], noise)[:, None], ("toy",))


def test_what_is_fitted_is_all_that_a_run_draws_by_the_same_names(sets):
    assert set(parameters()) < set(priors.fitted()) == set(sets.values)
    for name, quantity in priors.fitted().items():
        values = sets.values[name]
        within = (values >= quantity.low * (1 - 1e-9)) & (values <= quantity.high * (1 + 1e-9))
        assert within.mean() > 0.85, name


def test_a_set_is_its_number():
    some = priors.sets(np.array([3, 8], np.uint64), 5)
    more = priors.sets(np.arange(10, dtype=np.uint64), 5)
    for name, values in some.values.items():
        assert (values == more.values[name][[3, 8]]).all(), name


@pytest.mark.parametrize("message", [0.2, 0.5, 0.85])
def test_the_posterior_of_a_place_seen_with_an_error_is_the_truncated_normal(sets, message):
    posterior = infer(seen(sets, message))
    low, high = norm.cdf((np.array([0.0, 1.0]) - message) / NOISE)
    exact = message + NOISE * norm.ppf(low + (high - low) * (np.arange(2000) + 0.5) / 2000)
    assert posterior.mean()[FIRST] == pytest.approx(exact.mean(), abs=0.01)
    assert posterior.contraction()[FIRST] == pytest.approx(1 - 12 * exact.var(), abs=0.02)


def test_a_case_left_out_leaves_the_prior(sets):
    posterior = infer(seen(sets, 0.05), without=("toy",))
    assert posterior.size == pytest.approx(len(sets))
    assert np.abs(posterior.contraction()).max() < 0.01


def test_resampling_follows_the_weights(sets):
    some = sets.where(np.arange(3))
    posterior = Posterior(some, np.array([0.2, 0.5, 0.3]))
    values, counts = np.unique(posterior.draws(1000, 1).numbers, return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0: 200, 1: 500, 2: 300}
    assert posterior.size == pytest.approx(1 / 0.38)


def test_only_what_evidence_shows_is_touched(sets):
    touched = selfcheck.touch(seen(sets.where(np.arange(3000)), 0.8), again=40)
    assert touched.names()[0] == list(priors.fitted())[FIRST]
    assert len(touched.names()) <= 2, (
        "in one of twenty cases one more stands above the null by chance"
    )
    assert touched.contraction[FIRST] > 0.6 > touched.null > 0
    assert touched.mean[FIRST] == pytest.approx(0.78, abs=0.03)
    assert (touched.error > 0).all()


def test_two_halves_agree_where_many_sets_carry_weight_and_not_where_few_do(sets):
    many, few = infer(seen(sets, 0.5, 0.3)), infer(seen(sets, 0.5, 0.0005))
    assert selfcheck.halves(many).max() < 0.2 < selfcheck.halves(few).max()


def toy_evidence(sets: priors.Sets) -> targets.Evidence:
    """Every target shows one uncertainty's place, a named case in the better
    half of its draws of luck."""
    places = fit.places_of(sets)
    quantities, may, count = {}, {}, {}
    for i, case in enumerate(targets.OF_CASE):
        may[case] = np.tile([False, True], (len(sets), 1))
        count[case] = np.ones(len(sets))
        for t in targets.OF_CASE[case]:
            value = 4.0 * t.discrepancy * places[:, i]
            quantities[t.name] = np.stack([value - 100.0, value], axis=1)
    return targets.Evidence(quantities, may, count)


@pytest.mark.slow
def test_known_truths_are_ranked_evenly_and_a_wrong_width_is_caught(sets, monkeypatch):
    evidence = toy_evidence(sets)
    sample = PriorSample(sets, evidence.log_likelihood({t.name: 1.0 for t in targets.TARGETS}))
    checked = selfcheck.simulation_based(sample, evidence, truths=200, seed=3)
    assert checked.passes(), (checked.cover.min(), checked.cover.mean(), checked.cover.max())
    monkeypatch.setattr(selfcheck, "weights", lambda likely: fit.weights(8.0 * likely))
    assert not selfcheck.simulation_based(sample, evidence, truths=200, seed=3).passes()


def test_a_stage_is_made_once_and_again_when_what_it_rests_on_changes(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"x": np.arange(3.0)}

    stages = StageStore(tmp_path)
    for belongs in ("a", "a", "b"):
        assert stages.get("sweep", belongs, make)["x"].tolist() == [0.0, 1.0, 2.0]
    assert len(made) == 2
    assert not list(tmp_path.glob(".*"))


def test_a_stage_that_breaks_off_leaves_nothing_to_read(tmp_path):
    def broken():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StageStore(tmp_path).get("sweep", "a", broken)
    assert StageStore(tmp_path).get("sweep", "a", lambda: {"x": np.ones(1)})["x"].tolist() == [1.0]


def test_words_do_not_age_a_posterior_but_rules_do():
    rule = 'def f(x):\n    """Words."""\n    return 2 * x\n'
    assert tree_of(rule) == tree_of(
        'def f(x):\n    """Other words."""\n    # a comment\n    return 2 * x\n'
    )
    assert tree_of(rule) != tree_of(rule.replace("2", "3"))


pytestmark = pytest.mark.usefixtures("compiled_model")


def test_cases_are_the_same_on_one_thread_and_two_and_know_their_set():
    all_of_them = priors.sets(np.arange(16, dtype=np.uint64), 1)
    some = all_of_them.where(np.arange(10, 14))
    case = cases.CASES["jinxi"]
    first, two, part = (
        cases.simulate(case, s, 3, threads)
        for s, threads in ((all_of_them, 1), (all_of_them, 2), (some, 1))
    )
    for name in first:
        assert first[name].shape == (16, case.luck)
        assert (first[name] == two[name]).all()
        assert (first[name][10:14] == part[name]).all()


def test_more_money_lifts_leishan():
    some = priors.sets(np.arange(24, dtype=np.uint64), 1)

    def rise(money: float) -> float:
        values = {**some.values, priors.MONEY.name: np.full(24, money)}
        moved = priors.Sets(some.numbers, values)
        return float(cases.simulate(cases.CASES["jinxi"], moved, 1)["leishan_rise"].mean())

    assert rise(500_000.0) > rise(60_000.0) + 5_000


def test_zibo_s_public_money_comes_to_what_is_stated():
    some = priors.sets(np.arange(12, dtype=np.uint64), 2)
    money = cases.simulate(cases.CASES["zibo"], some, 1)["money"]
    assert np.median(money) == pytest.approx(cases.ZIBO_MONEY, rel=0.1)


def test_some_parameter_sets_go_through_the_whole_fit_and_twice_alike(tmp_path):
    first = fit.fit(tmp_path, sets=16, seed=7)
    texts: list[Text] = []
    again = fit.fit(tmp_path, sets=16, seed=7, say=texts.append)
    assert texts == ["sweep: there already"] and texts[0].zh == "参数批量试算：已有结果"
    assert (first.posterior.weight == again.posterior.weight).all()
    assert first.sample.likely.shape == (16, len(cases.CASES))
    assert (first.sample.likely < np.inf).all() and np.isfinite(first.sample.likely).any(
        axis=0
    ).all()
    fit.ship(first, posterior=tmp_path / "p.parquet")
    assert {"p.parquet", "p.toml", "p_types.parquet"} <= {path.name for path in tmp_path.iterdir()}
