"""TOML and JSON of others: whatever is in the file, the answer is its content or a
TableError, within a second."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from village_alliances.sim.problems import TableError
from village_alliances.sim.structured import json_of, read_json, read_toml, shaped, toml_of


def refused(read, body: bytes | str) -> str:
    began = time.process_time()
    with pytest.raises(TableError) as raised:
        read(body, "own.toml")
    assert time.process_time() - began < 2
    return str(raised.value)


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("x = 1\n", encoding="utf-8-sig")
    (tmp_path / "a.json").write_text('{"x": 1}', encoding="utf-8-sig")
    assert read_toml(tmp_path / "a.toml") == read_json(tmp_path / "a.json") == {"x": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "deep within each other"),
        ("x = " + "{a=" * 5000 + "1" + "}" * 5000, "deep within each other"),
        ("[" + ".".join("a" * 5000) + "]\n", "row 1: found tables or lists more than 32 deep"),
        ("\n" + ". ".join(['"a b"'] * 300_000) + " = 1", "row 2: found tables or lists more than"),
        ("a" * 900_000, "own.toml"),
        ("x = " + "9" * 5000, "a number of more than 400 digits"),
        ("y = 1\nx = nonsense", "own.toml, row 2"),
        (b"x = '\xff'", "row 1: found bytes that are not UTF-8"),
        ("x = 2024-99-99", "own.toml"),
    ],
)
def test_what_is_no_toml_ends_in_one_message(body: bytes | str, said: str) -> None:
    assert said in refused(toml_of, body)


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "{}x", "[1]", "7", '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}', b"\xff", "9" * 5000, ""]
)  # fmt: skip
def test_what_is_no_object_of_json_ends_in_one_message(body: bytes | str) -> None:
    assert "1 problem:" in refused(json_of, body)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_any_bytes_are_read_or_refused(body: bytes | str) -> None:
    for read in (toml_of, json_of):
        try:
            assert isinstance(read(body, "x"), dict)
        except TableError as error:
            assert error.problems
            assert "x" in error.message("zh")


@given(st.dictionaries(st.text(), st.recursive(st.one_of(st.integers(-(2**63), 2**63), st.text(), st.booleans(),
       st.floats(allow_nan=False, allow_infinity=False)), lambda inner: st.lists(inner, max_size=3))))  # fmt: skip
def test_whatever_json_can_hold_comes_back(body: dict) -> None:
    assert json_of(json.dumps(body), "x") == body


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    size: float = Field(ge=0, le=10)


def test_everything_that_does_not_fit_is_said_in_both_languages() -> None:
    with pytest.raises(TableError) as raised:
        shaped("own.toml", _Shape, {"size": 11, "other": 1}, "part[0]")
    assert [(p.column, p.line("en").split("expected ")[1]) for p in raised.value.problems] == [
        ("part[0].name", "a value"),
        ("part[0].size", "10 or less"),
        ("part[0].other", "one of name, size"),
    ]
    assert "应为 不大于 10" in raised.value.message("zh")
