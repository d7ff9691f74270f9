"""The model: villages, secretaries and alliances, stepped by quarters. See docs/ODD.md."""

if not __name__.startswith("village_alliances."):  # a second copy of every module would be loaded
    raise ImportError(
        "write `from village_alliances import sim`: sim/ is a part of village_alliances"
    )
