"""Share: the profit of joint ventures, enclaves and workshops is divided by the strategy's rule; then the books are closed.

A venture's return varies from year to year, half by its own luck and half by that of its product's trade; a village's own
project meets the same luck, the same market and the same pandemic.
"""

from __future__ import annotations

import math

from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import alive, note, pay_in, put_by, take_out, work
from village_alliances.sim.society import DIVIDEND, EQUALLY, GUARANTEED, SERVICES, WEAKEST_FIRST

CUSHION = 2.0  # years of promised dividends are kept back at most; assumption: what is not needed goes back to work
HALF = 0.7071067811865476  # of the variance of a year's luck is the venture's own, half its trade's
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
        year = luck.stream(w.seed[0], run.run, t // 4, luck.VENTURE_NOISE)
        blow = math.exp(run.pandemic)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status) or a.members == 0:
                continue
            a.profit = 0.0
            if a.capital + a.enclave + a.jobs <= 0.0:
                continue
            rate = venture_rate(w, p, a.capital + a.outside, year, a.key, a.industry, today, blow)
            fees = a.jobs * p.job_fee / 4.0
            profit = a.power * rate / 4.0 + a.enclave * p.enclave_return / 4.0 + fees
            a.profit = profit
            run.profits += profit
            if a.sharing == GUARANTEED:
                paid = keep_promise(w, p, k, profit, fees)
            elif profit > 0.0:
                pay_in(w, k, profit)
                paid = profit * (1.0 - p.reinvested_share)
            else:
                a.fund += profit  # for a moment: the members make it good
                paid = profit
            divide(w, t, r, k, a, paid, run)
    close_books(w, t)


@helper
def venture_rate(w, p, built, year, who, product, today, blow):
    """Return (1/year) on `built` yuan in work: grows with its scale, varies from year to year, and follows its market."""
    luck_of_year = HALF * (luck.normal(year, who) + luck.normal(year, w.industry_key[product]))
    market = today.market if product == today.market_industry else 0.0
    return (
        p.venture_return * (built / (built + p.venture_scale) * blow + market)
        + p.venture_noise * luck_of_year
    )


@helper
def keep_promise(w, p, k, profit, fees):
    """What a guaranteed dividend comes to, in yuan: paid from profits of good years, never from grants.

    Workshop fees are divided as elsewhere. What is beyond the cushion goes back to work; a loss beyond it is the members'.
    """
    a = w.a[k]
    promise = p.guaranteed_rate / 4.0 * (a.capital + a.enclave) + fees * (1.0 - p.reinvested_share)
    a.fund += profit
    a.kept += profit
    paid = min(a.kept, promise)  # below nought where the cushion does not cover a loss
    beyond = a.kept - max(paid, 0.0) - 4.0 * CUSHION * promise
    if beyond > 0.0:
        a.kept -= beyond
        put_by(w, k, beyond)
    a.kept = max(0.0, a.kept - paid)
    return paid


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
    today = w.calendar[t]
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        spend = 1.0 - p.savings_rate
        solo = w.solo_budget.size > 0
        year = luck.stream(w.seed[0], run.run, t // 4, luck.VENTURE_NOISE)
        blow = math.exp(run.pandemic)
        transfer = p.transfer / 4.0
        rent_of_debt = p.debt_interest / 4.0
        earned = profits = services = spent = paid_interest = 0.0
        for i in range(r * villages, (r + 1) * villages):
            v.venture_income[i] = 4.0 * v.dividend[i]
            profit = 0.0
            if solo and v.solo_power[i] > 0.0:
                rate = venture_rate(
                    w, p, v.solo_capital[i], year, v.id[i], v.industry[i], today, blow
                )
                profit = rate * v.solo_power[i] / 4.0
                v.venture_income[i] += 4.0 * profit
            outside = v.base_income[i] + v.granted_income[i] + v.land_income[i] + v.brand_income[i]
            v.collective_income[i] = outside + v.venture_income[i]
            interest = rent_of_debt * max(0.0, -v.reserves[i])
            k = v.alliance[i]
            saved = 0.0
            if k >= 0:
                shared = min(1.0, work(w, k, SERVICES)) * v.effort[i]
                saved = p.service_saving * v.population[i] * shared / 4.0
            used = spend * v.collective_income[i] / 4.0 + transfer
            v.reserves[i] += v.collective_income[i] / 4.0 + transfer + saved - used - interest
            earned += outside / 4.0
            profits += profit
            services += saved
            spent += used
            paid_interest += interest
            alone_interest = rent_of_debt * max(0.0, -v.alone_reserves[i])
            alone_used = spend * v.alone_income[i] / 4.0 + transfer
            v.alone_reserves[i] += (
                v.alone_income[i] / 4.0 + transfer + 0.0 - alone_used - alone_interest
            )
        run.earned += earned
        run.profits += profits
        run.services += services
        run.transfers += transfer * villages
        run.transfers_sum += transfer * villages
        run.spent += spent
        run.interest += paid_interest
