"""`alliances scenarios`: the scenarios that are shipped, a line each, with their sources."""

from __future__ import annotations

import csv
import tomllib
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from village_alliances.interface import inputs, sources, terminal
from village_alliances.wording import grouped, say, titled

from village_alliances import sim

FOLDER = Path(sim.__file__).parent / "scenarios"
STRATEGIES = FOLDER.parent / "strategies"


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--json."""
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print the list."""
    lang = options.lang
    result = [described(path.parent) for path in sorted(FOLDER.glob("*/scenario.toml"))]
    left_out = tomllib.loads((FOLDER / "not_simulated.toml").read_text(encoding="utf-8"))["case"]
    if options.json:
        from village_alliances.sim.outputs import document

        print(document({"scenarios": result, "not_simulated": left_out}))
        return 0
    titles = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["title"]
        for path in STRATEGIES.glob("*.toml")
    }
    rows = [
        (
            each["name"],
            each["title"][lang],
            say("cli.scenarios.villages", lang, villages=grouped(each["villages"], lang)),
            say("cli.scenarios.years", lang, start=each["start"], years=each["years"]),
            titles[each["type"]][lang]
            if each["type"] in titles
            else say("cli.scenarios.synthetic", lang),
            "".join(f"[{number}]" for number in each["documents"]),
        )
        for each in result
    ]
    print(terminal.table(rows, "<<>><<"))
    print()
    print(say("cli.scenarios.not_simulated", lang, count=len(left_out)))
    print(titled(say("cli.documents", lang), lang))
    print(
        "\n".join(sources.legend({number for each in result for number in each["documents"]}, lang))
    )
    return 0


def described(folder: Path) -> dict[str, Any]:
    """A scenario as its files describe it, read without loading its villages."""
    body = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    table = folder / "villages.csv"
    rows = (
        list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        if table.exists()
        else []
    )
    evidence = set(evidence_of(body)) | {
        pair.partition("=")[2].strip()
        for row in rows
        for pair in (row.get("evidence") or "").split(";")
        if "=" in pair
    }
    return {
        "name": body["name"],
        "title": body["title"],
        "type": body.get("type", ""),
        "level": body.get("level", "alliance"),
        "case": body.get("case", ""),
        "region": body["region"],
        "start": body["start"],
        "years": body.get("years", 6),
        "villages": len(rows) + sum(block["count"] for block in body.get("draw", [])),
        "summary": body.get("summary", {}),
        "evidence": sorted(evidence),
        "documents": sorted(
            {*sources.documents_of(evidence), *sources.documents_of_case(body.get("case", ""))}
        ),
    }


def evidence_of(body: Any) -> list[str]:
    """Every evidence id that stands anywhere in a TOML table under the key `evidence`."""
    if isinstance(body, list):
        return [id for part in body for id in evidence_of(part)]
    if not isinstance(body, dict):
        return []
    ids = []
    for key, value in body.items():
        if key == "evidence" and not isinstance(value, dict):
            ids += [value] if isinstance(value, str) else list(value)
        else:
            ids += evidence_of(value)
    return [id for id in ids if id]
