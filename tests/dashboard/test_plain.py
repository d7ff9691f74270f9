"""What needs no browser: the address, institutions, packed tables, the guard,
texts, the stored answer."""

from __future__ import annotations

import base64
import io
import re
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.interface.dashboard import (
    answers,
    charts,
    institutions,
    server,
    stored,
    sweeps,
    tables,
    technologies,
)
from village_alliances.interface.dashboard.components import asking
from village_alliances.interface.dashboard.places import places, smaller_than
from village_alliances.interface.dashboard.state import MODES, PAGES, Asked, from_query, read_query
from village_alliances.sim import loading, technology
from village_alliances.sim.loading import load
from village_alliances.sim.loading import names as scenarios
from village_alliances.sim.metrics import NAMES, OUTCOMES
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import TableError
from village_alliances.sim.society import MEASURES
from village_alliances.sim.strategy import StrategyError, read_strategy, shipped
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
    place = next(one for one in places() if one.name == name)
    scenario = load(name)
    assert (place.villages, place.title, place.level) == (
        scenario.size,
        scenario.title,
        scenario.level,
    )


OWN = st.builds(
    lambda base, more, measures: institutions.written(
        base, shipped(base).model_copy(update={**more, "measures": tuple(measures)})
    ),
    base=st.sampled_from([name for name in strategies() if name != "none"]),
    more=st.fixed_dictionaries(
        {},
        optional={
            **{part: st.sampled_from(kinds) for part, kinds in institutions.CHOICES.items()},
            "plenaries_per_year": st.integers(0, 24).map(float),
            "pact_quarters": st.integers(4, 80).map(float),
        },
    ),
    measures=st.sets(st.sampled_from(MEASURES)).map(
        lambda chosen: [measure for measure in MEASURES if measure in chosen]
    ),
)


@given(OWN)
def test_own_institutions_are_read_back(text: str) -> None:
    strategy, base = institutions.strategy_of(text), institutions.base_of(text)
    assert institutions.written(base, strategy) == text
    assert (text == base) == (strategy.institutions() == shipped(base).institutions())
    question = Asked(strategies=("none", text), strategy=text)
    assert from_query(question.to_query()) == question
    for lang in ("en", "zh"):
        told = institutions.changes(strategy, shipped(base), lang)
        assert bool(told) == (text != base)


@given(OWN)
def test_a_saved_strategy_is_the_same_for_the_command_and_for_the_page(text: str) -> None:
    strategy = institutions.strategy_of(text)
    content = institutions.as_toml(strategy, "mine").encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        path.write_bytes(content)
        assert read_strategy(str(path)).institutions() == strategy.institutions()
    brought = institutions.take("mine.toml", content)
    assert institutions.strategy_of(brought).institutions() == strategy.institutions()
    assert from_query(Asked(strategies=("none", brought)).to_query()).strategies[1] == brought


@pytest.mark.parametrize(
    "text",
    [
        "/etc/passwd",
        "x.toml",
        "own.enclave!lead=king",
        "own.enclave!measures=magic",
        "own.enclave!plenaries_per_year=1e9",
        "own.x!lead=firm",
        "own.none!lead=firm",
        "own.!lead=firm",
        "",
    ],
)
def test_nothing_but_institutions(text: str) -> None:
    expected = institutions.problem_of(text)
    assert expected is not None and expected.zh
    with pytest.raises(StrategyError):
        institutions.strategy_of(text)


