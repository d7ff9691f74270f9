"""The state of a society: every variable once, with its unit, bounds and meaning.

A society is a block of one or more runs of one scenario, laid end to end: an archipelago, its runs
the islands. Villages and accounts are columns (one array a variable); alliances and runs are few,
so each is a record. An account is whoever runs projects: row i < villages is village i alone, row
villages + k is alliance k. Rules read and write these arrays and nothing else, and so do the Mesa
agents, which are views on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from village_alliances.sim.metrics import SERIES_FIELDS
from village_alliances.sim.parameters import REGIONAL, levers, parameters
from village_alliances.sim.technology import FIELDS as TECHNOLOGY


@dataclass(frozen=True)
class Variable:
    """One state variable. `kind`: given at the start, a state that moves, or a flow of
    the quarter."""

    name: str
    unit: str
    low: float
    high: float
    kind: str  # given | state | flow
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
id               | id               | 0    | inf | given | u8 | key of the village's draws, from its place and name | 村标识
run              | index            | 0    | inf | given | i8 | position of its run in the block | 所属模拟
township         | id               | 0    | inf | given | i8 | township | 乡镇
county           | id               | 0    | inf | given | i8 | county | 县区
city             | id               | 0    | inf | given | i8 | city | 地市
x                | km               | -inf | inf | given | f8 | place, east | 东向位置
y                | km               | -inf | inf | given | f8 | place, north | 北向位置
population       | persons          | 0    | inf | given | f8 | registered inhabitants | 户籍人口
households       | households       | 0    | inf | given | f8 | registered households | 户数
product          | category         | 0    | inf | given | i8 | main product | 主导产业
stage            | category         | 0    | 3   | given | i8 | step in the product's chain: grow, process, sell, visit | 产业链环节
culture          | category         | 0    | inf | given | i8 | cultural cluster | 文化圈
site             | 1                | 0    | inf | given | f8 | how good its land is to let, against a middling site | 地段优劣
start_income     | yuan/year        | 0    | inf | given | f8 | operating income in the year before the start | 起始经营性收入
start_villager   | yuan/person/year | 0    | inf | given | f8 | income per head in the year before the start | 起始人均收入
trend            | log points/year  | -inf | inf | given | f8 | by how much its operating income grows otherwise than the region's | 经营性收入增速与地区之差
villager_trend   | log points/year  | -inf | inf | given | f8 | by how much its income per head grows otherwise than the region's | 人均收入增速与地区之差
noise            | log points       | -inf | inf | state | f8 | the village's own chance in income | 收入随机项
villager_noise   | log points       | -inf | inf | state | f8 | chance in income per head | 人均收入随机项
ability          | 0..1             | 0    | 1   | state | f8 | what the village's own secretary can do | 书记能力
practice         | 0..1             | 0    | 1   | state | f8 | what branch and committee manage under their own secretary | 自身组织力
learned          | 0..1             | 0    | 1   | state | f8 | what was learned from others and has not faded | 学到的组织力
lent             | -1..1            | -1   | 1   | state | f8 | what a secretary lent by the lead adds, less what lending takes | 跨村任职带来或带走的组织力
capacity         | 0..1             | 0    | 1   | state | f8 | what the village can manage: practice, learned and lent | 组织力
tenure           | quarters         | 0    | inf | state | f8 | how long the secretary has served | 书记任职季度
origin           | category         | 0    | 3   | state | i8 | secretary is local, returnee, cadre, or lent by the lead | 书记来源
lent_from        | index            | -1   | inf | state | i8 | village that lends its secretary (-1 none) | 跨村任职书记所在村
base_income      | yuan/year        | 0    | inf | state | f8 | operating income from what the village already ran | 原有经营收入
project_income   | yuan/year        | -inf | inf | state | f8 | profit of its own projects begun since the start | 自办项目收益
alliance_income  | yuan/year        | -inf | inf | state | f8 | dividends of its alliance | 联合体分红
membership_cost  | yuan/year        | 0    | inf | state | f8 | what meetings, leading and measures cost the village | 参与联建成本
operating_income | yuan/year        | -inf | inf | state | f8 | operating income of the collective: base, own projects and dividends less what membership costs | 集体经济年经营性收入
total_income     | yuan/year        | -inf | inf | state | f8 | operating income and running subsidies | 集体经济年总收入
villager_income  | yuan/person/year | 0    | inf | state | f8 | income per head | 人均收入
wages            | yuan/year        | 0    | inf | state | f8 | wages that projects pay in the village, net of work given up | 项目带来的工资（净增）
rents            | yuan/year        | -inf | inf | state | f8 | rent and premiums that projects bring its households | 项目带来的租金与溢价
jobs             | jobs             | 0    | inf | state | f8 | jobs of projects in the village | 项目岗位
debt             | yuan             | 0    | inf | state | f8 | what the collective owes | 负债
stake            | yuan             | 0    | inf | state | f8 | its claim on its alliance, at book value | 在联合体中的权益
own_stake        | yuan             | 0    | inf | state | f8 | part of that claim from its own money | 其中：自筹出资
alliance         | index            | -1   | inf | state | i8 | slot of its alliance (-1 none) | 所在联合体
joined           | tick             | -1   | inf | state | i8 | quarter in which it joined (-1 never) | 加入季度
standing         | category         | 0    | 2   | state | i8 | outside, active, quiet | 参与状态
signed           | 0..1             | 0    | 1   | state | f8 | share of its free endowments that it signs into the alliance | 统筹比例
expected_gain    | yuan/year        | -inf | inf | state | f8 | yearly gain that it expects of its alliance, at its last decision | 预期年收益
firm             | switch           | 0    | 1   | state | i8 | a firm with orders sits in the village | 村内有带订单企业
firm_jobs        | jobs             | 0    | inf | given | f8 | jobs that this firm can give out | 企业可外放岗位
offered          | jobs             | 0    | inf | state | f8 | jobs that firms would place with its hands, whoever takes them | 企业可安排给本村的岗位
""")  # noqa: E501

