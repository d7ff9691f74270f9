"""Share: the profit of joint ventures, enclaves and workshops is divided by the strategy's rule; then the books are closed."""

from __future__ import annotations

import math

from sim import luck
from sim.compiled import compiled, helper
from sim.rules.common import alive, note, pay_in, take_out, work
from sim.society import DIVIDEND, EQUALLY, GUARANTEED, SERVICES, WEAKEST_FIRST

POOR = 20000.0  # yuan a year added to incomes when the weakest come first, so that a penniless village does not take all


@compiled
def share(w, t):
    """Profit of every alliance: kept in part, the rest divided; a loss is borne by the members."""
    v = w.v
    runs = w.r.size
    slots = w.a.size // runs
    today = w.calendar[t]
    v.dividend[:] = 0.0
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        own = luck.stream(w.seed[0], run.run, t, luck.VENTURE_NOISE)
        trade = luck.stream(w.seed[0], run.run, t, luck.INDUSTRY_NOISE)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status) or a.members == 0:
                continue
            a.profit = 0.0
            if a.capital + a.enclave + a.jobs <= 0.0:
                continue
            luck_of_year = 0.7071 * (luck.normal(own, a.key) + luck.normal(trade, w.industry_key[a.industry]))
            market = today.market if a.industry == today.market_industry else 0.0
            built = a.capital + a.outside
            rate = p.venture_return * built / (built + p.venture_scale) * math.exp(run.pandemic)
            rate += p.venture_noise * luck_of_year + market * p.venture_return
            profit = (a.power * rate + a.enclave * p.enclave_return + a.jobs * p.job_fee) / 4.0
            a.profit = profit
            run.profits += profit
            paid = profit
            if profit > 0.0:
                pay_in(w, k, profit)
                paid = profit * (1.0 - p.reinvested_share)
            else:
                a.fund += profit  # for a moment: the members make it good
            if a.sharing == GUARANTEED:  # the promise is kept from profits of good years, never from grants
                promise = p.guaranteed_rate / 4.0 * (a.capital + a.enclave)
                paid = min(max(0.0, a.kept + profit), promise)
                if a.fund < paid:
                    paid = a.fund
            a.kept += profit - paid
            divide(w, t, r, k, a, paid, run)
    close_books(w, t)


@helper
def divide(w, t, r, k, a, paid, run):
    """Pay `paid` yuan from the fund to the members by weight, and measure how far that is from what they put in."""
    v = w.v
    first, last = w.first[k], w.first[k + 1]
    common = (a.granted_sum + 1.0) / a.members  # public money belongs to all alike
    total = 0.0
    for m in range(first, last):
        total += weight(v, w.member[m], a.sharing, common)
    apart = 0.0
    for m in range(first, last):
        i = w.member[m]
        part = weight(v, i, a.sharing, common) / total
        v.dividend[i] = paid * part
        apart += abs(part - (v.stake[i] + common) / (a.stakes + common * a.members))
        note(w, t, DIVIDEND, r, i, k, paid * part)
    a.fund -= min(paid, 0.0)
    take_out(a, max(paid, 0.0))
    a.unfairness = 0.5 * apart
    run.dividends += paid


@helper
def weight(v, i, rule, common):
    """A member's weight in the division of profit."""
    if rule == EQUALLY:
        return 1.0
    if rule == WEAKEST_FIRST:
        return 1.0 / (max(0.0, v.collective_income[i]) + POOR)
    return v.stake[i] + common


@helper
def close_books(w, t):
    """Collective income is the sum of its parts; what is not spent on the village goes to reserves, in the shadow as well."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        spend = 1.0 - p.savings_rate
        solo = w.solo_budget.size > 0
        for i in range(r * villages, (r + 1) * villages):
            v.venture_income[i] = 4.0 * v.dividend[i]
            profit = 0.0
            if solo:
                rate = p.venture_return * v.solo_capital[i] / (v.solo_capital[i] + p.venture_scale)
                profit = rate * v.solo_power[i] / 4.0
                v.venture_income[i] += 4.0 * profit
            outside = v.base_income[i] + v.granted_income[i] + v.land_income[i] + v.brand_income[i]
            v.collective_income[i] = outside + v.venture_income[i]
            interest = p.debt_interest / 4.0 * max(0.0, -v.reserves[i])
            k = v.alliance[i]
            saved = 0.0
            if k >= 0:
                shared = min(1.0, work(w, k, SERVICES)) * v.effort[i]
                saved = p.service_saving * v.population[i] * shared / 4.0
            used = spend * v.collective_income[i] / 4.0 + p.transfer / 4.0
            v.reserves[i] += v.collective_income[i] / 4.0 + p.transfer / 4.0 + saved - used - interest
            run.earned += outside / 4.0
            run.profits += profit
            run.services += saved
            run.transfers += p.transfer / 4.0
            run.spent += used
            run.interest += interest
            alone_interest = p.debt_interest / 4.0 * max(0.0, -v.alone_reserves[i])
            alone_used = spend * v.alone_income[i] / 4.0 + p.transfer / 4.0
            v.alone_reserves[i] += v.alone_income[i] / 4.0 + p.transfer / 4.0 + 0.0 - alone_used - alone_interest
        run.transfers_sum += p.transfer / 4.0 * villages
