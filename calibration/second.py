"""A second fit of the same size, with other sets of the prior and other luck, against the shipped
one: does it say the same?

`python -m village_alliances.calibration.second DIR` carries it out in DIR, some ten minutes of
computing, and writes DIR/second.json, which `python docs/validation.py` puts into
docs/validation.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import fit, selfcheck
from village_alliances.calibration.calibrate import by_name
from village_alliances.sim.outputs import write_outputs

FILE = "second.json"
PRIOR_SD = 12**-0.5  # of the place of a value among those of the prior
BEYOND = 2.0  # standard errors; one in twenty lies farther by chance


def said(posterior: fit.Posterior, touch: selfcheck.Touch) -> dict[str, Any]:
    """What a fit says, under the names of posterior.toml."""
    return {
        "effective_sample_size": posterior.size,
        "touched": touch.names(),
        "contraction": by_name(touch.contraction),
        "mean_place": by_name(touch.mean),
    }


def agreement(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """How far two fits lie apart: greatest and typical distance of means in sds of the prior, the
    share of uncertainties whose means differ by more than two standard errors, and what the
    evidence touches in both and in one only. Each as posterior.toml has a fit, of the same
    uncertainties."""
    names = sorted(first["mean_place"])
    means, narrowed = (
        np.array([[body[what][name] for name in names] for body in (first, second)])
        for what in ("mean_place", "contraction")
    )
    sizes = np.array([body["effective_sample_size"] for body in (first, second)])
    error = np.sqrt(((1.0 - narrowed) / 12.0 / sizes[:, None]).sum(axis=0))
    apart = np.abs(means[0] - means[1])
    touched = [set(body["touched"]) for body in (first, second)]
    return {
        "uncertainties": len(names),
        "effective_sample_sizes": [round(float(size), 1) for size in sizes],
        "furthest_in_prior_sds": round(float(apart.max() / PRIOR_SD), 3),
        "furthest": names[int(apart.argmax())],
        "typical_in_prior_sds": round(float(np.median(apart) / PRIOR_SD), 3),
        "beyond_two_errors": round(float((apart > BEYOND * error).mean()), 3),
        "touched_by_both": sorted(touched[0] & touched[1]),
        "touched_by_one": sorted(touched[0] ^ touched[1]),
        "contraction": {
            name: [round(float(row[names.index(name)]), 3) for row in narrowed]
            for name in sorted(touched[0] | touched[1])
        },
    }


def second(folder: Path, seed: int = fit.SEED + 1, sets: int = fit.SETS) -> dict[str, Any]:
    """Fit with another seed in `folder` and hold it against the shipped posterior. Raises
    ValueError where that belongs to other code or evidence."""
    shipped = fit.shipped()
    fitted = fit.fit(folder, sets=sets, seed=seed, say=lambda text: print(text, file=sys.stderr))
    if shipped["fingerprint"] != fitted.belongs:
        raise ValueError("the shipped posterior belongs to other code: alliances calibrate --ship")
    touch = selfcheck.touch(fitted.sample, seed=seed)
    body = {"sets": sets, "seed": seed, **agreement(shipped, said(fitted.posterior, touch))}
    write_outputs(folder, {FILE: body})
    return body


if __name__ == "__main__":
    print(json.dumps(second(Path(sys.argv[1])), indent=1))
