"""Projects: begun when they are worth it, ripening, earning, failing; the same for villages
alone and for alliances."""

from __future__ import annotations

from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exp
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.choosing import (
    best_next,
    occupy,
    room_at_home,
    room_together,
    worth_of,
)
from village_alliances.sim.rules.common import (
    account_of,
    exists,
    is_active,
    note,
    pools,
    portion,
    signed_in,
    whole,
    write_down,
)
from village_alliances.sim.rules.public_money import (
    due,
    ordinary_a_year,
    routed_a_year,
    share_for_works,
)
from village_alliances.sim.society import (
    ACTIVE,
    BEGUN,
    CLOSED,
    DIED,
    FAILED,
    NOBODY,
    ORDERS,
    RIPENED,
)


@hot
def money_in_sight(society, t, r, i):
    """Yuan that village i counts on: cash, and what is promised or will be saved over the
    years that it looks ahead."""
    p = society.parameters[r]
    money = max(0.0, society.accounts.fund[i]) + p.foresight * ordinary_a_year(society, r)
    money -= routed_away(society, r, i)
    money += p.foresight * p.savings_rate * max(0.0, society.villages.operating_income[i])
    if society.village_money.shape[0] > 0:
        money += promised_village(society, t, r, i)
    return money


@hot
def promised_village(society, t, r, i):
    """Public money still to come to a single village within the years that it looks
    ahead (yuan)."""
    total = 0.0
    last = min(society.village_money.shape[0], t + 1 + int(4.0 * society.parameters[r].foresight))
    for later in range(t + 1, last):
        total += society.village_money[later, i]
    return total


@hot
def routed_away(society, r, i):
    """What of village i's ordinary money within that time goes to its alliance (yuan)."""
    if society.villages.alliance[i] < 0 or not is_active(society, i):
        return 0.0
    return society.parameters[r].foresight * routed_a_year(society, r)


@helper
def promised_money(society, t, r, k):
    """Public money still to come to alliance k within the years that its head looks ahead: grants,
    and what ordinary money of active members is routed there (yuan)."""
    n = society.alliances[k].active
    return promised_grants(society, t, r, k) + promised_routed(society, r, n)


@helper
def promised_grants(society, t, r, k):
    """Grants that will come to alliance k within the years that its head looks ahead (yuan):
    projects are begun on them."""
    years_ahead = 4.0 * society.parameters[r].foresight
    ahead = min(quarters_left(society, t, r, k), years_ahead)
    return grants_in(society, t, r, k, ahead, society.alliances[k].active)


@helper
def grants_to_come(society, t, r, k, n):
    """Grants of all years that are left, for n active members (yuan): on them membership is
    weighed."""
    return grants_in(society, t, r, k, quarters_left(society, t, r, k), n)


@helper
def grants_in(society, t, r, k, quarters, n):
    """Grants of so many quarters for n active members, less what public works take of them
    (yuan)."""
    if quarters <= 0.0:
        return 0.0
    works = share_for_works(society, r, society.alliances[k].strategy)
    return quarters * due(society, t, r, k, n) * (1.0 - works)


@hot
def quarters_left(society, t, r, k):
    """Quarters after this one in which alliance k receives grants."""
    age = t + 1 - society.alliances[k].founded
    return max(0.0, 4.0 * society.levers[r].grant_years - age)


@helper
def promised_routed(society, r, n):
    """Ordinary money of n active members that will come to an alliance (yuan)."""
    return society.parameters[r].foresight * routed_a_year(society, r) * n


