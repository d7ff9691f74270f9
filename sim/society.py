"""The state of a society: every variable once, with its unit, bounds and meaning.

A society is a block of one or more runs of one scenario, laid end to end: an archipelago, its runs the islands. Villages
are columns (one array a variable); alliances and runs are few, so each is a record. Rules read and write these arrays and
nothing else, and so do the Mesa agents, which are views on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from village_alliances.sim.parameters import REGIONAL, levers, parameters

INF = float("inf")


@dataclass(frozen=True)
class Variable:
    """One state variable: `kind` says whether it is given at the start, moves, is a flow of the quarter, or is the shadow's."""

    name: str
    unit: str
    low: float
    high: float
    kind: str  # given | state | flow | shadow
    en: str
    zh: str
    dtype: str = "f8"


def _table(text: str) -> tuple[Variable, ...]:
    rows = []
    for line in text.strip().splitlines():
        name, unit, low, high, kind, dtype, en, zh = (cell.strip() for cell in line.split("|"))
        rows.append(Variable(name, unit, float(low), float(high), kind, en, zh, dtype))
    return tuple(rows)


# name | unit | low | high | kind | dtype | meaning | 含义
VILLAGE = _table("""
id               | id               | 0    | inf | given  | u8 | key of the village's luck, from its place and name | 村标识
run              | index            | 0    | inf | given  | i8 | position of its run in the block | 所属运行
township         | id               | 0    | inf | given  | i8 | township | 乡镇
county           | id               | 0    | inf | given  | i8 | county | 县区
city             | id               | 0    | inf | given  | i8 | city | 地市
x                | km               | -inf | inf | given  | f8 | place, east | 东向位置
y                | km               | -inf | inf | given  | f8 | place, north | 北向位置
population       | persons          | 0    | inf | given  | f8 | registered inhabitants | 户籍人口
households       | households       | 0    | inf | given  | f8 | registered households | 户数
industry         | category         | 0    | inf | given  | i8 | main product | 主导产业
stage            | category         | 0    | 3   | given  | i8 | step in the product's chain: grow, process, sell, visit | 产业链环节
culture          | category         | 0    | inf | given  | i8 | cultural cluster | 文化圈
site             | 1                | 0    | inf | given  | f8 | how good its land is to let, against a middling site | 地段优劣
start_income     | yuan/year        | 0    | inf | given  | f8 | collective income in the year before the start | 起始集体收入
start_villager   | yuan/person/year | 0    | inf | given  | f8 | income per head in the year before the start | 起始人均收入
noise            | log points       | -inf | inf | state  | f8 | the village's own luck in income | 收入随机项
villager_noise   | log points       | -inf | inf | state  | f8 | luck in income per head | 人均收入随机项
capacity         | 0..1             | 0    | 1   | state  | f8 | how well branch and committee turn means into results | 组织力
ability          | 0..1             | 0    | 1   | state  | f8 | what the secretary can do | 书记能力
tenure           | quarters         | 0    | inf | state  | f8 | how long the secretary has served | 书记任职季度
origin           | category         | 0    | 3   | state  | i8 | secretary is local, returnee, cadre, or lent by the lead | 书记来源
serves           | villages         | 0    | 20  | state  | i8 | villages that the secretary serves | 书记任职村数
posted_from      | index            | -1   | inf | state  | i8 | village that lends its secretary (-1 none) | 兼任书记来源村
mentor           | index            | -1   | inf | state  | i8 | village whose secretary is the mentor (-1 none) | 导师所在村
secretary_income | yuan/year        | 0    | inf | state  | f8 | the secretary's allowance and prizes | 书记报酬
idle             | mu               | 0    | inf | state  | f8 | collective land and buildings that lie idle or are let for little | 闲置资产
planted          | mu               | 0    | inf | state  | f8 | land made fit, first half of its lag | 整治中（前期）
growing          | mu               | 0    | inf | state  | f8 | land made fit, second half of its lag | 整治中（后期）
developed        | mu               | 0    | inf | state  | f8 | land and buildings let or run well | 已盘活资产
base_income      | yuan/year        | 0    | inf | state  | f8 | operating income from what the village already ran | 原有经营收入
granted_income   | yuan/year        | 0    | inf | state  | f8 | income of property that the county's campaign gave | 消薄项目收入
land_income      | yuan/year        | -inf | inf | state  | f8 | rent of land developed beyond what the village would have done alone | 土地盘活增收
brand_income     | yuan/year        | -inf | inf | state  | f8 | income through a common brand, less erosion by sameness | 品牌增收
venture_income   | yuan/year        | -inf | inf | state  | f8 | dividends of joint ventures, enclaves and workshops | 合资分红
collective_income| yuan/year        | -inf | inf | state  | f8 | the sum of the five: operating income of the collective | 集体经济收入
villager_income  | yuan/person/year | 0    | inf | state  | f8 | income per head | 人均收入
wages            | yuan/person/year | 0    | inf | state  | f8 | part of income per head that came through the alliance | 联盟带来的人均增收
reserves         | yuan             | -inf | inf | state  | f8 | cash less debt of the collective | 净积累（现金减负债）
stake            | yuan             | 0    | inf | state  | f8 | what the village has put into its alliance | 累计出资
effort           | 0..1             | 0    | 1   | state  | f8 | how much of what it could the village does for its alliance | 投入程度
expected_gain    | yuan/year        | -inf | inf | state  | f8 | yearly gain that the village expects of its alliance | 预期年收益
satisfaction     | 0..1             | 0    | 1   | state  | f8 | how content villagers are with jobs, services and culture | 群众满意度
alliance         | index            | -1   | inf | state  | i8 | slot of its alliance (-1 none) | 所在联合体
joined           | tick             | -1   | inf | state  | i8 | quarter in which it joined (-1 never) | 加入季度
brand_left       | yuan/year        | -inf | inf | state  | f8 | brand income that still echoes after leaving | 退出后残余品牌收益
solo_fund        | yuan             | 0    | inf | state  | f8 | public money for projects of its own, not yet spent | 单村项目资金
solo_capital     | yuan             | 0    | inf | state  | f8 | capital of projects of its own | 单村项目资产
solo_power       | yuan             | 0    | inf | state  | f8 | what that capital earns like | 单村项目盈利当量
contributed      | yuan/quarter     | 0    | inf | flow   | f8 | put into the alliance this quarter | 本季出资
dividend         | yuan/quarter     | -inf | inf | flow   | f8 | received from the alliance this quarter | 本季分红
alone_capacity   | 0..1             | 0    | 1   | shadow | f8 | capacity without alliances | 不结盟时组织力
alone_ability    | 0..1             | 0    | 1   | shadow | f8 | ability of the secretary without alliances | 不结盟时书记能力
alone_tenure     | quarters         | 0    | inf | shadow | f8 | tenure without alliances | 不结盟时任职季度
alone_origin     | category         | 0    | 3   | shadow | i8 | origin of the secretary without alliances | 不结盟时书记来源
alone_idle       | mu               | 0    | inf | shadow | f8 | idle assets without alliances | 不结盟时闲置资产
alone_planted    | mu               | 0    | inf | shadow | f8 | planted without alliances | 不结盟时整治中（前期）
alone_growing    | mu               | 0    | inf | shadow | f8 | growing without alliances | 不结盟时整治中（后期）
alone_developed  | mu               | 0    | inf | shadow | f8 | developed without alliances | 不结盟时已盘活资产
alone_reserves   | yuan             | -inf | inf | shadow | f8 | reserves without alliances | 不结盟时净积累
alone_base       | yuan/year        | 0    | inf | shadow | f8 | operating income without alliances | 不结盟时原有经营收入
alone_income     | yuan/year        | 0    | inf | shadow | f8 | collective income without alliances | 不结盟时集体经济收入
alone_villager   | yuan/person/year | 0    | inf | shadow | f8 | income per head without alliances | 不结盟时人均收入
""")