@pytest.mark.parametrize(
    ("link", "now"),
    [
        ("strategies=industry_chain:0.5,culture:0.5", "not mixed"),
        ("strategies=own.enclave!mentoring=0.5", "chooses its projects itself"),
        ("left=own.enclave!land_pooling=1", "chooses its projects itself"),
        ("set=border_agreement=1", "agreement"),
        ("outcome=gain_others", "gain_members"),
    ],
)
def test_a_link_of_before_is_told_what_changed(link: str, now: str) -> None:
    question, ignored = read_query(f"seed=7&{link}", "en")
    assert question == Asked(lang="en", seed=7)
    assert len(ignored) == 1 and now in str(ignored[0]) and ignored[0].zh


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.toml", b"[channels]\nmentoring = 1\n", "0.1"),
        ("a.toml", b"\xff\xfe", "UTF-8"),
        ("a.toml", b"lead = 'king'\n", "lead"),
        ("../../a.csv", b"lead = 'firm'\n", ".toml"),
        ("a.toml", b"#" * 200_000, "at most"),
    ],
)
def test_a_strategy_file_that_cannot_be_used_says_why(name: str, content: bytes, told: str) -> None:
    with pytest.raises(StrategyError) as error:
        institutions.take(name, content)
    for lang in ("en", "zh"):
        assert "/tmp" not in error.value.message(lang)
    assert told in error.value.message("en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_files_are_refused_for_size_and_ending_in_one_wording(lang: str) -> None:
    def said(take: Callable[[str, bytes], object], name: str, content: bytes) -> str:
        with pytest.raises((StrategyError, technology.TechnologyError)) as error:
            take(name, content)
        return re.sub(r"[0-9,]{4,}", "N", error.value.message(lang))

    for name, content in (("ours.txt", b""), ("ours.toml", b"#" * 300_000)):
        told = said(institutions.take, name, content)
        assert told == said(technologies.take, name, content) and name in told


def test_own_project_types_are_for_who_brought_them() -> None:
    content = b"[let.overhead]\nvalue = 1.0\nlow = 1.0\nhigh = 1.0\ndistribution = 'fixed'\n" + (
        b"unit = 'yuan/year'\nkind = 'assumption'\nreason = 'ours'\n"
    )
    mine = technologies.take("mine.toml", content)
    assert technologies.types_of(mine.digest) == mine.types != technology.shipped()
    assert technologies.take("yours.toml", content).digest != mine.digest
    assert technologies.types_of("") == technology.shipped()
    assert answers.request_of(Asked(), None, mine) != stored.default_question()
    with pytest.raises(technology.TechnologyError, match=r"bad\.toml") as error:
        technologies.take("bad.toml", b"[let]\nmagic = {value = 1}\n")
    assert "/tmp" not in str(error.value)


TABLE = "村名,乡镇,人口,集体经济收入（万元）,负债,产业,联合体,牵头\n甲村,东镇,800,3,<2万,花木,东联,是\n乙村,东镇,约700,5-8,,花木,东联,否\n"


def upload(name: str, content: bytes) -> tables.Brought:
    return tables.Brought(name, base64.b64encode(content).decode())


def test_an_upload_may_be_read_in_another_sheet_or_with_a_heading_that_is_settled() -> None:
    book = openpyxl.Workbook()
    for title, income in (("2022", 4), ("2023", 6)):
        page = book.create_sheet(title)
        page.append(["村名", "人口", "村里全年收入(万元)"])
        page.append(["甲村", 800, income])
        page.append(["乙村", 700, income])
    stream = io.BytesIO()
    book.save(stream)
    brought = upload("年报.xlsx", stream.getvalue())
    assert tables.choices(brought) == (("2022", "2023"), ("村里全年收入(万元)",))
    assert tables.take(brought).table.sheet == "2023"
    settled = replace(brought, sheet="2022", columns=(("村里全年收入(万元)", "collective_income"),))
    own = tables.take(settled)
    assert own.table.sheet == "2022" and own.digest != tables.take(brought).digest
    assert own.table.rows[0]["collective_income"].low == 40_000
    assert tables.choices(settled)[1] == ("村里全年收入(万元)",)


def test_a_link_carries_the_year_of_the_figures() -> None:
    own = tables.take(upload("a.csv", "村名,2016年经营性收入(元)\n甲,100000\n乙,90000\n".encode()))
    again = tables.unpack(own.packed)
    assert again is not None and again.table.years == own.table.years == {"collective_income": 2016}


def test_table_travels_in_the_address() -> None:
    own = tables.take(upload("我的村.csv", TABLE.encode("gbk")))
    assert own.packed
    again = tables.unpack(own.packed)
    assert again is not None
    one, two = (tables.scenario_of(o, "ningbo", 2024, 6) for o in (own, again))
    assert list(one.names) == list(two.names) and one.given == two.given
    for column in one.numbers:
        for part in ("kind", "low", "high"):
            assert (
                getattr(one.numbers[column], part) == getattr(two.numbers[column], part)
            ).all(), column


@pytest.mark.parametrize("packed", ["", "abc", "%%%", base64.urlsafe_b64encode(b"x" * 50).decode()])
def test_nonsense_is_no_table(packed: str) -> None:
    assert tables.unpack(packed) is None


def test_packed_bomb_is_refused() -> None:
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"a.csv\n" + b"0" * 50_000_000, 9)).decode()
    assert tables.unpack(bomb) is None


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
        assert max(under, key=lambda name: under[name].mean()) == rival
        told = a.beside(strategy, rival, "gain_weak")["diff_median"]
        assert told == pytest.approx(np.median(over - under[rival]))
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
    assert level not in _outcome_row(a, "mean_income", "zh")
    monkeypatch.setattr(asked, "refused", frozenset)
    assert level in _outcome_row(a, "mean_income", "zh")