ACCOUNT = _table("""
fund       | yuan      | -inf | inf | state | f8 | cash | 现金
ability    | 0..1      | 0    | 1   | state | f8 | what whoever manages it brings to it, thinned by what it runs | 经营能力
hired      | switch    | 0    | 1   | state | i8 | an operator is hired for a part of the profit | 聘用职业经理人
profit     | yuan/year | -inf | inf | flow  | f8 | profit of its projects this quarter, at a yearly rate | 项目利润（年化）
expected   | yuan/year | -inf | inf | state | f8 | yearly profit that its projects in work and begun promise | 预期项目利润
worth      | yuan      | -inf | inf | state | f8 | present worth of its projects in work and begun | 在营与在建项目现值
managed    | yuan      | 0    | inf  | state | f8 | capital that its manager runs, weighted by how much it needs managing | 需管理的资产
best       | index     | -1   | inf | state | i8 | the project it would begin next (-1 none) | 下一优选项目
orders     | jobs      | 0    | inf  | state | f8 | jobs that firms would place with it | 可承接订单岗位
best_worth | yuan/yuan | 0    | inf | state | f8 | worth of that project a yuan put in | 优选项目价值
best_put   | yuan      | 0    | inf | state | f8 | what would be put into it of all money in sight | 优选项目投入
""")

ALLIANCE = _table("""
key          | id            | 0    | inf | given | u8 | key of the alliance's draws, from its first lead and founding quarter | 联合体标识
number       | number        | 0    | inf | given | i8 | its number in the run, from 1 in order of founding | 序号
status       | category      | 0    | 3   | state | i8 | free slot, active, on paper, ended | 状态
strategy     | index         | 0    | inf | given | i8 | its strategy in the portfolio | 策略
founded      | tick          | -1   | inf | given | i8 | quarter of its founding | 成立季度
lead         | index         | -1   | inf | state | i8 | lead village | 牵头村
head         | category      | 0    | 2   | state | i8 | who runs it: the lead's secretary, the township, a firm | 负责人
head_ability | 0..1          | 0    | 1   | state | f8 | ability of a head from outside | 外部负责人能力
head_practice | 0..1         | 0    | 1   | state | f8 | what that head brings to its work, into which it grows | 外部负责人履职能力
forced       | switch        | 0    | 1   | given | i8 | put together from above | 是否强制组建
members      | villages      | 0    | inf | state | i8 | number of members | 成员数
active       | villages      | 0    | inf | state | i8 | members that are not quiet | 活跃成员数
cohesion     | 0..1          | 0    | 1   | state | f8 | how far members act as one | 凝聚力
meetings     | meetings/year | 0    | inf | flow  | f8 | meetings a year, at the rate of this quarter | 年会议次数
top          | index         | -1   | inf | flow  | i8 | member that can manage most | 最能干成员村
product      | category      | -1   | inf | flow  | i8 | the product that members pool most of | 主产业
stakes       | yuan          | 0    | inf | state | f8 | claims of all members: equal to cash and capital | 权益合计
granted      | yuan          | 0    | inf | state | f8 | public money received since the founding | 累计获补助
grant        | 1             | 0    | inf | given | f8 | its grant a member, as a multiple of the county's usual one | 补助倍数
own_money    | yuan          | 0    | inf | state | f8 | own money that members have put in since the founding | 累计自筹
site         | 1             | 0    | inf | flow  | f8 | site of the land that is signed in | 统筹土地地段
stale        | switch        | 0    | 1   | flow  | i8 | its lead or members changed, so what projects bring is worked out anew | 需重算
warned       | switch        | 0    | 1   | state | i8 | was last in the ranking the year before | 上年被提醒
year_income  | yuan/year     | -inf | inf | state | f8 | members' mean income at the last ranking | 上年成员平均收入
promising    | index         | -1   | inf | given | i8 | member to whom single money would have promised most at the founding | 单投最优成员
weakest      | index         | -1   | inf | given | i8 | member with the lowest income at the founding | 最弱成员
""")

