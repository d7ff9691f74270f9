"""Record: the outcomes of every run, once a year and at the end. A run whose numbers are no numbers is marked as failed."""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.metrics import INDEX, NAMES
from village_alliances.sim.rules.common import alive, working
from village_alliances.sim.society import DORMANT, NOBODY

WEAK = 50000.0  # yuan a year (fenghua-weak-threshold)
TIERS = (50000.0, 100000.0, 150000.0, 500000.0)
NOT_A_NUMBER = 1
NUMBER_OF_OUTCOMES = len(NAMES)
(
    I_50, I_100, I_150, I_500, I_LAST, I_MEAN, I_MEDIAN, I_P10, I_GINI, I_WITHIN, I_BETWEEN, I_GAIN, I_WEAK, I_LEAD, I_OTHERS,
    I_BASE, I_LAND, I_BRAND, I_VENTURE, I_LOSERS, I_VILLAGER, I_VGAIN, I_VGINI, I_CAPACITY, I_ABILITY, I_RESERVES, I_ALIVE,
    I_PAPER, I_ALLIED, I_COHESION, I_EFFORT, I_EXITS, I_SWITCHES, I_REFUSALS, I_ENDED, I_COST, I_OWN, I_CAMPAIGN, I_TRANSFERS, I_LIFTED,
) = range(NUMBER_OF_OUTCOMES)  # fmt: skip
assert INDEX["weak_lifted"] == I_LIFTED and INDEX["gain_weak"] == I_WEAK


@helper
def gini(ordered):
    """Gini coefficient of ascending non-negative numbers."""
    n = ordered.size
    total = weighted = 0.0
    for i in range(n):
        total += ordered[i]
        weighted += (2 * (i + 1) - n - 1) * ordered[i]
    return weighted / (n * total) if total > 0.0 else 0.0


