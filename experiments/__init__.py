"""Questions put to the model: comparisons, sweeps, sensitivity, and what people read of them."""

if not __name__.startswith("village_alliances."):  # a second copy of every module would be loaded
    raise ImportError(
        "write `from village_alliances import experiments`: experiments/ is a part of "
        "village_alliances"
    )
