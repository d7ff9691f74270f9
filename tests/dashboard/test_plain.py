"""What needs no browser: the address, institutions, packed tables, the guard,
texts, the stored answer."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.experiments.answer.evidence import AIMED
from village_alliances.interface.dashboard import (
    answers,
    charts,
    institutions,
    server,
    stored,
    sweeps,
    tables,
)
from village_alliances.interface.dashboard.components import asking
from village_alliances.interface.dashboard.grids import GridCell, Head, grid
from village_alliances.interface.dashboard.places import places, smaller_than
from village_alliances.interface.dashboard.state import MODES, PAGES, Asked, from_query
from village_alliances.sim import loading
from village_alliances.sim.loading import load
from village_alliances.sim.loading import names as scenarios
from village_alliances.sim.metrics import NAMES, OUTCOMES
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import names as strategies
from village_alliances.wording import table

HERE = Path(answers.__file__).parent
LEVER = st.sampled_from(sorted(levers())).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.floats(levers()[name].low, levers()[name].high).map(lambda v: float(f"{v:g}")),
    )
)


@given(
    st.builds(
        Asked,
        page=st.sampled_from(PAGES),
        lang=st.sampled_from(["zh", "en"]),
        source=st.sampled_from([place.name for place in smaller_than(tables.MOST_VILLAGES)]),
        strategies=st.lists(st.sampled_from(strategies()), min_size=1, max_size=8, unique=True).map(
            tuple
        ),
        years=st.integers(0, 20),
        seed=st.integers(0, 1000),
        mode=st.sampled_from(MODES),
        outcome=st.sampled_from(NAMES),
        levers=st.lists(LEVER, max_size=4, unique_by=lambda pair: pair[0]).map(
            lambda pairs: tuple(sorted(pairs))
        ),
        run=st.integers(0, 99),
    )
)
def test_address_holds_the_whole_question(asked: Asked) -> None:
    again = from_query(asked.to_query(), "zh")
    bounds = {
        name: min(max(value, levers()[name].low), levers()[name].high)
        for name, value in asked.levers
    }
    assert again == replace(asked, levers=tuple(sorted(bounds.items())))


@given(st.text(max_size=300))
def test_no_address_breaks_the_page(query: str) -> None:
    asked = from_query(query)
    assert all(institutions.is_strategy(s) for s in asked.strategies)
    assert asked.source in (*scenarios(), "table")


def test_page_never_loads_a_whole_country(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its villages alone would take half a gigabyte, for everybody."""
    loaded: list[str] = []
    real = loading.read_folder

    def folder(path: Path) -> object:
        loaded.append(path.name)
        return real(path)

    monkeypatch.setattr(loading, "read_folder", folder)
    largest = max(places(), key=lambda place: place.villages)
    assert largest.villages > tables.MOST_VILLAGES
    assert from_query(f"source={largest.name}").source == Asked().source
    with pytest.raises(TableError) as error:
        sweeps.design_of(
            f'scenarios = ["jinxi", "{largest.name}"]\nstrategies = ["none"]\nreplicates = 1\n'
        )
    assert [p.column for p in error.value.problems] == ["scenarios[1]"]
    asking._places.cache_clear()
    assert sum(len(group["items"]) for group in asking._places("en")) == len(
        smaller_than(tables.MOST_VILLAGES)
    )
    assert largest.name not in loaded


@pytest.mark.parametrize("name", [place.name for place in places() if place.villages < 3000])
def test_places_are_as_their_scenarios(name: str) -> None:
    place = next(place for place in places() if place.name == name)
    scenario = load(name)
    assert (place.villages, place.title, place.level) == (
        scenario.size,
        scenario.title,
        scenario.level,
    )


def test_sweep_may_name_only_what_is_shipped() -> None:
    with pytest.raises(TableError) as error:
        sweeps.design_of(
            'scenarios = ["/etc/passwd", {source = "a.csv"}]\nstrategies = ["none", "../x.toml"]\n'
        )
    assert [p.column for p in error.value.problems] == [
        "scenarios[0]",
        "scenarios[1]",
        "strategies[1]",
    ]
    with pytest.raises(TableError, match="village-quarters"):
        sweeps.design_of('scenarios = ["zibo"]\nstrategies = ["none"]\nreplicates = 100000\n')
    assert (
        sweeps.design_of(
            'scenarios = ["jinxi"]\nstrategies = ["none", "enclave"]\nreplicates = 5\n'
        ).runs
        == 10
    )


