"""Leave and end: what a village takes with it, and what becomes of an alliance that nobody is left
in. The one place for both."""

from __future__ import annotations

from village_alliances.sim.compiled import helper
from village_alliances.sim.rules.common import (
    account_of,
    free_of,
    note,
    portion,
    reset_account,
    undivided,
)
from village_alliances.sim.rules.secretaries import give_back, set_capacity
from village_alliances.sim.society import (
    DISSOLVED,
    ENDED,
    LEFT,
    MONEY,
    NOBODY,
    ORDERS,
    OUTSIDE,
    WORKING,
)


@helper
def leave(society, t, r, i, share_kept):
    """Village i leaves its alliance with `share_kept` of its claim, in cash and in parts of
    projects; the rest stays with the others; leaving costs it once, in cash."""
    villages = society.villages
    k = villages.alliance[i]
    g = account_of(society, k)
    alliance = society.alliances[k]
    part = 0.0
    if alliance.stakes > 0.0:
        part = min(1.0, share_kept * villages.stake[i] / alliance.stakes)
    taken = hand_over(society, r, g, i, part)
    spread_rest(society, k, i, max(0.0, villages.stake[i] - taken))
    forget(society, i)
    alliance.members -= 1
    alliance.stale = 1
    society.runs[r].leaves += 1
    note(society, t, LEFT, r, i, k, NOBODY, taken)
    society.accounts.fund[i] -= society.parameters[r].leaving_cost
    society.runs[r].costs += society.parameters[r].leaving_cost
    if alliance.members < 2:
        end(society, t, r, k)
    elif alliance.lead == i:
        crown(society, k)


@helper
def spread_rest(society, k, gone, rest):
    """What a leaver left behind raises the others' claims in proportion, or evenly where
    they had none."""
    villages = society.villages
    claims, others = 0.0, 0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if i != gone and villages.alliance[i] == k:
            claims += villages.stake[i]
            others += 1
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if i != gone and villages.alliance[i] == k:
            share = villages.stake[i] / claims if claims > 0.0 else 1.0 / others
            villages.stake[i] += rest * share
    society.alliances[k].stakes = claims + rest if others > 0 else 0.0


@helper
def hand_over(society, r, g, i, part):
    """A part of account g goes to village i: cash, capital and what is begun, with the room it
    uses. Returns its book value (yuan)."""
    if part <= 0.0:
        return 0.0
    k = g - society.villages.id.size
    cash = part * max(0.0, society.accounts.fund[g])
    society.accounts.fund[g] -= cash
    society.accounts.fund[i] += cash
    value = cash
    for j in range(society.capital.shape[1]):
        capital = portion(part, society.capital[g, j])
        begun = portion(part, society.building[g, j])
        if capital + begun <= 0.0:
            continue
        had = society.capital[i, j]
        if had + capital > 0.0:
            mine = society.fortune[i, j] * had + society.fortune[g, j] * capital
            society.fortune[i, j] = mine / (had + capital)
        elif society.building[i, j] <= 0.0:
            society.fortune[i, j] = society.fortune[g, j]
        society.capital[g, j] -= capital
        society.building[g, j] -= begun
        society.capital[i, j] += capital
        society.building[i, j] += begun
        move_room(society, r, k, i, j, capital + begun)
        value += capital + begun
    jobs = part * society.accounts.orders[g]
    society.accounts.orders[g] -= jobs
    society.accounts.orders[i] += jobs
    return value


@helper
def move_room(society, r, k, i, j, x):
    """Room under x yuan of type j that go from alliance k to village i: no
    room is ever used by two.

    It counts as i's own as far as i has room. What stands on others' land
    stays there, in use for good.
    """
    units = x / society.technology[r, j].unit_cost
    for n in range(2):
        e = society.needs[j, n]
        if e == MONEY or e == ORDERS:
            continue
        own = min(units, society.signed_away[i, e])
        society.signed_away[i, e] -= own
        society.used[i, e] += own
        if units > own:
            take_over(society, k, i, e, units - own)


@helper
def take_over(society, k, i, e, units):
    """Village i takes over what others' endowment e is used for, as far as it has room
    of its own."""
    villages = society.villages
    moved = min(units, free_of(society, i, e))
    society.used[i, e] += moved
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        h = society.member[m]
        if h != i and villages.alliance[h] == k:
            total += society.signed_away[h, e]
    if total <= 0.0:
        return
    part = min(1.0, units / total)
    for m in range(society.first[k], society.first[k + 1]):
        h = society.member[m]
        if h != i and villages.alliance[h] == k:
            away = part * society.signed_away[h, e]
            society.signed_away[h, e] -= away
            society.used[h, e] += away * (1.0 - moved / units)


@helper
def leave_room(society, k, i):
    """What alliance k still uses of village i it finds with those who stay; what they lack
    stays in use on i's land."""
    villages = society.villages
    for e in range(society.signed_away.shape[1]):
        away = society.signed_away[i, e]
        society.signed_away[i, e] = 0.0
        if away <= 0.0:
            continue
        total = 0.0
        for m in range(society.first[k], society.first[k + 1]):
            h = society.member[m]
            if h != i and villages.alliance[h] == k:
                total += free_of(society, h, e)
        moved = min(away, total)
        society.used[i, e] += away - moved
        if moved <= 0.0:
            continue
        for m in range(society.first[k], society.first[k + 1]):
            h = society.member[m]
            if h != i and villages.alliance[h] == k:
                society.signed_away[h, e] += moved * free_of(society, h, e) / total


@helper
def forget(society, i):
    """A village without alliance: what it has learned it keeps, until that fades."""
    villages = society.villages
    give_back(society, i)
    leave_room(society, villages.alliance[i], i)
    villages.alliance[i] = NOBODY
    villages.standing[i] = OUTSIDE
    villages.stake[i] = villages.own_stake[i] = villages.signed[i] = 0.0
    villages.lent[i] = villages.expected_gain[i] = villages.membership_cost[i] = 0.0
    set_capacity(villages, i)


@helper
def crown(society, k):
    """The member that can manage most leads, an active one where there is one."""
    villages = society.villages
    lead, best = NOBODY, -1.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if villages.alliance[i] != k:
            continue
        able = undivided(villages, i) + (1.0 if villages.standing[i] == WORKING else 0.0)
        if able > best:
            lead, best = i, able
    society.alliances[k].lead = lead
    society.alliances[k].stale = 1


@helper
def end(society, t, r, k):
    """An alliance ends: what it has goes to its members by their claims."""
    villages = society.villages
    alliance = society.alliances[k]
    g = account_of(society, k)
    left = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if villages.alliance[i] == k:
            left += villages.stake[i] + 1.0
    value = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if villages.alliance[i] == k:
            mine = villages.stake[i] + 1.0
            value += hand_over(society, r, g, i, min(1.0, mine / left))
            left -= mine
            debts = min(0.0, society.accounts.fund[g])
            society.accounts.fund[g] -= debts
            society.accounts.fund[i] += debts
            forget(society, i)
    reset_account(society, g)
    alliance.status = DISSOLVED
    alliance.members = alliance.active = 0
    alliance.stakes = 0.0
    society.runs[r].ended_sum += 1
    note(society, t, ENDED, r, alliance.lead, k, NOBODY, value)