@compiled
def begin_projects(society, t):
    """Alliances, with what members sign in, then villages with what is left begin the best that
    their money and room allow."""
    runs = society.runs.size
    size = society.villages.id.size // runs
    slots = society.alliances.size // runs
    for r in range(runs):
        least = society.parameters[r].least_project
        for k in range(r * slots, (r + 1) * slots):
            g = account_of(society, k)
            if society.alliances[k].status == ACTIVE and society.accounts.fund[g] >= least:
                room_together(society, r, k, society.accounts.orders[g])
                begin(society, t, r, g, k, promised_money(society, t, r, k))
        for i in range(r * size, (r + 1) * size):
            if society.accounts.fund[i] >= least or t % 4 == 0:
                room_at_home(society, r, i, society.accounts.orders[i])
                promised = money_in_sight(society, t, r, i) - society.accounts.fund[i]
                begin(society, t, r, i, NOBODY, promised)


@compiled
def look_around(society):
    """Before the first quarter: what each village would begin at home, against which it holds what
    an alliance would bring."""
    size = society.villages.id.size // society.runs.size
    for r in range(society.runs.size):
        for i in range(r * size, (r + 1) * size):
            room_at_home(society, r, i, society.accounts.orders[i])
            best_next(society, r, i, money_in_sight(society, -1, r, i))


@helper
def begin(society, t, r, g, k, promised):
    """Account g (of alliance k, or a village where k < 0) begins what is best while cash lasts."""
    accounts = society.accounts
    p = society.parameters[r]
    for _ in range(whole(society.parameters[r].starts_a_quarter)):
        j, x = best_next(society, r, g, accounts.fund[g] + promised)
        x = min(x, accounts.fund[g])
        if j < 0 or x < p.least_project:
            return
        society.runs[r].begun_sum += 0 if society.running[j] > 0.0 else 1
        if society.running[j] <= 0.0:
            society.fortune[g, j] = fortune(society, t, r, g, j)
        accounts.fund[g] -= x
        society.building[g, j] += x
        occupy(society, r, j, x)
        use(society, r, g, k, j, x)
        note(society, t, BEGUN, r, g if k < 0 else society.alliances[k].lead, k, j, x)
        if accounts.fund[g] < p.least_project:
            return


@helper
def fortune(society, t, r, g, j):
    """How this project turns out against a middling one: lognormal of mean
    one, known when it works."""
    spread = society.parameters[r].fortune_sd
    draws = luck.stream(society.seed[0], society.runs[r].run, t, luck.YIELD)
    z = luck.normal(draws, of_type(society, g, j))
    return exp(spread * z - spread * spread / 2.0)


@hot
def of_type(society, g, j):
    """Key of the draws of account g's project of type j, wherever in the table the type stands."""
    return luck.mix(society.accounts.id[g] + luck.GOLDEN * society.type_key[j])


@helper
def use(society, r, g, k, j, x):
    """x yuan of type j use up endowments (x < 0: set them free): a village's own, or what members
    have signed in, pro rata."""
    units = x / society.technology[r, j].unit_cost
    for n in range(2):
        e = society.needs[j, n]
        if e < 0 or e == ORDERS:
            continue
        if k < 0:
            society.used[g, e] = max(0.0, society.used[g, e] + units)
        elif units > 0.0:
            take_from_members(society, r, k, e, units)
        else:
            return_to_members(society, k, e, -units)


@helper
def take_from_members(society, r, k, e, units):
    """Each gives in proportion to what it has signed in and is free."""
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        total += at_hand(society, r, k, society.member[m], e)
    if total <= 0.0:
        return
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        society.signed_away[i, e] += units * at_hand(society, r, k, i, e) / total


@helper
def at_hand(society, r, k, i, e):
    """Units of endowment e that alliance k may use of its member i."""
    alliance = society.alliances[k]
    if not pools(society, r, i, alliance.lead):
        return 0.0
    return signed_in(society, i, e, alliance.product)


@helper
def return_to_members(society, k, e, units):
    """Each gets back in proportion to what is in use of it."""
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        total += society.signed_away[society.member[m], e]
    if total <= 0.0:
        return
    left = max(0.0, 1.0 - units / total)
    for m in range(society.first[k], society.first[k + 1]):
        society.signed_away[society.member[m], e] *= left


