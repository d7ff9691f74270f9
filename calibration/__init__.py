"""The model fitted to evidence: the register of figures, targets, priors,
the fit and its validation."""

if not __name__.startswith("village_alliances."):  # a second copy of every module would be loaded
    raise ImportError(
        "write `from village_alliances import calibration`: calibration/ is a part of "
        "village_alliances"
    )