RUN = _table("""
run          | number    | 0    | inf | given | u8 | the run's number: the key of its draws | 模拟编号
status       | code      | 0    | 9   | state | i8 | 0 well; else why the run failed | 模拟状态
noise_var    | 1         | 0    | inf | state | f8 | variance that income's chance has reached | 收入随机项方差
villager_var | 1         | 0    | inf | state | f8 | variance that chance in income per head has reached | 人均收入随机项方差
pandemic     | log points | -inf | inf | state | f8 | what is left of a pandemic's blow | 疫情冲击余量
granting     | 1         | 0    | inf | state | f8 | whether the county pays grants at present | 当前是否发放补助
income_before | yuan/year | 0   | inf | flow | f8 | mean operating income of villages as the quarter begins, losses as nought | 季初村均经营性收入
next_slot    | index     | 0    | inf | state | i8 | where to look for a free slot next | 下一空位
last_weak    | tick      | -1   | inf | state | i8 | last quarter with a village under 50,000 yuan | 最后有薄弱村的季度
founded_sum  | alliances | 0    | inf | state | i8 | alliances founded so far | 累计成立数
ended_sum    | alliances | 0    | inf | state | i8 | alliances ended so far | 累计终止数
leaves       | villages  | 0    | inf | state | i8 | members that have left so far | 累计退出数
quietened    | villages  | 0    | inf | state | i8 | members that have gone quiet so far | 累计不再参与数
refusals     | villages  | 0    | inf | state | i8 | invitations refused so far | 累计拒绝数
begun_sum    | projects  | 0    | inf | state | i8 | projects begun so far | 累计开工项目
failed_sum   | projects  | 0    | inf | state | i8 | projects that never came into work so far | 累计未投产项目
died_sum     | projects  | 0    | inf | state | i8 | projects that ended after having worked so far | 累计停办项目
project_years | project years | 0 | inf | state | f8 | time that projects have worked so far | 累计项目运营年
member_years | member years  | 0 | inf | state | f8 | time of membership so far | 累计成员年
grants_sum   | yuan      | 0    | inf | state | f8 | public money for alliances so far | 财政专项资金累计
solo_sum     | yuan      | 0    | inf | state | f8 | public money for single villages in place of alliances so far | 单村专项资金累计
ordinary_sum | yuan      | 0    | inf | state | f8 | ordinary project money so far | 常规项目资金累计
campaign_sum | yuan      | 0    | inf | state | f8 | public money of the weak-village campaign so far | 消薄行动资金累计
transfers_sum | yuan     | 0    | inf | state | f8 | running subsidies so far | 运转补助累计
own_sum      | yuan      | 0    | inf | state | f8 | members' own money put into alliances so far | 自筹投入累计
earned       | yuan      | -inf | inf | flow  | f8 | base income | 原有经营收入
profits      | yuan      | -inf | inf | flow  | f8 | profit of projects | 项目利润
ordinary     | yuan      | 0    | inf | flow  | f8 | ordinary project money | 常规项目资金
grants       | yuan      | 0    | inf | flow  | f8 | grants and rewards to alliances | 联合体补助
solo_grants  | yuan      | 0    | inf | flow  | f8 | public money for single villages | 单村补助
campaign     | yuan      | 0    | inf | flow  | f8 | property given by the campaign | 消薄行动物业
spent        | yuan      | -inf | inf | flow  | f8 | running of villages and welfare | 村级支出
interest     | yuan      | 0    | inf | flow  | f8 | interest on debt | 债务利息
costs        | yuan      | 0    | inf | flow  | f8 | meetings, leading and measures | 联建成本
works        | yuan      | 0    | inf | flow  | f8 | public works of alliances | 公共工程
written_off  | yuan      | 0    | inf | flow  | f8 | capital lost by failures and endings | 资产减值
""")


