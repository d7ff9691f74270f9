"""Form: villages ally by themselves where the county opens places for alliances; later villages
without one join.

A founder asks its nearest villages in the order of affinity under its strategy's formation rule.
Each asks the chooser what exactly this set would bring it, others' memberships frozen, and refuses
unless it gains; so does the founder. Nobody is forced, unless the experiment `forced` says so. No
village looks further than its nearest neighbours.
"""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exp, log, logistic
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.choosing import choose, orders_left, plan_together
from village_alliances.sim.rules.common import (
    TINY,
    ablest_of,
    account_of,
    active_members_of,
    apart,
    border_weight,
    friction,
    head_of,
    is_active,
    list_members,
    note,
    pools,
    teaches,
    undivided,
    whole,
    whose_turn,
    would_sign,
    year_ends,
)
from village_alliances.sim.rules.founding import admit, establish, open_for_business
from village_alliances.sim.rules.meeting import (
    lasting_cohesion,
    leading,
    meetings_under,
    membership,
    pupils_of,
    time_of_mentoring,
    worth_of_meeting,
)
from village_alliances.sim.rules.pacts import home_plan, pact, plan_alone
from village_alliances.sim.rules.pooling import (
    agreed_share,
    average_worth,
    its_part,
    sharing_rule,
    weakness,
    worth_at_home,
)
from village_alliances.sim.rules.projects import money_in_sight, quarters_left, routed_away
from village_alliances.sim.rules.public_money import (
    favour,
    routed_a_year,
    share_for_works,
    share_names,
    usual_grant,
)
from village_alliances.sim.rules.rates import managed_well, stretched, who_manages
from village_alliances.sim.rules.sharing import weight, weight_of
from village_alliances.sim.society import (
    ACROSS,
    ACTIVE,
    AROUND_SCENERY,
    BY_ABLEST,
    BY_FIRM,
    BY_STAKE,
    CHAIN,
    COMPLEMENT,
    DIFFERENT,
    KIN,
    LAND,
    MOST,
    NOBODY,
    ORDERS,
    PRODUCT,
    PROMISED,
    REFUSED,
    ROUND_FIRM,
    SCENIC,
    VOLUME,
    WEAKEST_FIRST,
    WITH_MONEY,
)

BEFORE, AFTER = (
    np.int64(0),
    np.int64(1),
)  # rows of `society.worth`: what the same expect of two sets


@compiled
def form(society, t):
    """Open the places for alliances of this quarter, and let founders fill them."""
    runs = society.runs.size
    size = society.villages.id.size // runs
    if society.choice.size == 0:
        return
    founded = False
    for r in range(runs):
        lever = society.levers[r]
        if lever.formation <= 0.0:
            continue
        p = society.parameters[r]
        start = r * size
        allied = 0
        for i in range(start, start + size):
            allied += 1 if society.villages.alliance[i] >= 0 else 0
        open_now = logistic(p.places_speed * (t - lever.places_mid))
        wanted = lever.places_share * size * open_now - allied
        if wanted < 2.0:
            continue
        forget_homes(society, start, size)
        asked = min(
            1.0, wanted / ((p.size_least + p.size_most) / 2.0) / max(1.0, float(size - allied))
        )
        draws = luck.stream(society.seed[0], society.runs[r].run, t, luck.FORMATION)
        sizes = luck.stream(society.seed[0], society.runs[r].run, t, luck.SIZE_IN_MIND)
        order = luck.unit(luck.mix(draws))
        for j in range(size):
            i = start + whose_turn(order, j, size)
            if society.villages.alliance[i] >= 0:
                continue
            if luck.uniform(draws, society.villages.id[i]) < asked:
                draw = luck.uniform(sizes, society.villages.id[i])
                found(society, t, r, i, start, draw)
                founded = True
    if founded:
        open_for_business(society, t)


@helper
def found(society, t, r, founder, start, draw):
    """One founder's attempt: propose, let the invited refuse, found if at
    least two remain who gain."""
    lever = society.levers[r]
    strategy = society.choice[founder - start]
    size = min(size_in_mind(society.parameters[r], draw), int(lever.span), MOST)
    n = invite(society, r, founder, start, strategy, size)
    if n < 2:
        return
    if lever.forced <= 0.0:
        n = agree(society, t, r, founder, strategy, n)
        if n < 2:
            return
    lead = ablest_of(society, n)
    k = establish(society, t, r, lead, strategy, 1 if lever.forced > 0.0 else 0)
    if k < 0:
        return
    for m in range(n):
        if society.who[m] != lead:
            admit(society, t, society.who[m], k)