def record(w, t):
    """Fill series[run, year, outcome] when a year ends; note each quarter whether a weak village is left."""
    note_weak(w, t)
    if t % 4 == 3:
        summarise_runs(w, t, (t + 1) // 4, *ordered(w))


def record_start(w):
    """Fill the first entry of the series: the society before its first quarter."""
    summarise_runs(w, NOBODY, 0, *ordered(w))


def ordered(w):
    """Collective incomes and incomes per head of each run, ascending, (runs, villages): numpy sorts many times faster than a rule could."""
    shape = (w.r.size, w.v.id.size // w.r.size)
    return np.sort(w.v.collective_income.reshape(shape), axis=1), np.sort(
        w.v.villager_income.reshape(shape), axis=1
    )


@compiled
def note_weak(w, t):
    """Note that a weak village is left."""
    villages = w.v.id.size // w.r.size
    incomes = w.v.collective_income
    for r in range(w.r.size):
        for i in range(r * villages, (r + 1) * villages):
            if incomes[i] < WEAK:
                w.r[r].last_weak = t
                break


@compiled
def summarise_runs(w, t, year, incomes, heads):
    """All outcomes of every run at the end of a year."""
    villages = w.v.id.size // w.r.size
    for r in range(w.r.size):
        summarise(w, r, r * villages, villages, incomes[r], heads[r], t, w.series[r, year])


@compiled
def summarise(w, r, start, villages, incomes, heads, t, out):
    """All outcomes of run r. `incomes` and `heads` are the run's collective incomes and incomes per head, ascending."""
    v = w.v
    run = w.r[r]
    slots = w.a.size // w.r.size
    poorest_fifth = poor_line(w, start, villages)
    out[:] = 0.0
    total = gain = base = land = brand = venture = capacity = ability = reserves = people = (
        head_sum
    ) = head_gain = effort = 0.0
    weak_gain = lead_gain = other_gain = 0.0
    weak_count = lead_count = other_count = allied = losers = lifted = 0
    under_50 = under_100 = under_150 = under_500 = 0
    for i in range(start, start + villages):
        income = v.collective_income[i]
        more = income - v.alone_income[i]
        total += income
        gain += more
        base += v.base_income[i] - v.alone_base[i]
        land += v.land_income[i]
        brand += v.brand_income[i]
        venture += v.venture_income[i]
        capacity += v.capacity[i]
        ability += v.ability[i]
        reserves += v.reserves[i]
        people += v.population[i]
        head_sum += v.population[i] * v.villager_income[i]
        head_gain += v.population[i] * v.wages[i]
        under_50 += income < TIERS[0]
        under_100 += income < TIERS[1]
        under_150 += income < TIERS[2]
        under_500 += income < TIERS[3]
        if income >= WEAK and v.alone_income[i] < WEAK:
            lifted += 1
        if more < -1000.0:
            losers += 1
        if v.start_income[i] <= poorest_fifth:
            weak_gain += more
            weak_count += 1
        k = v.alliance[i]
        if k >= 0:
            allied += 1
            effort += v.effort[i]
            if w.a[k].lead == i:
                lead_gain += more
                lead_count += 1
            else:
                other_gain += more
                other_count += 1
    out[I_50], out[I_100], out[I_150], out[I_500] = under_50, under_100, under_150, under_500
    mean = total / villages
    if not math.isfinite(total) or not math.isfinite(head_sum):
        run.status = NOT_A_NUMBER
    alive_count = paper = work_count = 0
    cohesion = 0.0
    for k in range(r * slots, (r + 1) * slots):
        a = w.a[k]
        if alive(a.status):
            alive_count += 1
            if a.status == DORMANT:
                paper += 1
            elif working(a.status):
                work_count += 1
                cohesion += a.cohesion
    out[I_LAST] = run.last_weak + 1.0 if t >= 0 else 0.0
    out[I_MEAN] = mean
    out[I_MEDIAN] = 0.5 * (incomes[(villages - 1) // 2] + incomes[villages // 2])
    tenth = 0.1 * (villages - 1)
    low = int(tenth)
    out[I_P10] = incomes[low] + (tenth - low) * (incomes[min(low + 1, villages - 1)] - incomes[low])
    for j in range(villages):
        incomes[j] = max(incomes[j], 0.0)
    out[I_GINI] = gini(incomes)
    out[I_VGINI] = gini(heads)
    if mean > 0.0:
        inequality(w, r, start, villages, mean, out)
    out[I_GAIN] = gain / villages
    out[I_WEAK] = weak_gain / weak_count if weak_count > 0 else 0.0
    out[I_LEAD] = lead_gain / lead_count if lead_count > 0 else 0.0
    out[I_OTHERS] = other_gain / other_count if other_count > 0 else 0.0
    out[I_BASE] = base / villages
    out[I_LAND] = land / villages
    out[I_BRAND] = brand / villages
    out[I_VENTURE] = venture / villages
    out[I_LOSERS] = losers
    out[I_VILLAGER] = head_sum / max(people, 1.0)
    out[I_VGAIN] = head_gain / max(people, 1.0)
    out[I_CAPACITY] = capacity / villages
    out[I_ABILITY] = ability / villages
    out[I_RESERVES] = reserves / villages
    out[I_ALIVE] = alive_count
    out[I_PAPER] = paper
    out[I_ALLIED] = allied
    out[I_COHESION] = cohesion / work_count if work_count > 0 else 0.0
    out[I_EFFORT] = effort / allied if allied > 0 else 0.0
    out[I_EXITS] = run.exits
    out[I_SWITCHES] = run.switches
    out[I_REFUSALS] = run.refusals
    out[I_ENDED] = run.ended_sum
    out[I_OWN] = run.own_money_sum
    out[I_CAMPAIGN] = run.campaign_sum
    out[I_COST] = run.grants_sum + run.solo_sum
    out[I_TRANSFERS] = run.transfers_sum
    out[I_LIFTED] = lifted


@helper
def poor_line(w, start, villages):
    """Start income up to which a village counts as weak: 50,000 yuan, or the poorest fifth where no village is under it."""
    starts = w.v.start_income[start : start + villages]
    for i in range(villages):
        if starts[i] < WEAK:
            return WEAK
    return np.sort(starts)[max(0, villages // 5 - 1)]


@helper
def inequality(w, r, start, villages, mean, out):
    """Theil's index split into inside alliances and between them; a village alone is a group of one.

    With x an income, T a group's sum of incomes and L its sum of x log x, a group's own part is L - T log(T / members).
    """
    v = w.v
    slots = w.a.size // w.r.size
    within = between = total = 0.0
    sums = np.zeros(slots)
    logs = np.zeros(slots)
    counts = np.zeros(slots)
    for i in range(start, start + villages):
        income = max(v.collective_income[i], 1.0)
        term = income * math.log(income)
        total += income
        k = v.alliance[i] - r * slots
        if v.alliance[i] < 0:
            between += term
        else:
            sums[k] += income
            logs[k] += term
            counts[k] += 1.0
    for k in range(slots):
        if counts[k] > 0.0:
            common = sums[k] * math.log(sums[k] / counts[k])
            within += logs[k] - common
            between += common
    out[I_WITHIN] = max(0.0, within / total)
    out[I_BETWEEN] = max(0.0, between / total - math.log(total / villages))
