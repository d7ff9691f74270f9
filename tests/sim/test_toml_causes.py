"""Common slips in TOML are named, with what to write instead."""

from __future__ import annotations

import pytest
from village_alliances.sim.problems import TableError
from village_alliances.sim.structured import toml_of
from village_alliances.sim.toml_causes import cause

MARKS = "the name in quotation marks, "


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[mushroom shed]", MARKS + '["mushroom shed"]'),
        ("[[蘑菇]]  # ours", MARKS + '["蘑菇"]'),
        ("[let.our cost]", MARKS + '[let."our cost"]'),
        ("our cost = 3", MARKS + '"our cost" ='),
        ("面积 = 3", MARKS + '"面积" ='),
        ("formation product", "formation = ..."),
        ("cost: 3", "cost = ..."),
        ("formation = product", 'formation = "..."'),
        ("formation = “product”", 'formation = "..."'),
        ("allies = True", "true or false in small letters"),
        ("value = 12,000", "without comma, space or unit, such as 12000 or 0.5, not '12,000'"),
        ("value = 30%", "not '30%'"),
        ("value = 5 元", "not '5 元'"),
    ],
)
def test_a_common_slip_is_named(line: str, said: str) -> None:
    with pytest.raises(TableError) as raised:
        toml_of(f"good = 1\r\n{line}\r\n", "own.toml")
    (problem,) = raised.value.problems
    assert problem.row == 2 and "(at line 2, column" in problem.found
    assert said in problem.line("en") and "此处：" in problem.line("zh")


@pytest.mark.parametrize("line", ["", "[a.b]", "[[a]]", "x = = 3", 'x = "a', "}", "# 说明"])
def test_where_none_is_seen_none_is_named(line: str) -> None:
    assert cause(line) is None
