"""Sensitivity: known indices of reference functions, whole designs only, the same luck in every
point, levers beside parameters."""

import dataclasses
import itertools
import json

import numpy as np
import pandas as pd
import pytest
from village_alliances.experiments.design import Sweep
from village_alliances.experiments.reader import expand
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.replay import replay
from village_alliances.experiments.sampling import sampling_luck, sensitive_shares
from village_alliances.experiments.sensitivity.files import explanation, write
from village_alliances.experiments.sensitivity.finding import quantities, said_of_luck
from village_alliances.experiments.sensitivity.indices import decomposed, screened
from village_alliances.experiments.sensitivity.study import analysed, matter, study
from village_alliances.experiments.store import Store, read_runs
from village_alliances.experiments.sweep import carry_out
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import levers, parameters
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.uncertain import numbers_of_types

SOBOL_G = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)


def ishigami(shares):
    """Ishigami's function with a = 7, b = 0.1, of three quantities between -pi and pi."""
    from SALib.test_functions import Ishigami

    return Ishigami.evaluate(np.pi * (2 * shares - 1))


def sobol_g(shares):
    from SALib.test_functions import Sobol_G

    return Sobol_G.evaluate(shares, a=np.array(SOBOL_G))


def variances_of_g():
    """First-order and total indices of Sobol's G function, worked from its
    factors: V_i = 1 / 3(1 + a_i)^2."""
    each = 1 / (3 * (1 + np.array(SOBOL_G)) ** 2)
    whole = np.prod(1 + each) - 1
    total = each * np.array([np.prod(np.delete(1 + each, i)) for i in range(each.size)])
    return each / whole, total / whole


def test_ishigami_has_the_indices_that_are_known_in_closed_form():
    names = ["x1", "x2", "x3"]
    shares = sensitive_shares("saltelli", 3, 4096, sampling_luck(1, 0))
    frame = decomposed(names, ishigami(shares)).set_index("quantity")
    first = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}
    total = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}
    for name in names:
        assert frame["first"][name] == pytest.approx(first[name], abs=0.02)
        assert frame["total"][name] == pytest.approx(total[name], abs=0.02)
        for index, value in (("first", first), ("total", total)):
            assert (
                frame[f"{index}_low"][name] - 0.01
                <= value[name]
                <= frame[f"{index}_high"][name] + 0.01
            )


@pytest.mark.slow
def test_sobol_g_has_the_indices_that_are_known_in_closed_form():
    names = [f"q{i}" for i in range(len(SOBOL_G))]
    frame = (
        decomposed(
            names, sobol_g(sensitive_shares("saltelli", len(names), 4096, sampling_luck(2, 0)))
        )
        .set_index("quantity")
        .loc[names]
    )
    first, total = variances_of_g()
    np.testing.assert_allclose(frame["first"], first, atol=0.02)
    np.testing.assert_allclose(frame["total"], total, atol=0.02)
    assert (frame["first_low"] <= frame["first"]).all() and (
        frame["total_high"] >= frame["total"]
    ).all()


def test_the_screening_orders_sobol_g_and_measures_a_straight_line():
    names = [f"q{i}" for i in range(len(SOBOL_G))]
    shares = sensitive_shares("morris", len(names), 60, sampling_luck(3, 0))
    assert list(screened(names, shares, sobol_g(shares))["quantity"])[:4] == names[:4]
    line = screened(names, shares, 5 * shares[:, 0] - 2 * shares[:, 1] + 7).set_index("quantity")
    assert line["strength"]["q0"] == pytest.approx(5) and line["effect"]["q1"] == pytest.approx(-2)
    assert line["strength"]["q2"] == pytest.approx(0, abs=1e-9) and line["spread"][
        "q0"
    ] == pytest.approx(0, abs=1e-9)


def test_the_same_seed_gives_the_same_intervals_and_no_global_luck_is_touched():
    shares = sensitive_shares("saltelli", 3, 64, sampling_luck(1, 0))
    before = np.random.get_state()[1].copy()
    first, other = (
        decomposed(["a", "b", "c"], ishigami(shares)),
        decomposed(["a", "b", "c"], ishigami(shares)),
    )
    pd.testing.assert_frame_equal(first, other)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("hole", [np.nan, np.inf])
