"""How villages come together: a founder asks its neighbours, and a village asks alliances near by.

Everybody weighs what exactly this set would bring it. What each process means is written
in sim/rules/forming.py.
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

from village_alliances.sim.society import (
    ACROSS,
    AROUND_SCENERY,
    BY_ABLEST,
    BY_FIRM,
    CHAIN,
    COMPLEMENT,
    DIFFERENT,
    EQUALLY,
    KIN,
    PRODUCT,
    PROMISED,
    ROUND_FIRM,
    WEAKEST_FIRST,
    WITH_MONEY,
)

from benchmarks.plain_mesa.agents import Alliance, Village, said
from benchmarks.plain_mesa.undertaking import Kind, added, empty_room

if TYPE_CHECKING:
    from benchmarks.plain_mesa.model import County

MOST = 16  # members that a proposal can hold


class Proposal:
    """An alliance of exactly these villages under a strategy, as they would weigh it."""

    def __init__(
        self,
        model: County,
        villages: list[Village],
        strategy: Any,
        alliance: Alliance | None = None,
    ) -> None:
        """`alliance`: the one that there is, with exactly these; None: a new one."""
        self.model, self.villages, self.strategy = model, list(villages), strategy
        self.alliance = alliance
        self.teacher = max(self.villages, key=lambda village: village.undivided)
        self.lead = self.teacher if alliance is None else alliance.lead
        self.sharing = model.sharing_of(strategy)
        self.head_from = model.head_of(strategy, self.villages)
        self.led_by_lead = self.head_from == BY_ABLEST
        quiet = alliance.members - alliance.active if alliance is not None else 0
        self.heads = len(self.villages) + quiet
        self.cash = max(0.0, alliance.fund) if alliance is not None else 0.0

    def worth(self, asked: list[Village]) -> list[float]:
        """Yuan a year that each of these villages expects of it over staying alone."""
        model, alliance = self.model, self.alliance
        self.sign_in()
        self.public = self.grants()
        self.routed = model.p.foresight * model.routed_a_year
        self.names = model.named(self.strategy, self.villages)
        self.product = self.main_product()
        room, rates = self.room(), self.likely_rates()
        running = alliance.running() if alliance is not None else set()
        self.own = dict.fromkeys(self.villages, 0.0)
        self.own = self.own_money(room, rates, running)
        money = self.money() + self.cash
        self.joint, self.taken = model.plan_together(room, rates, running, money)
        self.weights = added(self.claim(village) for village in self.villages)
        if alliance is not None:  # who is quiet has a part in all, too, and of what works already
            quiet = [village for village in alliance.present() if not village.active]
            self.joint += alliance.expected
            self.weights += added(alliance.weight(village) for village in quiet)
        return [self.gain(village) for village in asked]

    def grants(self) -> float:
        """Grants (yuan) that it would receive, less what public works take."""
        model, quarters, multiple = self.model, 4.0 * self.model.lever.grant_years, 1.0
        if self.alliance is not None:
            quarters, multiple = self.alliance.quarters_left, self.alliance.grant
        each = model.usual_grant(multiple) * model.favour(self.villages)
        works = model.share_for_works(self.strategy)
        return quarters * each * len(self.villages) * (1.0 - works)

    def money(self) -> float:
        """Yuan in sight of what they would do together."""
        own = added(self.own.values())
        return self.public + len(self.villages) * self.routed + own

    def sign_in(self) -> None:
        """What they would sign in is taken at the cohesion at which their meetings hold them."""
        agreed = said(self.model.lever.agreement, self.strategy.agreement)
        share = self.model.agreed_share(self.lasting_cohesion())
        self.part = {v: share * (1.0 - v.friction(self.lead, agreed)) for v in self.villages}

    def lasting_cohesion(self) -> float:
        """Cohesion at which what meetings add is what decays."""
        model, p = self.model, self.model.p
        meetings = model.meetings_under(self.strategy, self.head())
        reached = added(model.reach(self.strategy, v, self.lead) for v in self.villages)
        met = 0.25 * meetings * reached / self.heads
        gained = 1.0 - exp(-p.cohesion_gain * met)
        kept = 1.0 - p.cohesion_decay
        return gained * kept / max(1e-9, 1.0 - (1.0 - gained) * kept)

    def room(self) -> dict[str, float]:
        """What they would sign in of each endowment."""
        room = empty_room()
        for village in self.villages:
            if village.pools_with(self.lead):
                for endowment in room:
                    part = self.part[village]
                    room[endowment] += village.would_sign(endowment, self.product, part)
                room["orders"] += self.part[village] * village.offered
        if self.alliance is not None:
            room["orders"] = self.alliance.orders_left(room["orders"])
        return room

    def main_product(self) -> int:
        """The product of which they have most."""
        volume: dict[int, float] = {}
        for village in self.villages:
            volume.setdefault(village.product, 0.0)
            volume[village.product] += village.endowment["volume"]
        most = max(volume, key=lambda product: volume[product])
        return most if volume[most] > 0.0 else self.lead.product

    def head(self) -> float:
        """What the likely head could do."""
        p = self.model.p
        if self.model.lever.shared_ability <= 0.0:
            return added(village.practice for village in self.villages) / len(self.villages)
        if self.led_by_lead:
            return self.lead.undivided
        if self.alliance is not None and self.alliance.head == self.head_from:
            return self.alliance.head_practice
        return p.firm_ability if self.head_from == BY_FIRM else p.township_ability

    def likely_rates(self) -> dict[Kind, float]:
        """Rates of the lead under the head's ability and with the set's land."""
        model, lead = self.model, self.lead
        land = weighted = 0.0
        for village in self.villages:
            free = max(0.0, village.endowment["land"]) + 1.0
            land += free
            weighted += free * village.site
        managed = lead.managed if self.led_by_lead else 0.0
        managed += self.alliance.managed if self.alliance is not None else 0.0
        own = model.stretched(self.head() - self.taken_of_head(), managed)
        ability, hired = lead.who_manages(own)
        rates = {}
        for kind in model.kinds:
            before = model.managed_well(kind, lead.manager_ability, lead.hired)
            after = model.managed_well(kind, ability, hired)
            rates[kind] = lead.rate[kind] * after / before if before > 0.0 else 0.0
            if kind.on_land:
                rates[kind] *= weighted / land / max(1e-9, lead.site)
        return rates

    def taken_of_head(self) -> float:
        """What mentoring takes of a head that mentors."""
        able = self.head()
        mentors = self.led_by_lead and self.lead is self.teacher
        if not mentors or self.model.lever.shared_ability <= 0.0:
            return 0.0
        return min(able, self.model.time_of_mentoring(self.strategy, self.pupils()))

    def pupils(self) -> float:
        """Those who can learn from the teacher, as far as meetings reach them."""
        teacher = self.teacher
        taught = [v for v in self.villages if v is not teacher and teacher.undivided > v.practice]
        return added(self.model.reach(self.strategy, v, self.lead) for v in taught)

    def own_money(
        self, room: dict[str, float], rates: dict[Kind, float], running: set[Kind]
    ) -> dict[Village, float]:
        """Own money of each to whom more would come back of it than it brings at home."""
        model = self.model
        ready = {village: self.ready(village) for village in self.villages}
        own = dict.fromkeys(self.villages, 0.0)
        if model.lever.own_money <= 0.0:
            return own
        money = self.money() + self.cash + added(ready.values())
        kind, x, worth, _ = model.choose(room, rates, running, money)
        if kind is None:
            return own
        average = worth if self.alliance is None else self.alliance.average_worth(worth, x)
        claims = {village: self.stake(village) + 1.0 for village in self.villages}
        if self.alliance is not None:
            quiet = [village for village in self.alliance.present() if not village.active]
            claims |= {village: village.stake + 1.0 for village in quiet}
        weighted = added(claim * village.weakness for village, claim in claims.items())
        for village in self.villages:
            mine = average
            if self.sharing == WEAKEST_FIRST:
                mine *= village.weakness * added(claims.values()) / weighted
            back = model.its_part(self, village is self.lead, worth, mine, self.heads)
            own[village] = ready[village] if back > village.worth_at_home else 0.0
        return own

    def ready(self, village: Village) -> float:
        """Own money that a village could put in."""
        in_sight = village.money_in_sight() + village.routed_away - self.routed
        return self.part[village] * max(0.0, in_sight)

    def claim(self, village: Village) -> float:
        """Weight of a village when the profit is divided."""
        if self.sharing == EQUALLY:
            return 1.0
        stake = self.stake(village) + 1.0
        return stake * village.weakness if self.sharing == WEAKEST_FIRST else stake

    def stake(self, village: Village) -> float:
        """Yuan that would be in its name."""
        public = self.public / len(self.names) if village in self.names else 0.0
        return village.stake + public + self.own[village] + self.routed

    def gain(self, village: Village) -> float:
        """What one of them expects over staying alone (yuan a year)."""
        model, p = self.model, self.model.p
        if self.sharing == PROMISED and self.led_by_lead:
            gain = p.promised_rate * self.stake(village)
            if village is self.lead:
                held = self.alliance.stakes if self.alliance is not None else 0.0
                gain += self.joint - p.promised_rate * (self.money() + held)
        else:
            gain = self.joint * self.claim(village) / self.weights
            if self.sharing == PROMISED:  # what is left above the promise is kept
                gain = min(gain, p.promised_rate * self.stake(village))
        given = self.own[village] + self.routed - village.routed_away
        part, lead, product = self.part[village], self.lead, self.product
        gain += village.plan_at_home(given, part, lead, product, self.taken)
        gain -= village.plan_at_home()
        meetings = model.meetings_under(self.strategy, self.head())
        gain -= model.membership(self.strategy, meetings, village, village is not self.teacher)
        gain -= p.lead_cost * model.led(self.head_from, village is self.lead, self.heads)
        return gain + self.worth_of_meeting(village, meetings)

    def worth_of_meeting(self, village: Village, meetings: float) -> float:
        """What meetings would teach it, less what mentoring would take (yuan a year)."""
        model, lead, teacher = self.model, self.lead, self.teacher
        if model.lever.shared_ability <= 0.0:
            return 0.0
        best = teacher.undivided
        if village is teacher:
            taken = model.time_of_mentoring(self.strategy, self.pupils())
            return -teacher.cost_of_mentoring(taken)
        rate = model.learning_rate(self.strategy, meetings)
        return village.worth_of_learning(best, rate * model.reach(self.strategy, village, lead))


def threshold(model: County, strategy: Any) -> float:
    """Yuan a year that joining must bring: its cost spread over the years of a pact."""
    return model.p.founding_cost / (0.25 * model.pact_of(strategy))


# Founding


def found(founder: Village, draw: float) -> None:
    """A founder proposes; who would not gain refuses; at least two who gain are an alliance."""
    model = founder.model
    strategy = founder.strategy
    size = min(size_in_mind(model.p, draw), int(model.lever.span), MOST)
    villages = invite(founder, size)
    forced = model.lever.forced > 0.0
    if len(villages) >= 2 and not forced:
        villages = those_who_agree(founder, villages)
    if len(villages) < 2:
        return
    lead = max(villages, key=lambda village: village.undivided)
    alliance = Alliance(model, lead, strategy, forced)
    for village in villages:
        if village is not lead:
            village.join(alliance)


def size_in_mind(p: Any, draw: float) -> int:
    """How many villages a founder has in mind, those between the least and the most oftenest."""
    share = sqrt(0.5 * draw) if draw < 0.5 else 1.0 - sqrt(0.5 * (1.0 - draw))
    return int(p.size_least + share * (p.size_most + 1.0 - p.size_least))


def invite(founder: Village, size: int) -> list[Village]:
    """The founder and its unallied neighbours of highest affinity."""
    liking = {other: affinity(founder, other) for other in founder.near if other.alliance is None}
    liked = [other for other in liking if liking[other] > 0.0]
    liked.sort(key=lambda other: -liking[other])
    return [founder, *liked[: max(0, size - 1)]]


def those_who_agree(founder: Village, villages: list[Village]) -> list[Village]:
    """Those who would not gain refuse, the worst off first, until all gain; nobody
    where the founder refuses."""
    model = founder.model
    bar = threshold(model, founder.strategy)
    while len(villages) >= 2:
        worth = Proposal(model, villages, founder.strategy).worth(villages)
        least = min(worth)
        if least >= bar:
            return villages
        refusing = villages[worth.index(least)]
        model.refusals += 1
        if refusing is founder:
            return []
        villages = [village for village in villages if village is not refusing]
    return villages


def affinity(founder: Village, other: Village) -> float:
    """How early a founder asks a village: nearness, borders, and what the
    formation rule brings together."""
    p = founder.model.p
    near = exp(-founder.km_to(other) / p.affinity_distance)
    strategy = founder.strategy
    if strategy.formation == ACROSS:
        return near * (p.affinity_disliked + p.affinity_liked * founder.border_to(other))
    agreed = said(founder.model.lever.agreement, strategy.agreement)
    return near * (1.0 - other.friction(founder, agreed)) * fits(founder, other)


def fits(founder: Village, other: Village) -> float:
    """How well a village suits a founder under its formation rule."""
    p, rule = founder.model.p, founder.strategy.formation
    same = founder.product == other.product
    if rule == COMPLEMENT:
        mine, theirs = (max(v.operating_income, p.income_floor) for v in (founder, other))
        return unlike(p, mine, theirs)
    if rule == WITH_MONEY:
        return unlike(p, money_by_land(founder), money_by_land(other))
    if rule == CHAIN and same:
        return p.affinity_liked if founder.stage != other.stage else 1.0
    suits = {
        PRODUCT: same,
        CHAIN: same,
        DIFFERENT: not same,
        KIN: founder.culture == other.culture,
        ROUND_FIRM: founder.firm + other.firm > 0,
        AROUND_SCENERY: founder.endowment["scenic"] + other.endowment["scenic"] > 0.0,
    }
    if rule not in suits:
        return 1.0
    return p.affinity_liked if suits[rule] else p.affinity_disliked


def money_by_land(village: Village) -> float:
    """Cash on a mu of idle land."""
    return max(village.fund, village.model.p.income_floor) / (village.endowment["land"] + 1.0)


def unlike(p: Any, mine: float, theirs: float) -> float:
    """Two villages suit each other the better the less alike they are: fully from a
    ratio of e on."""
    gap = min(1.0, abs(log(mine / theirs)))
    return p.affinity_disliked + (p.affinity_liked - p.affinity_disliked) * gap


# Joining


def look_for_alliance(village: Village) -> None:
    """A village without alliance joins the best of those near by that want it."""
    model = village.model
    best, best_gain, tried = None, 0.0, 0
    looked_at: set[Alliance] = set()
    for other in village.near:
        if tried >= int(model.p.alliances_looked_at + 0.5):
            break
        alliance = other.alliance
        if alliance is None or alliance in looked_at or not alliance.at_work:
            continue
        looked_at.add(alliance)
        if alliance.members >= min(int(model.lever.span), MOST - 1):
            continue
        tried += 1
        hosts = alliance.working()
        if len(hosts) != alliance.active:
            continue  # somebody came this very round: next year
        strategy = alliance.strategy
        together = Proposal(model, [*hosts, village], strategy, alliance)
        gain = together.worth([village])[0]
        if gain < threshold(model, strategy) or gain <= best_gain:
            continue
        before = Proposal(model, hosts, strategy, alliance).worth(hosts)
        after = together.worth(hosts)
        if all(
            now >= then - model.p.consent * max(0.0, host.operating_income)
            for host, then, now in zip(hosts, before, after, strict=True)
        ):
            best, best_gain = alliance, gain
    if best is not None:
        village.join(best)
        best.members += 1
        best.active += 1
        village.expected_gain = best_gain
