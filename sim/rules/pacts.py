"""Pacts: at the end of a pact each member asks the chooser what staying, going quiet and leaving
would bring, and does the best."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.choosing import (
    keep_back,
    plan,
    room_at_home,
    room_together,
)
from village_alliances.sim.rules.common import (
    TINY,
    account_of,
    active_members_of,
    exists,
    is_active,
    list_members,
    note,
    pools,
    portion,
    said,
    whose_turn,
)
from village_alliances.sim.rules.leaving import crown, leave
from village_alliances.sim.rules.meeting import cost_of, cost_of_head, worth_of_meeting
from village_alliances.sim.rules.pooling import comes_back, sharing_rule, worth_at_home
from village_alliances.sim.rules.projects import (
    grants_to_come,
    money_in_sight,
    promised_routed,
    routed_away,
)
from village_alliances.sim.rules.public_money import part_in_name
from village_alliances.sim.rules.secretaries import give_back
from village_alliances.sim.rules.sharing import weight
from village_alliances.sim.society import (
    ACTIVE,
    ACTIVE_AGAIN,
    BY_ABLEST,
    EQUALLY,
    NOBODY,
    ON_PAPER,
    PAPER,
    PROMISED,
    QUIET,
    WENT_QUIET,
    WORKING,
)

TURN = np.int64(33)  # purpose of the draw of who decides first when a pact ends


@compiled
def review_pacts(society, t):
    """Pacts that end this quarter are looked at by their members, in a round that begins anywhere;
    an alliance of the quiet is on paper."""
    slots = society.alliances.size // society.runs.size
    changed = False
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        r = k // slots
        if not exists(alliance):
            continue
        society.runs[r].member_years += 0.25 * alliance.members
        if society.levers[r].moves <= 0.0 or alliance.forced == 1:
            continue
        age = t + 1 - alliance.founded
        if age < 4 or age % pact(society, r, alliance.strategy) != 0:
            continue
        changed = True
        draws = luck.stream(society.seed[0], society.runs[r].run, t, TURN)
        order = luck.uniform(draws, alliance.key)
        first, members = society.first[k], society.first[k + 1] - society.first[k]
        for m in range(members):
            i = society.member[first + whose_turn(order, m, members)]
            if society.villages.alliance[i] == k and exists(alliance):
                decide(society, t, r, k, i)
        if exists(alliance):
            settle_standing(society, t, r, k)
    if changed:
        list_members(society)


@helper
def pact(society, r, strategy):
    """Quarters between decisions: a planner's lever, or what the strategy says."""
    return max(4, int(said(society.levers[r].pact, society.strategies[strategy].pact)))


@helper
def decide(society, t, r, k, i):
    """Member i stays, goes quiet or leaves."""
    villages = society.villages
    p = society.parameters[r]
    before = villages.standing[i]
    stay = worth_of_staying(society, t, r, k, i)
    quiet = worth_of_quiet(society, t, r, k, i)
    gone = worth_of_leaving(society, t, r, k, i)
    villages.expected_gain[i] = stay - gone
    if gone > max(stay, quiet):
        leave(society, t, r, i, 1.0 - p.haircut)
    elif quiet > stay:
        stand(villages, i, QUIET, 0.0)
        give_back(society, i)
        if before == WORKING:
            society.runs[r].quietened += 1
            note(society, t, WENT_QUIET, r, i, k, NOBODY, quiet - stay)
    elif before == QUIET:
        stand(villages, i, WORKING, p.signed_start)
        note(society, t, ACTIVE_AGAIN, r, i, k, NOBODY, stay - quiet)


@hot
def stand(villages, i, standing, signed):
    """Member i is active or quiet, and signs in a share of what it has."""
    villages.standing[i] = standing
    villages.signed[i] = signed


@helper
def worth_of_staying(society, t, r, k, i):
    """Yuan a year that member i expects as an active member: its part of what works and of what
    would be begun with its room and money, what the rest of its money brings at home, what it
    learns, less what membership costs."""
    villages = society.villages
    accounts = society.accounts
    g = account_of(society, k)
    was, signed = villages.standing[i], villages.signed[i]
    if was != WORKING:
        stand(villages, i, WORKING, society.parameters[r].signed_start)
    own = villages.signed[i] * max(0.0, money_in_sight(society, t, r, i))
    if not pays_in(society, r, k, i):
        own = 0.0
    n = active_members_of(society, k)
    grants = grants_to_come(society, t, r, k, n)
    total = grants + promised_routed(society, r, n) + own_in_sight(society, t, r, k)
    room_together(society, r, k)
    gain = plan(society, r, society.rate[g], max(0.0, accounts.fund[g]) + total)
    profit = accounts.expected[g] + gain
    new = own + routed_away(society, r, i) + grants * part_in_name(society, r, k, i)
    leads = i == society.alliances[k].lead
    part = part_of(society, r, k, i, leads, new, total, profit)
    alliance = society.alliances[k]
    share = villages.signed[i]
    home = home_plan(society, t, r, i, own, share, alliance.lead, alliance.product)
    stand(villages, i, was, signed)
    return part + home + worth_of_teaching(society, r, k, i) - cost_of(society, r, k, i)