def _codes(count: int) -> list[Any]:
    """0, 1, ... as numpy numbers: Numba compiles a function anew for each Python literal."""
    return [np.int64(code) for code in range(count)]


NOBODY = np.int64(-1)
ENDOWMENTS = ("land", "pieces", "volume", "scenic", "hands", "orders", "roofs", "people")
LAND, PIECES, VOLUME, SCENIC, HANDS, ORDERS, ROOFS, PEOPLE = _codes(8)
MONEY = NOBODY  # a project type that needs nothing else
STATUS = ("free", "active", "paper", "ended")
FREE, ACTIVE, PAPER, DISSOLVED = _codes(4)
STANDING = ("outside", "active", "quiet")
OUTSIDE, WORKING, QUIET = _codes(3)
STAGES = ("grow", "process", "sell", "visit")
ORIGINS = ("local", "returnee", "cadre", "lent")
LOCAL, RETURNEE, CADRE, LENT = _codes(4)
FORMATION = ("near", "complement", "product", "chain", "border", "kin", "firm", "scenic", "money", "different")  # fmt: skip
NEAR, COMPLEMENT, PRODUCT, CHAIN, ACROSS, KIN, ROUND_FIRM, AROUND_SCENERY, WITH_MONEY, DIFFERENT = _codes(10)  # fmt: skip
HEADS = ("ablest", "township", "firm")
BY_ABLEST, BY_TOWNSHIP, BY_FIRM = _codes(3)
SHARING = ("stake", "equal", "weakest", "promised")
BY_STAKE, EQUALLY, WEAKEST_FIRST, PROMISED = _codes(4)
NAMES_OF = ("all", "weak")
IN_ALL_NAMES, IN_WEAK_NAMES = _codes(2)
MEASURES = ("mentoring", "posting", "agreement", "culture", "orders", "works", "outlet", "services")

EVENTS = (
    "founded", "joined", "left", "quiet", "active_again", "begun", "ripened", "failed", "died", "closed",
    "secretary_replaced", "secretary_lent", "secretary_left", "ended", "grant", "own_money", "on_paper",
    "reward", "warned", "refused", "campaign", "firm_left", "firm_came",
)  # fmt: skip
(FOUNDED, JOINED, LEFT, WENT_QUIET, ACTIVE_AGAIN, BEGUN, RIPENED, FAILED, DIED, CLOSED, REPLACED, LENT_OUT, GONE,
 ENDED, GRANT, OWN_MONEY, ON_PAPER, REWARD, WARNED, REFUSED, CAMPAIGN, FIRM_LEFT, FIRM_CAME) = _codes(23)  # fmt: skip

CALENDAR = (
    ("election", "i8"), ("grants", "f8"), ("market", "f8"), ("market_product", "i8"),
    ("pandemic", "f8"), ("leader_loss", "i8"), ("firm_loss", "i8"),
)  # fmt: skip
LOG_FIELDS = [("tick", "i8"), ("event", "i8"), ("run", "i8"), ("village", "i8"), ("alliance", "i8"), ("type", "i8"), ("amount", "f8")]  # fmt: skip
# What a strategy says, as the rules read it.
STRATEGY_FIELDS = [
    ("formation", "i8"), ("head", "i8"), ("sharing", "i8"), ("names", "i8"), ("plenaries", "f8"), ("pact", "f8"),
    *((measure, "f8") for measure in MEASURES),
]  # fmt: skip
MOST = 16  # members that a proposal can hold
# What a village that is asked to join has worked out for itself in this round.
HOME_FIELDS = [("alone", "f8"), ("knows_alone", "i8")]
GIVEN_FIELDS = [
    ("founded", "i8"),
    ("lead", "i8"),
    ("strategy", "i8"),
    ("members", "i8"),
    ("grant", "f8"),
]

