"""The columns of a village table: what each means, its unit and bounds, and the words
by which people call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Words of a county office for the products that the model knows by name.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "flowers": ("花木", "花卉", "苗木", "花卉苗木", "鲜花", "flower"),
    "peach": ("水蜜桃", "桃", "桃子", "蜜桃", "peaches"),
    "bamboo": ("竹", "毛竹", "竹子", "竹木"),
    "tea": ("茶", "茶叶"),
    "fruit": ("水果", "果品", "果树", "柑橘", "杨梅", "葡萄", "草莓", "fruits"),
    "vegetables": ("蔬菜", "大棚蔬菜", "vegetable"),
    "grain": ("粮食", "水稻", "稻米", "小麦", "玉米", "粮", "rice", "wheat", "maize"),
    "livestock": ("畜牧", "养殖", "畜禽", "生猪", "养猪", "肉牛", "家禽", "养鸡"),
    "aquaculture": ("水产", "渔业", "海水养殖", "淡水养殖", "水产养殖", "fishery"),
    "mushroom": ("食用菌", "香菇", "菌菇", "mushrooms"),
    "nuts": ("坚果", "香榧", "山核桃", "板栗", "nut"),
    "tourism": ("旅游", "乡村旅游", "文旅", "农家乐", "民宿", "旅游业"),
    "manufacturing": ("工业", "制造", "制造业", "加工业", "industry"),
    "services": ("服务", "服务业", "商贸", "物流", "物业", "service"),
    "mixed": ("综合", "混合", "多种经营"),
}
STAGES: dict[str, tuple[str, ...]] = {
    "grow": ("种植", "养殖", "种养", "生产", "种养殖", "一产", "第一产业"),
    "process": ("加工", "制造", "二产", "第二产业"),
    "sell": ("销售", "流通", "商贸", "电商", "营销"),
    "visit": ("旅游", "观光", "体验", "文旅", "农旅", "三产", "第三产业"),
}
YES = (
    "yes",
    "y",
    "true",
    "1",
    "是",
    "√",
    "✓",
    "✔",
    "牵头",
    "牵头村",
    "牵头单位",
    "核心",
    "核心村",
    "lead",
    "lead village",
)
NO = (
    "no",
    "n",
    "false",
    "0",
    "否",
    "×",
    "✗",
    "非",
    "不是",
    "成员",
    "成员村",
    "成员单位",
    "一般成员",
    "参与",
    "参与村",
    "member",
)
BLANKS = frozenset((
    "-", "--", "---", "—", "——", "―", "–", "_", "/", "//", "\\", ".", "?", "??", "*",
    "无", "没有", "不详", "未知", "暂无", "缺", "缺失", "空", "待定", "待填", "待核", "未统计", "未填", "未报", "不清楚",
    "无此项", "无此项目", "无数据", "无资料", "没有数据", "不适用", "未填报", "未上报", "待报", "待补", "待补充", "暂缺", "不明",
    "暂未统计", "尚未统计", "未核实", "待核实", "保密", "略", "…", "……", "...", "......", "××", "xx", "n.a",
    "na", "n/a", "n.a.", "none", "null", "nil", "nan", "unknown", "missing", "tbd",
))  # fmt: skip
NOT_ALLIED = frozenset((
    "未加入", "未参加", "未参与", "未结盟", "未组建", "未联建", "未结对", "不参加", "没加入", "没有加入", "否", "非成员",
    "尚未加入", "尚未参加", "尚未参与", "尚未组建", "尚未成立", "未纳入", "尚未纳入", "不涉及", "不适用",
    "正在筹建", "筹建中", "正在筹备", "筹备中", "正在组建", "组建中", "拟筹建", "拟组建", "待组建", "待成立",
    "待加入", "待参加", "拟加入", "拟参加", "计划加入",
    "单独", "独立", "未成立", "no", "not allied", "alone",
))  # fmt: skip
NOTHING = frozenset({"无", "没有", "none", "nil"})  # of a debt these say zero


@dataclass(frozen=True)
class Field:
    """One column. `low` and `high` bound a number in `unit`; for a text `high` is its
    greatest length in characters."""

    name: str
    zh: str
    unit: str
    low: float
    high: float
    kind: Literal["number", "text", "choice"]
    aliases: tuple[str, ...]
    choices: tuple[str, ...]
    meaning_en: str
    meaning_zh: str

    @property
    def unit_zh(self) -> str:
        """The unit in Chinese."""
        return UNITS_ZH[self.unit]


UNITS_ZH = {
    "": "", "degrees": "度", "persons": "人", "households": "户", "yuan/year": "元/年", "yuan/person/year": "元/人·年", "yuan": "元",
    "sites": "处", "villages": "村", "km": "公里",
    "mu": "亩", "0..1": "0～1", "years": "年",
}  # fmt: skip


def _number(
    name: str, zh: str, unit: str, low: float, high: float, aliases: str, en: str, meaning_zh: str
) -> Field:
    return Field(name, zh, unit, low, high, "number", _words(aliases), (), en, meaning_zh)


def _text(
    name: str,
    zh: str,
    longest: int,
    aliases: str,
    en: str,
    meaning_zh: str,
    choices: tuple[str, ...] = (),
) -> Field:
    return Field(name, zh, "", 0, longest, "text", _words(aliases), choices, en, meaning_zh)


def _choice(
    name: str, zh: str, choices: tuple[str, ...], aliases: str, en: str, meaning_zh: str
) -> Field:
    return Field(name, zh, "", 0, 0, "choice", _words(aliases), choices, en, meaning_zh)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


FIELDS: tuple[Field, ...] = (
    _text("name", "村名", 60,
          "村, 行政村, 名称, 村名称, 行政村名称, 行政村名, 村庄, 村庄名称, 村社, 村社名称, 村社区, 村社区名称, 所在村, 所属村, 项目所在村, 实施村, "
          "村居, 村居名称, 单位名称, "
          "village, village name, name of village, villages",
          "name of the village", "村的名称"),
    _text("township", "乡镇", 60, "街道, 镇, 乡, 镇街, 镇乡, 乡镇街道, 镇乡街道, 所属乡镇, 所在乡镇, 所属镇街, 乡镇名称, 镇街名称, "
          "town, townships, subdistrict, township name, town name",
          "township or street that the village belongs to", "所属乡镇或街道"),
    _text("county", "县区", 60, "县, 区, 区县, 县市区, 区县市, 县级市, 所属县区, 所属区县, 所在县区, 所在区县, district, counties, county name",
          "county or district", "所属县或区"),
    _text("city", "地市", 60, "市, 城市, 地级市, 设区市, 所属市, 所属地市, 所在市, prefecture", "prefecture-level city", "所属地级市"),
    _number("lon", "经度", "degrees", 73, 136, "东经, 经度坐标, longitude, lng, long", "longitude, decimal degrees east", "东经，十进制度"),
    _number("lat", "纬度", "degrees", 3, 54, "北纬, 纬度坐标, latitude", "latitude, decimal degrees north", "北纬，十进制度"),
    _number("population", "人口", "persons", 1, 500_000,
            "户籍人口, 户籍人数, 户籍总人口, 人口總數, 總人口, 人口数, 总人口, 户籍人口数, 人数, 人口总数, 全村人口, 户籍总人数, "
            "pop, inhabitants, registered population, total population, number of inhabitants",
            "registered inhabitants", "户籍人口"),
    _number("households", "户数", "households", 1, 200_000, "农户, 农户数, 总户数, 户籍户数, 家庭户数, 家庭总户数, "
            "household, number of households, no of households, total households",
            "registered households", "户籍户数"),
    _number("collective_income", "集体经济收入", "yuan/year", 0, 1e10,
            "村集体经济收入, 经营性收入, 村集体经营性收入, 集体经营性收入, 集体收入, 村集体收入, 村级集体经济收入, 村级集体收入, 村级集体经济经营性收入, "
            "村集体经济经营性收入, 集体经济经营性收入, 村级集体经营性收入, 集体经济年收入, 村集体年收入, "
            "村集体经济年收入, 村级集体经济年收入, 年经营性收入, 村经营性收入, "
            "村集体年经营性收入, collective income, operating income, village collective income, collective operating income, "
            "village collective operating income, annual operating income",
            "operating income of the village collective in the year before the start", "起始前一年村集体的经营性收入"),
    _number("villager_income", "人均收入", "yuan/person/year", 0, 5e6,
            "人均可支配收入, 农民人均纯收入, 人均纯收入, 农民人均收入, 村民人均收入, 农民人均可支配收入, 村民人均可支配收入, 居民人均可支配收入, "
            "农村居民人均可支配收入, 农村居民人均纯收入, 农村常住居民人均可支配收入, 常住居民人均可支配收入, "
            "人均年收入, 农民收入, villager income, income per head, per capita disposable income, disposable income per capita, "
            "per capita net income, per capita income, income per capita, disposable income",
            "income of a villager in a year", "村民人均年收入"),
    _number("debt", "负债", "yuan", 0, 1e10,
            "债务, 村级债务, 村集体负债, 村集体债务, 负债总额, 债务总额, 村级负债, 负债额, 欠债, debts, liabilities, collective debt",
            "what the collective owes", "村集体负债"),
    _number("reserves", "结余", "yuan", -1e10, 1e10, "资金结余, 结余资金, 村集体结余, 账面资金, 货币资金, 积累, 村集体积累, reserve, cash, savings",
            "cash of the collective", "村集体资金结余"),
    _number("idle_land", "闲置土地", "mu", 0, 1e6,
            "闲置资产, 闲置土地面积, 闲置集体土地, 闲置资产面积, 闲置面积, 闲置土地资产, 低效土地, idle, idle assets",
            "collective land and buildings that lie idle or are let for little", "闲置或低效的集体土地与房屋"),
    _number("developed_land", "已开发土地", "mu", 0, 1e6,
            "已开发资产, 已开发土地面积, 已盘活土地, 已盘活资产, 盘活土地, 已利用土地, 已利用资产, developed, developed assets",
            "collective land and buildings that are let or run well", "已盘活的集体土地与房屋"),
    _number("total_income", "集体经济总收入", "yuan/year", 0, 1e10,
            "村集体经济总收入, 村级集体经济总收入, 总收入, 集体总收入, 村集体总收入, 村级集体总收入, 村级总收入, "
            "村集体经济收入总额, 集体经济收入总额, 村集体经济收入合计, 集体经济收入合计, 村级集体经济收入合计, 年总收入, "
            "total collective income, total income, collective income total",
            "all income of the village collective in the year before the start: operating income, subsidies, one-off money",
            "起始前一年村集体全部收入：经营性收入、补助和一次性收入"),
    _number("volume", "主产品规模", "mu", 0, 1e6,
            "主导产业规模, 主导产业面积, 产业规模, 产业面积, 种植面积, 主产品面积, main product area, area of the main product",
            "land on which the main product is grown", "主导产品的种植面积"),
    _number("scenic", "景点数", "sites", 0, 1_000,
            "景点, 景点数量, 可游景点, 旅游景点, 旅游景点数, sights, scenic sites, sites",
            "sites that are worth a stop on a route", "值得列入游线的景点数"),
    _number("idle_hands", "闲置劳动力", "persons", 0, 500_000,
            "富余劳动力, 剩余劳动力, 闲散劳动力, 待业人数, 未就业劳动力, idle labour, surplus labour, idle workers",
            "persons who look for work in or near the village", "在村内或附近找活的劳动力人数"),
    _number("firm_jobs", "企业岗位", "persons", 0, 500_000,
            "企业岗位数, 企业用工, 企业用工数, 企业提供岗位, 村内企业岗位, 企业就业岗位, jobs in firms, jobs of firms",
            "jobs that firms in the village give out", "村内企业提供的岗位数"),
    _number("roofs", "可用屋顶", "villages", 0, 100,
            "屋顶, 屋顶资源, 可装光伏屋顶, 光伏屋顶, usable roofs, roofs of villages",
            "roofs for solar panels; 1 is those of a usual village", "可装光伏的屋顶，以一个普通村为 1"),
    _number("residents", "常住人口", "persons", 0, 500_000,
            "常住人口数, 常住人数, 实有人口, 实际居住人口, 在村人口, resident population, persons living there",
            "persons who live in the village", "实际居住在村的人数"),
    _number("town_km", "距城镇公里数", "km", 0, 500,
            "距城镇, 距城区, 距县城, 到县城距离, 距县城公里数, 距城区公里数, 距城镇距离, distance to town, km to town, distance to town km",
            "distance by road to the nearest town", "到最近城镇的路程"),
    _text("industry", "产业", 30, "主导产业, 主要产业, 特色产业, 支柱产业, 产业类型, 主业, 主要产品, product, main product, main industry",
          "main product; a word of your own is a product of its own", "主导产业；可用自己的词，同一词视为同一产品", tuple(PRODUCTS)),
    _choice("stage", "环节", tuple(STAGES), "产业环节, 产业链环节, 所处环节, chain stage", "step in the product's chain", "在产业链中的环节"),
    _text("culture", "文化", 60, "文化特色, 文化类型, 文化圈, 特色文化, 文化资源, culture cluster, cultural cluster",
          "short word for a shared culture: clan, dialect, red site, river", "共同文化的简称：宗族、方言、红色遗址、流域"),
    _number("capacity", "组织力", "0..1", 0, 1, "班子组织力, 党组织组织力, 治理能力, 班子能力, organisational capacity",
            "how well branch and committee turn means into results", "班子把资源变成成效的能力"),
    _number("ability", "书记能力", "0..1", 0, 1, "村书记能力, 支书能力, 带头人能力, secretary ability", "what the secretary can do", "村书记的能力"),
    _number("tenure", "书记任职年限", "years", 0, 60,
            "任职年限, 书记任职年数, 书记任职时间, 书记任职, 任职时间, 书记任期, 村书记任职年限, years in office, secretary tenure",
            "years that the secretary has served at the start", "起始时书记已任职的年数"),
    _text("alliance", "联合体", 60,
          "党建联建, 联村, 联合体名称, 所属联合体, 所在联合体, 党建联合体, 区域党建联合体, 党建联盟, 联盟, 所属联盟, 联建组, 片区联合体, "
          "alliances, alliance name",
          "alliance that the village is in", "村所在的联合体"),
    _choice("lead", "牵头村", ("yes", "no"), "牵头, 是否牵头, 是否牵头村, 牵头单位, 核心村, 是否核心村, 角色, 村庄角色, 成员角色, 联合体角色, 联建角色, "
            "leader, role, lead village, is lead",
            "whether the village leads its alliance, or the name of the one that does", "是否牵头，或牵头村的村名"),
    _text("founded", "成立", 30, "成立时间, 成立日期, 成立年份, 组建时间, 成立季度, 建立时间, 联合体成立时间, founding, founded in, date founded",
          "quarter in which the alliance was founded", "联合体成立的季度"),
    _text("strategy", "策略", 200, "联合体策略, 联建策略, 带动方式, 联建方式, 联合方式, 带动模式, 联建模式, strategies",
          "what the alliance does: the name of a strategy, or a mix", "联合体采用的策略名称或组合"),
    _text("evidence", "依据", 5000, "出处, 来源, 数据来源, 资料来源, 证据, source, sources", "where the figures come from", "数据出处"),
)  # fmt: skip
FIELD: dict[str, Field] = {field.name: field for field in FIELDS}
