"""Chinese as an office writes it: one term for one thing, on page, report,
command, tables and documents."""

import re
from pathlib import Path

import pytest
from village_alliances.wording import area_of, areas

ROOT = Path(__file__).parents[1]
RETIRED = {  # what stood for it before -> what is said
    "不结盟|结盟": "未联建、组团联建",
    "同盟": "联合体",
    "单干": "自主发展、各村自办项目",
    "运气": "随机因素、随机条件、偶然",
    "遗憾": "机会损失",
    "杠杆": "可调政策",
    "先验": "经验范围",
    "后验": "校准后",
    "中位数": "居中值",
    "公共资金|公共投入": "财政专项资金",
    "书记帮带|传帮带": "导师帮带",
    "兼任": "跨村任职",
    "突然离任": "书记调整",
    "(?<!再)次运行|成运行|数运行|的运行(?!期|成本)|全部运行|其余运行|运行(?:次数|比例|编号)": "模拟",
    "个村村|个村个村": "个",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts():
    """Every Chinese text: (where, text)."""
    for area in areas():
        yield from (
            (f"wording/{area}.toml", entry)
            for entry in _within(area_of(area))
            if CHINESE.search(entry)
        )
    for path in [ROOT / "README.zh-CN.md", *(ROOT / "docs" / "zh").rglob("*.md")]:
        yield from ((path.name, line) for line in path.read_text(encoding="utf-8").splitlines())
    for folder in ("interface", "experiments"):
        for path in (
            p for ending in ("py", "vue", "js") for p in (ROOT / folder).rglob(f"*.{ending}")
        ):
            for line in path.read_text(encoding="utf-8").splitlines():
                if CHINESE.search(line):
                    yield str(path.relative_to(ROOT)), line


def _within(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _within(item)


@pytest.mark.parametrize("retired", RETIRED)
def test_retired_words_are_gone(retired):
    lines = [f"{where}: {text.strip()}" for where, text in texts() if re.search(retired, text)]
    assert not lines, f"say {RETIRED[retired]}:\n" + "\n".join(lines)
