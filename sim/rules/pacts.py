"""Pacts: at the end of a pact each member asks the chooser what staying, going quiet and leaving
would bring, and does the best."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.choosing import (
    best_next,
    keep_back,
    plan,
    plan_together,
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
    undivided,
    whose_turn,
)
from village_alliances.sim.rules.leaving import crown, leave
from village_alliances.sim.rules.meeting import cost_of, cost_of_head, worth_of_meeting
from village_alliances.sim.rules.pooling import (
    comes_back,
    hands_signed,
    share_in,
    sharing_rule,
    worth_at_home,
)
from village_alliances.sim.rules.projects import (
    grants_to_come,
    in_the_long_run,
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
    ORDERS,
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
        stand(villages, i, WORKING, share_in(society, r, k, i))
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
    hands = hands_signed(society, r, i)  # what firms place with them the alliance has already
    if was != WORKING:
        stand(villages, i, WORKING, share_in(society, r, k, i))
    n = active_members_of(society, k)
    grants = grants_to_come(society, t, r, k, n)
    total = grants + promised_routed(society, r, n)
    moved = (hands_signed(society, r, i) - hands) * villages.offered[i]
    room_together(society, r, k, accounts.orders[g] + moved)
    total += own_in_sight(society, t, r, k, total)
    own = own_of(society, t, r, k, i)
    gain = plan_together(society, r, society.rate[g], max(0.0, accounts.fund[g]) + total)
    profit = accounts.expected[g] + gain
    new = own + routed_away(society, r, i) + grants * part_in_name(society, r, k, i)
    leads = i == society.alliances[k].lead
    part = part_of(society, r, k, i, leads, new, total, profit)
    alliance = society.alliances[k]
    share = villages.signed[i]
    home = home_plan(society, t, r, i, own, share, alliance.lead, alliance.product)
    teacher = teacher_with(society, k, i)
    taught = worth_of_teaching(society, r, k, i, teacher)
    stand(villages, i, was, signed)
    return part + home + taught - cost_of(society, r, k, i, teacher)


@helper
def worth_of_quiet(society, t, r, k, i):
    """Yuan a year that it expects with its claim left in, its room and money at home, and no
    meetings; a lead that others can follow leads no more."""
    villages = society.villages
    accounts = society.accounts
    g = account_of(society, k)
    was, signed = villages.standing[i], villages.signed[i]
    hands = hands_signed(society, r, i)  # what firms place with them is the village's again
    stand(villages, i, QUIET, 0.0)
    n = active_members_of(society, k)
    total = grants_to_come(society, t, r, k, n) + promised_routed(society, r, n)
    room_together(society, r, k, accounts.orders[g] - hands * villages.offered[i])
    total += own_in_sight(society, t, r, k, total)
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
    cash = redeemed * max(0.0, society.accounts.fund[g]) / claims
    money = max(0.0, money_in_sight(society, t, r, i) + routed_away(society, r, i) + cash)
    room_at_home(society, r, i, society.villages.offered[i])
    kept = worth_of_part(society, r, g, i, redeemed / claims)
    home = plan(society, r, society.rate[i], money)
    years = 0.25 * pact(society, r, society.alliances[k].strategy)
    return home + kept - p.leaving_cost / years


@helper
def worth_of_part(society, r, g, i, part):
    """Yuan a year that village i expects of that part of account g's projects, which it would run
    beside what is in `society.running`: each needs somebody for that, unless i runs its type
    already."""
    total = 0.0
    for j in range(society.capital.shape[1]):
        capital = portion(part, society.capital[g, j])
        begun = portion(part, society.building[g, j])
        if capital + begun > 0.0:
            tech = society.technology[r, j]
            fortune = society.fortune[g, j] if society.capital[g, j] > 0.0 else 1.0
            brings = society.rate[i, j] * fortune * (capital + (1.0 - tech.fail) * begun)
            if society.running[j] <= 0.0:
                brings -= tech.overhead * (1.0 if capital > 0.0 else 1.0 - tech.fail)
            recovered = tech.salvage * (capital + begun)
            total += in_the_long_run(society.parameters[r], brings, recovered)
            if brings >= 0.0:
                run_along(society, r, j, capital + begun)
    return total


@hot
def run_along(society, r, j, x):
    """x yuan of type j run at home on the room that comes with them: orders are the village's."""
    society.running[j] += x
    if society.needs[j, 0] == ORDERS or society.needs[j, 1] == ORDERS:
        left = society.room[ORDERS] - x / society.technology[r, j].unit_cost
        society.room[ORDERS] = max(0.0, left)


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
    """Whether member i would put own money in, for what alliance k would begin next."""
    if society.levers[r].own_money <= 0.0:
        return False
    g = account_of(society, k)
    worth, x = society.accounts.best_worth[g], society.accounts.best_put[g]
    if worth <= 0.0:
        return False
    return comes_back(society, r, k, i, worth, x) > worth_at_home(society, r, i)


@helper
def own_in_sight(society, t, r, k, public):
    """Money (yuan), in hand and in sight, that those active members sign in who would put it in for
    the best that could be begun with all of it and `public` yuan."""
    g = account_of(society, k)
    money = public + max(0.0, society.accounts.fund[g])
    for m in range(society.first[k], society.first[k + 1]):
        money += signed_money(society, t, r, k, society.member[m])
    best_next(society, r, g, money)
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        total += own_of(society, t, r, k, society.member[m])
    return total


@helper
def own_of(society, t, r, k, i):
    """What of it is village i's."""
    signed = signed_money(society, t, r, k, i)
    return signed if signed > 0.0 and pays_in(society, r, k, i) else 0.0


@helper
def signed_money(society, t, r, k, i):
    """Yuan, in hand and in sight, that village i signs in as an active member of alliance k."""
    if society.villages.alliance[i] != k or not is_active(society, i):
        return 0.0
    return society.villages.signed[i] * max(0.0, money_in_sight(society, t, r, i))


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


@hot
def teacher_with(society, k, i):
    """Who would teach in alliance k with member i: who taught this quarter, or i where it can
    manage more."""
    top = society.alliances[k].top
    if top < 0 or undivided(society.villages, i) > undivided(society.villages, top):
        return np.int64(i)
    return top


@helper
def worth_of_teaching(society, r, k, i, teacher):
    """Yuan a year that active member i expects of what the meetings of alliance k teach."""
    alliance = society.alliances[k]
    n = active_members_of(society, k)
    strategy, meetings = alliance.strategy, alliance.meetings
    return worth_of_meeting(society, r, strategy, meetings, i, teacher, alliance.lead, n)


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
