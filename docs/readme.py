"""Put the result of a real run into both READMEs: `python docs/readme.py` after the model or its
calibration has changed.

It runs the demo's question in both languages and replaces what stands between
the marks, and the figure.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASKED = (
    "compare",
    "jinxi",
    "--strategies",
    "none,strong_leads_weak,industry_chain,area_integration",
    "--runs",
    "500",
    "--seed",
    "1",
)
OUT = "out/demo"
FIGURE = "rivals"
CAPTIONS = {
    "en": "The alliance beside the same public money without alliance",
    "zh": "联建与同等财政资金不联建的比较",
}
PAGES = {"en": "README.md", "zh": "README.zh-CN.md"}


def main() -> None:
    """Refresh both pages."""
    for lang, name in PAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable,
                "-m",
                "village_alliances",
                *ASKED,
                "--lang",
                lang,
                "--out",
                OUT,
            ]
            printed = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
                check=True,
                capture_output=True,
                text=True,
                encoding="utf-8",
            ).stdout.strip()
            figure = ROOT / "docs" / "figures" / f"jinxi-{FIGURE}.{lang}.svg"
            figure.parent.mkdir(exist_ok=True)
            figure.write_bytes((Path(folder) / OUT / "figures" / f"{FIGURE}.svg").read_bytes())
        block = (
            f"```text\n{printed}\n```\n\n![{CAPTIONS[lang]}]({figure.relative_to(ROOT).as_posix()})"
        )
        page = ROOT / name
        marked = re.sub(
            r"(<!-- result: begin -->\n).*?(<!-- result: end -->)",
            lambda match, block=block: f"{match[1]}{block}\n{match[2]}",
            page.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        page.write_text(marked, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