@pytest.mark.parametrize(
    ("origin", "host", "fine"),
    [
        (None, "a:1", True),
        ("http://a:1", "a:1", True),
        ("https://a", "a", True),
        ("http://b:1", "a:1", False),
        ("null", "a:1", False),
    ],
)
def test_origin(origin: str | None, host: str, fine: bool) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert server.same_origin(headers) is fine


def test_defaults_are_closed() -> None:
    import solara.server.cdn_helper as cdn
    import solara.server.settings as settings

    server.close_defaults()
    assert not settings.telemetry.mixpanel_enable and settings.session.http_only
    assert settings.session.secret_key != settings.SESSION_SECRET_KEY_DEFAULT
    with pytest.raises(FileNotFoundError):
        cdn.fetch_from_cdn("https://cdn.example/x.js")


def test_every_text_is_there_and_used() -> None:
    from village_alliances import wording as texts

    with (texts.FOLDER / "dashboard.toml").open("rb") as file:
        body = tomllib.load(file)

    def keys(part: dict, before: str = "") -> list[str]:
        return [
            k
            for n, v in part.items()
            for k in ([before + n] if set(v) == {"en", "zh"} else keys(v, f"{before}{n}."))
        ]

    source = "\n".join(
        p.read_text(encoding="utf-8")
        for p in [*HERE.rglob("*.py"), HERE.parent / "commands" / "dashboard.py"]
    )
    made = re.findall(r'f"((?:[a-z_]+\.)?[a-z_]*)\{', source)
    starts = tuple(m.removeprefix("dashboard.") for m in made if m.removeprefix("dashboard."))
    unused = [
        k
        for k in keys(body)
        if f'"{k}"' not in source
        and f"'{k}'" not in source
        and f'"dashboard.{k}"' not in source
        and not k.startswith(starts)
    ]
    assert not unused
    for called in re.findall(r'text\("([a-z_.]+)"', source):
        assert called in keys(body), called
    assert table("dashboard.nav")


def test_mesas_own_page_takes_the_model() -> None:
    from mesa.visualization.solara_viz import _check_model_params
    from village_alliances.sim.model import AllianceModel

    given = {"scenario": "jinxi", "strategy": "enclave", "luck_seed": 1, "run": 0}
    _check_model_params(AllianceModel.__init__, given)


def test_an_answer_holds_rivals_parts_and_projects() -> None:
    own = "own.enclave!lead=township"
    question = answers.request_of(Asked(strategies=("none", "enclave", own), years=3), None)
    first = answers.answer(question, load("jinxi", years=3), 8, False)
    assert not first.strongest and first.parts is None and not first.complete
    a = answers.taken_apart(answers.answer(question, load("jinxi", years=3), 8, True), question)
    c = a.comparison
    assert c is not None and a.complete and set(a.strongest) == {"enclave", own}
    for strategy, rival in a.strongest.items():
        over = c.ensembles[strategy].outcome("gain_weak")
        under = {name: them.outcome("gain_weak") for name, them in c.rivals[strategy].items()}
        blind = set(under) - set(AIMED)
        most = max(blind, key=lambda name: under[name].mean())
        ahead = (under[rival] > over).mean()
        assert rival in blind and (rival == most or ahead > 0.5), "as the answer names it"
        difference = a.beside(strategy, rival, "gain_weak")["diff_median"]
        assert difference == pytest.approx(np.median(over - under[rival]))
        parts = [r["mean"] for r in a.parts or [] if r["strategy"] == strategy]
        assert sum(parts) == pytest.approx(over.mean(), abs=1e-6)
    assert {r["strategy"] for r in a.projects or []} <= {"enclave", own}
    for lang in ("en", "zh"):
        for option in (charts.strongest(a, lang), charts.parts(a, lang), charts.who(a, lang)):
            assert option["series"]


