"""The benchmark of sweeps: mesa.batch_run on the live model makes the very runs of the sweep,
or the ratio is refused."""

import pytest

from benchmarks import sweeps

pytestmark = pytest.mark.usefixtures("compiled_model")


def test_batch_run_makes_the_same_runs_and_takes_longer():
    assert sweeps.batch_run_ratio(6) > 1


def test_a_ratio_of_other_runs_is_refused(monkeypatch):
    monkeypatch.setattr(sweeps, "design", lambda body, runs: sweeps.expand(sweeps.Sweep(**body, replicates=runs, seed=2)))  # fmt: skip
    with pytest.raises(RuntimeError, match="did not make the same runs"):
        sweeps.batch_run_ratio(3)
