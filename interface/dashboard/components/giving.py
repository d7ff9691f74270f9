"""One way to hand a file to the browser: made aside when it is asked for, and what goes wrong
is said beside the button."""

from __future__ import annotations

import base64
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

import solara
from village_alliances.interface.dashboard.parts import trouble
from village_alliances.interface.dashboard.widgets import Download
from village_alliances.sim.outputs import named, stamped

log = logging.getLogger("village_alliances.interface.dashboard")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {
    "html": "text/html",
    "xlsx": EXCEL,
    "docx": WORD,
    "csv": "text/csv",
    "zip": "application/zip",
    "toml": "application/toml",
}
"""Kinds of files by the endings of their names."""


@solara.component
def Give(
    label: str,
    icon: str,
    name: str,
    make: Callable[[], bytes],
    lang: str,
    kind: str = "plain",
    waits: bool = False,
) -> None:
    """A button that gives the file `name`, whose content `make` writes in a thread.
    `waits`: it cannot be had yet."""
    file: solara.Reactive[dict[str, Any]] = solara.use_reactive({})
    busy, lost = solara.use_reactive(False), solara.use_reactive("")

    def work() -> None:
        try:
            data = base64.b64encode(stamped(name, make())).decode()
            ending = name.rpartition(".")[2]
            mime, saved = KINDS[ending], named(name) if ending == "csv" else name
            file.value = {"name": saved, "mime": mime, "data": data, "n": uuid.uuid4().hex}
            lost.value = ""
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("%s: file %s could not be written", reference, name)
            lost.value = reference
        finally:
            busy.value = False

    def begin(_: Any) -> None:
        busy.value = True
        threading.Thread(target=work, daemon=True, name="giving").start()

    Download(
        label=label,
        icon=icon,
        kind=kind,
        file=file.value,
        busy=busy.value or waits,
        event_wanted=begin,
    )
    if lost.value:
        trouble(lost.value, lang)
