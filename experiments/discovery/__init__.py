"""Under which conditions a strategy fails: a box of few quantities in which failures crowd, found
on one half of the runs and measured on the other.

    discovery = search(runs_of(load("jinxi"), "strong_leads_weak", runs=2000), "gain_mean<=0")
    print(" ".join(discovery.sentences("en")))

Boxes are the nodes of a classification tree (scikit-learn's CART; Breiman and others 1984): from
the root downwards, each split adds one bound. Of all nodes that one is taken whose failures exceed,
by number, most what the share of failures overall would lead to expect (weighted relative accuracy;
Lavrac and others 1999), so that neither a pure but tiny box wins nor a large but vague one.
Coverage and density are the two figures of scenario discovery (Bryant and Lempert 2010,
doi:10.1016/j.techfore.2009.08.002). They are told of runs that the search has not seen, for on
those that it has seen any box looks good.
"""