def test_a_design_with_a_hole_is_refused_and_not_answered_with_noughts(hole):
    shares = sensitive_shares("saltelli", 3, 64, sampling_luck(1, 0))
    values = ishigami(shares)
    values[17] = hole
    with pytest.raises(Refused, match="1 of them missing") as refused:
        decomposed(["a", "b", "c"], values)
    assert "缺 1 个" in refused.value.message("zh")
    with pytest.raises(Refused):
        screened(["a", "b", "c"], shares, values)
    with pytest.raises(Refused, match="not whole"):
        decomposed(["a", "b", "c"], ishigami(shares)[:-1])


def test_what_never_varies_has_no_indices():
    frame = decomposed(["a", "b"], np.full(4 * 8, 3.0))
    assert (frame.drop(columns="quantity") == 0).all(axis=None)


# -------- Sweeps of these designs

pytest_compiled = pytest.mark.usefixtures("compiled_model")


def small(design="saltelli", **more):
    body = {
        "scenarios": ("jinxi",),
        "strategies": ("none", "strong_leads_weak"),
        "uncertainties": {"discount": "prior", "let.profit_rate": "prior"},
        "levers": {"grant_per_village": {"low": 0, "high": 120000}},
        "parameters": "point",
        "design": design,
        "points": 4,
        "replicates": 3,
        "years": 3,
        "seed": 5,
    }
    return expand(Sweep(**{**body, **more}))


@pytest.fixture(scope="module")
def stored(tmp_path_factory, compiled_model):
    """Both small designs, carried out: folder by design."""
    by_name = {}
    for name in ("morris", "saltelli"):
        by_name[name] = tmp_path_factory.mktemp(name) / "out"
        assert carry_out(small(name), by_name[name], workers=1).complete
    return by_name


@pytest_compiled
@pytest.mark.parametrize(("design", "rows"), [("morris", 4 * 4), ("saltelli", 4 * 5)])
def test_levers_given_as_ranges_are_varied_with_the_parameters_one_at_a_time(design, rows):
    made = small(design)
    assert made.points == rows and set(made.sample) == {
        "discount",
        "let.profit_rate",
        "grant_per_village",
    }
    assert len(made.settings) == 1
    sample = np.column_stack(list(made.sample.values()))
    if design == "morris":
        for i in range(0, rows, 4):
            changed = (np.diff(sample[i : i + 4], axis=0) != 0).sum(axis=1)
            assert (changed == 1).all()
    for name, values in made.sample.items():
        quantity = {**parameters(), **levers(), **numbers_of_types()}[name]
        high = 120000 if name == "grant_per_village" else quantity.high
        assert quantity.low <= values.min() and values.max() <= high


def varied(fixed):
    """Names of quantities that have a range."""
    return {name for name, quantity in fixed.items() if quantity.low < quantity.high}


def test_levers_of_several_values_are_varied_too_and_those_of_one_are_set():
    made = small(
        levers={
            "span": [4, 6, 9],
            "grant_years": 3,
            "grant_per_village": {"low": 0, "high": 100, "steps": 5},
        },
        points=16,
    )
    assert list(made.sample) == [
        "discount",
        "let.profit_rate",
        "span",
        "grant_per_village",
    ] and made.settings == [{"grant_years": 3.0}]
    assert set(made.sample["span"]) == {4.0, 6.0, 9.0} and set(
        made.sample["grant_per_village"]
    ) == {0.0, 25.0, 50.0, 75.0, 100.0}


@pytest_compiled
def test_every_point_meets_the_same_luck_and_its_own_values(stored):
    frame = read_runs(stored["saltelli"])
    assert frame.groupby(["strategy", "point"])["run"].apply(list).map(tuple).unique().tolist() == [
        (0, 1, 2)
    ]
    assert frame["run_id"].is_unique
    for point in (0, 7):
        rows = frame[(frame["point"] == point) & (frame["strategy"] == "strong_leads_weak")]
        first = rows.iloc[0]
        alone = run_ensemble(
            load("jinxi", years=3),
            "strong_leads_weak",
            runs=3,
            seed=5,
            mode="point",
            levers={"grant_per_village": first.grant_per_village},
            fixed={name: first[name] for name in ("discount", "let.profit_rate")},
        )
        np.testing.assert_array_equal(rows["gain_weak"], alone.outcome("gain_weak"))


