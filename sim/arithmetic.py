"""Exponential, logarithm, power, sine, cosine and the normal distribution, with equal
bits on every processor.

The C library and numpy choose other instructions on other processors (AVX-512, fused multiply-add),
and the last bit of `exp` or `log` moves with them; a model that branches on a comparison then gives
another run. These functions use only +, -, *, / and square roots of 64-bit floats, each rounded by
IEEE 754, in a fixed order, and Numba fuses or reorders none of them. So they give the same bits on
every processor, compiled or interpreted.

A rule calls the functions of one number (`exp`, `log`, ...) inside its loop; those of a whole array
(`exps`, `logs`, ...) are for what is computed before a run. Largest errors, in units of the last
place, are held by tests/sim/test_arithmetic.py.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from village_alliances.sim.compiled import compiled, helper

STEPS = 64  # parts of a doubling that have their power of two in a table


_PER_E = 92.33248261893866  # STEPS / ln 2
# the first 33 bits of ln 2: a whole number of them up to 2**20 is exact
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_STEP_HIGH, _STEP_LOW = _LN2_HIGH / STEPS, _LN2_LOW / STEPS
_HALF_PI_HIGH, _HALF_PI_MIDDLE, _HALF_PI_LOW = (
    1.57079632673412561417e00,
    6.07710050630396597660e-11,
    2.02226624879595063154e-21,
)
_ROUND = 6755399441055744.0  # 1.5 * 2**52: x + _ROUND - _ROUND is the whole number nearest to x
_MANTISSA = np.int64(52)
_BIAS = np.int64(1023)
_LOWEST = np.int64(0x3FE6A09E00000000)  # the bits of about sqrt(1/2), where mantissas begin
_CELL = np.int64(45)  # a cell of mantissas is 2**45 bit patterns wide: 128 a doubling
_FIRST_CELL = np.int64(0x3FE6A00000000000)
_FIRST_HALF_CELL = np.int64(0x3FE6900000000000)
_TINY = 2.2250738585072014e-308  # the smallest normal float


def _powers_of_two() -> np.ndarray:
    """2**(j / STEPS), j = 0 .. STEPS - 1, each the float nearest to 40 decimal
    digits: no C library is asked."""
    with localcontext() as context:
        context.prec = 40
        return np.array([float(Decimal(2) ** (Decimal(j) / STEPS)) for j in range(STEPS)])


def _cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The middles c of the cells that mantissas from sqrt(1/2) to sqrt(2) fall
    into, with 1 / c and log c."""
    words = _FIRST_CELL + (np.arange(129, dtype=np.int64) << _CELL)
    centre = words.view(np.float64)
    with localcontext() as context:
        context.prec = 40
        exact = [Decimal(float(c)) for c in centre]
        inverse, logarithm = ([float(of(c)) for c in exact] for of in (lambda c: 1 / c, Decimal.ln))
    return centre, np.array(inverse), np.array(logarithm)


_TWO_TO = _powers_of_two()
_CENTRE, _ONE_BY_CENTRE, _LOG_OF = _cells()


@helper
def _two_to(k):
    """2.0**k for a whole k from -1022 to 1023, by its bits."""
    return np.int64((k + _BIAS) << _MANTISSA).view(np.float64)


@helper
def exp(x):
    """e**x. Above 709.8 infinite, below -745.2 zero."""
    if not (-745.2 < x < 709.8):
        return math.inf if x > 0.0 else (0.0 if x < 0.0 else x)
    n = (x * _PER_E + _ROUND) - _ROUND
    r = (x - n * _STEP_HIGH) - n * _STEP_LOW
    rr = r * r
    raised = r + rr * (0.5 + r * (1.0 / 6.0) + rr * (1.0 / 24.0 + r * (1.0 / 120.0)))
    whole = np.int64(n)
    root = _TWO_TO[whole & (STEPS - 1)]
    k = whole >> 6
    half = k >> 1
    return (root + root * raised) * _two_to(half) * _two_to(k - half)


@helper
def log(x):
    """The natural logarithm of x; of 0 it is -inf, below 0 not a number."""
    if not (_TINY <= x < math.inf):
        if x > 0.0 and x < math.inf:
            return log_of_normal(x * 18014398509481984.0) - 54.0 * 0.6931471805599453
        return -math.inf if x == 0.0 else (x if x > 0.0 else math.nan)
    return log_of_normal(x)


