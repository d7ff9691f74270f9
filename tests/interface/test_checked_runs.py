"""What `check` passes can be run and compared: scenarios made up at random, with blanks, bounds,
odd names and odd years."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st
from village_alliances.experiments import export
from village_alliances.experiments.compare import compare
from village_alliances.interface.cli import main
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import levers
from village_alliances.sim.strategy import names as strategies

COLUMNS = (
    "name", "township", "lon", "lat", "population", "households", "collective_income",
    "villager_income", "debt", "reserves", "idle_land", "developed_land", "industry", "stage",
    "culture", "capacity", "ability", "tenure",
)  # fmt: skip
MOST = {
    "population": 9_000, "households": 3_000, "collective_income": 9e6, "villager_income": 90_000,
    "debt": 9e6, "reserves": 9e6, "idle_land": 5_000, "developed_land": 5_000, "capacity": 1,
    "ability": 1, "tenure": 40,
}  # fmt: skip
VILLAGES = st.lists(
    st.one_of(st.sampled_from(("上村", "下村", "东村", "西村")), st.text("村A1 -'=@", min_size=1, max_size=8)),
    min_size=1, max_size=5, unique=True,
)  # fmt: skip


def cells(most: float) -> st.SearchStrategy[str]:
    """A cell: blank, a number, a bound, about, or something that is no number."""
    number = st.one_of(st.integers(0, int(most)), st.floats(0, most, allow_nan=False), st.just(0))
    forms = st.sampled_from(("{}", "<{}", ">{}", "约{}", "{}", "-{}", "many"))
    return st.one_of(st.just(""), st.builds(lambda form, n: form.format(n), forms, number))


@st.composite
def scenarios(draw):
    """The two files of a scenario of one's own: text of scenario.toml, rows of villages.csv."""
    names = draw(VILLAGES)
    start = draw(st.sampled_from((1949, 2015, 2024, 2100)))
    rows = []
    for name in names:
        row = {"name": name, "township": draw(st.sampled_from(("", "一镇", "二镇")))}
        row |= {column: draw(cells(most)) for column, most in MOST.items() if draw(st.booleans())}
        row["industry"] = draw(st.sampled_from(("", "flowers", "tourism", "no such thing")))
        if draw(st.booleans()):
            row |= {"lon": draw(st.floats(121, 122)), "lat": draw(st.floats(29, 30))}
        rows.append(row)
    lines = [
        'name = "own"', 'title = {en = "Own", zh = "本县"}', 'region = "ningbo"',
        f"start = {start}", f"years = {draw(st.integers(1, 3))}",
    ]  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(levers())), max_size=3, unique=True))
    if chosen:
        lines.append("[levers]")
    for name in chosen:
        lever = levers()[name]
        lines.append(f"{name} = {draw(st.floats(lever.low, lever.high, allow_nan=False))!r}")
    if draw(st.booleans()):
        total = draw(st.integers(1, 50_000))
        lines += ["[totals]", f'population = {{value = {total}, evidence = "jinxi-population"}}']
    if draw(st.booleans()):
        members = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        founded = f"{draw(st.integers(start - 1, start + 4))}Q{draw(st.integers(1, 4))}"
        lines += [
            "[[alliance]]", 'name = {en = "A", zh = "甲"}', f"members = {json.dumps(members)}",
            f"lead = {json.dumps(draw(st.sampled_from(members)))}", f'founded = "{founded}"',
            f'strategy = "{draw(st.sampled_from(strategies()))}"',
        ]  # fmt: skip
    return "\n".join(lines) + "\n", rows


def written(folder: Path, text: str, rows: list[dict[str, object]]) -> Path:
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    with (folder / "villages.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        table.writerows(rows)
    return folder


@settings(max_examples=max(8, settings.default.max_examples // 5))
@given(scenarios())
def test_what_check_passes_runs_and_compares(tmp_path_factory, compiled_model, files):
    folder = written(tmp_path_factory.mktemp("own"), *files)
    code = main(["check", str(folder), "--lang", "zh"])
    assert code in (0, 2)
    event("passed" if code == 0 else "refused")
    if code == 2:
        return
    out = str(folder / "out")
    assert main(["run", str(folder), "--mode", "prior", "--out", out]) == 0
    comparison = compare(load(str(folder)), ["none", "strong_leads_weak"], runs=2, mode="prior")
    assert comparison.failed == 0 and np.isfinite(comparison.table["median"].dropna()).all()
    assert json.loads(json.dumps(export.answer(comparison), allow_nan=False))["id"]
