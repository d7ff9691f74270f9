"""The model: villages, secretaries and alliances, stepped by quarters. See docs/ODD.md."""
