"""The shipped strategies as data: one attention budget for all, known channels, both languages, evidence that exists."""

from __future__ import annotations

import csv
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "sim" / "strategies"
REGISTER = ROOT / "calibration" / "evidence"

SHIPPED = {
    "none", "strong_leads_weak", "industry_chain", "cross_border", "culture", "project", "service_sharing", "mutual_aid",
    "village_enterprise", "urban_rural", "talent_driven", "resource_complement", "chain_extension", "governance", "enclave",
    "area_integration",
}  # fmt: skip
CHANNELS = {
    "mentoring", "land_pooling", "joint_venture", "common_brand", "workshops", "shared_services", "culture", "public_projects",
    "border_cooperation", "enclave_property",
}  # fmt: skip
CHOICES = {
    "formation": {"near", "complement", "same_industry", "chain", "border", "culture", "firm"},
    "leader": {"ablest", "richest", "township"},
    "sharing": {"contribution", "equal", "weakest_first", "guaranteed"},
}
REQUIRED = {
    "name",
    "title",
    "does",
    "risk",
    "formation",
    "leader",
    "sharing",
    "plenaries_per_year",
    "evidence",
    "mechanisms",
    "channels",
}
STRATEGIES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))
}
every_strategy = pytest.mark.parametrize("name", sorted(STRATEGIES))


def ids_in(table: str) -> set[str]:
    """The ids of a table of the register, or a skip where the register is not at hand."""
    path = REGISTER / table
    if not path.exists():
        pytest.skip(f"{path.relative_to(ROOT)} is not there")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def test_exactly_the_strategies_of_the_documents_are_shipped() -> None:
    assert set(STRATEGIES) == SHIPPED


@every_strategy
def test_fields_are_those_of_the_schema(name: str) -> None:
    strategy = STRATEGIES[name]
    assert strategy["name"] == name
    assert REQUIRED <= set(strategy) <= REQUIRED | {"notes"}
    for field, choices in CHOICES.items():
        assert strategy[field] in choices, field


@every_strategy
def test_attention_is_a_common_budget(name: str) -> None:
    channels = STRATEGIES[name]["channels"]
    assert set(channels) <= CHANNELS
    assert all(strength > 0 for strength in channels.values())
    assert math.fsum(channels.values()) == pytest.approx(0.0 if name == "none" else 3.0, abs=1e-12)


@every_strategy
def test_texts_are_there_in_both_languages(name: str) -> None:
    strategy = STRATEGIES[name]
    for field in ("title", "does", "risk", *(["notes"] if "notes" in strategy else [])):
        text = strategy[field]
        assert set(text) == {"en", "zh"}, field
        assert re.search(r"[a-z]", text["en"]) and not re.search(r"[\u4e00-\u9fff]", text["en"]), (
            field
        )
        assert len(re.findall(r"[\u4e00-\u9fff]", text["zh"])) >= 2, field


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("field", ["title", "does", "risk"])
def test_no_two_strategies_say_the_same(field: str, language: str) -> None:
    assert len({strategy[field][language] for strategy in STRATEGIES.values()}) == len(STRATEGIES)


@every_strategy
@pytest.mark.parametrize(
    ("field", "table"), [("evidence", "figures.csv"), ("mechanisms", "mechanisms.csv")]
)
def test_what_it_rests_on_is_in_the_register(name: str, field: str, table: str) -> None:
    cited = STRATEGIES[name][field]
    assert cited and len(set(cited)) == len(cited)
    assert set(cited) <= ids_in(table)


def test_meetings_follow_the_regime_that_the_documents_state() -> None:
    """Four plenaries a year; Ningbo's areas after 2020 meet monthly, quarterly and once for the yearly report: 12 + 4 + 1."""
    stated = {name: strategy["plenaries_per_year"] for name, strategy in STRATEGIES.items()}
    assert stated.pop("none") == 0
    assert stated.pop("area_integration") == 12 + 4 + 1
    assert set(stated.values()) == {4}
