"""Taking an answer away: the brief first, then report, workbook, table, figures, and the link
that asks the same again."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import solara
from village_alliances.experiments.comparison import Comparison
from village_alliances.interface.dashboard import answers, session
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.widgets import Copy, Press
from village_alliances.interface.dashboard.words import clean, text

FILES = (
    ("take_brief", "mdi-file-star-outline", "brief.html"),
    ("take_word", "mdi-file-word-outline", "brief.docx"),
    ("take_report", "mdi-file-document-outline", "report.html"),
    ("take_excel", "mdi-file-excel-outline", "comparison.xlsx"),
    ("take_csv", "mdi-file-delimited-outline", "comparison.csv"),
    ("take_figures", "mdi-image-multiple", "figures.zip"),
)


def content(c: Comparison, name: str, lang: str) -> bytes:
    """A file as `alliances compare --out` writes it; the figures are packed together."""
    from village_alliances.experiments import drawing, export, files, plots, report
    from village_alliances.experiments.answer import brief
    from village_alliances.experiments.answer.comparison import brief_of
    from village_alliances.experiments.origin import command
    from village_alliances.experiments.plots.data import charted

    if name.startswith("brief"):
        page = brief_of(c, lang, command(c))
        return brief.docx(page, lang) if name.endswith("docx") else brief.html(page, lang).encode()
    if name == "report.html":
        return report.html(c, lang).encode()
    if name == "figures.zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for stem, figure in plots.figures(c, lang).items():
                archive.writestr(f"{stem}.svg", drawing.svg(figure, stem, standalone=True))
                archive.writestr(f"{stem}.png", drawing.png(figure))
                frames = export.for_readers(c, charted(c, stem), lang)
                archive.writestr(f"{stem}.csv", files.harmless(frames).to_csv(index=False))
        return packed.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name.endswith(".csv"):
            files.write_csv(export.for_readers(c, c.table, lang), path)
        else:
            files.write_workbook(export.sheets(c, lang), path)
        return path.read_bytes()


def comparison_of(answer: Answer) -> Comparison:
    """The comparison of an answer; that of a stored one is computed as the answer was."""
    if answer.comparison is None:
        question = answers.request_of(asked.value, session.own.value, session.types.value)
        scenario = answers.scenario_of(asked.value, session.own.value)
        assert scenario is not None
        answer.comparison = answers.answer(question, scenario, answer.runs, True).comparison
    assert answer.comparison is not None
    return answer.comparison


@solara.component
def Taking(answer: Answer, lang: str, watch: Callable[[], None]) -> None:
    """A row of buttons."""

    def make(name: str) -> Callable[[], bytes]:
        return lambda: content(comparison_of(answer), name, lang)

    with box("div", "row take noprint"):
        for key, icon, name in FILES:
            Give(
                label=text(f"answer.{key}", lang),
                icon=icon,
                name=name,
                make=make(name),
                lang=lang,
                kind="main" if key == "take_brief" else "plain",
                waits=not answer.complete,
            ).key(name)
        Press(
            label=text("answer.watch", lang),
            icon="mdi-play-circle-outline",
            kind="plain",
            event_go=lambda _: watch(),
        )
        Copy(
            label=text("answer.take_link", lang),
            done=text("answer.link_copied", lang),
            title=_about_link(lang),
        )
        if not answer.complete:
            html(clean(text("answer.take_later", lang)), "p", "hint")


def _about_link(lang: str) -> str:
    own = session.own.value
    without = asked.value.source == "table" and own is not None and not own.packed
    if session.types.value is not None:
        return text("answer.link_types", lang)
    return text("answer.link_without" if without else "answer.link_hint", lang)