MEMBERS = {
    "villages": "columns of shape (runs * villages,)",
    "accounts": "columns of shape (runs * villages + runs * slots,)",
    "alliances": "records (runs * slots,)",
    "runs": "records (runs,)",
    "parameters": "records (runs,)",
    "levers": "records (runs,)",
    "technology": "records (runs, types)",
    "needs": "(types, 2): endowments that a type uses up, -1 none",
    "calendar": "what each quarter brings from outside: records (ticks,)",
    "seed": "seed of the draws (1,)",
    "endowment": "(villages, endowments): what the village has and does not use for what it already "
    "runs",
    "used": "(villages, endowments): what its own projects since the start use",
    "signed_away": "(villages, endowments): what projects of its alliance use of it",
    "capital": "(accounts, types): yuan in work",
    "building": "(accounts, types): yuan begun that does not work yet",
    "fortune": "(accounts, types): how this project turns out against a middling one; 0 before it "
    "is begun",
    "rate": "(accounts, types): yuan a year and yuan that the account may expect of a type, "
    "fortune apart",
    "market": "(runs, counties, types, products): capital in reach, smoothed, as it stood when the year began",
    "depth": "(counties,): villages that share a market",
    "price": "(runs, products): log deviation of a product's price",
    "product_key": "(products,): key of a product's draws",
    "type_key": "(types,): key of the draws of a type's projects",
    "first": "(alliances + 1,): where an alliance's members begin in `member`",
    "member": "(runs * villages,): villages by alliance, in id order",
    "strategies": "records (strategies,)",
    "given": "records (given alliances,)",
    "given_member": "(villages in a run,): which given alliance a village belongs to (-1 none)",
    "choice": "(villages in a run,): strategy with which a founder there would found",
    "near": "(villages in a run, neighbours): nearest villages in the run, padded with -1",
    "village_money": "(ticks or 0, villages): yuan a quarter of public money for single villages",
    "even": "(ticks or 0, villages): record of alliances' public money as if given to members "
    "evenly",
    "lumped": "(ticks or 0, villages): the same, on the member that promises most",
    "on_weakest": "(ticks or 0, villages): the same, on the weakest member",
    "room": "scratch of the chooser (endowments,): what is free of each",
    "taken": "scratch of the chooser (endowments,): part of what is signed in that an alliance would "
    "take of each",
    "running": "scratch of the chooser (types,): yuan that run of each",
    "likely": "scratch of forming (types,): rates that a set of villages would have together",
    "pulls": "scratch of firms (neighbours + 1,): what draws their orders to each village in "
    "reach, its own last",
    "who": "scratch: the set of villages that is weighed, or the members of an alliance",
    "parts": "scratch of forming (members,): share of what it has that each of the set would "
    "sign in",
    "named": "scratch (members,): part of public money that stands in the name of each of the set",
    "brought": "scratch (members,): yuan that each of the set would bring, or brings",
    "claims": "scratch of forming (members,): yuan that would stand in the name of each",
    "worth": "scratch of forming (2, members): yuan a year that each expects of one set and of "
    "another",
    "home": "scratch of forming: what each village expects at home, records (villages,)",
    "series": "outcomes by name: records (runs, years + 1)",
    "log": "events of the quarter: records (room,)",
    "log_size": "(2,): events written, events that found no room",
}
REALS = {
    "endowment": 2, "used": 2, "signed_away": 2, "capital": 2, "building": 2, "fortune": 2, "rate": 2, "market": 4,
    "depth": 1, "price": 2, "village_money": 2, "even": 2, "lumped": 2, "on_weakest": 2,
    "room": 1, "taken": 1, "pulls": 1, "running": 1, "likely": 1, "parts": 1, "named": 1, "brought": 1,
    "claims": 1, "worth": 2,
}  # fmt: skip
WHOLES = {
    "near": 2, "seed": 1, "first": 1, "member": 1, "given_member": 1, "choice": 1, "log_size": 1, "needs": 2,
    "who": 1,
}  # fmt: skip


def _fields(variables: tuple[Variable, ...]) -> list[tuple[str, str]]:
    return [(v.name, v.dtype) for v in variables]


RECORDS: dict[str, tuple[Any, int]] = {  # fields and dimensions
    "alliances": (_fields(ALLIANCE), 1),
    "runs": (_fields(RUN), 1),
    "parameters": ([(name, "f8") for name in (*parameters(), *REGIONAL)], 1),
    "levers": ([(name, "f8") for name in levers()], 1),
    "technology": ([(name, "f8") for name in TECHNOLOGY], 2),
    "calendar": (list(CALENDAR), 1),
    "strategies": (STRATEGY_FIELDS, 1),
    "given": (GIVEN_FIELDS, 1),
    "home": (HOME_FIELDS, 1),
    "series": (SERIES_FIELDS, 2),
    "log": (LOG_FIELDS, 1),
}


def records(variables: tuple[Variable, ...], rows: int) -> Any:
    """Empty records with a field for each variable: recarray of shape (rows,)."""
    return np.zeros(rows, _fields(variables)).view(np.recarray)
