"""Workbook: the tables of a proposal, by name of their sheet."""

from __future__ import annotations

import pandas as pd
from village_alliances.experiments.files import as_json
from village_alliances.experiments.propose.answer import Funded, Member, Proposal, ProposedAlliance
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.wording import listed, say


def sheets(p: Proposal, lang: str) -> dict[str, pd.DataFrame]:
    """Tables by name of their sheet."""
    sentences = Sentences(lang, p.fresh_runs)

    def c(key: str) -> str:
        return sentences.say(f"column.{key}")

    alliances = [
        {
            c("number"): a.number,
            c("name"): sentences.name(a),
            c("members"): listed((m.village for m in a.members), lang),
            c("strategy"): a.title[lang],
            c("lead"): a.lead,
            c("grant"): a.grant,
            c("cost"): a.cost,
            c("gain_mean"): a.gain.mean,
            c("gain_low"): a.gain.low,
            c("gain_high"): a.gain.high,
            c("together"): a.together,
            c("text"): sentences.paragraph(a, p.years),
        }
        for a in p.alliances
    ]
    placed: dict[int, tuple[ProposedAlliance | None, Member | Funded]] = {
        m.position: (a, m) for a in p.alliances for m in a.members
    }
    placed |= {village.position: (None, village) for village in p.funded}
    villages = []
    shares = {village.position: village for village in p.ensemble.villages} if p.ensemble else {}
    for site in p.sites:
        own = shares.get(site.position)
        a, m = placed.get(site.position, (None, None))
        villages.append(
            {
                c("village"): site.village,
                c("township"): site.township,
                c("number"): site.alliance or None,
                c("strategy"): a.title[lang] if a else "",
                c("grant"): (a.grant if a else site.grant) or None,
                c("gain_mean"): m.gain.mean if m else None,
                c("gain_low"): m.gain.low if m else None,
                c("gain_high"): m.gain.high if m else None,
                c("weak_alone"): m.weak_alone if m else None,
                c("weak"): m.weak if m else None,
                c("loses"): m.loses if m else None,
                c("allied_share"): own.allied if own else None,
                c("funded_share"): own.funded if own else None,
                c("alone_share"): own.alone if own else None,
                c("leads_share"): own.leads if own else None,
            }
        )
    others = p.ensemble.alternatives if p.ensemble else []
    ways = [
        {
            sentences.say("against.way"): r.title[lang],
            c("strategy"): sentences.strategy(r.strategy),
            sentences.say("against.cost"): r.cost.mean,
            sentences.say("against.value"): r.objective.value.mean,
            sentences.say("against.difference"): r.objective.difference.mean,
            sentences.say("against.better"): r.objective.better,
        }
        for r in [p.proposal, *p.rivals, *(other.measured for other in others)]
    ]
    pairs = [
        {c("pair"): listed(pair.villages, lang), c("together"): pair.share}
        for pair in (p.ensemble.pairs if p.ensemble else ())
    ]
    front = [
        {
            c("budget"): x.budget,
            c("allied"): x.allied,
            sentences.say("against.funded"): x.funded,
            sentences.say("against.cost"): x.cost.mean,
            c("gain_mean"): x.gain_mean.mean,
            c("gain_low"): x.gain_mean.low,
            c("gain_high"): x.gain_mean.high,
        }
        for x in p.front
    ]
    key, word = say("compare.column.key", lang), say("compare.column.value", lang)
    question = [
        {key: name, word: v if isinstance(v, (int, float, str)) else as_json(v, indent=None)}
        for name, v in p.question.items()
    ]
    sheets = {
        "alliances": alliances,
        "villages": villages,
        "against": ways,
        "pairs": pairs,
        "front": front,
        "question": question,
    }
    return {
        sentences.say(f"sheet.{name}"): pd.DataFrame(rows) for name, rows in sheets.items() if rows
    }