ALLIANCE = _table("""
key          | id            | 0    | inf | given | u8 | key of the alliance's luck, from its first lead and founding quarter | 联合体标识
number       | number        | 0    | inf | given | i8 | its number in the run, from 1 in order of founding | 序号
status       | category      | 0    | 5   | state | i8 | free slot, forming, active, on paper, merged into one village, dissolved | 状态
strategy     | index         | 0    | inf | given | i8 | its strategy in the portfolio | 策略
founded      | tick          | -1   | inf | given | i8 | quarter of its founding | 成立季度
lead         | index         | -1   | inf | state | i8 | lead village, whose secretary is the convenor | 牵头村
township_head| switch        | 0    | 1   | given | i8 | a township cadre heads it | 乡镇干部任书记
sharing      | category      | 0    | 3   | given | i8 | by contribution, equally, weakest first, guaranteed | 分配规则
plenaries    | meetings/year | 0    | 60  | given | f8 | obligatory meetings a year | 年例会次数
forced       | switch        | 0    | 1   | given | i8 | put together from above | 是否强制组建
members      | villages      | 0    | inf | state | i8 | number of members | 成员数
cohesion     | 0..1          | 0    | 1   | state | f8 | how far members act as one | 凝聚力
fund         | yuan          | 0    | inf | state | f8 | cash of the alliance | 联盟资金
venture_chest| yuan          | 0    | inf | state | f8 | part of the fund put by for ventures | 其中：合资项目备用金
enclave_chest| yuan          | 0    | inf | state | f8 | part of the fund put by for property elsewhere | 其中：飞地备用金
capital      | yuan          | 0    | inf | state | f8 | members' and public venture capital in work | 合资资产
kept         | yuan          | 0    | inf | state | f8 | part of the fund kept back from profits, from which a promised dividend is paid | 其中：留存备付利润
power        | yuan          | 0    | inf | state | f8 | what that capital earns like: above its cost after a success | 合资资产的盈利当量
outside      | yuan          | 0    | inf | state | f8 | outside capital beside it | 社会资本
enclave      | yuan          | 0    | inf | state | f8 | property held elsewhere | 飞地物业
building_sum | yuan          | 0    | inf | state | f8 | money in projects that have not ripened | 在建项目资金
works        | yuan          | 0    | inf | state | f8 | joint public works | 公共项目投入
jobs         | jobs          | 0    | inf | state | f8 | places in workshops | 工坊岗位
brand        | 0..1          | 0    | 1   | state | f8 | how well known the common brand is | 品牌知名度
meetings     | meetings      | 0    | inf | flow  | f8 | meetings held this quarter | 本季会议
meetings_sum | meetings      | 0    | inf | state | f8 | meetings held since the founding | 累计会议
granted_sum  | yuan          | 0    | inf | state | f8 | public money received since the founding | 累计获补助
unfairness   | 0..1          | 0    | 1   | state | f8 | distance of profit shares from shares of money put in | 分配不公度
slack        | quarters      | 0    | inf | state | i8 | quarters in a row with mean effort under .15 | 松散季度数
warned       | switch        | 0    | 1   | state | i8 | was last in the ranking the year before | 上年被提醒
shared_head  | quarters      | 0    | inf | state | i8 | quarters in which one secretary has served all members | 一人任全部村书记季度数
score        | 1             | -inf | inf | state | f8 | points in the county's yearly ranking | 年度考评得分
year_income  | yuan/year     | -inf | inf | state | f8 | members' mean income at the last ranking | 上年成员平均收入
theta        | 0..1          | 0    | 1   | flow  | f8 | share of its programme that the lead's attention allows | 注意力折扣
strength     | 1             | 0    | inf | given | f8 | sum of its channel strengths | 渠道强度合计
money        | 1             | 0    | inf | given | f8 | sum of the strengths of channels that spend money | 用钱渠道强度合计
worked       | 0..1          | 0    | 1   | given | f8 | part of that sum which is worked (below 1 where a channel is left out) | 其中实际开展的比例
grant        | 1             | 0    | inf | given | f8 | its grant a member, as a multiple of the county's usual one | 补助倍数
top_ability  | 0..1          | 0    | 1   | flow  | f8 | ability of the ablest secretary | 最高书记能力
top          | index         | -1   | inf | flow  | i8 | village of the ablest secretary | 最能干书记所在村
effort       | 0..1          | 0    | 1   | flow  | f8 | mean effort of members | 平均投入程度
reach        | km            | 0    | inf | flow  | f8 | mean distance of members to the lead | 平均距离
borders      | 1             | 0    | inf | flow  | f8 | mean weight of borders between members and the lead | 平均跨界程度
kinship      | 0..1          | 0    | 1   | flow  | f8 | share of members of the lead's culture | 同文化圈比例
industry     | category      | 0    | inf | flow  | i8 | its product: the lead's | 主产业
volume       | mu            | 0    | inf | flow  | f8 | developed land in that product | 主产业规模
chain        | 0..1          | 0    | 1   | flow  | f8 | how much of the product's chain its members cover | 产业链完整度
pooled       | mu            | 0    | inf | flow  | f8 | land of all members, idle or in use | 成员闲置与已用资产合计
people       | persons       | 0    | inf | flow  | f8 | population of all members | 成员人口合计
income       | yuan/year     | -inf | inf | flow  | f8 | mean collective income of members | 成员平均收入
stakes       | yuan          | 0    | inf | flow  | f8 | stakes of all members | 累计出资合计
profit       | yuan/quarter  | -inf | inf | flow  | f8 | profit of the quarter | 本季利润
""")