@pytest_compiled
def test_any_number_of_workers_stores_the_same_bytes(tmp_path, stored):
    carry_out(small("morris", runs_a_part=7), tmp_path / "one", workers=1)
    carry_out(small("morris", runs_a_part=7), tmp_path / "two", workers=2)
    parts = {
        name: [path.read_bytes() for path in sorted((tmp_path / name).rglob("*.parquet"))]
        for name in ("one", "two")
    }
    assert parts["one"] == parts["two"] and len(parts["one"]) > 2
    pd.testing.assert_frame_equal(
        read_runs(tmp_path / "one"), read_runs(stored["morris"])
    )  # nor do the cuts matter


@pytest_compiled
def test_a_run_with_a_lever_of_its_own_is_replayed_bit_for_bit(stored):
    row = (
        read_runs(stored["morris"]).query("strategy == 'strong_leads_weak' and point == 6").iloc[1]
    )
    history = replay(stored["morris"], row.run_id)
    assert history.about["held_against_stored"] and history.about["run"] == row.run


@pytest_compiled
def test_values_keep_their_names_in_whatever_order_a_file_gives_them(tmp_path):
    made = small(
        "latin",
        levers={},
        points=4,
        uncertainties={"discount": "prior", "foresight": "prior"},
    )
    carry_out(made, tmp_path / "out", workers=1)
    assert list(Store(tmp_path / "out").design().sample) == ["discount", "foresight"]


def test_bad_sensitive_designs_are_refused_with_everything_that_is_wrong():
    with pytest.raises(TableError) as refused:
        small(
            points=6,
            levers={"span": {"low": 3, "high": 99}},
            uncertainties={"discuont": "prior"},
        )
    said = refused.value.message("en")
    assert "discount" in said and "2 to 15" in said
    with pytest.raises(TableError, match="power of two"):
        small(points=6)
    with pytest.raises(TableError, match="at least one quantity"):
        small(levers={}, uncertainties={})


@pytest_compiled
def test_the_gain_over_none_is_averaged_over_the_luck(stored):
    analysis = analysed(stored["saltelli"], outcomes=["mean_income", "gain_mean"])
    frame = read_runs(stored["saltelli"]).set_index(["strategy", "point", "run"])["mean_income"]
    by_hand = (frame["strong_leads_weak"] - frame["none"]).groupby("point").mean()
    assert analysis.spread["mean_income"] == pytest.approx(by_hand.std(ddof=0))
    assert analysis.spread["mean_income"] == pytest.approx(analysis.spread["gain_mean"])
    pd.testing.assert_frame_equal(
        analysis.frames["mean_income"],
        decomposed(list(small().sample), by_hand.to_numpy(), analysis.seed),
        check_exact=False,
    )
    assert analysis.strategy == "strong_leads_weak" and analysis.against_none


@pytest_compiled
def test_a_sweep_that_was_stopped_is_refused_until_it_is_whole(tmp_path):
    folder = tmp_path / "out"
    made = small(runs_a_part=10)
    carry_out(made, folder, workers=1, max_runs=100)
    with pytest.raises(Refused, match="missing") as refused:
        analysed(folder)
    assert "不完整" in refused.value.message("zh") and "status" in str(refused.value)
    carry_out(made, folder, workers=1)
    assert set(analysed(folder).frames)


@pytest_compiled
def test_a_sweep_with_a_failed_run_is_refused(tmp_path, monkeypatch):
    from village_alliances.experiments.sensitivity import study as module

    folder = tmp_path / "out"
    carry_out(small(), folder, workers=1)
    real = read_runs(folder)
    real.loc[3, "status"] = "FAILED"
    monkeypatch.setattr(module, "read_runs", lambda folder, columns: real[columns])
    with pytest.raises(Refused, match="1 failed"):
        analysed(folder, "strong_leads_weak")


@pytest_compiled
def test_other_designs_and_unknown_names_are_refused(tmp_path, stored):
    folder = tmp_path / "grid"
    carry_out(small("grid", levers={}, uncertainties={}, points=0), folder, workers=1)
    with pytest.raises(Refused, match="its design is grid"):
        analysed(folder)
    with pytest.raises(Refused, match="which strategy"):
        analysed(stored["morris"], "culture")
    with pytest.raises(Refused, match="does not hold gini_of_x"):
        analysed(stored["morris"], outcomes=["gini_of_x"])