@helper
def invite(society, r, founder, start, strategy, size):
    """Fill `society.who` with the founder and its unallied neighbours of highest
    affinity; returns how many."""
    near = society.near[founder - start]
    liking = np.full(near.size, -1.0)
    for c in range(near.size):
        if near[c] >= 0 and society.villages.alliance[start + near[c]] < 0:
            liking[c] = affinity(society, r, strategy, founder, start + near[c])
    who = society.who
    who[0] = founder
    n = 1
    while n < size:
        best = -1
        for c in range(near.size):
            if liking[c] > 0.0 and (best < 0 or liking[c] > liking[best]):
                best = c
        if best < 0:
            break
        who[n] = start + near[best]
        liking[best] = -1.0
        n += 1
    return n


@helper
def size_in_mind(p, draw):
    """How many villages a founder has in mind: between the least and the most, those
    in the middle most often."""
    if draw < 1.0 / 2.0:
        share = math.sqrt(draw / 2.0)
    else:
        share = 1.0 - math.sqrt((1.0 - draw) / 2.0)
    return int(p.size_least + share * (p.size_most + 1.0 - p.size_least))


@helper
def affinity(society, r, strategy, i, j):
    """How early founder i asks village j: nearness, borders, and what the
    formation rule brings together."""
    p = society.parameters[r]
    villages = society.villages
    rule = society.strategies[strategy].formation
    near = exp(-apart(villages, i, j) / p.affinity_distance)
    if rule == ACROSS:
        border = border_weight(p, villages, i, j)
        return near * (p.affinity_disliked + p.affinity_liked * border)
    across = 1.0 - friction(society, r, strategy, j, i)
    return near * across * fits(society, p, i, j, rule)


@helper
def fits(society, p, i, j, rule):
    """How well village j suits founder i under a formation rule: who is asked
    first, not what it brings."""
    villages = society.villages
    same = villages.product[i] == villages.product[j]
    if rule == COMPLEMENT:
        mine = max(villages.operating_income[i], p.income_floor)
        theirs = max(villages.operating_income[j], p.income_floor)
        return unlike(p, mine, theirs)
    if rule == PRODUCT:
        return p.affinity_liked if same else p.affinity_disliked
    if rule == CHAIN:
        if same and villages.stage[i] != villages.stage[j]:
            return p.affinity_liked
        return 1.0 if same else p.affinity_disliked
    if rule == DIFFERENT:
        return p.affinity_disliked if same else p.affinity_liked
    if rule == KIN:
        kin = villages.culture[i] == villages.culture[j]
        return p.affinity_liked if kin else p.affinity_disliked
    if rule == ROUND_FIRM:
        firms = villages.firm[i] + villages.firm[j]
        return p.affinity_liked if firms > 0 else p.affinity_disliked
    if rule == AROUND_SCENERY:
        sites = society.endowment[i, SCENIC] + society.endowment[j, SCENIC]
        return p.affinity_liked if sites > 0.0 else p.affinity_disliked
    if rule == WITH_MONEY:
        return unlike(p, money_by_land(society, p, i), money_by_land(society, p, j))
    return 1.0


@helper
def money_by_land(society, p, i):
    """Cash of village i on a mu of idle land."""
    return max(society.accounts.fund[i], p.income_floor) / (society.endowment[i, LAND] + 1.0)


@helper
def unlike(p, mine, theirs):
    """Affinity of two villages that are the better suited the less alike they are:
    liked from a ratio of e on."""
    gap = min(1.0, abs(log(mine / theirs)))
    return p.affinity_disliked + (p.affinity_liked - p.affinity_disliked) * gap


@helper
def threshold(society, r, strategy):
    """Yuan a year that joining must bring: its cost spread over the years of a pact."""
    return society.parameters[r].founding_cost / (0.25 * pact(society, r, strategy))


@helper
def agree(society, t, r, founder, strategy, n):
    """Those who would not gain refuse, the worst off first, until all remaining gain; -1 if
    the founder itself refuses."""
    bar = threshold(society, r, strategy)
    who, worth = society.who, society.worth[AFTER]
    while n >= 2:
        weigh(society, t, r, n, strategy, NOBODY, 0, n, worth)
        worst, least = -1, bar
        for m in range(n):
            if worth[m] < least:
                worst, least = m, worth[m]
        if worst < 0:
            return n
        society.runs[r].refusals += 1
        note(society, t, REFUSED, r, who[worst], NOBODY, NOBODY, worth[worst])
        if who[worst] == founder:
            return -1
        for m in range(worst, n - 1):
            who[m] = who[m + 1]
        n -= 1
    return n


