"""What a result hangs on: Morris' screening of every uncertain quantity, parameters and numbers of
project types alike, then Sobol's shares of the spread for those that matter.

    findings = study(load("jinxi"), "strong_leads_weak", folder="out/sensitivity")
    print(" ".join(findings[-1].sentences("en", "gain_weak")))

The runs are sweeps of the designs `morris` and `saltelli` (experiments/design.py), so they are
stored, resumed and replayed like any other. What is explained is the paired gain over `none`: at
every point both strategies meet the same few pieces of luck, and their differences are averaged,
so that the answer speaks of quantities and not of chance. The indices are SALib's (Herman and
Usher 2017, doi:10.21105/joss.00097; Iwanaga et al. 2022, doi:10.18174/sesmo.18155), with
intervals from its bootstrap.
"""
