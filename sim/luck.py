"""Luck as a function of its key: (seed, run, tick, purpose, who).

There is no generator and no state. A draw is the hash of what it is for, so the same village
meets the same luck under every strategy, in any order and on any number of workers, and a village
added to the table changes nobody else's luck. The hash is the finaliser of splitmix64 (Steele,
Lea & Flood 2014, doi:10.1145/2714064.2660195), applied twice; the quality of the result is
measured in docs/luck.md.

A rule hoists `stream(seed, run, tick, purpose)` out of its loop over villages and calls
`uniform(stream, who)` inside.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from village_alliances.sim.arithmetic import exp, log
from village_alliances.sim.compiled import compiled

U = np.uint64
GOLDEN = U(0x9E3779B97F4A7C15)
_M1, _M2 = U(0xBF58476D1CE4E5B9), U(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = U(30), U(27), U(31), U(12)

# What a draw is for. A number once given is never used again for something else.
IMPUTE = 1  # blanks of the village table; `tick` is the field's own code
PARAMETER = 2  # the run's parameters
STRENGTH = 3  # how strongly a county really works a channel
PLACE = 4  # where villages without coordinates lie
NOISE = 10  # a village's income
INDUSTRY_NOISE = 11  # an industry's market
VILLAGER_NOISE = 12  # household income
SPECIAL_MEETINGS = 13
ELECTION = 14  # does the secretary stay?
SUCCESSOR = 15  # how able is the next one?
SUCCESSOR_KIND = 16  # returnee, cadre or local?
DEPARTURE = 17  # does an able secretary leave?
RIPENING = 18  # how long does a project take?
SUCCESS = 19  # does it work?
VENTURE_NOISE = 20  # a venture's return
LEAVING = 21  # how sure is a member of its judgement?
SIZE_IN_MIND = 22  # how many villages has a founder in mind?
FORMATION = 23  # who is asked first?
SOLO_RIPENING = 24
SOLO_SUCCESS = 25
POSTING = 27  # is a new secretary lent by the lead?
SITE = 28  # how good a village's land is to let
YIELD = 29  # how much a project that works brings


@compiled
def mix(z):
    """splitmix64's finaliser: 64 bits in, 64 well-mixed bits out."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@compiled
def stream(seed, run, tick, purpose):
    """The part of a key that a whole loop over villages shares (uint64)."""
    return mix(mix(U(seed) + GOLDEN * U(run)) + GOLDEN * (U(tick) * U(256) + U(purpose)))


@compiled
def bits(draws, who):
    """64 random bits for `who` (uint64 id) in a stream."""
    return mix(mix(draws + GOLDEN * who) ^ who)


@compiled
def unit(word):
    """The middle of the 2^-52 wide cell of (0, 1) that 64 bits point at: never 0 and never 1, for
    every cell is exact in a float64."""
    return (np.float64(word >> _S12) + 0.5) * 2.220446049250313e-16


@compiled
def uniform(draws, who):
    """A uniform draw on the open interval (0, 1), symmetric about one half."""
    return unit(bits(draws, who))


TAIL = 0.02425  # shares below it and above its complement have an approximation of their own


@compiled
def normal_quantile(p):
    """Inverse of the normal distribution function, relative error below 1.2e-9 (P. J. Acklam's
    rational approximation)."""
    if TAIL <= p <= 1.0 - TAIL:
        return middle_quantile(p)
    q = math.sqrt(-2.0 * log(min(p, 1.0 - p)))
    top = (
        ((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
        - 2.549732539343734
    ) * q
    top = (top + 4.374664141464968) * q + 2.938163982698783
    bottom = (
        (7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996
    ) * q + 3.754408661907416
    z = top / (bottom * q + 1.0)
    return z if p < 0.5 else -z


@compiled
def middle_quantile(p):
    """`normal_quantile` away from the tails, without a branch."""
    q = p - 0.5
    r = q * q
    top = (
        (-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02
    ) * r + 1.383577518672690e02
    top = (top * r - 3.066479806614716e01) * r + 2.506628277459239
    bottom = (
        (-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02
    ) * r + 6.680131188771972e01
    return top * q / ((bottom * r - 1.328068155288572e01) * r + 1.0)


@compiled
def normal(draws, who):
    """A standard normal draw."""
    return normal_quantile(uniform(draws, who))


@compiled
def uniforms(draws, who, out):
    """Fill `out` with the uniform draw of everybody in `who`."""
    for i in range(who.size):
        out[i] = uniform(draws, who[i])


@compiled
def normals(draws, who, shares, out):
    """Fill `out` with the standard normal draw of everybody in `who`, and `shares` with the
    uniform draws behind them.

    The same numbers as `normal` gives, in loops that a processor can do several at a time.
    """
    uniforms(draws, who, shares)
    for i in range(who.size):
        out[i] = middle_quantile(shares[i])
    for i in range(who.size):
        if min(shares[i], 1.0 - shares[i]) < TAIL:
            out[i] = normal_quantile(shares[i])


@compiled
def poisson(draws, who, mean):
    """A Poisson count by inversion of one uniform draw; `mean` up to about 50."""
    left = uniform(draws, who)
    term = exp(-mean)
    count = 0
    while left > term and count < 400:
        left -= term
        count += 1
        term *= mean / count
    return count


@compiled
def fill_uniform(seed, runs, tick, purpose, who, out):
    """Fill `out[r, i]` with the uniform draw of run `runs[r]` for `who[i]`."""
    for r in range(runs.size):
        s = stream(seed, runs[r], tick, purpose)
        for i in range(who.size):
            out[r, i] = uniform(s, who[i])


@compiled
def fill_normal(seed, runs, tick, purpose, who, out):
    """Fill `out[r, i]` with the standard normal draw of run `runs[r]` for `who[i]`."""
    for r in range(runs.size):
        s = stream(seed, runs[r], tick, purpose)
        for i in range(who.size):
            out[r, i] = normal(s, who[i])


def name_key(*names: str) -> int:
    """The 64-bit id of something named, the same on every machine: a village by its place and name,
    a parameter by its name."""
    return int.from_bytes(
        hashlib.blake2b("/".join(names).encode(), digest_size=8).digest(), "little"
    )
