"""What leaves the model carries who made it: the version, and the fingerprint of
code, data and posterior.

Each format has its place for it: keys of a JSON document, metadata of Parquet, SVG and PNG,
properties of a workbook or Word file, the comment of a .npz, `<meta name="generator">` of a page, a
comment at the top of TOML. A CSV has none: it lies beside a JSON of its set that has it, and alone
it has it in its name (`named`). Whatever is written for a user goes through `write_outputs`; a test
holds that.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import platform
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from village_alliances.sim.files import write_together
from village_alliances.sim.provenance import fingerprint

from village_alliances import __version__

if TYPE_CHECKING:
    import pyarrow as pa

PACKAGES = ("numpy", "numba", "scipy", "pandas", "pydantic", "pyarrow")  # whose versions are told
PNG_HEAD = 33  # bytes: the signature and the first chunk
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
FIRST = (1980, 1, 1, 0, 0, 0)  # the date that a zip gives to files without one
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_TOLD = re.compile(rb"<dc:description[^>]*>[^<]*</dc:description>|<dc:description[^>]*/>")
_END = b"</cp:coreProperties>"
_CHARSET = re.compile(rb"<meta charset=[^>]*>")

Content = bytes | Mapping[str, Any] | Callable[[Path], Any]


def versions() -> dict[str, Any]:
    """Versions, the kind of processor, and the fingerprint of the model: all that a result's bits
    depend on beside its inputs."""
    versions = {
        "village-alliances": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    versions |= {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"versions": versions, "fingerprint": fingerprint("model")}


def maker(print_of: str = "") -> str:
    """Version and fingerprint (of the model, unless another is given) in a line."""
    return f"village-alliances {__version__}, fingerprint {print_of or fingerprint('model')}"


def document(body: Mapping[str, Any], indent: int | None = 2) -> str:
    """A JSON document that begins with who made it; Chinese as it is written."""
    return json.dumps({**versions(), **body}, ensure_ascii=False, indent=indent, allow_nan=False)


def write_outputs(folder: Path | str, files: Mapping[str, Content]) -> list[Path]:
    """Write a set of files that say who made them into a folder, all of them or none. Raises
    CannotWrite, which names the file.

    A content is bytes, a function that writes under the name it is given, or, for
    `.json`, what the document says.
    """
    return write_together(folder, prepared(files))


def prepared(files: Mapping[str, Content]) -> dict[str, bytes | Callable[[Path], Any]]:
    """The same files as `write_together` takes them, with who made them."""
    summary = maker()
    return {name: _content(name, file, summary) for name, file in files.items()}


def _content(name: str, content: Content, text: str) -> bytes | Callable[[Path], Any]:
    if isinstance(content, Mapping):
        return document(content).encode() + b"\n"
    if isinstance(content, bytes):
        return stamped(name, content, text)
    return partial(_filled, name, content, text)


def _filled(name: str, fill: Callable[[Path], Any], text: str, path: Path) -> None:
    fill(path)
    if PurePath(name).suffix.lower() in _PLACES:
        path.write_bytes(stamped(name, path.read_bytes(), text))


def stamped(name: str, body: bytes, text: str = "") -> bytes:
    """The bytes of a file of this name with who made it, where its format has a place that
    can be filled afterwards."""
    place = _PLACES.get(PurePath(name).suffix.lower())
    return place(body, text or maker()) if place else body


def named(name: str) -> str:
    """A name for a file that is handed out alone and has no other place to say who made it:
    `comparison-0.2.0-1f3a9c0e.csv`."""
    path = PurePath(name)
    return f"{path.stem}-{__version__}-{fingerprint('model')[:8]}{path.suffix}"


def write_parquet(path: Path, table: pa.Table, print_of: str = "") -> None:
    """A table as Parquet whose metadata says who made it."""
    import pyarrow.parquet as pq

    pq.write_table(
        table.replace_schema_metadata(
            {**(table.schema.metadata or {}), "made_by": maker(print_of)}
        ),
        path,
    )


def _zip(body: bytes, text: str) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, stamped(name, old.read(name), text))
    return buffer.getvalue()


def _office(body: bytes, text: str) -> bytes:
    """A workbook or Word file (bytes of a zip) with a description, and without the
    times at which it was made."""
    told_there = f'<dc:description xmlns:dc="{DUBLIN_CORE}">{escape(text)}</dc:description>'
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _DATES.sub(rb"\g<1>2000-01-01T00:00:00Z", _TOLD.sub(b"", content))
                content = content.replace(_END, told_there.encode() + _END)
            new.writestr(zipfile.ZipInfo(name, FIRST), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _npz(body: bytes, text: str) -> bytes:
    packed = io.BytesIO(body)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = text.encode()
    return packed.getvalue()


def _svg(body: bytes, text: str) -> bytes:
    head, _, tail = body.rpartition(b"</svg>")
    return head + f"<metadata>{escape(text)}</metadata></svg>".encode() + tail


def _png(body: bytes, text: str) -> bytes:
    chunk = b"tEXt" + b"Software\0" + text.encode("latin-1")
    size, check = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
    return body[:PNG_HEAD] + size + chunk + check + body[PNG_HEAD:]


def _html(body: bytes, text: str) -> bytes:
    meta = f'<meta name="generator" content="{escape(text)}">'.encode()
    return _CHARSET.sub(lambda match: match[0] + meta, body, count=1)


def _toml(body: bytes, text: str) -> bytes:
    return f"# {text}\n".encode() + body


_PLACES: dict[str, Callable[[bytes, str], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".html": _html,
    ".toml": _toml,
    ".xlsx": _office,
    ".docx": _office,
    ".zip": _zip,
    ".npz": _npz,
}
