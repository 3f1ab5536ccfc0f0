"""Writes exact-sums.txt: sums of doubles in exact rational arithmetic, rounded once by Python (fractions.Fraction,
whose conversion to float is correctly rounded, ties to even), and checked against math.fsum where that can be used.

One sum a line: the bits of the sum, then the bits of the addends, in hexadecimal.

    python3 exact-sums.py > exact-sums.txt
"""

import math
import random
import struct
from fractions import Fraction

largest = (2 - 2.0**-52) * 2.0**1023
smallest = 2.0**-1074
normal = 2.0**-1022


def bits(value):
    return format(struct.unpack("<Q", struct.pack("<d", value))[0], "016x")


def rounded(values):
    total = sum(map(Fraction, values), Fraction(0))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


random.seed(1)
sign = lambda: random.choice([-1, 1])
lists = [
    [],
    [0.0],
    [-0.0],
    [-0.0, -0.0],
    [1.5],
    [-1.5],
    [1e308, 1, -1e308],
    [1, 1e100, 1, -1e100] * 10,
    [0.1] * 10,
    [0.1, 0.2, -0.3],
    # ties: 2⁵³ + 1 and 2⁵³ + 3 lie between two doubles; a little more or less decides
    [2.0**53, 1],
    [2.0**53, 3],
    [-(2.0**53), -1],
    [-(2.0**53), -3],
    [2.0**53, 1, smallest],
    [2.0**53, 1, -smallest],
    [2.0**53, 3, -smallest],
    [-(2.0**53), -1, -smallest],
    [-(2.0**53), -1, smallest],
    [2.0**53, 1, 1e-30, -1e-30],
    [2.0**54 - 2, 1],
    [2.0**54 - 2, 1, -smallest],
    # subnormal numbers and the step to normal ones
    [smallest],
    [-smallest],
    [smallest, smallest, smallest],
    [normal, -smallest],
    [normal - smallest, smallest],
    [-normal, smallest, smallest],
    [normal * 2 - smallest * 2, smallest],
    [normal * 2, smallest],
    [normal * 2, smallest, smallest, smallest],
    [1, smallest, -1],
    [largest, -smallest, -largest],
    # overflow, and sums that pass beyond the largest double and return
    [largest],
    [-largest],
    [largest, largest],
    [-largest, -largest],
    [largest, largest, -largest],
    [largest] * 50 + [-largest] * 49 + [-1e300],
    [largest, 2.0**970],
    [largest, 2.0**970, -smallest],
    [-largest, -(2.0**970)],
    [-largest, -(2.0**970), smallest],
    [largest, 2.0**969],
    # carries and borrows through all digits
    [2.0**1000, -smallest],
    [-(2.0**1000), smallest],
    [2.0**k for k in range(-1074, 1024)],
    [-(2.0**k) for k in range(-1074, 1024)],
    [2.0**1023] + [-(2.0**k) for k in range(-1074, 1023)],
]
for _ in range(60):  # all magnitudes
    lists.append(
        [sign() * math.ldexp(random.uniform(0.5, 1), random.randint(-1080, 1020)) for _ in range(20)]
    )
for _ in range(60):  # like magnitudes, which cancel or tie
    low = random.randint(-1074, 900)
    lists.append(
        [sign() * math.ldexp(random.randrange(2**53), low + random.randint(0, 60)) for _ in range(9)]
    )
for _ in range(60):  # close to ties: 54 bits and a remainder far below
    low = random.randint(-1020, 900)
    lists.append(
        [
            sign() * math.ldexp(random.randrange(2**52, 2**53), low + 1),
            math.ldexp(sign(), low),
            random.choice([-1, 0, 1]) * smallest,
        ]
    )
for _ in range(30):  # a small remainder after cancellation
    values = [random.gauss(0, 1) * 10.0 ** random.randint(-10, 10) for _ in range(50)]
    lists.append(values + [-value for value in values] + [random.gauss(0, 1) * 1e-300])

for values in lists:
    result = rounded(values)
    try:
        if math.isfinite(result):
            assert math.fsum(values) == result, values
    except OverflowError:
        pass
    print(*map(bits, [result + 0.0, *values]))
