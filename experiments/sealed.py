"""A part of a sweep as the bytes of one file: Parquet, and in its footer a seal by which every byte
is known to be as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq
from village_alliances.sim.outputs import maker
from village_alliances.sim.provenance import provenance

PARQUET = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["scenario", "strategy", "rival", "status", "error"],
}
# What stands before the seal in a part's footer; the hash is taken with noughts in its place.
SEAL = b"sealed:"
NOUGHTS = b"0" * 32


@cache
def code_version() -> dict[str, str]:
    """What a result depends on beside its inputs."""
    return provenance("sweep", exact=True)


def encode(table: pa.Table, design: str, part: int) -> bytes:
    """A part as the bytes of its file: the same for the same rows on any
    machine with the same pyarrow."""
    out = pa.BufferOutputStream()
    with pq.ParquetWriter(out, table.schema, **PARQUET) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(
            {
                "design": design,
                "part": str(part),
                "made_by": maker("-".join((code_version()["code"], code_version()["posterior"]))),
                "seal": (SEAL + NOUGHTS).decode(),
            }
        )
    body = bytes(out.getvalue())
    end = body.rfind(SEAL) + len(SEAL)
    return body[:end] + _seal_of(body) + body[end + len(NOUGHTS) :]


def decode(body: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part's file, `columns` of it as far as there are such. Raises ValueError unless
    every byte is as it was written."""
    end = body.rfind(SEAL) + len(SEAL)
    seal = body[end : end + len(NOUGHTS)]
    if end < len(SEAL) or seal != _seal_of(body[:end] + NOUGHTS + body[end + len(NOUGHTS) :]):
        raise ValueError("its bytes do not fit its seal")
    return pq.ParquetFile(pa.BufferReader(body)).read(None if columns is None else list(columns))


def _seal_of(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=len(NOUGHTS) // 2).hexdigest().encode()
