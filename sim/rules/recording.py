"""Record: the levels of every run, once a year and at the end, by name. A run whose numbers are no
numbers is marked as failed."""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim.arithmetic import log
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.metrics import WEAK
from village_alliances.sim.rules.common import exists, year_ends
from village_alliances.sim.society import ACTIVE, NOBODY, PAPER, QUIET

NOT_A_NUMBER = 1
LINE_150, LINE_500 = 3.0 * WEAK, 10.0 * WEAK  # lines of income under which villages are counted
TENTH = 0.1  # share of villages under the tenth percentile


def record(society, t):
    """Fill series[run, year] when a year ends; note each quarter whether a weak village is left."""
    note_weak(society, t)
    if year_ends(t):
        summarise(society, t, (t + 1) // 4, *ordered(society))


def record_start(society):
    """Fill the first entry of the series: the society before its first quarter."""
    summarise(society, NOBODY, 0, *ordered(society))


def ordered(society):
    """Incomes of each run, ascending, (runs, villages): numpy sorts many times
    faster than a rule could."""
    shape = (society.runs.size, society.villages.id.size // society.runs.size)
    villages = society.villages
    return (
        np.sort(villages.operating_income.reshape(shape), axis=1),
        np.sort(villages.villager_income.reshape(shape), axis=1),
    )


@compiled
def note_weak(society, t):
    """Note that a weak village is left."""
    size = society.villages.id.size // society.runs.size
    incomes = society.villages.operating_income
    for r in range(society.runs.size):
        for i in range(r * size, (r + 1) * size):
            if incomes[i] < WEAK:
                society.runs[r].last_weak = t
                break


@compiled
def summarise(society, t, year, incomes, heads):
    """All levels of every run at the end of a year."""
    size = society.villages.id.size // society.runs.size
    for r in range(society.runs.size):
        out = society.series[r, year]
        of_incomes(out, incomes[r])
        out.villager_gini = gini(heads[r])
        of_villages(society, r, r * size, size, out)
        of_alliances(society, r, out)
        of_money(society, r, t, size, out)
        if out.mean_income > 0.0:
            inequality(society, r, r * size, size, out)


@helper
def gini(ascending):
    """Gini coefficient of ascending numbers; losses count as nought."""
    n = ascending.size
    total = weighted = 0.0
    for i in range(n):
        x = max(ascending[i], 0.0)
        total += x
        weighted += (2 * (i + 1) - n - 1) * x
    return weighted / (n * total) if total > 0.0 else 0.0


@helper
def of_incomes(out, incomes):
    """What ascending incomes tell."""
    n = incomes.size
    under_50 = under_100 = under_150 = under_500 = 0
    total = 0.0
    for i in range(n):
        total += incomes[i]
        under_50 += incomes[i] < WEAK
        under_100 += incomes[i] < 2.0 * WEAK
        under_150 += incomes[i] < LINE_150
        under_500 += incomes[i] < LINE_500
    out.weak_villages_50k, out.weak_villages_100k = under_50, under_100
    out.weak_villages_150k, out.weak_villages_500k = under_150, under_500
    out.mean_income = total / n
    out.median_income = (incomes[(n - 1) // 2] + incomes[n // 2]) / 2.0
    tenth = TENTH * (n - 1)
    low = int(tenth)
    out.p10_income = incomes[low] + (tenth - low) * (incomes[min(low + 1, n - 1)] - incomes[low])
    out.gini = gini(incomes)


@helper
def of_villages(society, r, start, size, out):
    """Means over the villages of a run."""
    villages = society.villages
    whole = capacity = ability = reserves = people = heads = wages = jobs = cost = 0.0
    allied = quiet = 0
    for i in range(start, start + size):
        whole += villages.total_income[i]
        capacity += villages.capacity[i]
        ability += villages.ability[i]
        reserves += society.accounts.fund[i] - villages.debt[i]
        people += villages.population[i]
        heads += villages.population[i] * villages.villager_income[i]
        wages += villages.wages[i]
        jobs += villages.jobs[i]
        cost += villages.membership_cost[i]
        allied += villages.alliance[i] >= 0
        quiet += villages.standing[i] == QUIET
    out.total_income = whole / size
    out.capacity = capacity / size
    out.ability = ability / size
    out.reserves = reserves / size
    out.villager_income = heads / max(people, 1.0)
    out.wages = wages / size
    out.jobs = jobs
    out.membership_cost = cost / size
    out.allied_villages = allied
    out.quiet_members = quiet
    if not (math.isfinite(whole) and math.isfinite(heads) and math.isfinite(reserves)):
        society.runs[r].status = NOT_A_NUMBER


@helper
def of_alliances(society, r, out):
    """Alliances of a run."""
    slots = society.alliances.size // society.runs.size
    there = paper = active = 0
    cohesion = 0.0
    for k in range(r * slots, (r + 1) * slots):
        alliance = society.alliances[k]
        if exists(alliance):
            there += 1
            if alliance.status == PAPER:
                paper += 1
            elif alliance.status == ACTIVE:
                active += 1
                cohesion += alliance.cohesion
    out.alliances = there
    out.alliances_on_paper = paper
    out.cohesion = cohesion / active if active > 0 else 0.0


@helper
def of_money(society, r, t, size, out):
    """What has been counted since the start."""
    run = society.runs[r]
    out.quarters_to_last = run.last_weak + 1.0 if t >= 0 else 0.0
    out.leaves = run.leaves
    out.refusals = run.refusals
    out.ended = run.ended_sum
    out.projects_begun = run.begun_sum
    out.projects_ended = run.failed_sum + run.died_sum
    out.public_cost = run.grants_sum + run.solo_sum
    out.own_money = run.own_sum
    out.ordinary_money = run.ordinary_sum
    out.campaign_cost = run.campaign_sum
    out.transfers = run.transfers_sum


@helper
def inequality(society, r, start, size, out):
    """Theil's index split into inside alliances and between them; a village
    alone is a group of one.

    With x an income, T a group's sum of incomes and L its sum of x log x, a group's own part
    is L - T log(T / members).
    """
    villages = society.villages
    slots = society.alliances.size // society.runs.size
    within = between = total = 0.0
    sums, logs, counts = np.zeros(slots), np.zeros(slots), np.zeros(slots)
    for i in range(start, start + size):
        income = max(villages.operating_income[i], 1.0)
        term = income * log(income)
        total += income
        if villages.alliance[i] < 0:
            between += term
        else:
            k = villages.alliance[i] - r * slots
            sums[k] += income
            logs[k] += term
            counts[k] += 1.0
    for k in range(slots):
        if counts[k] > 0.0:
            common = sums[k] * log(sums[k] / counts[k])
            within += logs[k] - common
            between += common
    out.theil_within = max(0.0, within / total)
    out.theil_between = max(0.0, between / total - log(total / size))
