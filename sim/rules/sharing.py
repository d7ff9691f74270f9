"""Share: an alliance's profit by its rule; then villages close their books."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exp, log
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.common import TINY, account_of, add_stake, exists, write_down
from village_alliances.sim.rules.pooling import sharing_rule, weakness
from village_alliances.sim.society import BY_ABLEST, EQUALLY, PROMISED, WEAKEST_FIRST

LOG_2 = 0.6931471805599453  # natural logarithm of two, for half-lives


@compiled
def share_profit(society, t):
    """Profits are divided among members; losses are borne by the fund and by all claims alike."""
    villages = society.villages
    slots = society.alliances.size // society.runs.size
    villages.alliance_income[:] = 0.0
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        if not exists(alliance):
            continue
        r = k // slots
        g = account_of(society, k)
        profit = 0.25 * society.accounts.profit[g]
        society.runs[r].profits += profit
        society.accounts.fund[g] += profit
        if profit < 0.0:
            write_down(society, k, -profit)
            cover(society, k, g)
        elif profit > 0.0:
            divide(society, r, k, g, profit)
        true_up(society, k, g)


@helper
def true_up(society, k, g):
    """Claims are the book value of what there is: what is kept of profits, and rounding, is
    everybody's in proportion."""
    alliance = society.alliances[k]
    villages = society.villages
    value = society.accounts.fund[g]
    for j in range(society.capital.shape[1]):
        value += society.capital[g, j] + society.building[g, j]
    members = society.first[k + 1] - society.first[k]
    if members == 0:
        return
    claims = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        claims += villages.stake[society.member[m]]
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if claims > 0.0:
            villages.stake[i] *= value / claims
            villages.own_stake[i] = min(villages.own_stake[i], villages.stake[i])
        else:
            villages.stake[i] = value / members
        total += villages.stake[i]
    alliance.stakes = total


@helper
def cover(society, k, g):
    """Members make good what the fund lacks, by their claims: claims were written down by the loss,
    and grow by what is paid in."""
    lack = -society.accounts.fund[g]
    if lack <= 0.0:
        return
    alliance = society.alliances[k]
    stakes = alliance.stakes
    members = society.first[k + 1] - society.first[k]
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        even = 1.0 / members
        part = lack * (society.villages.stake[i] / stakes if stakes > 1.0 else even)
        society.accounts.fund[i] -= part
        society.accounts.fund[g] += part
        society.villages.alliance_income[i] -= 4.0 * part
        add_stake(society, k, i, part)


@helper
def divide(society, r, k, g, profit):
    """Pay `profit` yuan out of the fund to the members by the strategy's rule: by stake, equally,
    weakest first, or as promised: a lead that heads takes what is left, and bears what is
    lacking."""
    rule = sharing_rule(society, r, society.alliances[k].strategy)
    first, last = society.first[k], society.first[k + 1]
    if rule == PROMISED:
        keep_promise(society, r, k, g, profit)
        return
    total = 0.0
    for m in range(first, last):
        total += weight(society, rule, society.member[m])
    for m in range(first, last):
        i = society.member[m]
        pay(society, g, i, profit * weight(society, rule, i) / total)


@helper
def keep_promise(society, r, k, g, profit):
    """Members get the promised rate on the part of their claims that is in work. A lead that heads
    takes what is left of the profit, and bears what is lacking; under a head from outside nobody
    does: it is kept, and where the fund falls short all get as much less."""
    alliance = society.alliances[k]
    rate = 0.25 * society.parameters[r].promised_rate * working_part(society, g)
    promised = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if i != alliance.lead or alliance.head != BY_ABLEST:
            promised += rate * society.villages.stake[i]
    part = 1.0
    if alliance.head != BY_ABLEST:
        part = min(1.0, max(0.0, society.accounts.fund[g]) / max(TINY, promised))
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if i != alliance.lead or alliance.head != BY_ABLEST:
            pay(society, g, i, part * rate * society.villages.stake[i])
    if alliance.head == BY_ABLEST:
        pay(society, g, alliance.lead, profit - promised)