@helper
def worth_of_quiet(society, t, r, k, i):
    """Yuan a year that it expects with its claim left in, its room and money at home, and no
    meetings; a lead that others can follow leads no more."""
    villages = society.villages
    accounts = society.accounts
    g = account_of(society, k)
    was, signed = villages.standing[i], villages.signed[i]
    stand(villages, i, QUIET, 0.0)
    n = active_members_of(society, k)
    total = grants_to_come(society, t, r, k, n) + promised_routed(society, r, n)
    total += own_in_sight(society, t, r, k)
    room_together(society, r, k)
    gain = plan(society, r, society.rate[g], max(0.0, accounts.fund[g]) + total)
    leads = i == society.alliances[k].lead and n == 0
    part = part_of(society, r, k, i, leads, 0.0, total, accounts.expected[g] + gain)
    home = plan_alone(society, t, r, i, 0.0)
    stand(villages, i, was, signed)
    return part + home - cost_of_head(society, r, k, leads)


@helper
def worth_of_leaving(society, t, r, k, i):
    """Yuan a year that it expects with its claim redeemed, less the haircut and the trouble,
    over the years of a pact."""
    villages = society.villages
    p = society.parameters[r]
    redeemed = (1.0 - p.haircut) * villages.stake[i]
    g = account_of(society, k)
    claims = max(1.0, society.alliances[k].stakes)
    kept = redeemed / claims * society.accounts.expected[g]
    kept -= overheads_of_its_own(society, r, g, i, redeemed / claims)
    cash = redeemed * max(0.0, society.accounts.fund[g]) / claims
    home = plan_alone(society, t, r, i, -cash - routed_away(society, r, i))
    years = 0.25 * pact(society, r, society.alliances[k].strategy)
    return home + kept - p.leaving_cost / years


@helper
def overheads_of_its_own(society, r, g, i, part):
    """Yuan a year that village i would bear for projects of which it takes that part, over that
    part of what account g bears: each needs somebody to run it, unless i runs its type already."""
    more = 0.0
    for j in range(society.capital.shape[1]):
        if portion(part, society.capital[g, j]) + portion(part, society.building[g, j]) > 0.0:
            has = society.capital[i, j] + society.building[i, j] > 0.0
            more += ((0.0 if has else 1.0) - part) * society.technology[r, j].overhead
    return more


@helper
def home_plan(society, t, r, i, given, share, lead, product):
    """Expected yearly gain of what village i would begin at home with the money and the room that
    it has not given away, where it signs in that share with others whose lead and common product
    these are (share 0: with nobody)."""
    orders = society.villages.offered[i]
    if pools(society, r, i, lead):
        orders *= 1.0 - share
    room_at_home(society, r, i, orders)
    keep_back(society, r, i, share, lead, product)
    money = max(0.0, money_in_sight(society, t, r, i) - given)
    return plan(society, r, society.rate[i], money)


@helper
def plan_alone(society, t, r, i, given):
    """The same where it signs nothing in."""
    return home_plan(society, t, r, i, given, 0.0, NOBODY, NOBODY)


@helper
def pays_in(society, r, k, i):
    """Whether member i would put own money in, as it last judged."""
    if society.levers[r].own_money <= 0.0:
        return False
    g = account_of(society, k)
    worth, x = society.accounts.best_worth[g], society.accounts.best_put[g]
    if worth <= 0.0:
        return False
    return comes_back(society, r, k, i, worth, x) > worth_at_home(society, r, i)


@helper
def own_in_sight(society, t, r, k):
    """Money (yuan), in hand and in sight, that those active members sign in who would put it in."""
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i) and pays_in(society, r, k, i):
            total += society.villages.signed[i] * max(0.0, money_in_sight(society, t, r, i))
    return total


@helper
def part_of(society, r, k, i, leads, new, total, profit):
    """Member i's part (yuan a year) of `profit`, as the lead or not, when `new` of `total` yuan of
    new claims are its own."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    rule = sharing_rule(society, r, alliance.strategy)
    if rule == EQUALLY:
        return profit / alliance.members
    if rule == PROMISED and alliance.head == BY_ABLEST:
        mine = p.promised_rate * (society.villages.stake[i] + new)
        if not leads:
            return mine
        others = alliance.stakes + total - society.villages.stake[i] - new
        return profit - p.promised_rate * max(0.0, others)
    mine = weight(society, rule, i) * (1.0 + new / (society.villages.stake[i] + 1.0))
    weights = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        j = society.member[m]
        if society.villages.alliance[j] == k:
            weights += weight(society, rule, j)
    stakes = alliance.stakes + alliance.members
    weights *= 1.0 + total / stakes
    share = profit * min(1.0, mine / max(TINY, weights))
    if rule == PROMISED:  # what is left above the promise is kept
        return min(share, p.promised_rate * (society.villages.stake[i] + new))
    return share


@helper
def worth_of_teaching(society, r, k, i):
    """Yuan a year that member i expects of what the meetings of alliance k teach."""
    alliance = society.alliances[k]
    if alliance.top < 0:
        return 0.0
    n = active_members_of(society, k)
    strategy, meetings = alliance.strategy, alliance.meetings
    return worth_of_meeting(society, r, strategy, meetings, i, alliance.top, alliance.lead, n)


@helper
def settle_standing(society, t, r, k):
    """Who is active after the decisions: a quiet lead hands over, an alliance without
    active members is on paper."""
    alliance = society.alliances[k]
    active = 0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k and society.villages.standing[i] == WORKING:
            active += 1
    alliance.active = active
    alliance.stale = 1
    if active > 0 and society.villages.standing[alliance.lead] != WORKING:
        crown(society, k)
    if active == 0 and alliance.status == ACTIVE:
        alliance.status = PAPER
        note(society, t, ON_PAPER, r, alliance.lead, k, NOBODY, 0.0)
    elif active > 0 and alliance.status == PAPER:
        alliance.status = ACTIVE
