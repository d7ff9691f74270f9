"""What a script gets stands on one line at the end of a cell, with a small table in a notebook."""

from __future__ import annotations

from dataclasses import is_dataclass

import pytest
from pydantic import BaseModel
from village_alliances.experiments.propose.answer import Proposal
from village_alliances.sim.rerun import record_run
from village_alliances.sim.summary import Summarised

import village_alliances as va

LONGEST, LARGEST = 400, 12_000  # characters


@pytest.mark.usefixtures("compiled_model")
def test_whatever_a_script_gets_is_shown_in_a_line_and_a_small_table():
    place = va.load("chunhu")
    both = va.Portfolio("enclave", {"莼湖镇": "culture"})
    options = {"runs": 3, "years": 2}
    comparison = va.compare(place, ["none", both], prior=False, rivals=("even",), **options)
    swept = va.sweep(place, ["none"], replicates=2, years=1)
    things = [
        place, place.region, both, both.default, comparison, comparison.none, swept, swept.design,
        va.run_together(place, {"a": "culture"}, rivals=("all",), **options),
        record_run(place, years=1),
    ]  # fmt: skip
    for thing in things:
        assert isinstance(thing, Summarised), type(thing)
        assert len(repr(thing)) < LONGEST and "\n" not in repr(thing), repr(thing)
        assert repr(thing).startswith(f"<{type(thing).__name__}: ")
        assert len(thing._repr_html_()) < LARGEST, type(thing)
        assert str(thing) == repr(thing)


def test_every_class_of_the_front_door_that_holds_much_is_shown_so():
    kinds = [kind for kind in (getattr(va, name) for name in va.__all__) if isinstance(kind, type)]
    holders = [
        kind for kind in (*kinds, Proposal) if is_dataclass(kind) or issubclass(kind, BaseModel)
    ]
    assert len(holders) >= 3 and all(issubclass(kind, Summarised) for kind in holders)
