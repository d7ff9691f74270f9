"""The long look, in short: a few mutated inputs of every kind, always the same ones."""

from __future__ import annotations

import json
import time
from pathlib import Path

from benchmarks import soak


def test_a_few_mutated_inputs_of_every_kind_are_read_or_refused_in_words(tmp_path: Path) -> None:
    inputs = soak.kinds(tmp_path)
    look = soak.fuzz(inputs, tmp_path, seed=1, rounds=15, until=time.monotonic() + 600)
    assert look.bad == []
    assert sum(look.counts.values()) == 15 * len(inputs)


def test_an_end_that_is_no_message_is_noticed(tmp_path: Path) -> None:
    def breaks(path: Path) -> None:
        raise KeyError(path.name)

    kind = soak.Kind("a", b"a", breaks, soak.mutated)
    look = soak.fuzz({"kind": kind}, tmp_path, seed=1, rounds=1, until=time.monotonic() + 60)
    assert look.bad == ["kind: the good one: KeyError: 'a'", "kind, seed 1, turn 0: KeyError: 'a'"]


def test_a_number_that_does_not_fit_its_column_is_told(tmp_path: Path) -> None:
    kind = soak.kinds(tmp_path)["input"]
    path, body = tmp_path / kind.file, json.loads(kind.good)
    for column in body["numbers"].values():
        for part in column.values():
            kept, part[0] = part[0], 900_000_000
            path.write_text(json.dumps(body), "utf-8")
            part[0] = kept
            assert soak.ending(kind, path) in ("read", "refused")