def test_kinds_without_skill_are_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from village_alliances.calibration import asked
    from village_alliances.interface.dashboard.components.figures import _outcome_row

    question = answers.request_of(Asked(strategies=("none", "enclave"), years=2), None)
    a = answers.answer(question, load("jinxi", years=2), 8, False)
    monkeypatch.setattr(asked, "refused", lambda: frozenset({"households", "income"}))
    assert "villager_income" not in answers.main_outcomes(a)
    assert "gain_weak" in answers.main_outcomes(a), "of incomes differences stand"
    level = f"{a.row('none', 'mean_income')['median'] / 1e4:.3g}"

    def row() -> str:
        return " ".join(cell.content for cell in _outcome_row(a, "mean_income", "zh"))

    assert level not in row()
    monkeypatch.setattr(asked, "refused", frozenset)
    assert level in row()


def test_stored_answer_is_what_the_model_says() -> None:
    """Moved only by `alliances dashboard --precompute`."""
    import json

    assert stored.DEFAULT.exists(), "run: alliances dashboard --precompute"
    body = json.loads(stored.DEFAULT.read_text(encoding="utf-8"))
    question = stored.default_question()
    from village_alliances.sim.loading import load

    reply = answers.answer(question, load(question.source), body["runs"], True)
    assert body["code"] == answers.fingerprint(), (
        "the model has changed; run: alliances dashboard --precompute"
    )
    assert body["verdict"] == reply.verdict
    for old, new in zip(body["table"], reply.table, strict=True):
        assert old["strategy"] == new["strategy"] and old["outcome"] == new["outcome"]
        assert old["median"] == pytest.approx(new["median"], rel=1e-6, nan_ok=True)
        assert old["diff_median"] == pytest.approx(
            new["diff_median"], rel=1e-6, abs=1e-6, nan_ok=True
        )


def test_every_prediction_has_words() -> None:
    from village_alliances.interface.dashboard.predictions import UNITS, predictions

    named = table("dashboard.predicted")
    assert {p.name for p in predictions()} <= set(named)
    assert set(UNITS) <= set(named)
    for p in predictions():
        assert p.low <= p.low_half <= p.median <= p.high_half <= p.high
        assert p.low <= p.stated <= p.high or not p.inside


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_figure_is_shown_with_what_it_is(lang: str) -> None:
    import json

    from village_alliances.calibration.evidence import documents, figures
    from village_alliances.interface.dashboard.components.sources import cited, source_line
    from village_alliances.interface.dashboard.pages.evidence import _figure_rows
    from village_alliances.interface.dashboard.words import clean, text

    by_name = {row["k"]: row for row in json.loads(_figure_rows(lang))}
    for figure in figures():
        listed = cited([figure.id], lang)
        line = text(
            "evidence.where", lang, title=documents()[figure.document].title(lang), line=figure.line
        )
        index = [
            listed.index(clean(part))
            for part in (figure.place(lang), figure.note(lang), f"“{figure.figure}”", line)
        ]
        assert index == sorted(index), (
            f"{figure.id}: place, what it is, the words, where they stand"
        )
        assert figure.note(lang) in source_line(figure.id, lang) and figure.figure in source_line(
            figure.id, lang
        )
        assert clean(figure.note(lang)) in by_name[figure.id]["c"]
        assert (
            figure.note_zh.lower() in by_name[figure.id]["t"]
            and figure.note_en.lower() in by_name[figure.id]["t"]
        ), "found in either language"
    assert len(by_name) == len(figures())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_of_documents_is_in_the_language_of_the_page(lang: str) -> None:
    from village_alliances.calibration.evidence import documents
    from village_alliances.interface.dashboard.pages.evidence import _document

    for document in documents().values():
        listed = _document(document, lang)
        assert document.title(lang) in listed and document.outlet(lang) in listed
        assert (document.title_en in listed) == (lang == "en") == ("《" not in listed)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rows_name_a_document_by_the_number_under_which_it_is_listed_with_its_title(
    lang: str,
) -> None:
    import json
    import re

    from village_alliances.calibration.evidence import documents
    from village_alliances.interface.dashboard.pages import evidence
    from village_alliances.interface.dashboard.words import clean

    listed = "".join(evidence._listed(document, lang) for document in documents().values())
    for rows_of in (evidence._figure_rows, evidence._parameter_rows, evidence._outcome_rows):
        cells = "".join(cell for row in json.loads(rows_of(lang)) for cell in row["c"])
        read = re.sub(r"<[^>]*>", "", cells)
        assert [d.id for d in documents().values() if clean(d.title_zh) in read] == []
        led = re.findall(r'href="#([^"]+)"[^>]*>\[(\d+)\]', cells)
        assert led, "rows that name a document"
        for place, number in led:
            assert f'<li id="{place}">[{number}] ' in listed


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_figure_from_outside_is_shown_with_how_it_is_known_and_what_it_serves(lang: str) -> None:
    import json
    import re

    from village_alliances.calibration.evidence import designs, outside
    from village_alliances.interface.dashboard.components.sources import cited
    from village_alliances.interface.dashboard.pages.evidence import _outside_rows
    from village_alliances.interface.dashboard.words import clean, text

    by_name = {row["k"]: row for row in json.loads(_outside_rows(lang))}
    assert len(by_name) == len(outside())
    for item in outside():
        visible, design = "".join(by_name[item.id]["c"]), clean(designs()[item.design].title(lang))
        for part in (
            item.note(lang),
            item.place(lang),
            item.source(lang),
            design,
            text(f"evidence.use_{item.use}", lang),
        ):
            assert clean(part) in visible, item.id
        assert clean(item.note(lang)) in cited([item.id], lang) and design in cited([item.id], lang)
        value = re.sub(r"<[^>]*>|[0-9.,–%万-]", "", by_name[item.id]["c"][2])
        assert lang == "en" or not re.search(r"[A-Za-z]", value), f"{item.id}: {value}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_number_shows_which_kind_of_evidence_stands_behind_it(lang: str) -> None:
    import json

    from village_alliances.calibration.evidence import KINDS
    from village_alliances.interface.dashboard.pages import evidence
    from village_alliances.interface.dashboard.words import clean, text

    badges = [f">{clean(text(f'evidence.kind_{kind}', lang))}<" for kind in KINDS]
    rows = {row["k"]: row["c"][-1] for row in json.loads(evidence._parameter_rows(lang))}
    assert {"town_pull", "solar.unit_cost", "ningbo.ordinary_money"} <= rows.keys()
    assert badges[KINDS.index("assumption")] in rows["ningbo.ordinary_money"], "as its region says"
    rows |= {row["k"]: row["c"][0] for row in json.loads(evidence._prediction_rows(lang))}
    assert [name for name, cell in rows.items() if not any(badge in cell for badge in badges)] == []