# Each quarter's money by run: what came in from outside, what went out, and what became capital. See tests of the balance.
RUN = _table("""
run          | number | 0    | inf | given | u8 | the run's number: the key of its luck | 运行编号
status       | code   | 0    | 9   | state | i8 | 0 well; else why the run failed | 运行状态
noise_var    | 1      | 0    | inf | state | f8 | variance that income's luck has reached | 收入随机项方差
villager_var | 1      | 0    | inf | state | f8 | variance that luck in income per head has reached | 人均收入随机项方差
pandemic     | log points | -inf | inf | state | f8 | what is left of a pandemic's blow | 疫情冲击余量
founded_sum  | alliances | 0 | inf | state | i8 | alliances founded so far | 累计成立数
ended_sum    | alliances | 0 | inf | state | i8 | alliances ended so far | 累计终止数
exits        | villages  | 0 | inf | state | i8 | exits so far | 累计退出数
switches     | villages  | 0 | inf | state | i8 | moves from one alliance to another so far | 累计转换数
refusals     | villages  | 0 | inf | state | i8 | invitations refused so far | 累计拒绝数
unsettled    | years     | 0 | inf | state | i8 | yearly reviews in which moves had not come to rest | 未稳定年份数
next_slot    | index     | 0 | inf | state | i8 | where to look for a free slot next | 下一空位
granting     | 1    | 0  | inf | state | f8 | whether the county pays grants at present (1) or has cut them (0) | 当前是否发放补助
campaign_sum | yuan | 0 | inf | state | f8 | public money of the weak-village campaign so far | 消薄行动公共资金累计
last_weak    | tick      | -1 | inf | state | i8 | last quarter with a village under 50,000 yuan | 最后有薄弱村的季度
grants_sum   | yuan | 0 | inf | state | f8 | public money for alliances so far | 联盟专项公共资金累计
transfers_sum| yuan | 0 | inf | state | f8 | public money that comes with or without alliance so far | 普惠公共资金累计
own_money_sum| yuan | 0 | inf | state | f8 | what members have put into alliances of their own so far | 成员村自筹投入累计
solo_sum     | yuan | 0 | inf | state | f8 | public money for projects of single villages so far | 单村项目公共资金累计
earned       | yuan | -inf | inf | flow | f8 | operating income earned outside alliances | 经营收入
profits      | yuan | -inf | inf | flow | f8 | profit of ventures, enclaves, workshops, solo projects | 合资利润
services     | yuan | -inf | inf | flow | f8 | running cost saved by shared services | 服务节省
transfers    | yuan | 0 | inf | flow | f8 | running subsidies | 运转补助
grants       | yuan | 0 | inf | flow | f8 | grants and rewards to alliances, of the quarter | 联盟补助
solo_grants  | yuan | 0 | inf | flow | f8 | grants to single villages, of the quarter | 单村补助
salvaged     | yuan | 0 | inf | flow | f8 | recovered from failed projects and ended alliances | 收回残值
spent        | yuan | -inf | inf | flow | f8 | running of villages and welfare | 村级支出
interest     | yuan | 0 | inf | flow | f8 | interest on debt | 债务利息
land_cost    | yuan | 0 | inf | flow | f8 | making land fit | 土地整治支出
invested     | yuan | 0 | inf | flow | f8 | begun as ventures, enclaves and solo projects | 项目投资
works_cost   | yuan | 0 | inf | flow | f8 | workshops and public works | 工坊与公共项目支出
contributed  | yuan | 0 | inf | flow | f8 | from villages into alliances (inside the society) | 成员出资
dividends    | yuan | -inf | inf | flow | f8 | from alliances to villages (inside the society) | 分红
written_off  | yuan | 0 | inf | flow | f8 | capital lost by wear, failure and ending | 资产减值
""")

