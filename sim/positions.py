"""Where villages lie: known coordinates projected, the others laid out once for all runs."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import region as regions
from village_alliances.sim.arithmetic import cosines, sines


def lay_out(
    ids: np.ndarray,
    lonlat: np.ndarray,
    places: dict[str, np.ndarray],
    region: regions.Region,
    area: float | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in km (n, 2), and which of them are known.

    Known coordinates are projected round their middle. The others are laid out once for all runs by
    their own keyed luck: townships on a spiral of circles, villages inside their township's circle
    (or inside `area` km2 where that is stated).
    """
    from village_alliances.sim import luck

    n = ids.size
    located = ~np.isnan(lonlat).any(axis=1)
    position = np.zeros((n, 2))
    if located.any():
        middle = lonlat[located].mean(axis=0)
        km = np.array([111.320 * cosines(np.radians(middle[1])), 110.574])
        position[located] = (lonlat[located] - middle) * km
    if located.all():
        return position, located
    keys = [
        "/".join(parts)
        for parts in zip(places["city"], places["county"], places["township"], strict=True)
    ]
    names, code = np.unique(np.array(keys, object).astype(str), return_inverse=True)
    draws = np.empty((1, n))
    around = np.empty((1, n))
    luck.fill_uniform(0, np.zeros(1, np.uint64), 0, luck.PLACE, ids, draws)
    luck.fill_uniform(0, np.zeros(1, np.uint64), 1, luck.PLACE, ids, around)
    count = np.bincount(code, minlength=names.size)
    geography = region.geography
    widest = geography.township_radius_km
    radius = np.minimum(widest, geography.spacing_km * np.sqrt(np.maximum(count, 1)))[code]
    if area is not None:
        radius = np.full(n, np.sqrt(area / np.pi / max(1, names.size)))
    turn = np.arange(names.size)
    spiral = geography.township_spacing_km * 0.6 * np.sqrt(turn)
    centre = np.stack([spiral * cosines(turn * 2.399963), spiral * sines(turn * 2.399963)], axis=1)
    angle = 2 * np.pi * around[0]
    offset = (radius * np.sqrt(draws[0]))[:, None] * np.stack(
        [cosines(angle), sines(angle)], axis=1
    )
    laid = centre[code] + offset
    position[~located] = laid[~located]
    return position, located