def test_lines_of_outcomes_are_those_of_the_evidence() -> None:
    from village_alliances.calibration.evidence import figure
    from village_alliances.interface.dashboard.components.sources import LINES, about_outcome

    words = {50_000.0: "50,000", 150_000.0: "150,000"}
    for name, source in LINES.items():
        meant = next(o.en for o in OUTCOMES if o.name == name)
        assert words[figure(source).value] in meant or "weak" in name
    for outcome in OUTCOMES:
        for lang in ("en", "zh"):
            assert f"{outcome.name}" in about_outcome(
                outcome.name, lang
            ) and "ODD.md" in about_outcome(outcome.name, lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_term_has_a_meaning_and_is_found_in_a_sentence(lang: str) -> None:
    from village_alliances.interface.dashboard.terms import explained, terms

    assert set(table("glossary.term")) == set(table("glossary.about"))
    for term, about in terms(lang).items():
        explanation = explained(f"<b> {term} & {term}", lang)
        assert explanation.count("<dfn") == 1 and about.replace("'", "&#x27;") in explanation
        assert explanation.startswith("&lt;b&gt; ")


# ---- Tables


def test_each_cell_of_a_table_knows_its_heading():
    """A phone puts the cells of a row below one another."""
    heads = ["village", Head("income", "yuan"), 'under "5"', "jobs", "wait"]
    table = grid(heads, [[GridCell("<b>A</b>", "text", names=True), "<1", "2", "3", "4"]])
    assert table.startswith('<table class="stacked many figures"><thead><tr class="heads">')
    assert re.findall(r'data-head="([^"]*)"', table) == [
        "village", "income yuan", "under &quot;5&quot;", "jobs", "wait",
    ]  # fmt: skip
    assert '<th class="text" scope="row" data-head="village"><b>A</b></th>' in table
    assert '<td data-head="income yuan">&lt;1</td>' in table


def test_a_table_of_two_columns_stays_a_table():
    table = grid(["village", "income"], [["A", "1"]], "plain")
    assert table.startswith('<table class="plain">') and "data-head" not in table