@helper
def weigh(society, t, r, n, strategy, k, from_, to, worth):
    """Fill worth[from_:to] (yuan a year) with what these of `society.who[:n]` expect of an alliance
    of exactly these (k: of alliance k with exactly these), over staying alone.

    Share of what works already and of the plan of what is pooled, public and own money; plus the
    plan at home with the rest; less the plan at home with all; plus what is learned, less what
    membership costs.
    """
    who, claims, brought = society.who, society.claims, society.brought
    teacher = ablest_of(society, n)
    lead = teacher if k < 0 else society.alliances[k].lead
    head = head_of(society, r, strategy, n)
    by_lead = head == BY_ABLEST
    able = ability_of(society, r, head, lead, n, k)
    meetings = meetings_under(society, r, strategy, able)
    if by_lead and lead == teacher:
        able = max(0.0, able - taken_by_pupils(society, r, strategy, teacher, n))
    rule = sharing_rule(society, r, strategy)
    heads = n + quiet_members(society, k)
    cohesion = lasting_cohesion(society, r, strategy, meetings, lead, n, heads)
    product = main_product(society, n, lead)
    put_together(society, r, n, strategy, lead, product, cohesion, k)
    managed = managed_by(society, head, lead, k)
    likely_rates(society, r, n, lead, able, managed)
    total = claim_public(society, t, r, n, strategy, k)
    total += claim_own(society, t, r, n, rule, by_lead, lead, k, total)
    joint = works_already(society, k)
    joint += plan_together(society, r, society.likely, total + cash_of(society, k))
    weights, held = weights_of_quiet(society, rule, k), total + stakes_of(society, k)
    for m in range(n):
        weights += weight_of(society, rule, who[m], claims[m] + 1.0)
    for m in range(from_, to):
        i = who[m]
        if rule == PROMISED and by_lead:
            promise = society.parameters[r].promised_rate
            gain = promise * claims[m]
            if i == lead:
                gain += joint - promise * held
        else:
            gain = joint * weight_of(society, rule, i, claims[m] + 1.0) / weights
            if rule == PROMISED:  # what is left above the promise is kept
                gain = min(gain, society.parameters[r].promised_rate * claims[m])
        given = brought[m] - routed_away(society, r, i)  # what it gives already is not in sight
        gain += home_plan(society, t, r, i, given, society.parts[m], lead, product)
        gain -= home_alone(society, t, r, i)
        led = leading(head, i == lead, heads)
        gain -= membership(society, r, strategy, meetings, i, led, i != teacher)
        gain += worth_of_meeting(society, r, strategy, meetings, i, teacher, lead, n)
        worth[m] = gain


@hot
def quiet_members(society, k):
    """Members of alliance k that are quiet; of a new one there are none."""
    return society.alliances[k].members - society.alliances[k].active if k >= 0 else 0


@helper
def put_together(society, r, n, strategy, lead, product, cohesion, k):
    """Fill the room that the first n of `society.who` would have together with what each would sign
    in at this cohesion, and what runs of it: of alliance k what it runs, of a new one nothing."""
    room = society.room
    room[:] = 0.0
    orders = 0.0
    for m in range(n):
        i = society.who[m]
        part = agreed_share(society, r, strategy, cohesion, i, lead)
        society.parts[m] = part
        if pools(society, r, i, lead):
            for e in range(room.size):
                if e != ORDERS:
                    room[e] += would_sign(society, i, e, product, part)
            orders += part * society.villages.offered[i]
    if k >= 0:
        orders_left(society, r, account_of(society, k), orders)
    else:
        society.running[:] = 0.0
        room[ORDERS] = orders


@helper
def works_already(society, k):
    """Yuan a year that what alliance k runs and has begun promises; of a new one nothing."""
    return society.accounts.expected[account_of(society, k)] if k >= 0 else 0.0


@helper
def cash_of(society, k):
    """Cash (yuan) of alliance k; a new one has none."""
    return max(0.0, society.accounts.fund[account_of(society, k)]) if k >= 0 else 0.0


@helper
def stakes_of(society, k):
    """Claims (yuan) on alliance k; on a new one there are none."""
    return society.alliances[k].stakes if k >= 0 else 0.0


@helper
def weights_of_quiet(society, rule, k):
    """Weight when profit is divided of those who are quiet in alliance k."""
    weights = 0.0
    if k >= 0:
        for m in range(society.first[k], society.first[k + 1]):
            i = society.member[m]
            if society.villages.alliance[i] == k and not is_active(society, i):
                weights += weight(society, rule, i)
    return weights


