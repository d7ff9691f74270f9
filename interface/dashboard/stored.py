"""The answer to the question with which the page opens: computed once, stored beside this file."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from village_alliances.interface.dashboard.answers import (
    Answer,
    Request,
    answer,
    fingerprint,
    request_of,
    taken_apart,
)
from village_alliances.interface.dashboard.desk import stages
from village_alliances.interface.dashboard.state import Asked
from village_alliances.sim.files import write_atomically
from village_alliances.sim.loading import load

DEFAULT = Path(__file__).parent / "default.json"


def default_question() -> Request:
    """The question with which the page opens."""
    return request_of(Asked(), None)


def write_default(path: Path = DEFAULT) -> Answer:
    """Answer the default question in full and store it: what `alliances
    dashboard --precompute` does."""
    question = default_question()
    scenario = load(question.source)
    stored = answer(
        question,
        scenario,
        stages(scenario.size, len(question.strategies), scenario.years)[-1],
        True,
    )
    stored = taken_apart(stored, question)
    body = {k: v for k, v in asdict_plain(stored).items() if k not in ("seconds", "comparison")}
    write_atomically(path, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
    return stored


def asdict_plain(stored: Answer) -> dict[str, Any]:
    """An answer as plain data, without the comparison that it came from."""
    return {
        name: getattr(stored, name) for name in Answer.__dataclass_fields__ if name != "comparison"
    }


@lru_cache(maxsize=1)
def default_answer() -> Answer | None:
    """The stored answer to the default question; None if there is none or it answers another
    question or an older model."""
    if not DEFAULT.exists():
        return None
    body = json.loads(DEFAULT.read_text(encoding="utf-8"))
    question = asdict(default_question())
    asked = {
        **body["question"],
        "strategies": tuple(body["question"]["strategies"]),
        "levers": tuple(map(tuple, body["question"]["levers"])),
    }
    if asked != question or body["code"] != fingerprint():
        return None
    return Answer(**body)
