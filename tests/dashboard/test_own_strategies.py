"""Strategies and project types of a planner's own, as the page takes, carries and saves them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.interface.dashboard import (
    answers,
    institutions,
    stored,
    technologies,
)
from village_alliances.interface.dashboard.state import Asked, from_query, read_query
from village_alliances.sim import technology
from village_alliances.sim.society import MEASURES
from village_alliances.sim.strategy import StrategyError, read_strategy, shipped
from village_alliances.sim.strategy import names as strategies

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
        changes_said = institutions.changes(strategy, shipped(base), lang)
        assert bool(changes_said) == (text != base)


@given(OWN)
def test_no_strategy_of_a_link_is_called_changed_where_nothing_is(text: str) -> None:
    strategy, base = institutions.strategy_of(text), institutions.base_of(text)
    said = [f"{part}={getattr(strategy, part)}" for part in institutions.FIELDS[:-1]]
    whole = "!".join([f"own.{base}", *said, f"measures={'.'.join(strategy.measures)}"])
    link = dict.fromkeys(("left", "right", "strategy"), whole)
    question, ignored = read_query(urlencode({**link, "strategies": f"none~{whole}"}), "en")
    for read in (question.strategies[1], question.left, question.right, question.strategy):
        assert institutions.is_strategy(read) and (read == base) == (text == base)
    assert not ignored


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
    ("name", "content", "text"),
    [
        ("a.toml", b"[channels]\nmentoring = 1\n", "0.1"),
        ("a.toml", b"\xff\xfe", "UTF-8"),
        ("a.toml", b"lead = 'king'\n", "lead"),
        ("../../a.csv", b"lead = 'firm'\n", ".toml"),
        ("a.toml", b"#" * 200_000, "at most"),
    ],
)
def test_a_strategy_file_that_cannot_be_used_says_why(name: str, content: bytes, text: str) -> None:
    with pytest.raises(StrategyError) as error:
        institutions.take(name, content)
    for lang in ("en", "zh"):
        assert "/tmp" not in error.value.message(lang)
    assert text in error.value.message("en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_files_are_refused_for_size_and_ending_in_one_wording(lang: str) -> None:
    def said(take: Callable[[str, bytes], object], name: str, content: bytes) -> str:
        with pytest.raises((StrategyError, technology.TechnologyError)) as error:
            take(name, content)
        return re.sub(r"[0-9,]{4,}", "N", error.value.message(lang))

    for name, content in (("ours.txt", b""), ("ours.toml", b"#" * 300_000)):
        sentence = said(institutions.take, name, content)
        assert sentence == said(technologies.take, name, content) and name in sentence


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