@pytest_compiled
def test_a_study_screens_everything_then_explains_what_matters_and_is_taken_up_again(tmp_path):
    asked = {
        "folder": tmp_path,
        "trajectories": 2,
        "points": 4,
        "replicates": 2,
        "keep": 4,
        "outcomes": ["gain_weak"],
        "workers": 1,
    }
    scenario = load("jinxi", years=3)
    screening, shares = study(
        scenario, "strong_leads_weak", set_levers={"grant_per_village": (0.0, 120000.0)}, **asked
    )
    names = set(screening.frames["gain_weak"]["quantity"])
    assert (
        names
        >= varied(parameters())
        | varied(numbers_of_types())
        | {"grant_per_village", "trend_collective"}
        and "ability_mean" not in names
    )
    assert (
        set(shares.frames["gain_weak"]["quantity"]) == set(matter(screening, 4))
        and len(matter(screening, 4)) <= 4
    )
    assert shares.left_out_count == len(names) - len(matter(screening, 4))
    parts = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    again = study(
        scenario, "strong_leads_weak", set_levers={"grant_per_village": (0.0, 120000.0)}, **asked
    )
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == parts
    for item, other in zip((screening, shares), again, strict=True):
        pd.testing.assert_frame_equal(item.frames["gain_weak"], other.frames["gain_weak"])
    for value, lang in itertools.product((screening, shares), ("en", "zh")):
        said = " ".join(value.sentences(lang, "gain_weak"))
        first = str(value.frames["gain_weak"]["quantity"][0])
        assert getattr(quantities(scenario)[first], lang) in said and "{" not in said
        assert ("averaged out" if lang == "en" else "平均掉") in said


@pytest_compiled
def test_few_points_name_no_order(stored):
    """Where the strongest may have no part, nothing is said of how much each explains."""
    analysis = analysed(stored["saltelli"], outcomes=["gain_weak"])
    frame = analysis.frames["gain_weak"].assign(total_low=-0.1)
    unsure = dataclasses.replace(analysis, frames={"gain_weak": frame})
    for lang, words, order in (("en", "too few", "Next come"), ("zh", "太少", "其次是")):
        few = " ".join(unsure.sentences(lang, "gain_weak"))
        assert words in few and order not in few and "{" not in few
        sure = dataclasses.replace(analysis, frames={"gain_weak": frame.assign(total_low=0.1)})
        assert words not in " ".join(sure.sentences(lang, "gain_weak"))


@pytest_compiled
def test_what_is_written_can_be_shown_beside_a_comparison_of_the_same_and_of_nothing_else(
    tmp_path, stored
):
    analysis = analysed(stored["saltelli"], outcomes=["gain_weak"])
    files = write([analysis], tmp_path, "zh")
    assert {path.name for path in files} == {
        "sobol.csv",
        "sensitivity.json",
        "sobol_gain_weak.svg",
        "sobol_gain_weak.png",
    }
    table = pd.read_csv(tmp_path / "sobol.csv")
    assert list(table["quantity"]) == list(analysis.frames["gain_weak"]["quantity"])
    body = json.loads((tmp_path / "sensitivity.json").read_text(encoding="utf-8"))
    assert body["methods"]["sobol"]["replicates"] == 3
    same = {"a": Portfolio("strong_leads_weak")}
    sentence = explanation(tmp_path, load("jinxi", years=3), same)
    assert sentence.outcome == "gain_weak" and list(sentence.frame["quantity"]) == list(
        table["quantity"]
    )
    for scenario, strategies in (
        (load("jinxi"), same),
        (load("jinxi", years=3), {"a": Portfolio("culture")}),
    ):
        with pytest.raises(Refused, match="not compared here"):
            explanation(tmp_path, scenario, strategies)
    (tmp_path / "sensitivity.json").write_text(
        json.dumps({**body, "fingerprint": "0"}), encoding="utf-8"
    )
    with pytest.raises(Refused, match="another version"):
        explanation(tmp_path, load("jinxi", years=3), same)
    with pytest.raises(Refused, match="holds no sensitivity"):
        explanation(tmp_path / "nowhere", load("jinxi"), same)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.994, 0.9999, 1.0])
def test_luck_that_makes_nearly_all_of_the_spread_is_said_in_words(share: float, lang: str) -> None:
    words = said_of_luck(share, lang)
    assert "<" not in words and ">" not in words
    assert ("%" in words) == (0.005 <= share < 0.995)
