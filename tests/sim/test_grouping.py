"""Groups where a table names none: near villages across borders, nobody lost in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.sim.grouping import REACH_KM, by_nearness, by_township
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Scenario, left_over


def read(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return load(path)


def here(n: int, townships: int = 1) -> dict[str, np.ndarray]:
    texts = {
        "city": [""] * n,
        "county": ["c"] * n,
        "township": [f"t{i % townships}" for i in range(n)],
    }
    return {name: np.array(values, object) for name, values in texts.items()}


def test_near_villages_come_together_across_a_border(tmp_path: Path) -> None:
    rows = [f"v{i},{'东西'[i % 2]}镇,{120 + 0.003 * i:.3f},30" for i in range(10)]
    table = read(tmp_path, "name,township,lon,lat\n" + "\n".join(rows) + "\n")
    names = [sorted(int(str(table.names[i])[1]) for i in g.members) for g in table.given]
    assert sorted(names) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert table.grouped == "nearness" and not left_over(table)


def test_a_border_counts_as_some_more_way() -> None:
    x = np.array([[0.0, 0], [1, 0], [1.2, 0], [2.2, 0]])
    places = here(4) | {"township": np.array(["a", "b", "a", "b"], object)}
    assert sorted(by_nearness(x, places, 2)) == [[0, 2], [1, 3]]
    assert sorted(by_nearness(x, here(4), 2)) == [[0, 1], [2, 3]]


def test_villages_alone_in_their_township_are_in_a_group(tmp_path: Path) -> None:
    near = read(tmp_path, "name,township,lon,lat\na,A,120,30\nb,B,120.01,30\nc,C,120.02,30\n")
    assert [g.members for g in near.given] == [(0, 1, 2)]
    unplaced = read(tmp_path, "name,township,county\na,A,X\nb,B,X\nc,C,X\nd,D,Y\n")
    assert [g.members for g in unplaced.given] == [(0, 1, 2)]
    assert unplaced.table is not None
    (warnings,) = (w for w in unplaced.table.warnings if "groups that we made" in w)
    assert "1 of 4 villages" in warnings and warnings.endswith(": d") and warnings.severity == "ask"  # type: ignore[attr-defined]


def test_a_village_far_from_all_others_is_named_and_not_pooled(tmp_path: Path) -> None:
    rows = "a,120,30\nb,120.01,30\nfar,124,30\nfarther,116,30\n"
    table = read(tmp_path, "name,lon,lat\n" + rows)
    assert [str(table.names[i]) for i in left_over(table)] == ["far", "farther"]
    assert table.table is not None and "far, farther" in table.table.warnings[-1]


def test_who_is_in_no_alliance_of_the_table_is_named(tmp_path: Path) -> None:
    table = read(tmp_path, "name,alliance\na,X\nb,X\nc,\n")
    assert table.table is not None
    assert (
        "1 of 3 villages are in no alliance of the table and stay alone: c" in table.table.warnings
    )


def test_a_village_without_a_place_goes_with_its_township(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "name,township,lon,lat\na,A,120,30\nb,A,120.01,30\nc,A,,\nd,B,120.9,30\ne,B,120.91,30\n",
    )
    assert table.grouped == "nearness" and sorted(g.members for g in table.given) == [
        (0, 1, 2),
        (3, 4),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 80, width=32), st.floats(0, 80, width=32)), min_size=2, max_size=40
    ),
    st.integers(1, 4),
    st.integers(2, 6),
)
def test_everybody_with_a_neighbour_is_in_exactly_one_group(
    points: list[tuple[float, float]], townships: int, size: int
) -> None:
    x, places = np.array(points, float), here(len(points), townships)
    groups = by_nearness(x, places, size)
    inside = [i for group in groups for i in group]
    assert len(inside) == len(set(inside)) and all(len(group) > 1 for group in groups)
    way = np.hypot(x[:, None, 0] - x[None, :, 0], x[:, None, 1] - x[None, :, 1])
    np.fill_diagonal(way, np.inf)
    lost = set(range(len(points))) - set(inside)
    assert all(way[i].min() > REACH_KM - 1 for i in lost)


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=40), st.integers(2, 6))
def test_by_township_nobody_of_one_county_is_lost(townships: list[str], size: int) -> None:
    places = here(len(townships)) | {"township": np.array(townships, object)}
    groups = by_township(places, size)
    assert sorted(i for group in groups for i in group) == list(range(len(townships)))
    assert all(len(group) > 1 for group in groups)


def test_a_county_of_thousands_is_grouped_in_a_moment() -> None:
    x = np.random.default_rng(1).uniform(0, 60, (5_000, 2))
    groups = by_nearness(x, here(5_000, 20), 5)
    assert sum(map(len, groups)) == 5_000
    assert np.mean([np.ptp(x[g], axis=0).max() for g in groups]) == pytest.approx(2, abs=2)
