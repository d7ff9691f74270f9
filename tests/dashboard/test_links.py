"""Links and the way back: whatever an address says, the page opens and names what it left
out. No browser is needed."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.interface.dashboard import state, tables
from village_alliances.interface.dashboard.state import KEEPS, MOST_PARTS, WHOLE, Asked, read_query

PLAIN = Asked(lang="en")
NONSENSE = {
    "superscript years": "years=²",
    "superscript seed": "seed=³",
    "Arabic digits": "seed=٣",
    "five thousand digits": "seed=" + "9" * 5000,
    "not a number": "set=span=nan",
    "infinite": "set=grant_per_village=1e999",
    "a lever of five thousand digits": "set=span=" + "9" * 5000,
    "unknown lever": "set=nothing=1",
    "weights that are no numbers": "strategies=none:nan,culture:1",
    "strategy file": "strategies=/etc/passwd",
    "too many strategies": "strategies="
    + "~".join(f"own.enclave!plenaries_per_year={n}" for n in range(1, 10)),
    "path": "source=../../etc/passwd",
    "job": "sweep=../x",
    "superscript job": "hunt=²",
    "objective": "objective=" + "minimax_regret(" * 9,
    "partition": "hand=1.2-x",
    "table": "table=abc",
    "unknown word": "foo=bar",
    "budget": "budget=1e6",
    "beside nothing": "beside=" + "|" * 9,
    "nonsense beside": "beside=years%3D%C2%B2",
    "whole link": "must=" + "村" * 60_000,
}


@pytest.mark.parametrize("query", NONSENSE.values(), ids=NONSENSE)
def test_what_is_ignored_is_said_in_both_languages(query: str) -> None:
    question, ignored = read_query(query, "en")
    kept = {"strategies", "beside"}
    assert replace(question, **{name: getattr(PLAIN, name) for name in kept}) == PLAIN
    assert ignored and all(str(item) and item.zh and len(item) < 400 for item in ignored)


def test_every_one_of_many_parameters_is_named() -> None:
    question, ignored = read_query("&".join(f"a{n}=1" for n in range(45)), "en")
    assert question == PLAIN and len(ignored) == 45


@pytest.mark.parametrize(
    ("query", "kept", "dropped"),
    [
        ("years=3&years=4", {"years": 4}, ["years = “3”"]),
        ("set=span=4&set=grant_years=3", {"levers": (("grant_years", 3.0),)}, ["set = “span=4”"]),
        ("set=span=4~span=6", {"levers": (("span", 6.0),)}, ["set span = “4”"]),
        ("years=3&years=3", {"years": 3}, []),
    ],
)
def test_what_is_said_twice_is_taken_once_and_named(
    query: str, kept: dict[str, Any], dropped: list[str]
) -> None:
    question, ignored = read_query(query, "en")
    assert question == replace(PLAIN, **kept)
    assert [item.split(";")[0] for item in ignored] == dropped


def test_what_is_beyond_the_parts_that_are_read_is_named() -> None:
    many = "~".join(f"s{n}" for n in range(MOST_PARTS + 3))
    settings = "~".join(f"s{n}=1" for n in range(MOST_PARTS + 3))
    for query in (f"strategies={many}", f"set={settings}"):
        ignored = read_query(query, "en")[1]
        assert len(ignored) == MOST_PARTS + 1
        assert any(f"“s{MOST_PARTS}" in item and "at most" in item for item in ignored)


def test_one_bad_part_leaves_the_rest() -> None:
    question, ignored = read_query("years=²&seed=7&set=span=6~grant_years=nan", "en")
    assert (question.seed, question.levers, question.years) == (7, (("span", 6.0),), 0)
    assert len(ignored) == 2


@given(
    st.dictionaries(
        st.sampled_from([*Asked.__dataclass_fields__, "set", "foo"]), st.text(max_size=60)
    )
)
def test_whatever_is_not_taken_is_named(said: dict[str, str]) -> None:
    question, ignored = read_query(urlencode(said), "zh")
    for name, value in said.items():
        if name in WHOLE and getattr(question, name) == getattr(PLAIN, name):
            assert value in ("", str(getattr(question, name))) or any(
                item.startswith(f"{name} =") for item in ignored
            )
    assert read_query(question.to_query(), "zh") == (question, ())


PACKED = tables.take(
    tables.Brought("ours.csv", base64.b64encode(b"village\na\nb\n").decode())
).packed
BASELESS = {
    "hand": ("hand=0.1-2", "hunt=0a1b"),
    "region": ("region=zibo", "source=table"),
    "start": ("start=2020", "source=table"),
    "table": (f"table={PACKED}", "source=table"),
}
"""Parts of a link that are about another, and what they are about."""


@pytest.mark.parametrize(("part", "about"), BASELESS.values(), ids=BASELESS)
def test_what_is_about_another_part_is_named_without_it(part: str, about: str) -> None:
    question, ignored = read_query(part, "en")
    assert question == PLAIN and len(ignored) == 1
    for said in (str(ignored[0]), ignored[0].zh):
        assert said.startswith(part.split("=")[0]) and about.split("=")[0] in said
    assert read_query(f"beside={quote(part)}", "en")[1] == ignored
    together, ignored = read_query(f"{part}&{about}", "en")
    assert not ignored and together != read_query(about, "en")[0]


def test_a_part_whose_ground_is_not_understood_is_named_with_it() -> None:
    question, ignored = read_query("hunt=²&hand=0.1-2", "en")
    assert question == PLAIN
    assert [item.split(" ")[0] for item in ignored] == ["hunt", "hand"]


def test_every_part_that_is_about_another_is_known() -> None:
    assert set(PLAIN.baseless) == set(BASELESS)


def test_an_address_says_nothing_without_its_ground() -> None:
    asked = Asked(lang="en", region="zibo", start=2020, table=PACKED, hand="0.1-2")
    assert asked.to_query() == "lang=en"


@given(
    st.builds(
        Asked,
        name=st.text(max_size=20),
        budget=st.integers(-1, 10**9),
        most=st.integers(2, 15),
        radius=st.integers(1, 40),
        must=st.text(max_size=40),
        never=st.text(max_size=40),
        keep=st.sampled_from(KEEPS),
        stages=st.integers(0, 1),
        hunt=st.sampled_from(["", "0a1b", "7" * 16]),
        hand=st.sampled_from(["", "0.1-2", "0.1:enclave:60000-2.3", "-"]),
        vary=st.sampled_from(["", "span"]),
        runs=st.integers(50, 1000),
        beside=st.sampled_from(["", "seed=3", "seed=3|source=fenghua&years=4"]),
    ).map(lambda asked: asked if asked.hunt else replace(asked, hand=""))
)
def test_address_holds_what_was_asked_of_proposals_and_sweeps(asked: Asked) -> None:
    again, ignored = read_query(asked.to_query(), "zh")
    assert (again, ignored) == (asked, ())


@pytest.fixture
def session() -> None:
    for value in (state.past, state.undone):
        value.value = ()
    state.asked.value = PLAIN


def same_question(other: Asked) -> bool:
    """Whether the session asks the same, wherever and in whatever language it is looked at."""
    asked = state.asked.value
    return asked == replace(other, **{name: getattr(asked, name) for name in state.NOT_ASKED})


@given(
    st.lists(
        st.sampled_from(["seed", "years", "source", "levers", "budget", "page", "back"]),
        max_size=12,
    )
)
def test_undo_goes_back_step_by_step_and_redo_forward(moves: list[str]) -> None:
    state.past.value = state.undone.value = ()
    state.asked.value = PLAIN
    values = {
        "seed": range(100, 200),
        "years": range(1, 20),
        "budget": range(1000, 1100),
        "source": ["fenghua", "jinxi"] * 10,
        "levers": [(("span", float(n)),) for n in range(2, 15)],
    }
    trail = [PLAIN]
    for i, name in enumerate(moves):
        state._moved.value = ((), 0.0)
        if name == "back":
            state.take_back()
            trail = trail[:-1] or trail
        elif name == "page":
            state.ask(page="sweep" if i % 2 else "live")
        else:
            before = state.asked.value
            state.ask(**{name: values[name][i]})
            if state.asked.value != before:
                trail.append(state.asked.value)
        assert same_question(trail[-1])
    for _ in trail[1:]:
        state.take_back()
    assert same_question(PLAIN) and not state.past.value
    for _ in trail[1:]:
        state.take_again()
    assert same_question(trail[-1])


def test_a_drag_of_a_slider_is_one_step(session: None) -> None:
    for seed in range(2, 9):
        state.ask(seed=seed)
    state.ask(years=3)
    state.take_back()
    assert state.asked.value.seed == 8
    state.take_back()
    assert state.asked.value.seed == 1 and not state.past.value


def test_undo_stays_on_the_page_and_in_the_language(session: None) -> None:
    state.ask(seed=5)
    state.ask(page="live", lang="zh")
    state.take_back()
    assert state.asked.value == replace(PLAIN, page="live", lang="zh")


def test_undo_brings_the_table_back(session: None) -> None:
    from village_alliances.interface.dashboard import session as held

    first, two = (
        tables.take(
            tables.Brought(
                f"{name}.csv", base64.b64encode(f"village\n{name}\nb\n".encode()).decode()
            )
        )
        for name in ("first", "second")
    )
    state.ask(own=first, source="table", table=first.packed)
    state.ask(own=two, source="table", table=two.packed)
    state.take_back()
    assert held.own.value == first and state.asked.value.table == first.packed
    held.own.value = None


def test_undo_brings_project_types_back(session: None) -> None:
    from village_alliances.interface.dashboard import session as held

    state.ask(seed=5)
    state.use_types("ours")
    state.take_back()
    assert held.types.value is None and state.asked.value.seed == 5
    state.take_again()
    assert held.types.value == "ours"
    state.use_types(None)
    state.take_back()
    assert held.types.value == "ours"
    held.types.value = None
