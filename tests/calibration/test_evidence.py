"""The register of figures: readable, consistent, found in the documents, and named rightly by
all data that rest on it."""

import csv
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from village_alliances.calibration.evidence import (
    FOLDER,
    EvidenceError,
    designs,
    documents,
    figure,
    figures,
    kind_of,
    kinds,
    named,
    outside,
    read_figures,
    read_outside,
)

ROOT = Path(__file__).parents[2]
SIM = ROOT / "sim"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids(cell: str) -> list[str]:
    return [value for value in cell.split(";") if value]


def test_register_reads():
    assert len(figures()) == 246
    assert figures() is figures(), "read once"
    assert figure("jinxi-population").value == 4397
    assert figure("chunhu-tianyang-rent-after").qualifier == "at_least"


def test_unknown_figure_names_id_and_file():
    with pytest.raises(KeyError, match=r"figures\.csv.*no-such-figure"):
        figure("no-such-figure")


def test_all_faults_of_a_table_are_told_at_once(tmp_path):
    lines = (FOLDER / "figures.csv").read_text(encoding="utf-8").splitlines()
    good = lines[1].split(",")
    bad = good.copy()
    bad[4], bad[6] = "many", "perhaps"
    table = tmp_path / "figures.csv"
    table.write_text("\n".join([lines[0], lines[1], ",".join(bad), "too,short"]), encoding="utf-8")
    with pytest.raises(EvidenceError) as error:
        read_figures(table)
    assert str(error.value).splitlines() == [
        f"{table}: row 3: value: found 'many', expected a number",
        f"{table}: row 3: qualifier: found 'perhaps', expected one of exact, about, "
        f"more_than, at_least, less_than, at_most",
        f"{table}: row 3: id: found {good[0]!r} again, expected it once (row 2 has it)",
        f"{table}: row 4: found 2 cells, expected 16",
    ]


