"""What a search has simulated is of use to the same question under the same model, and
to no other."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.experiments.propose import memory
from village_alliances.experiments.propose.memory import Memory, question_of


def test_a_checkpoint_of_another_model_is_not_taken(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "search.npz"
    kept = Memory(path, "a question", 2)
    kept.results["plan"] = np.ones((3, 5))
    kept.save()
    assert Memory(path, "a question", 2).results.keys() == {"plan"}
    assert Memory(path, "another", 2).results == {}
    monkeypatch.setattr(memory, "maker", lambda: "village-alliances 0.3.0, fingerprint 0")
    assert Memory(path, "a question", 2).results == {}
    assert question_of(path) == "a question"
