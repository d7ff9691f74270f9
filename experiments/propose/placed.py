"""Placed: a proposal alliance by alliance and village by village, and who is worse off."""

from __future__ import annotations

import numpy as np
from village_alliances.experiments.propose.answer import (
    Funded,
    Loser,
    Member,
    Next,
    ProposedAlliance,
    Site,
    Spread,
)
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.fresh import Fresh
from village_alliances.experiments.propose.shared import together_in
from village_alliances.experiments.propose.simulator import allies, singles
from village_alliances.sim.metrics import WEAK, WORSE
from village_alliances.sim.worded import in_both

OFTEN_LOST = 0.25  # of runs: who loses in more is told what would hold it
STILL_LOST = 0.1  # of runs in which it may lose even so


def alliance(fresh: Fresh, number: int, c: Candidate, follower: Next | None) -> ProposedAlliance:
    task, s, ours = fresh.task, fresh.task.scenario, fresh.ours
    who = list(c.members)
    place = sorted(range(len(fresh.number)), key=lambda k: allies(fresh.plan)[k].founded).index(
        number
    )
    gain = ours.gain(fresh.none)[:, who]
    inside = ours.home[:, who] == place
    works = ours.works[:, place]
    leads = np.array([(ours.lead[:, place] == i).mean() for i in who])
    left = ~inside & works[:, None]
    quiet = inside & ours.quiet[:, who]
    alone, now = fresh.none.income[:, who], ours.income[:, who]
    lost = (gain < -WORSE).mean(axis=0)
    hold = np.where(lost > OFTEN_LOST, np.maximum(-np.quantile(gain, STILL_LOST, axis=0), 0.0), 0.0)
    members = [
        Member(
            village=fresh.names[i],
            position=i,
            gain=Spread.of(gain[:, m]),
            income_alone=Spread.of(alone[:, m]),
            loses=float(lost[m]),
            weak_alone=float((alone[:, m] < WEAK).mean()),
            weak=float((now[:, m] < WEAK).mean()),
            leaves=float(left[:, m].mean()),
            quiet=float(quiet[:, m].mean()),
            leads=float(leads[m]),
            hold=float(hold[m]),
        )
        for m, i in enumerate(who)
    ]
    lead = fresh.names[who[int(np.argmax(leads))]]
    stated = {tuple(sorted(g.members)): g for g in s.given} if not s.grouped else {}
    today = stated.get(c.members)
    x = s.position[who]
    way = np.hypot(x[:, None, 0] - x[None, :, 0], x[:, None, 1] - x[None, :, 1])
    plan = fresh.simulator.strategies[c.strategy]
    parts = fresh.objective.parts(ours, fresh.none)[:, who].sum(axis=1)
    return ProposedAlliance(
        number=number + 1,
        name=dict(today.name) if today else in_both("compare.alliance.led_by", lead=lead),
        members=members,
        lead=lead,
        lead_share=float(leads.max()),
        lead_is_outside=plan.lead != "ablest",
        strategy=c.strategy,
        title=dict(plan.title),
        grant=c.grant,
        cost=task.cost(c),
        spent=Spread.of(ours.granted[:, place]),
        gain=Spread.of(gain.sum(axis=1)),
        objective=Spread.of(parts),
        kept=bool(set(who) & task.rules.taken),
        founded=c.founded,
        townships=sorted({str(s.places["township"][i]) for i in who}),
        products=sorted({str(s.words["industry"][i]) for i in who} - {""}),
        reach_km=float(way.max(axis=1).min()),
        located=bool(s.located[who].all()),
        broken=float(1.0 - works.mean()),
        deserted=float(((inside & ~quiet).sum(axis=1) < 2).mean()),
        held=float((gain.sum(axis=1) >= hold.sum()).mean()),
        any_left=float(left.any(axis=1).mean()),
        any_quiet=float(quiet.any(axis=1).mean()),
        any_loses=float((gain < -WORSE).any(axis=1).mean()),
        together=together_in(fresh, c.members),
        next_strategy=follower,
    )


def funded(fresh: Fresh, c: Candidate) -> Funded:
    i = c.members[0]
    gain, alone, now = (
        fresh.ours.gain(fresh.none)[:, i],
        fresh.none.income[:, i],
        fresh.ours.income[:, i],
    )
    return Funded(
        village=fresh.names[i],
        position=i,
        grant=c.grant,
        cost=fresh.task.cost(c),
        gain=Spread.of(gain),
        income_alone=Spread.of(alone),
        loses=float((gain < -WORSE).mean()),
        weak_alone=float((alone < WEAK).mean()),
        weak=float((now < WEAK).mean()),
    )


def losers(fresh: Fresh) -> list[Loser]:
    """Whoever is worse off on average, worst first."""
    gain = fresh.ours.gain(fresh.none)
    losers = [
        Loser(
            fresh.names[i],
            i,
            fresh.home.get(i, 0),
            Spread.of(gain[:, i]),
            float((gain[:, i] < -WORSE).mean()),
        )
        for i in np.flatnonzero(gain.mean(axis=0) < -WORSE).tolist()
    ]
    return sorted(losers, key=lambda loser: loser.gain.mean)


def sites(fresh: Fresh) -> list[Site]:
    s = fresh.task.scenario
    grants = {c.members[0]: c.grant for c in singles(fresh.plan)}
    return [
        Site(
            fresh.names[i],
            i,
            str(s.places["township"][i]),
            float(s.position[i, 0]),
            float(s.position[i, 1]),
            _degree(s.lonlat[i, 0]),
            _degree(s.lonlat[i, 1]),
            fresh.home.get(i, 0),
            grants.get(i, 0.0),
        )
        for i in range(s.size)
    ]


def _degree(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