def test_stored_answer_is_what_the_model_says() -> None:
    """Moved only by `alliances dashboard --precompute`."""
    import json

    assert stored.DEFAULT.exists(), "run: alliances dashboard --precompute"
    body = json.loads(stored.DEFAULT.read_text(encoding="utf-8"))
    question = stored.default_question()
    from village_alliances.sim.loading import load

    found = answers.answer(question, load(question.source), body["runs"], True)
    assert body["code"] == answers.fingerprint(), (
        "the model has changed; run: alliances dashboard --precompute"
    )
    assert body["verdict"] == found.verdict
    for old, new in zip(body["table"], found.table, strict=True):
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

    found = {row["k"]: row for row in json.loads(_figure_rows(lang))}
    for one in figures():
        listed = cited([one.id], lang)
        line = text("evidence.where", lang, title=documents()[one.document].title, line=one.line)
        at = [
            listed.index(clean(part))
            for part in (one.place(lang), one.note(lang), f"“{one.figure}”", line)
        ]
        assert at == sorted(at), f"{one.id}: place, what it is, the words, where they stand"
        assert one.note(lang) in source_line(one.id, lang) and one.figure in source_line(
            one.id, lang
        )
        assert clean(one.note(lang)) in found[one.id]["c"]
        assert (
            one.note_zh.lower() in found[one.id]["t"] and one.note_en.lower() in found[one.id]["t"]
        ), "found in either language"
    assert len(found) == len(figures())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_figure_from_outside_is_shown_with_how_it_is_known_and_what_it_serves(lang: str) -> None:
    import json
    import re

    from village_alliances.calibration.evidence import designs, outside
    from village_alliances.interface.dashboard.components.sources import cited
    from village_alliances.interface.dashboard.pages.evidence import _outside_rows
    from village_alliances.interface.dashboard.words import clean, text

    found = {row["k"]: row for row in json.loads(_outside_rows(lang))}
    assert len(found) == len(outside())
    for one in outside():
        shown, design = "".join(found[one.id]["c"]), clean(designs()[one.design].title(lang))
        for part in (
            one.note(lang),
            one.place(lang),
            design,
            text(f"evidence.use_{one.use}", lang),
        ):
            assert clean(part) in shown, one.id
        assert clean(one.note(lang)) in cited([one.id], lang) and design in cited([one.id], lang)
        value = re.sub(r"<[^>]*>|[0-9.,–%万-]", "", found[one.id]["c"][2])
        assert lang == "en" or not re.search(r"[A-Za-z]", value), f"{one.id}: {value}"


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
        told = explained(f"<b> {term} & {term}", lang)
        assert told.count("<dfn") == 1 and about.replace("'", "&#x27;") in told
        assert told.startswith("&lt;b&gt; ")
