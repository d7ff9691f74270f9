"""The raw bits of `sim.luck` as an endless byte stream, for a public test battery
(docs/luck.md holds the results).

    python -m benchmarks.luck_battery --order runs | dieharder -g 200 -d 0

Every order walks the same keys in another way, so that what a battery finds depends on how
neighbouring keys differ. A battery ends the stream by closing the pipe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np
from village_alliances.sim.compiled import compiled
from village_alliances.sim.luck import NOISE, bits, name_key, stream

SEED, RUN, TICK, PURPOSE, WHO = range(5)
ENDLESS = 1 << 62
QUARTERS, PURPOSES, VILLAGES = 160, 27, 10_000
START = {SEED: 1, RUN: 0, TICK: 5, PURPOSE: NOISE, WHO: 0}

# An order: (part of the key, how many values it takes), fastest first; what is not named stays at
# START.
ORDERS: dict[str, list[tuple[int, int]]] = {
    "villages": [(WHO, ENDLESS)],
    "hashed": [(WHO, VILLAGES), (TICK, QUARTERS), (PURPOSE, PURPOSES), (RUN, ENDLESS)],
    "ticks": [(TICK, QUARTERS), (RUN, ENDLESS)],
    "runs": [(RUN, ENDLESS)],
    "purposes": [(PURPOSE, PURPOSES), (TICK, QUARTERS), (RUN, ENDLESS)],
    "seeds": [(SEED, ENDLESS)],
}


@compiled
def walk(
    key: np.ndarray, parts: np.ndarray, sizes: np.ndarray, ids: np.ndarray, out: np.ndarray
) -> None:
    """Fill `out` with the bits of successive keys and leave `key` at the next one, like
    the wheels of an odometer."""
    for n in range(out.size):
        who = ids[key[WHO]] if ids.size > 0 else key[WHO]
        out[n] = bits(stream(key[SEED], key[RUN], key[TICK], key[PURPOSE]), who)
        for wheel in range(parts.size):
            key[parts[wheel]] += np.uint64(1)
            if key[parts[wheel]] < sizes[wheel]:
                break
            key[parts[wheel]] = np.uint64(0)


def ids_of(order: str) -> np.ndarray:
    """The ids that villages have in this order: hashes of names (uint64), or none where
    the ids are 0, 1, 2, ..."""
    if order == "villages":
        return np.empty(0, np.uint64)
    return np.array([name_key("county", f"village {i}") for i in range(VILLAGES)], np.uint64)


def blocks(
    order: str, draws: int = ENDLESS, skip: int = 0, block: int = 1 << 16
) -> Iterator[np.ndarray]:
    """The stream of an order as arrays of uint64, `draws` values in all, from the key on
    that `skip` others precede."""
    wheels = ORDERS[order]
    parts = np.array([part for part, _ in wheels], np.int64)
    sizes = np.array([size for _, size in wheels], np.uint64)
    key = np.array([START[part] for part in range(5)], np.uint64)
    for part, size in wheels:
        skip, key[part] = divmod(skip, size)
    ids = ids_of(order)
    while draws > 0:
        out = np.empty(min(block, draws), np.uint64)
        walk(key, parts, sizes, ids, out)
        draws -= out.size
        yield out


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the bits of sim.luck to standard output.")
    parser.add_argument(
        "--order",
        choices=sorted(ORDERS),
        required=True,
        help="which part of the key varies fastest",
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=ENDLESS,
        help="how many 64-bit draws (default: until the reader stops)",
    )
    parser.add_argument(
        "--skip",
        type=int,
        default=0,
        help="how many draws to leave out first: fresh keys for a second look",
    )
    arguments = parser.parse_args()
    try:
        for block in blocks(arguments.order, arguments.draws, arguments.skip):
            sys.stdout.buffer.write(block.tobytes())
    except BrokenPipeError:
        sys.stderr.close()  # the battery has read enough


if __name__ == "__main__":
    main()
