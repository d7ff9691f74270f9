"""How to get an answer of the page again by a command: what a planner set or brought here is
written into files beside it, and the command names them.

    files = files_of(strategies, technology, table)          # {"strategy-1.toml": b"...", ...}
    c = named(compare(...), strategies, technology, table)   # its command reads these files
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.origin import named_by
from village_alliances.interface.dashboard import tables, technologies
from village_alliances.interface.dashboard.institutions import OWN, as_toml, strategy_of
from village_alliances.sim.table import Table

PACKED = "again.zip"


def strategies_of(listed: tuple[str, ...]) -> dict[str, str]:
    """Files of the strategies that were made on the page, by the text that names each there."""
    own = [strategy for strategy in listed if strategy.startswith(OWN)]
    return {strategy: f"strategy-{number}.toml" for number, strategy in enumerate(own, 1)}


def files_of(strategies: tuple[str, ...], technology: str, table: Table | None) -> dict[str, bytes]:
    """Every file that the command of an answer reads, by name; none where all that was asked is
    shipped. `technology`: digest of project types of the county's own."""
    files = {
        file: as_toml(strategy_of(text), Path(file).stem).encode()
        for text, file in strategies_of(strategies).items()
    }
    if technology:
        types = technologies.brought(technology)
        files[types.name] = types.content
    if table is not None:
        files |= file_of(table)
    return files


def file_of(table: Table) -> dict[str, bytes]:
    """A planner's own table as a command reads it."""
    return {tables.file_of(table): tables.as_csv(table).encode("utf-8-sig")}


def named(
    c: Comparison, strategies: tuple[str, ...], technology: str, table: Table | None
) -> Comparison:
    """The comparison with whatever was made or brought on the page named by its file."""
    files, paths = files_of(strategies, technology, table), strategies_of(strategies)
    types = technologies.brought(technology).name if technology else ""
    return named_by(
        c,
        {
            label: (paths[text], files[paths[text]])
            for label, text in zip(c.strategies, strategies, strict=True)
            if text in paths
        },
        (types, files[types]) if types else None,
    )


def pack(commands: Sequence[str], files: Mapping[str, bytes]) -> bytes:
    """The files, and the commands that read them, in one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("command.txt", "\n".join(commands) + "\n")
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
