"""The rules of scoring in docs/validation.md, from calibration/scoring.toml: python docs/validation.py writes them there."""

from __future__ import annotations

from pathlib import Path

from village_alliances.calibration import evidence, scores

PAGE = Path(__file__).parent / "validation.md"
BEGIN, END = "<!-- scoring -->", "<!-- /scoring -->"


def rules() -> str:
    """Rules, what each design is granted, what is scored and what is not, and what a fit leaves out whole."""
    told = scores.rules()
    lines = [f"- {rule['en']}" for rule in told["rule"]]
    lines += ["", "| design | granted (sd of the log) | why |", "|---|---|---|"]
    lines += [
        f"| {one.en} | {one.discrepancy:g} | {one.reason} |" for one in evidence.designs().values()
    ]
    lines += ["", "| held-out figure | kind | place | scored |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {row['kind']} | {row['place']} | {'yes' if row['scored'] else 'no: ' + row['why_not']} |"
        for name, row in told["row"].items()
    ]
    lines += ["", "| left out whole | by | scored then |", "|---|---|---|"]
    lines += [
        f"| {group['en']} | {group['by']} | {', '.join(group['rows'])} |"
        for group in told["group"].values()
    ]
    return "\n".join(lines)


def filled(page: str) -> str:
    """The page with the rules between their marks."""
    before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
    return f"{page[:before]}\n\n{rules()}\n\n{page[after:]}"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