@helper
def log_of_normal(x):
    """`log` of a finite x from 2.3e-308 up, without a branch: x = 2**k c (1 + r),
    c the nearest of a table."""
    word = np.float64(x).view(np.int64)
    k = (word - _LOWEST) >> _MANTISSA
    z = np.int64(word - (k << _MANTISSA)).view(np.float64)
    cell = (word - (k << _MANTISSA) - _FIRST_HALF_CELL) >> _CELL
    r = (z - _CENTRE[cell]) * _ONE_BY_CENTRE[cell]
    rr = r * r
    rest = rr * (
        (r * (1.0 / 3.0) - 0.5) + rr * ((r * 0.2 - 0.25) + rr * (r * (1.0 / 7.0) - (1.0 / 6.0)))
    )
    n = np.float64(k)
    return (n * _LN2_HIGH + _LOG_OF[cell]) + (r + (rest + n * _LN2_LOW))


@helper
def power(base, exponent):
    """base**exponent for a base of at least 0: exp(exponent log base), 1 where the
    exponent is 0."""
    if exponent == 0.0 or base == 1.0:
        return 1.0
    return exp(exponent * log(base))


@helper
def sine(x):
    """sin(x), x in radians up to about a million."""
    return _wave(x, 0)


@helper
def cosine(x):
    """cos(x), x in radians up to about a million."""
    return _wave(x, 1)


@helper
def _wave(x, quarter):
    """sin(x + quarter pi / 2): the nearest quarter turn is taken off in three parts,
    the rest is a short series."""
    n = (x * 0.6366197723675814 + _ROUND) - _ROUND
    r = ((x - n * _HALF_PI_HIGH) - n * _HALF_PI_MIDDLE) - n * _HALF_PI_LOW
    z = r * r
    sin = -2.50507602534068634195e-08 + z * 1.58969099521155010221e-10
    sin = 8.33333333332248946124e-03 + z * (
        -1.98412698298579493134e-04 + z * (2.75573137070700676789e-06 + z * sin)
    )
    sin = r + r * z * (-1.66666666666666324348e-01 + z * sin)
    cos = -2.75573143513906633035e-07 + z * (
        2.08757232129817482790e-09 - z * 1.13596475577881948265e-11
    )
    cos = z * (
        4.16666666666666019037e-02
        + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05 + z * cos))
    )
    cos = 1.0 - (0.5 * z - z * cos)
    turn = (np.int64(n) + quarter) & 3
    value = cos if turn & 1 else sin
    return -value if turn & 2 else value


@helper
def logistic(z):
    """1 / (1 + e**-z): from any number to a share."""
    return 1.0 / (1.0 + exp(-z))


@helper
def logit(share):
    """log(share / (1 - share)), the inverse of `logistic`."""
    return log(share / (1.0 - share))


@helper
def normal_share(z):
    """The share of a standard normal below z, tails to the last places (W. J. Cody 1969,
    as in ACM algorithm 715)."""
    far = abs(z)
    if far > 38.5:
        return 0.0 if z < 0.0 else 1.0
    if far <= 0.67448975:
        r = z * z
        top = (
            (0.065682337918207449113 * r + 2.2352520354606839287) * r + 161.02823106855587881
        ) * r
        top = (top + 1067.6894854603709582) * r + 18154.981253343561249
        bottom = ((r + 47.20258190468824187) * r + 976.09855173777669322) * r
        bottom = (bottom + 10260.932208618978205) * r + 45507.789335026729956
        return 0.5 + z * top / bottom
    if far < 5.656854249492381:
        top = (1.0765576773720192317e-8 * far + 0.39894151208813466764) * far
        top = ((top + 8.8831497943883759412) * far + 93.506656132177855979) * far
        top = ((top + 597.27027639480026226) * far + 2494.5375852903726711) * far
        top = ((top + 6848.1904505362823326) * far + 11602.651437647350124) * far
        top += 9842.7148383839780218
        bottom = ((far + 22.266688044328115691) * far + 235.38790178262499861) * far
        bottom = ((bottom + 1519.377599407554805) * far + 6485.558298266760755) * far
        bottom = ((bottom + 18615.571640885098091) * far + 34900.952721145977266) * far
        bottom = (bottom + 38912.003286093271411) * far + 19685.429676859990727
        tail = top / bottom
    else:
        r = 1.0 / (z * z)
        top = ((0.02307344176494017303 * r + 0.21589853405795699) * r + 0.1274011611602473639) * r
        top = (
            (top + 0.022235277870649807) * r + 0.001421619193227893466
        ) * r + 2.9112874951168792e-5
        bottom = ((r + 1.28426009614491121) * r + 0.468238212480865118) * r
        bottom = ((bottom + 0.0659881378689285515) * r + 0.00378239633202758244) * r
        bottom += 7.29751555083966205e-5
        tail = (0.3989422804014327 - r * top / bottom) / far
    near = math.floor(far * 16.0) / 16.0  # far squared in two parts, of which the first is exact
    tail *= exp(-0.5 * near * near) * exp(-0.5 * (far - near) * (far + near))
    return tail if z < 0.0 else 1.0 - tail


