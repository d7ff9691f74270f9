"""Taking an answer away: report, workbook, table, figures, and the link that asks the same again."""

from __future__ import annotations

import base64
import io
import logging
import tempfile
import threading
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara
from village_alliances.interface.dashboard import answers, session
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.parts import box, html, trouble
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.widgets import Copy, Download, Press
from village_alliances.interface.dashboard.words import clean, text

log = logging.getLogger("village_alliances.interface.dashboard")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = (
    ("take_report", "mdi-file-document-outline", "report.html", "text/html"),
    ("take_excel", "mdi-file-excel-outline", "comparison.xlsx", EXCEL),
    ("take_csv", "mdi-file-delimited-outline", "comparison.csv", "text/csv"),
    ("take_figures", "mdi-image-multiple", "figures", "application/zip"),
)


def content(found: Answer, name: str, lang: str) -> bytes:
    """A file as `alliances compare --out` writes it; `figures` are packed together."""
    from village_alliances.experiments import drawing, export, files, plots, report

    c = found.comparison or _again(found)
    if name == "report.html":
        return report.html(c, lang).encode()
    if name == "figures":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for stem, figure in plots.figures(c, lang).items():
                archive.writestr(f"{stem}.svg", drawing.svg(figure, stem, standalone=True))
        return packed.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name.endswith(".csv"):
            files.write_csv(c.table, path)
        else:
            files.write_workbook(export.sheets(c, lang), path)
        return path.read_bytes()


def _again(found: Answer) -> Any:
    """The comparison of a stored answer, computed as the answer was."""
    question = answers.question_of(asked.value, session.own.value, session.types.value)
    scenario = answers.scenario_of(asked.value, session.own.value)
    assert scenario is not None
    return answers.answer(question, scenario, found.runs, True).comparison


@solara.component
def Taking(found: Answer, lang: str, watch: Callable[[], None]) -> None:
    """A row of buttons."""
    file, set_file = solara.use_state({})
    busy, set_busy = solara.use_state("")
    lost, set_lost = solara.use_state("")

    def give(name: str, mime: str) -> None:
        def work() -> None:
            try:
                data = base64.b64encode(content(found, name, lang)).decode()
                saved = f"{name}.zip" if name == "figures" else name
                set_file(
                    {"for": name, "name": saved, "mime": mime, "data": data, "n": uuid.uuid4().hex}
                )
                set_lost("")
            except Exception:
                reference = uuid.uuid4().hex[:8]
                log.exception("%s: file %s could not be written", reference, name)
                set_lost(reference)
            finally:
                set_busy("")

        set_busy(name)
        threading.Thread(target=work, daemon=True, name="taking").start()

    with box("div", "row take noprint"):
        Press(
            label=text("answer.watch", lang),
            icon="mdi-play-circle-outline",
            kind="main",
            event_go=lambda _: watch(),
        )
        for key, icon, name, mime in FILES:
            own = file if file.get("for") == name else {}
            Download(
                label=text(f"answer.{key}", lang),
                icon=icon,
                kind="plain",
                file=own,
                busy=busy == name or not found.complete,
                event_wanted=lambda _, n=name, m=mime: give(n, m),
            )
        Copy(
            label=text("answer.take_link", lang),
            done=text("answer.link_copied", lang),
            title=_about_link(lang),
        )
        if not found.complete:
            html(clean(text("answer.take_later", lang)), "p", "hint")
        if lost:
            trouble(lost, lang)


def _about_link(lang: str) -> str:
    own = session.own.value
    without = asked.value.source == "table" and own is not None and not own.packed
    if session.types.value is not None:
        return text("answer.link_types", lang)
    return text("answer.link_without" if without else "answer.link_hint", lang)