@helper
def working_part(society, g):
    """Part of what an account holds that is in work: promises are kept on that."""
    capital = held = 0.0
    for j in range(society.capital.shape[1]):
        capital += society.capital[g, j]
        held += society.capital[g, j] + society.building[g, j]
    held += max(0.0, society.accounts.fund[g])
    return capital / held if held > 0.0 else 0.0


@hot
def weight(society, rule, i):
    """Weight of member i when profit is divided."""
    return weight_of(society, rule, i, society.villages.stake[i] + 1.0)


@hot
def weight_of(society, rule, i, stake):
    """Weight of village i with a claim of `stake` yuan when profit is divided."""
    if rule == EQUALLY:
        return 1.0
    if rule == WEAKEST_FIRST:
        return stake * weakness(society, i)
    return stake


@helper
def pay(society, g, i, amount):
    """`amount` yuan from an alliance's account to member i this quarter."""
    society.accounts.fund[g] -= amount
    society.accounts.fund[i] += amount
    society.villages.alliance_income[i] += 4.0 * amount


@compiled
def earn(society, t):
    """Base income with its chance, the region's trend and the village's own, prices of products,
    and what each village keeps of all it has earned."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    shares, own = np.empty(size), np.empty(size)
    today = society.calendar[t]
    boom = exp(today.market)
    for r in range(runs):
        p = society.parameters[r]
        run = society.runs[r]
        mine = luck.stream(society.seed[0], run.run, t, luck.NOISE)
        trade = luck.stream(society.seed[0], run.run, t, luck.INDUSTRY_NOISE)
        keep = 1.0 - p.noise_persistence_loss
        spread = p.noise_sd * p.noise_sd + p.product_sd * p.product_sd
        run.noise_var = keep * keep * run.noise_var + spread
        run.pandemic = exp(-LOG_2 / p.pandemic_half_life) * run.pandemic + today.pandemic
        years = (t + 1) / 4.0
        apart = p.trend_spread * years
        trend = log(1.0 + p.trend_collective) * years - apart * apart / 2.0
        growth = trend - run.noise_var / 2.0 + run.pandemic
        for q in range(society.price.shape[1]):
            shock = p.product_sd * luck.normal(trade, society.product_key[q])
            society.price[r, q] = keep * society.price[r, q] + shock
        luck.normals(mine, villages.id[r * size : (r + 1) * size], shares, own)
        for j in range(size):
            i = r * size + j
            villages.noise[i] = keep * villages.noise[i] + p.noise_sd * own[j]
            product = villages.product[i]
            chance = villages.noise[i] + society.price[r, product]
            base = villages.start_income[i] * exp(growth + villages.trend[i] * years + chance)
            if product == today.market_product:
                base *= boom
            added = villages.capacity[i] - villages.practice[i]
            if added != 0.0:
                base *= 1.0 + p.base_management * p.management_effect * added
            villages.base_income[i] = base
            close_books(society, r, i)


@hot
def close_books(society, r, i):
    """Operating income of village i, what is spent of it, what debt takes (interest; cash repays
    debt), and what is left for projects."""
    villages = society.villages
    accounts = society.accounts
    p = society.parameters[r]
    run = society.runs[r]
    villages.project_income[i] = accounts.profit[i]
    cost = villages.membership_cost[i]
    income = villages.base_income[i] + accounts.profit[i] + villages.alliance_income[i] - cost
    villages.operating_income[i] = income
    villages.total_income[i] = income + p.transfer
    saved = 0.25 * p.savings_rate * income if income > 0.0 else 0.25 * income
    spent = 0.25 * income - saved
    interest = 0.25 * p.debt_interest * villages.debt[i]
    repaid = min(villages.debt[i], p.repayment * max(0.0, saved))
    accounts.fund[i] += 0.25 * (villages.base_income[i] - cost) - spent - interest - repaid
    villages.debt[i] -= repaid
    if accounts.fund[i] < 0.0:
        villages.debt[i] -= accounts.fund[i]
        accounts.fund[i] = 0.0
    run.earned += 0.25 * villages.base_income[i]
    run.costs += 0.25 * cost
    run.spent += spent
    run.interest += interest
    run.transfers_sum += 0.25 * p.transfer