CALENDAR = (
    ("election", "i8"),
    ("grants", "f8"),
    ("market", "f8"),
    ("market_industry", "i8"),
    ("pandemic", "f8"),
    ("leader_loss", "i8"),
)


def _codes(count: int) -> list[Any]:
    """0, 1, ... as numpy numbers: Numba compiles a function anew for each Python literal that it is called with."""
    return [np.int64(code) for code in range(count)]


NOBODY = np.int64(-1)
CHANNELS = (
    "mentoring", "land_pooling", "joint_venture", "common_brand", "workshops",
    "shared_services", "culture", "public_projects", "border_cooperation", "enclave_property",
)  # fmt: skip
MENTORING, LAND, VENTURE, BRAND, WORKSHOPS, SERVICES, CULTURE, PUBLIC, BORDER, ENCLAVE = _codes(10)
SHARING = ("contribution", "equal", "weakest_first", "guaranteed")
BY_CONTRIBUTION, EQUALLY, WEAKEST_FIRST, GUARANTEED = range(4)
STATUS = ("free", "forming", "active", "dormant", "merged", "dissolved")
FREE, FORMING, ACTIVE, DORMANT, MERGED, DISSOLVED = range(6)
STAGES = ("grow", "process", "sell", "visit")
ORIGINS = ("local", "returnee", "cadre", "lent")
LOCAL, RETURNEE, CADRE, LENT = range(4)