@helper
def normal_quantile(share):
    """The inverse of `normal_share` (M. J. Wichura 1988, algorithm AS 241);
    of 0 it is -inf, of 1 inf."""
    if not (0.0 < share < 1.0):
        return -math.inf if share == 0.0 else (math.inf if share == 1.0 else math.nan)
    q = share - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        top = ((top + 45921.953931549871457) * r + 13731.693765509461125) * r
        top = ((top + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
        bottom = ((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        bottom = ((bottom + 21213.794301586595867) * r + 5394.1960214247511077) * r
        bottom = ((bottom + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
        return q * top / bottom
    r = math.sqrt(-log(min(share, 1.0 - share)))
    if r <= 5.0:
        r -= 1.6
        top = (7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177
        top = ((top * r + 1.27045825245236838258) * r + 3.64784832476320460504) * r
        top = (
            (top + 5.7694972214606914055) * r + 4.6303378461565452959
        ) * r + 1.42343711074968357734
        bottom = (1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
        bottom = ((bottom + 0.0151986665636164571966) * r + 0.14810397642748007459) * r
        bottom = ((bottom + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        bottom = (bottom + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        top = (2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
        top = ((top + 0.0012426609473880784386) * r + 0.026532189526576123093) * r
        top = ((top + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        top = (top + 5.4637849111641143699) * r + 6.6579046435011037772
        bottom = (2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
        bottom = ((bottom + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r
        bottom = ((bottom + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
        bottom = (bottom + 0.59983220655588793769) * r + 1.0
    z = top / bottom
    return z if q > 0.0 else -z


@compiled
def _fill_exp(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


@compiled
def _fill_log(x, out):
    for i in range(x.size):
        out[i] = log(x[i])


@compiled
def _fill_sine(x, out):
    for i in range(x.size):
        out[i] = sine(x[i])


@compiled
def _fill_cosine(x, out):
    for i in range(x.size):
        out[i] = cosine(x[i])


@compiled
def _fill_logistic(x, out):
    for i in range(x.size):
        out[i] = logistic(x[i])


@compiled
def _fill_logit(x, out):
    for i in range(x.size):
        out[i] = logit(x[i])


@compiled
def _fill_normal_share(x, out):
    for i in range(x.size):
        out[i] = normal_share(x[i])


@compiled
def _fill_normal_quantile(x, out):
    for i in range(x.size):
        out[i] = normal_quantile(x[i])


def _filled(fill: Any, values: Any) -> np.ndarray:
    """What `fill` makes of `values` (a number or an array of any shape), in
    the same shape, float64."""
    given = np.array(values, np.float64, order="C")
    out = np.empty_like(given)
    fill(given.reshape(-1), out.reshape(-1))
    return out


def exps(values: Any) -> np.ndarray:
    """`exp` of every value of an array of any shape."""
    return _filled(_fill_exp, values)


def logs(values: Any) -> np.ndarray:
    """`log` of every value of an array of any shape."""
    return _filled(_fill_log, values)


def powers(base: Any, exponents: Any) -> np.ndarray:
    """base**exponent, element by element of what may be broadcast; bases above 0."""
    return exps(np.asarray(exponents) * logs(base))


def sines(angles: Any) -> np.ndarray:
    """`sine` of every angle (radians) of an array of any shape."""
    return _filled(_fill_sine, angles)


def cosines(angles: Any) -> np.ndarray:
    """`cosine` of every angle (radians) of an array of any shape."""
    return _filled(_fill_cosine, angles)


def logistics(values: Any) -> np.ndarray:
    """`logistic` of every value of an array of any shape."""
    return _filled(_fill_logistic, values)


def logits(shares: Any) -> np.ndarray:
    """`logit` of every share of an array of any shape."""
    return _filled(_fill_logit, shares)


def normal_shares(scores: Any) -> np.ndarray:
    """`normal_share` of every score of an array of any shape."""
    return _filled(_fill_normal_share, scores)


def normal_quantiles(shares: Any) -> np.ndarray:
    """`normal_quantile` of every share of an array of any shape."""
    return _filled(_fill_normal_quantile, shares)
