"""A county's own project types: a technology file taken from the browser, over the
shipped types."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from weakref import WeakValueDictionary

from village_alliances.interface.dashboard.uploads import read_brought
from village_alliances.sim import technology
from village_alliances.sim.technology import ProjectType, TechnologyError

MOST_BYTES = 200_000
DEFAULT = "technology.toml"  # the name of a file without one


@dataclass(frozen=True)
class Types:
    """Project types that were read without a problem; a question names them by their digest."""

    name: str
    types: tuple[ProjectType, ...]
    digest: str
    content: bytes


_held: WeakValueDictionary[str, Types] = WeakValueDictionary()
"""Those that any session holds."""


def take(name: str, content: bytes) -> Types:
    """The types of a file that a visitor brought. Raises TechnologyError with
    everything that is wrong with it."""
    file, types = read_brought(name, content, technology.read, TechnologyError, DEFAULT, MOST_BYTES)
    digest = hashlib.blake2b(f"{file}\n".encode() + content, digest_size=8).hexdigest()
    brought = _held.get(digest) or Types(file, types, digest, content)
    _held[digest] = brought
    return brought


def types_of(digest: str) -> tuple[ProjectType, ...]:
    """The types that a question names; the shipped ones where it names none. Raises KeyError
    where no session holds them."""
    return brought(digest).types if digest else technology.shipped()


def brought(digest: str) -> Types:
    """What a session brought. Raises KeyError where no session holds it."""
    return _held[digest]