@helper
def claim_public(society, t, r, n, strategy, k):
    """Public and routed money (yuan) that the set would have in sight. Fills what each would bring,
    and its claim: what it has, what it brings, and public money in its name."""
    public = grants_for(society, t, r, n, strategy, k)
    routed = society.parameters[r].foresight * routed_a_year(society, r)
    share_names(society, r, strategy, n)
    for m in range(n):
        society.brought[m] = routed
        stake = society.villages.stake[society.who[m]]
        society.claims[m] = stake + public * society.named[m] + routed
    return public + n * routed


@helper
def claim_own(society, t, r, n, rule, by_lead, lead, k, public):
    """Own money (yuan) of those to whom more would come back of it than it brings at home, added to
    what each brings and claims."""
    if society.levers[r].own_money <= 0.0:
        return 0.0
    p = society.parameters[r]
    money = public + cash_of(society, k)
    for m in range(n):
        money += society.parts[m] * in_sight_as_member(society, t, r, society.who[m])
    j, x, worth, _ = choose(society, r, society.likely, money, NOBODY)
    if j < 0:
        return 0.0
    average = average_worth(society, r, k, worth, x) if k >= 0 else worth
    strength = strength_of(society, n, k) if rule == WEAKEST_FIRST else 1.0
    members = n + quiet_members(society, k)
    total = 0.0
    for m in range(n):
        i = society.who[m]
        favoured = weakness(society, i) * strength if rule == WEAKEST_FIRST else 1.0
        back = its_part(p, rule, by_lead, i == lead, worth, average * favoured, members)
        if back > worth_at_home(society, r, i):
            own = society.parts[m] * in_sight_as_member(society, t, r, i)
            society.brought[m] += own
            society.claims[m] += own
            total += own
    return total


@helper
def strength_of(society, n, k):
    """What makes the mean of weakness over the claims of the first n of `society.who`, and of who
    is quiet in alliance k, one."""
    weighted = weights_of_quiet(society, WEAKEST_FIRST, k)
    claims = weights_of_quiet(society, BY_STAKE, k)
    for m in range(n):
        weighted += (society.claims[m] + 1.0) * weakness(society, society.who[m])
        claims += society.claims[m] + 1.0
    return claims / weighted


@helper
def in_sight_as_member(society, t, r, i):
    """Yuan that village i would count on as a member: what is routed it counts no more."""
    routed = society.parameters[r].foresight * routed_a_year(society, r)
    return max(0.0, money_in_sight(society, t, r, i) + routed_away(society, r, i) - routed)


@helper
def grants_for(society, t, r, n, strategy, k):
    """Grants (yuan) that a new alliance of the first n of `society.who` would receive, or alliance
    k with them from now on, less what public works take."""
    quarters, multiple = 4.0 * society.levers[r].grant_years, 1.0
    if k >= 0:
        quarters, multiple = quarters_left(society, t, r, k), society.alliances[k].grant
    each = usual_grant(society, r, multiple) * favour(society, r, n)
    return quarters * each * n * (1.0 - share_for_works(society, r, strategy))


@helper
def forget_homes(society, start, size):
    """A new round of weighing: nobody's plans at home are known yet."""
    for i in range(start, start + size):
        society.home[i].knows_alone = 0


@helper
def home_alone(society, t, r, i):
    """Yuan a year that village i expects of all that it has at home; worked out once in a round."""
    home = society.home[i]
    if home.knows_alone == 0:
        home.alone = plan_alone(society, t, r, i, 0.0)
        home.knows_alone = 1
    return home.alone


@helper
def main_product(society, n, lead):
    """The product of which the set has most."""
    who = society.who
    villages = society.villages
    product, most = villages.product[lead], 0.0
    for m in range(n):
        volume = 0.0
        for q in range(n):
            if villages.product[who[q]] == villages.product[who[m]]:
                volume += society.endowment[who[q], VOLUME]
        if volume > most:
            product, most = villages.product[who[m]], volume
    return product


@helper
def ability_of(society, r, head, lead, n, k):
    """What the head of the first n of `society.who` could do, before mentoring takes of it: who
    heads alliance k is known, of a new one the likely one is taken."""
    p = society.parameters[r]
    if not teaches(society, r):
        total = 0.0
        for m in range(n):
            total += society.villages.practice[society.who[m]]
        return total / n
    if head == BY_ABLEST:
        return undivided(society.villages, lead)
    if k >= 0 and society.alliances[k].head == head:
        return society.alliances[k].head_practice
    return p.firm_ability if head == BY_FIRM else p.township_ability