@compiled
def run_projects(society, t):
    """What was begun ripens or fails; what works earns, is closed at a loss, or dies."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    slots = society.alliances.size // runs
    for r in range(runs):
        run = society.runs[r]
        ripening = luck.stream(society.seed[0], run.run, t, luck.RIPENING)
        ending = luck.stream(society.seed[0], run.run, t, luck.SUCCESS)
        blow = exp(run.pandemic)
        for i in range(r * size, (r + 1) * size):
            villages.wages[i] = villages.rents[i] = villages.jobs[i] = 0.0
            run_account(society, t, r, i, NOBODY, ripening, ending, blow)
            profit = 0.25 * society.accounts.profit[i]
            society.accounts.fund[i] += profit
            run.profits += profit
        for k in range(r * slots, (r + 1) * slots):
            g = account_of(society, k)
            society.accounts.profit[g] = society.accounts.expected[g] = 0.0
            society.accounts.worth[g] = 0.0
            if exists(society.alliances[k]):
                run_account(society, t, r, g, k, ripening, ending, blow)


@hot
def run_account(society, t, r, g, k, ripening, ending, blow):
    """A quarter of all that account g runs: of a village where k < 0, else of alliance k."""
    accounts = society.accounts
    accounts.profit[g] = interest_on(society, r, g)
    accounts.expected[g] = accounts.worth[g] = 0.0
    for j in range(society.capital.shape[1]):
        if society.building[g, j] > 0.0:
            ripen(society, t, r, g, k, j, ripening)
        if society.capital[g, j] > 0.0:
            work_a_quarter(society, t, r, g, k, j, ending, blow)
        if society.building[g, j] > 0.0:
            promise(society, r, g, j)


@hot
def interest_on(society, r, g):
    """What account g's cash earns in the bank (yuan a year): `plan` counts on it."""
    return society.parameters[r].bank_rate * max(0.0, society.accounts.fund[g])


@helper
def ripen(society, t, r, g, k, j, ripening):
    """What was begun of type j comes into work, never works, or is waited for."""
    tech = society.technology[r, j]
    begun = society.building[g, j]
    wait = tech.lag
    if begun >= society.parameters[r].approval_from:
        wait += tech.approval
    u = luck.uniform(ripening, of_type(society, g, j)) * max(1.0, wait)
    if u < tech.fail:  # ripe, and it never works
        give_up(society, t, r, g, k, j, begun, FAILED)
    elif u < 1.0:
        society.building[g, j] = 0.0
        society.capital[g, j] += begun
        note(society, t, RIPENED, r, seat(society, g, k), k, j, begun)


@helper
def seat(society, g, k):
    """Village where the account sits."""
    return g if k < 0 else society.alliances[k].lead


@hot
def work_a_quarter(society, t, r, g, k, j, ending, blow):
    """A project in work dies by its hazard, is closed at a loss, or earns; what it
    promises is yuan a year, and present worth."""
    accounts = society.accounts
    p = society.parameters[r]
    tech = society.technology[r, j]
    capital = society.capital[g, j]
    society.runs[r].project_years += 0.25
    usual = capital * society.rate[g, j] * society.fortune[g, j]
    takings = usual * price_of(society, t, r, g, k, tech, blow)
    profit = takings - tech.overhead
    dies = 0.25 * tech.hazard
    u = luck.uniform(ending, of_type(society, g, j))
    if u < dies:
        give_up(society, t, r, g, k, j, capital, DIED)
        return
    if profit < 0.0 and u < dies + p.closing_rate:
        give_up(society, t, r, g, k, j, capital, CLOSED)
        return
    accounts.profit[g] += profit
    expected = usual - tech.overhead
    accounts.expected[g] += in_the_long_run(p, expected, tech.salvage * capital)
    lasting = (expected + tech.aside * capital) * tech.forever
    accounts.worth[g] += max(tech.salvage * capital, lasting)
    reach_households(society, r, g, k, j, capital, takings)


