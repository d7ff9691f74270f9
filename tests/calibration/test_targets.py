"""The split of the figures, how a stated figure is read, and that the fit
cannot see what is held out."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest
from village_alliances.calibration import cases, evidence, fit, targets, validate

FOLDER = Path(targets.__file__).parent
UNSEEN = sorted({*targets.split()["held_out"], *targets.split()["input"]})

SIM = Path(cases.region.__file__).parent


def test_each_listed_figure_is_in_the_register_once_and_with_a_reason():
    listed = [id for part in targets.split().values() for id in part]
    assert len(listed) == len(set(listed))
    for part in targets.split().values():
        for id, reason in part.items():
            assert evidence.figure(id).id == id
            assert len(reason) > 8, id


@pytest.mark.parametrize("id", UNSEEN)
def test_the_fit_is_refused_every_figure_that_is_not_its_own(id):
    with pytest.raises(targets.HeldOut, match=id):
        targets.seen(id)


def test_nothing_that_fit_imports_reads_figures_but_through_the_gate():
    seen_modules, queue = set(), ["fit"]
    while queue:
        name = queue.pop()
        seen_modules.add(name)
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and node.module.startswith("village_alliances.calibration")
            ):
                inside = (
                    [a.name for a in node.names]
                    if node.module == "village_alliances.calibration"
                    else [node.module.split(".")[2]]
                )
                queue += [
                    m for m in inside if (FOLDER / f"{m}.py").exists() and m not in seen_modules
                ]
    assert seen_modules == {"fit", "targets", "cases", "priors"}
    readers = {}
    for name in seen_modules:
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
            calls = {
                n.attr
                for n in ast.walk(function)
                if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "evidence"
            }
            if calls & {"figure", "figures", "read_figures", "_figures_by_id"}:
                readers[name, function.name] = calls
    assert set(readers) == {("targets", "seen")}


def test_the_fit_stays_the_same_whatever_the_held_out_figures_are(monkeypatch):
    honest = ([t.stated for t in targets.TARGETS], fit.fingerprint())
    real = evidence.figure

    def poisoned(id):
        if id in UNSEEN:
            raise AssertionError(f"{id} was read")
        return real(id)

    monkeypatch.setattr(evidence, "figure", poisoned)
    assert ([t.stated for t in targets.TARGETS], fit.fingerprint()) == honest


def test_targets_use_figures_of_the_fit_with_the_register_s_qualifier():
    for target in targets.TARGETS:
        ids = set(target.figures)
        assert ids <= targets.split()["fit"].keys() | targets.split()["given"].keys()
        assert ids & targets.split()["fit"].keys(), target.name
        assert target.qualifier == evidence.figure(target.figures[0]).qualifier, target.name
        assert target.discrepancy > 0
        assert target.case in cases.CASES
    assert len(validate.ROWS) == len(targets.TARGETS) + len(validate.HELD_OUT)


def test_held_out_scores_use_held_out_figures():
    for score in validate.HELD_OUT:
        kept = [row for row in map(evidence.named, score.figures) if serves(row) == "scored"]
        assert kept and all(row.value > 0 for row in kept), score.name


def serves(row):
    """What a row of the register serves: `scored` where the model is judged by it."""
    if isinstance(row, evidence.Outside):
        return "scored" if row.use == "score" else "input"
    part = next(part for part, ids in targets.split().items() if row.id in ids)
    return "scored" if part == "held_out" else part


def test_no_range_names_what_is_fitted_or_scored():
    ranges = [
        *(SIM / name for name in ("parameters.toml", "technology.toml", "endowments.toml")),
        *(SIM / "regions").glob("*.toml"),
    ]
    judged = {
        id
        for row in validate.ROWS.values()
        for id in row.figures
        if serves(evidence.named(id)) in ("fit", "scored")
    }
    assert len(judged) > 15
    for path in ranges:
        named = evidence_in(tomllib.loads(path.read_text(encoding="utf-8")))
        assert named and not named & judged, path.name


def evidence_in(node):
    """Every id under a key `evidence` of parsed TOML."""
    if isinstance(node, dict):
        own = node.get("evidence", [])
        return {*own}.union(
            *(evidence_in(value) for key, value in node.items() if key != "evidence")
        )
    return set().union(*map(evidence_in, node)) if isinstance(node, list) else set()


def test_over_x_understates_by_a_fifth_at_most_now_and_then_and_never_overstates():
    truth = np.full(20_000, np.log(600_000.0))
    said = targets.qualify(truth, "more_than", np.random.default_rng(1))
    assert (said <= truth).all()
    gap = truth - said
    assert 0.15 < gap.mean() < 0.17  # 0.2 sqrt(2 / pi)
    assert 0.3 < np.quantile(gap, 0.95) < 0.45


def test_a_bound_in_words_does_not_reward_infinity():
    rng = np.random.default_rng(2)
    aim = np.log(600_000.0)
    near = {
        factor: (
            np.abs(targets.qualify(np.full(50_000, aim + np.log(factor)), "at_least", rng) - aim)
            < 0.05
        ).mean()
        for factor in (0.8, 1.0, 1.1, 1.5, 3.0)
    }
    assert near[1.1] > near[1.5] > near[3.0]
    assert near[0.8] == 0.0 and near[3.0] == 0.0


def test_exact_words_stay_and_about_has_a_width_on_both_sides():
    truth, rng = np.zeros(10_000), np.random.default_rng(3)
    assert (targets.qualify(truth, "exact", rng) == truth).all()
    about = targets.qualify(truth, "about", rng)
    assert abs(about.mean()) < 0.003 and 0.045 < about.std() < 0.055
    assert (targets.qualify(truth, "less_than", rng) >= truth).all()


def test_what_is_not_there_is_never_stated():
    assert np.isnan(targets.on_scale(np.array([0.0, -5.0, np.nan]))).all()
    assert targets.on_scale(np.e) == pytest.approx(1.0)
    for sign in (-1, 0, 1):
        assert targets.log_density(np.array([np.nan]), 0.3, sign) == -np.inf


def test_a_named_case_is_picked_above_its_quantile():
    case = cases.CASES["jinxi"]
    rises = np.random.default_rng(4).permuted(
        np.tile(np.arange(case.luck, dtype=float), (500, 1)), axis=1
    )
    place = np.random.default_rng(5).random(500)
    for share in (0.5, 0.9):
        got = cases.reported(case, {case.best: rises, "other": -rises}, np.full(500, share), place)
        assert got[case.best].min() >= np.floor(share * case.luck)
        assert got[case.best].max() == case.luck - 1
        assert (got["other"] == -got[case.best]).all()  # the same draw of luck in all its readings


@pytest.mark.parametrize("qualifier", ["exact", "more_than", "less_than"])
def test_the_density_of_a_statement_is_that_of_what_authors_write(qualifier):
    rng = np.random.default_rng(6)
    said = targets.qualify(0.3 * rng.standard_normal(400_000), qualifier, rng)
    edges = np.linspace(-0.8, 0.8, 17)
    counted = np.histogram(said, edges)[0] / said.size / np.diff(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    sign = targets.signed_error(qualifier)
    assert np.exp(targets.log_density(middle, 0.3, sign)) == pytest.approx(counted, abs=0.03)


def test_a_named_case_is_weighed_by_the_draws_that_may_be_the_ones_reported():
    (target,) = targets.OF_CASE["tengtou"]
    case = cases.CASES["tengtou"]
    levels = np.tile(np.linspace(100_000.0, 1_000_000.0, case.luck), (2, 1))
    readings = {
        name: {t.quantity: np.ones((2, cases.CASES[name].luck)) for t in of_it}
        for name, of_it in targets.OF_CASE.items()
    }
    readings["jinxi"]["leishan_rise"] = np.ones((2, cases.LUCK))
    readings["tengtou"] = {target.quantity: levels}
    weights = targets.evidence_of(readings, np.array([0.0, 0.75])).log_likelihood()
    index = list(cases.CASES).index("tengtou")
    aim = float(targets.on_scale(target.stated))
    density = np.exp(
        targets.log_density(aim - targets.on_scale(levels[0]), target.spread, target.sign)
    )
    assert np.exp(weights[:, index]) == pytest.approx([density.mean(), density[6:].mean()])


@pytest.mark.parametrize("name", list(cases.TOWNSHIPS))
def test_a_county_s_part_keeps_whole_townships_and_the_luck_of_the_whole(name):
    whole, part = cases.load(name), cases.scenario_of(name)
    towns = set(part.places["township"].astype(str))
    assert len(towns) == cases.TOWNSHIPS[name] and not part.given
    theirs = np.isin(whole.places["township"].astype(str), list(towns))
    assert part.ids.tolist() == whole.ids[theirs].tolist()
    assert not {member for given in whole.given for member in given.members} & {
        *np.flatnonzero(theirs)
    }
