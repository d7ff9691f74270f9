"""Notes: what a reader should know before trusting the figures of a proposal."""

from __future__ import annotations

from village_alliances.experiments.propose.fresh import Fresh
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.task import lonely
from village_alliances.sim.scenario import BLANK
from village_alliances.wording.numbers import quantity

TRIFLE = 0.01  # of the money promised: less is not worth a word
PLACES_ONLY = {
    "en": "the table says nothing but names and places: what these villages earn, grow and own "
    "is drawn anew in each run, so "
    "one may stand for another. Read the proposal as sizes, distances, strategies and "
    "money, not as names; after a first look "
    "the search ends, because a longer one would choose among draws",
    "zh": "村表只有村名和位置：各村收入、产业、资源在每次模拟中另行抽取，村与村可以互换。"
    "本方案只能看规模、远近、策略和资金，不能看具体村名；初看一遍后搜索即止，再搜下去只是在随机数中挑选",
}


def notes(search: Search) -> list[dict[str, str]]:
    """What a reader should know before trusting the figures."""
    task, s = search.task, search.task.scenario
    notes = []
    chosen = {**s.levers, **task.levers}
    if task.places_only:
        notes.append(dict(PLACES_ONLY))
    elif blank := int((s.numbers["collective_income"].kind == BLANK).sum()):
        notes.append(
            {
                "en": f"the table does not say what {blank} of {s.size} villages earn; the "
                f"model draws it anew in each run. Which of these "
                "villages are weak is therefore not known, and one may stand for "
                "another: the proposal tells sizes, distances, "
                "strategies and money apart, not neighbours. Incomes in the table would "
                "make it sharper",
                "zh": f"村表未列 {s.size} 个村中 {blank} 个村的集体收入，模型在每次模拟中另行抽取；这些村哪个薄弱因此并不知道，彼此可以互换："
                "本方案能区分规模、远近、策略和资金，不能区分相邻的村。补上收入数据，方案会更有针对性",
            }
        )
    if alone := lonely(task, search.geography):
        named_en, named_zh = ", ".join(alone[:12]), "、".join(alone[:12])
        notes.append(
            {
                "en": f"{len(alone)} villages have no neighbour within {task.radius:g} km and "
                f"cannot ally: {named_en}",
                "zh": f"{len(alone)} 个村在 {task.radius:g} 公里内没有邻村，无法联建：{named_zh}",
            }
        )
    if not s.located.all():
        notes.append(
            {
                "en": f"{int((~s.located).sum())} villages have no coordinates; they were laid "
                f"out within their townships, "
                "so who is near whom is not known",
                "zh": f"{int((~s.located).sum())} 个村没有坐标，只按乡镇大致摆放，远近关系并不可靠",
            }
        )
    for same in task.alike:
        notes.append(
            {
                "en": f"these strategies have the same institutions here and are one: "
                f"{', '.join(p.title['en'] for p in same)}",
                "zh": f"以下策略在此制度安排相同，视为一种：{'、'.join(p.title['zh'] for p in same)}",
            }
        )
    if chosen.get("formation", 0.0) > 0:
        notes.append(
            {
                "en": "the scenario lets alliances form by themselves; here only those "
                "proposed are founded",
                "zh": "本情景原允许自发联建；此处只成立方案中的联合体",
            }
        )
    if any(
        chosen.get(name, 0.0) > 0 for name in ("reward_first", "reshuffle_last", "grant_weak_first")
    ):
        notes.append(
            {
                "en": "rankings, reshuffles and a priority of grants are left out: the "
                "proposal itself says who receives what",
                "zh": "未计入年度排名奖励、末位重组和补助倾斜：补助由方案本身分配",
            }
        )
    if search.stopped:
        notes.append(
            {
                "en": "the search was stopped; this is its best so far, and the same command "
                "goes on from here",
                "zh": "搜索已中止，这是目前最好的方案；再次运行同一命令可继续",
            }
        )
    if not search.objective.adds_up:
        notes.append(
            {
                "en": "this objective is no sum over villages: the search added up a stand-in, "
                "and chose among whole plans by the true number",
                "zh": "该目标不能逐村相加：搜索先用替代指标相加，再按真实指标在整套方案中选择",
            }
        )
    return notes


def of_campaign(fresh: Fresh) -> list[dict[str, str]]:
    """Where the county's own campaign for weak villages pays more or less under the plan: money
    that no budget of it counts."""
    paid = (fresh.ours.outcomes["campaign_cost"] - fresh.none.outcomes["campaign_cost"]).mean()
    promised = sum(fresh.task.cost(c) for c in fresh.plan)
    if abs(paid) <= TRIFLE * max(promised, 1.0):
        return []
    (en, zh), more = (quantity(abs(paid), "yuan", lang) for lang in ("en", "zh")), paid > 0
    return [
        {
            "en": f"beside this plan the county's campaign for weak villages pays {en} "
            f"{'more' if more else 'less'} than with nobody "
            "allied: it looks at income after the costs of membership, and its money is "
            "in no budget here",
            "zh": f"在本方案之外，县里的消薄行动比未联建时{'多' if more else '少'}支出 {zh}：该行动按扣除联建成本后的收入计算，其资金不在此预算之内",
        }
    ]