@hot
def in_the_long_run(p, expected, recovered):
    """Yuan a year of a project that is expected to bring so much: what runs at a loss is closed,
    and what is recovered lies in the bank."""
    return expected if expected >= 0.0 else p.bank_rate * recovered


@hot
def price_of(society, t, r, g, k, tech, blow):
    """Factor of what a project takes in: the price of its product, and a pandemic's blow."""
    price = 1.0
    if tech.by_product > 0.0:
        product = society.villages.product[g] if k < 0 else society.alliances[k].product
        swing = society.price[r, product]
        if product == society.calendar[t].market_product:
            swing += society.calendar[t].market
        price = exp(tech.price_exposure * swing)
    return price * (1.0 + tech.price_exposure * (blow - 1.0))


@helper
def promise(society, r, g, j):
    """What is begun of type j promises: yuan a year, and present worth. It bears the
    overhead alone where nothing of its type works yet."""
    tech = society.technology[r, j]
    begun = society.building[g, j]
    works = society.capital[g, j] > 0.0
    rate = society.rate[g, j] * (society.fortune[g, j] if works else 1.0)
    overhead = 0.0 if works else tech.overhead
    p = society.parameters[r]
    worth = worth_of(p, tech, begun, rate, overhead)
    expected = in_the_long_run(p, rate * begun - overhead, tech.salvage * begun)
    society.accounts.expected[g] += (1.0 - tech.fail) * expected
    society.accounts.worth[g] += begun * worth


@hot
def reach_households(society, r, g, k, j, capital, takings):
    """Wages net of work given up, premiums and rents of a project that works, to the households of
    who runs it (yuan a year)."""
    tech = society.technology[r, j]
    wages = capital * tech.wage_share * society.parameters[r].wage_net
    rents = capital * tech.premium
    if tech.rent_share > 0.0:
        rents += max(0.0, takings) * tech.rents
    jobs = capital * tech.jobs
    if k < 0:
        pay_households(society, g, wages, rents, jobs)
        return
    people = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        if is_active(society, society.member[m]):
            people += society.villages.population[society.member[m]]
    if people <= 0.0:
        return
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            part = society.villages.population[i] / people
            pay_households(society, i, part * wages, part * rents, part * jobs)


@hot
def pay_households(society, i, wages, rents, jobs):
    """Add to what reaches the households of village i."""
    society.villages.wages[i] += wages
    society.villages.rents[i] += rents
    society.villages.jobs[i] += jobs


@helper
def give_up(society, t, r, g, k, j, amount, event):
    """A project ends (event: FAILED, DIED or CLOSED): part of it is recovered, the rest written
    off, its room is free."""
    run = society.runs[r]
    recovered = society.technology[r, j].salvage * amount
    society.accounts.fund[g] += recovered
    run.written_off += amount - recovered
    use(society, r, g, k, j, -amount)
    if event == FAILED:
        society.building[g, j] = 0.0
        run.failed_sum += 1
    else:
        society.capital[g, j] = max(0.0, society.capital[g, j] - amount)
        run.died_sum += 1 if society.capital[g, j] <= 0.0 else 0
    if k >= 0:
        write_down(society, k, amount - recovered)
    note(society, t, event, r, seat(society, g, k), k, j, amount)


@helper
def lose_orders(society, t, r, g, jobs):
    """Orders are withdrawn: what lives on orders shrinks in proportion."""
    before = society.accounts.orders[g]
    if before <= 0.0 or jobs <= 0.0:
        return
    part = min(1.0, jobs / before)
    society.accounts.orders[g] = before - part * before
    villages = society.villages.id.size
    k = NOBODY if g < villages else g - villages
    for j in range(society.capital.shape[1]):
        if society.needs[j, 0] == ORDERS or society.needs[j, 1] == ORDERS:
            lost = portion(part, society.capital[g, j])
            if lost > 0.0:
                give_up(society, t, r, g, k, j, lost, CLOSED)