FORMATION = ("near", "complement", "same_industry", "chain", "border", "culture", "firm")
LEADER = ("ablest", "richest", "township")
ABLEST, RICHEST, TOWNSHIP = range(3)

EVENTS = (
    "founded", "joined", "left", "meeting", "project_begun", "project_ripened", "project_failed",
    "secretary_replaced", "secretary_lent", "secretary_left", "dividend", "ended", "grant", "on_paper", "revived",
    "reward", "warned", "merged", "switched", "refused", "campaign", "absorbed",
)  # fmt: skip
(FOUNDED, JOINED, LEFT, MEETING, BEGUN, RIPENED, FAILED, REPLACED, LENT_OUT, GONE, DIVIDEND, ENDED, GRANT, ON_PAPER, REVIVED,
 REWARD, WARNED, MERGER, SWITCHED, REFUSED, CAMPAIGN, ABSORBED) = _codes(22)  # fmt: skip

RIPENING_MOST = 12  # quarters; a project ripens after one to twelve
LOG_FIELDS = [
    ("tick", "i8"),
    ("event", "i8"),
    ("run", "i8"),
    ("village", "i8"),
    ("alliance", "i8"),
    ("amount", "f8"),
]

MEMBERS = {
    "v": "villages: columns of shape (runs * villages,)",
    "a": "alliances: records (runs * slots,)",
    "r": "runs: records (runs,)",
    "p": "parameters by run: records (runs,)",
    "l": "levers by run: records (runs,)",
    "calendar": "what the calendar brings: records (ticks,)",
    "seed": "luck seed (1,)",
    "belief": "(villages, channels): gain expected of a channel as a share of its potential",
    "strength": "(alliances, channels)",
    "building": "(alliances, 2, 13): money by the quarter (mod 13) in which ventures and enclaves ripen",
    "solo_building": "(villages or 0, 13): the same for projects of single villages",
    "solo_budget": "(runs or 0, ticks): yuan a quarter for projects of single villages",
    "first": "(alliances + 1,): where an alliance's members begin in `member`",
    "member": "(runs * villages,): villages by alliance, in id order",
    "plan_strategy": "(strategies, channels): strengths as the strategies say",
    "plan_undone": "(strategies, channels): strengths of channels left undone; their attention and money go nowhere else",
    "given_grant": "(given alliances,): multiple of the county's usual grant",
    "plan": "(strategies, 5): formation rule, leader rule, sharing, plenaries a year, key of its luck",
    "industry_key": "(products,): key of a product's luck",
    "given": "(given alliances, 4): founding tick, lead in the run (-1 ablest), strategy, number of members",
    "given_member": "(villages in a run,): which given alliance a village belongs to (-1 none)",
    "choice": "(villages in a run,): strategy with which a founder there would found",
    "near": "(villages in a run or 0, neighbours): nearest villages in the run, padded with -1",
    "series": "(runs, years + 1, outcomes)",
    "scratch": "(channels,): room for one sum of a rule",
    "scratch2": "(channels,): the same",
    "log": "events of the quarter: records (room,)",
    "log_size": "(2,): events written, events that found no room",
}
REALS = {
    "belief": 2, "strength": 2, "building": 3, "solo_building": 2, "solo_budget": 2, "plan_strategy": 2, "plan_undone": 2, "given_grant": 1, "plan": 2,
    "series": 3, "scratch": 1, "scratch2": 1,
}  # fmt: skip
WHOLES = {
    "near": 2,
    "seed": 1,
    "first": 1,
    "member": 1,
    "given": 2,
    "given_member": 1,
    "choice": 1,
    "log_size": 1,
}


def _fields(variables: tuple[Variable, ...]) -> list[tuple[str, str]]:
    return [(v.name, v.dtype) for v in variables]


RECORDS: dict[str, Any] = {
    "a": _fields(ALLIANCE),
    "r": _fields(RUN),
    "p": [(name, "f8") for name in (*parameters(), *REGIONAL)],
    "l": [(name, "f8") for name in levers()],
    "calendar": list(CALENDAR),
    "log": LOG_FIELDS,
}


def records(variables: tuple[Variable, ...], rows: int) -> Any:
    """Empty records with a field for each variable: recarray of shape (rows,)."""
    return np.zeros(rows, _fields(variables)).view(np.recarray)
