"""Every public figure from outside stands behind a number, is scored, or has a reason."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from village_alliances.calibration import evidence

ROOT = Path(__file__).resolve().parents[2]


def made() -> object:
    spec = importlib.util.spec_from_file_location("outside_page", ROOT / "docs" / "outside.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_figure_has_a_use_or_a_reason_and_never_both() -> None:
    page = made()
    used = set(page.naming()) | set(page.scored())  # type: ignore[attr-defined]
    rows = {row.id for row in evidence.outside()}
    assert sorted(rows - used - set(evidence.unused())) == []
    assert sorted(set(evidence.unused()) & used) == []
    assert set(evidence.unused()) <= rows
    assert all(
        len(value["en"]) > 10 and len(value["zh"]) > 4 for value in evidence.unused().values()
    )
    assert {f"X{n:03d}" for n in range(1, 106)} <= rows, "all public figures that were read"


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "outside.md").read_text(encoding="utf-8")
    assert written == made().page(), "run: python docs/outside.py"  # type: ignore[attr-defined]