@helper
def taken_by_pupils(society, r, strategy, teacher, n):
    """What mentoring the others of the first n of `society.who` takes of the ability of a lead that
    teaches."""
    if not teaches(society, r):
        return 0.0
    pupils = pupils_of(society, r, strategy, teacher, teacher, n)
    return time_of_mentoring(society, r, strategy, pupils)


@helper
def managed_by(society, head, lead, k):
    """Yuan that the head of alliance k, or of a new one, has to manage already."""
    managed = society.accounts.managed[lead] if head == BY_ABLEST else 0.0
    return managed + (society.accounts.managed[account_of(society, k)] if k >= 0 else 0.0)


@helper
def likely_rates(society, r, n, lead, head, managed):
    """Fill `society.likely`: rates of the lead under the ability of the head, who runs `managed`
    yuan: what it works out for itself, with another manager and the set's land."""
    p = society.parameters[r]
    villages = society.villages
    who, rate = society.who, society.likely
    land = weighted = 0.0
    for m in range(n):
        free = max(0.0, society.endowment[who[m], LAND]) + 1.0
        land += free
        weighted += free * villages.site[who[m]]
    ability, hired = who_manages(p, stretched(p, head, managed))
    accounts = society.accounts
    for j in range(rate.size):
        tech = society.technology[r, j]
        before = managed_well(p, tech, accounts.ability[lead], accounts.hired[lead])
        after = managed_well(p, tech, ability, hired)
        rate[j] = society.rate[lead, j] * after / before if before > 0.0 else 0.0
        if society.needs[j, 0] == LAND:
            rate[j] *= weighted / land / max(TINY, villages.site[lead])


@compiled
def move(society, t):
    """Once a year a village without alliance joins one near by, where it and its hosts gain."""
    if not year_ends(t) or society.choice.size == 0:
        return
    runs = society.runs.size
    size = society.villages.id.size // runs
    moved = False
    for r in range(runs):
        if society.levers[r].moves <= 0.0 or society.levers[r].formation <= 0.0:
            continue
        thinking = luck.stream(society.seed[0], society.runs[r].run, t, luck.FORMATION)
        order = luck.unit(luck.mix(thinking))
        forget_homes(society, r * size, size)
        for j in range(size):
            i = r * size + whose_turn(order, j, size)
            if society.villages.alliance[i] >= 0:
                continue
            if (
                luck.uniform(thinking, luck.mix(society.villages.id[i]))
                < society.parameters[r].consider
            ):
                moved |= consider(society, t, r, i, r * size)
    if moved:
        list_members(society)


@helper
def is_nearer(society, i, start, c, k):
    """Whether a village nearer to i than its c-th neighbour is in alliance k: it has been
    looked at."""
    near = society.near[i - start]
    for earlier in range(c):
        if near[earlier] >= 0 and society.villages.alliance[start + near[earlier]] == k:
            return True
    return False


@helper
def consider(society, t, r, i, start):
    """Village i looks at the alliances of its nearest villages and joins the best that wants it."""
    villages = society.villages
    p = society.parameters[r]
    who, before, after = society.who, society.worth[BEFORE], society.worth[AFTER]
    best, best_gain, tried = NOBODY, 0.0, 0
    for c in range(society.near.shape[1]):
        if society.near[i - start, c] < 0 or tried >= whole(p.alliances_looked_at):
            break
        k = villages.alliance[start + society.near[i - start, c]]
        if k < 0 or society.alliances[k].status != ACTIVE or is_nearer(society, i, start, c, k):
            continue
        if society.alliances[k].members >= min(int(society.levers[r].span), MOST - 1):
            continue
        tried += 1
        n = active_members_of(society, k)
        if n != society.alliances[k].active:
            continue  # somebody came this very round: next year
        strategy = society.alliances[k].strategy
        who[n] = i
        weigh(society, t, r, n + 1, strategy, k, n, n + 1, after)
        if after[n] < threshold(society, r, strategy) or after[n] <= best_gain:
            continue
        weigh(society, t, r, n, strategy, k, 0, n, before)
        weigh(society, t, r, n + 1, strategy, k, 0, n, after)
        welcome = True
        for m in range(n):
            loss = p.consent * max(0.0, villages.operating_income[who[m]])
            if after[m] < before[m] - loss:
                welcome = False
        if welcome:
            best, best_gain = k, after[n]
    if best < 0:
        return False
    admit(society, t, i, best)
    society.alliances[best].members += 1
    society.alliances[best].active += 1
    villages.expected_gain[i] = best_gain
    return True