def test_wrong_columns_are_told(tmp_path):
    table = tmp_path / "figures.csv"
    table.write_text("id,value\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"row 1: found columns \['id', 'value'\]"):
        read_figures(table)


def test_figures_are_plausible():
    for row in figures():
        assert row.value > 0, row.id
        assert row.value_high is None or row.value_high > row.value, row.id
        assert 1990 <= row.year <= 2030, row.id
        assert row.document in documents(), row.id
        assert row.line >= 1 and row.figure and row.unit, row.id


def test_every_figure_says_what_it_is_in_both_languages():
    for row in figures():
        assert re.fullmatch(r"[A-Z'].*[^.\s]", row.note("en")) and row.note("en").isascii(), row.id
        assert (
            len(row.note("zh")) <= 40 and len(re.findall(r"[\u4e00-\u9fff]", row.note("zh"))) >= 6
        ), row.id
        assert not re.search(r"[a-z]|[,;:()!?。]|\s$", row.note("zh")), (
            f"{row.id}: Chinese words and punctuation, no full stop"
        )
        assert row.place_zh not in row.note("zh"), f"{row.id}: the place is shown beside it"


def test_a_document_is_named_in_english_beside_its_own_title():
    chinese = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
    for document in documents().values():
        for text in (document.title_en, document.outlet_en):
            assert len(text) > 5 and not chinese.search(text), document.id
        assert document.title_en in document.title("en")
        assert document.title_zh in document.title("en")
        assert document.title("zh") == document.title_zh
        assert document.outlet("en") == document.outlet_en != document.outlet("zh")


def test_cases_and_figures_agree():
    cases = {case["id"]: case for case in rows("cases.csv")}
    assert len(cases) == len(rows("cases.csv"))
    of_case = {case: {row.id for row in figures() if row.alliance == case} for case in cases}
    assert {row.alliance for row in figures()} <= set(cases)
    for name, case in cases.items():
        assert set(ids(case["all_evidence_ids"])) == of_case[name], name


def test_mechanisms_name_figures_of_the_register():
    mechanisms = rows("mechanisms.csv")
    assert len({row["id"] for row in mechanisms}) == len(mechanisms) == 99
    names = {row.id for row in figures()}
    for row in mechanisms:
        assert set(ids(row["size_evidence_ids"])) <= names, row["id"]


def known_ids() -> set[str]:
    """Ids of both parts of the register."""
    return {row.id for row in (*figures(), *outside())}


def test_ids_are_one_namespace_of_which_the_kind_is_always_told():
    assert named("jinxi-population") is figure("jinxi-population")
    assert kind_of("jinxi-population") == "document" and kind_of("X007") == "outside"
    assert kinds(["X007", "jinxi-population"], "for want of better") == (
        "document",
        "outside",
        "assumption",
    )
    assert kinds([], "a reason alone") == ("assumption",) and kinds(["X007"]) == ("outside",)
    assert len(known_ids()) == len(figures()) + len(outside())
    with pytest.raises(KeyError, match=r"no-such-row.*outside\.csv"):
        named("no-such-row")


def test_all_faults_of_the_table_from_outside_are_told_at_once(tmp_path):
    lines = (FOLDER / "outside.csv").read_text(encoding="utf-8").splitlines()
    head, good = next(csv.reader([lines[0]])), next(csv.reader([lines[1]]))
    bad = dict(zip(head, good, strict=True)) | {
        "id": "X999",
        "design": "hearsay",
        "grade": "near",
        "rates": "leaving;staying",
        "use": "both",
        "low": "few",
    }
    table = tmp_path / "outside.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, good, list(bad.values())])
    with pytest.raises(EvidenceError) as error:
        read_outside(table)
    assert [line.split(": ")[2] for line in str(error.value).splitlines()] == [
        "low",
        "design",
        "grade",
        "rates",
        "use",
    ]
    assert "row 3: design: found 'hearsay', expected one of case, official" in str(error.value)


def test_every_figure_from_outside_says_what_it_is_in_both_languages():
    for row in outside():
        assert re.fullmatch(r"[A-Z'].*[^.\s]", row.note("en")) and row.note("en").isascii(), row.id
        assert len(re.findall(r"[\u4e00-\u9fff]", row.note("zh"))) >= 6, row.id
        assert not re.search(r"[a-z]{3}|[;:()!?。]|\s$", row.note("zh")), f"{row.id}: Chinese words"
        assert row.place("zh") and row.place("en") and row.unit, row.id
        assert row.source("en") and row.source("en").isascii(), row.id
        assert re.search(r"[\u4e00-\u9fff]", row.source("zh")), row.id
        assert not re.search(r"\b[a-z]|[,;:()!?。]", row.source("zh")), f"{row.id}: Chinese words"
        assert row.address in ("", "none") or row.address.startswith("http"), row.id
        assert (row.address == "") == row.id.startswith("operated-"), row.id


def test_figures_from_outside_are_plausible():
    for row in outside():
        assert 1990 <= row.year <= 2030, row.id
        if row.unit == "sign":
            assert abs(row.value) == 1, row.id
        elif row.unit == "significance":
            assert row.value == 0, row.id
        if row.low is not None and row.high is not None:
            assert row.low < row.high and row.low <= row.value <= row.high, row.id
        assert 0 < row.discrepancy <= 1, row.id


def test_designs_say_why_and_the_more_telling_ones_are_granted_no_more():
    every = list(designs().values())
    assert {row.design for row in outside()} <= set(designs())
    for item in every:
        assert item.reason and re.search(r"[\u4e00-\u9fff]", item.reason_zh), item.name
        assert item.title("zh") != item.title("en")
    without, controlled = ([d.discrepancy for d in every if d.control is c] for c in (False, True))
    assert max(controlled) <= min(without)


def grounded_in(node: object) -> Iterator[dict[str, object]]:
    """Every part of a TOML tree that says of which kind its source is."""
    if isinstance(node, dict):
        if "kind" in node and "evidence" in node:
            yield node
        for value in node.values():
            yield from grounded_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from grounded_in(value)


def test_a_claimed_kind_is_the_kind_of_a_row_that_it_names():
    compared = 0
    for path in data_files():
        if path.suffix == ".toml":
            for part in grounded_in(tomllib.loads(path.read_text(encoding="utf-8"))):
                ids_named = part["evidence"]
                if part["kind"] != "assumption":
                    assert part["kind"] in kinds(ids_named), (path.name, ids_named)
                    compared += 1
    assert compared > 20


def test_no_number_rests_on_a_row_that_is_kept_for_scoring():
    kept = {row.id for row in outside() if row.use == "score"}
    assert len(kept) > 20
    for path in data_files():
        if path.suffix == ".toml":
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
            assert not kept & set(evidence_in(tree)), path.name


def evidence_in(node: object) -> Iterator[str]:
    """Every id under a key `evidence` of a TOML tree."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "evidence":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from evidence_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from evidence_in(value)


def data_files() -> list[Path]:
    paths = sorted(SIM.glob("*.toml"))
    for folder in ("scenarios", "strategies", "regions"):
        paths += sorted((SIM / folder).rglob("*.toml")) + sorted((SIM / folder).rglob("*.csv"))
    return paths


def test_evidence_in_is_not_blind():
    assert list(evidence_in({"a": [{"evidence": "x"}], "b": {"evidence": ["y", "z"]}})) == [
        "x",
        "y",
        "z",
    ]


@pytest.mark.parametrize("path", data_files(), ids=lambda path: str(path.relative_to(SIM)))
def test_data_rest_on_figures_of_the_register(path):
    names = known_ids()
    if path.suffix == ".toml":
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
        assert set(evidence_in(tree)) <= names
        if path.parent.name == "strategies":
            assert set(tree.get("mechanisms", [])) <= {row["id"] for row in rows("mechanisms.csv")}
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for pair in ids(row.get("evidence") or ""):
                column, id = pair.split("=")
                assert id in names, f"{row['name']}: {pair}"
                assert row[column], f"{row['name']}: {pair}: the cell is blank"


@pytest.fixture(scope="module")
def texts() -> dict[int, list[str]]:
    folder = os.environ.get("VILLAGE_DOCUMENTS")
    if not folder:
        pytest.skip("VILLAGE_DOCUMENTS names no folder with the documents")
    return {
        document.id: (Path(folder) / document.file).read_bytes().decode("utf-8").split("\n")
        for document in documents().values()
    }


def test_every_figure_stands_in_its_line(texts):
    missing = [row.id for row in figures() if row.figure not in texts[row.document][row.line - 1]]
    assert missing == []


MULTIPLIERS = {"亿": 1e8, "万": 1e4, "小时": 60.0}


def test_digits_of_a_figure_give_its_value(texts):
    """Where the words hold one arabic number, value = number x multiplier. The
    rest was compared by eye."""
    compared = 0
    for row in figures():
        numbers = re.findall(r"[\d.]+", row.figure)
        if len(numbers) != 1 or "月" in row.figure or row.id == "daleishan-tourists-2018":
            continue
        factor = next((factor for word, factor in MULTIPLIERS.items() if word in row.figure), 1.0)
        assert row.value == pytest.approx(float(numbers[0]) * factor), row.id
        compared += 1
    assert compared > 150


def test_lines_of_cases_and_mechanisms_exist(texts):
    for row in rows("cases.csv") + rows("mechanisms.csv"):
        for place in ids(row["lines"]):
            document, lines = place.split(":")
            first, last = (lines.split("-") * 2)[:2]
            assert 1 <= int(first) <= int(last) <= len(texts[int(document)]), (
                f"{row['id']}: {place}"
            )


def test_every_case_is_a_scenario_or_has_its_reason():
    cases = {row["id"] for row in rows("cases.csv")}
    scenarios = [
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in (SIM / "scenarios").glob("*/scenario.toml")
    ]
    simulated = [scenario["case"] for scenario in scenarios if "case" in scenario]
    left_out = tomllib.loads((SIM / "scenarios/not_simulated.toml").read_text(encoding="utf-8"))[
        "case"
    ]
    assert all(case["reason"]["en"] and case["reason"]["zh"] for case in left_out)
    assert sorted(simulated + [case["id"] for case in left_out]) == sorted(cases)
