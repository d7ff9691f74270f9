"""A file of draws that is not what the model takes ends in one message that names the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.sim import posterior
from village_alliances.sim.parameters import parameters
from village_alliances.sim.problems import TableError
from village_alliances.sim.uncertain import numbers_of_types

ROOT = Path(__file__).parents[2]
ONE = next(iter(parameters().values()))
NUMBER = next(iter(numbers_of_types().values()))


def written(path: Path, **columns) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def good(folder: Path, rows: int = 5) -> Path:
    written(folder / "draws_types.parquet", **{NUMBER.name: np.full(rows, NUMBER.value)})
    return written(folder / "draws.parquet", **{ONE.name: np.full(rows, ONE.value)})


def refusal(path: Path) -> str:
    with pytest.raises(TableError) as error:
        posterior.checked.__wrapped__(path)
    assert error.value.message("zh") != error.value.message("en")
    return error.value.message("en")


def test_draws_of_this_model_are_taken(tmp_path):
    posterior.checked.__wrapped__(good(tmp_path))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"no_such_parameter": [1.0]}, "no_such_parameter"),
        ({ONE.name: ["many"]}, "numbers"),
        ({ONE.name: [ONE.value, None]}, "numbers"),
        ({ONE.name: [ONE.value, float("nan")]}, "nan"),
        ({ONE.name: [ONE.value, float("inf")]}, "inf"),
        ({ONE.name: pa.array([], pa.float64())}, "empty"),
    ],
)
@pytest.mark.parametrize("which", ["draws", "draws_types"])
def test_what_is_no_draw_is_named(tmp_path, columns, said, which):
    own = {
        NUMBER.name if which == "draws_types" and k == ONE.name else k: v
        for k, v in columns.items()
    }
    good(tmp_path, 2)
    written(tmp_path / f"{which}.parquet", **own)
    message = refusal(tmp_path / "draws.parquet")
    assert said in message and f"{which}.parquet" in message


def test_both_files_hold_the_same_sets(tmp_path):
    path = good(tmp_path, 5)
    written(tmp_path / "draws_types.parquet", **{NUMBER.name: np.full(4, NUMBER.value)})
    assert "4 rows" in refusal(path)


@given(damage=st.one_of(st.binary(max_size=400), st.integers(0, 10**6)), types=st.booleans())
def test_rubbish_and_cut_files_are_refused_in_words(tmp_path_factory, damage, types):
    folder = tmp_path_factory.mktemp("rubbish")
    path = good(folder)
    hit = folder / "draws_types.parquet" if types else path
    whole = hit.read_bytes()
    hit.write_bytes(damage if isinstance(damage, bytes) else whole[: damage % len(whole)])
    assert hit.name in refusal(path)


@given(letter=st.integers(0x80, 0xFF), index=st.integers(0, 7))
def test_a_column_whose_name_is_no_text_is_refused_in_words(tmp_path_factory, letter, index):
    path = good(tmp_path_factory.mktemp("letters"))
    written(path, **{"zzzzzzzz": [1.0]})
    harmed = b"zzzzzzzz"[:index] + bytes([letter]) + b"zzzzzzzz"[index + 1 :]
    path.write_bytes(path.read_bytes().replace(b"zzzzzzzz", harmed))
    assert path.name in refusal(path)


def test_a_folder_or_a_pipe_is_no_posterior(tmp_path):
    (tmp_path / "folder.parquet").mkdir()
    assert "a folder" in refusal(tmp_path / "folder.parquet")
    os.mkfifo(tmp_path / "pipe.parquet")
    assert "a pipe" in refusal(tmp_path / "pipe.parquet")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "compare jinxi --runs 8",
        "run jinxi",
        "validate",
        "discovery jinxi --runs 50",
        "propose jinxi",
        "timeline jinxi",
    ],
)
def test_every_command_that_draws_says_it_in_one_message(words, tmp_path):
    path = tmp_path / "own.parquet"
    path.write_bytes(b"PAR1 rubbish PAR1")
    done = subprocess.run(
        [sys.executable, "-m", "village_alliances", *words.split(), "--lang", "en"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "VILLAGE_ALLIANCES_POSTERIOR": str(path)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert str(path) in done.stderr and len(done.stderr.splitlines()) < 6
