"""Published integer sequences that T(r, m) and G(r, m) must reproduce.

The terms are those of the On-Line Encyclopedia of Integer Sequences, https://oeis.org; what
each sequence equals in terms of T and G is stated in `equals` and computed by `value`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

Count = Callable[[int, int], int]


@dataclass(frozen=True)
class Published:
    """A published sequence, or a triangle read by rows.

    Attributes
    ----------
    number
        The OEIS number.
    name
        What is counted.
    equals
        The term, with index n (and column k in a triangle), in terms of T and G.
    value
        The same as a function of T, G, n (and k); an int, or a Fraction that is whole.
    offset
        The index of the first term; in a triangle, of the first row.
    terms
        The published terms in their order.
    valid_from
        The first index at which the equality holds, when that is not `offset`.
    first_column
        In a triangle, the first column: row n runs from there to n. None in a sequence.
    """

    number: str
    name: str
    equals: str
    value: Callable[..., int | Fraction]
    offset: int
    terms: tuple[int, ...]
    valid_from: int | None = None
    first_column: int | None = None

    def items(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Pairs of an index, (n,) or (n, k), and the term, wherever the equality holds."""
        first = self.offset if self.valid_from is None else self.valid_from
        for index, term in zip(self._indices(), self.terms, strict=False):
            if index[0] >= first:
                yield index, term

    def _indices(self) -> Iterator[tuple[int, ...]]:
        n = self.offset
        while True:
            if self.first_column is None:
                yield (n,)
            else:
                yield from ((n, k) for k in range(self.first_column, n + 1))
            n += 1


_ALL = (
    # ---- T ----
    Published(
        number="A000110",
        name="Bell numbers: the partitions of a set of n",
        equals="T(0, n)",
        value=lambda T, G, n: T(0, n),
        offset=0,
        terms=(1, 1, 2, 5, 15, 52, 203, 877, 4140, 21147, 115975, 678570, 4213597, 27644437,
               190899322, 1382958545),
    ),
    Published(
        number="A005493",
        name="partitions of a set of n + 1 with one block marked",
        equals="T(1, n + 1)",
        value=lambda T, G, n: T(1, n + 1),
        offset=0,
        terms=(1, 3, 10, 37, 151, 674, 3263, 17007, 94828, 562595, 3535027, 23430840, 163254885,
               1192059223),
    ),
    Published(
        number="A005494",
        name="3-Bell numbers: partitions of a set of n + 3 in which the last three lie apart",
        equals="T(0, n) + 3 T(1, n) + 3 T(2, n) + T(3, n)",
        value=lambda T, G, n: T(0, n) + 3 * T(1, n) + 3 * T(2, n) + T(3, n),
        offset=0,
        terms=(1, 4, 17, 77, 372, 1915, 10481, 60814, 372939, 2409837, 16360786, 116393205),
    ),
    Published(
        number="A003128",
        name="partitions of a set of n with two blocks marked; impedances of a network",
        equals="T(2, n) / 2",
        value=lambda T, G, n: Fraction(T(2, n), 2),
        offset=0,
        terms=(0, 0, 1, 6, 31, 160, 856, 4802, 28337, 175896, 1146931, 7841108, 56089804,
               418952508),
    ),
    Published(
        number="A059098",
        name="partitions of a set of n with k blocks marked by distinct labels",
        equals="T(k, n)",
        value=lambda T, G, n, k: T(k, n),
        offset=0,
        first_column=0,
        terms=(1,
               1, 1,
               2, 3, 2,
               5, 10, 12, 6,
               15, 37, 62, 60, 24,
               52, 151, 320, 450, 360, 120,
               203, 674, 1712, 3120, 3720, 2520, 720,
               877, 3263, 9604, 21336, 33600, 34440, 20160, 5040,
               4140, 17007, 56674, 147756, 287784, 394800, 352800, 181440, 40320,
               21147, 94828),
    ),
    Published(
        number="A049020",
        name="partitions of a set of n with k blocks marked",
        equals="T(k, n) / k!",
        value=lambda T, G, n, k: Fraction(T(k, n), factorial(k)),
        offset=0,
        first_column=0,
        terms=(1,
               1, 1,
               2, 3, 1,
               5, 10, 6, 1,
               15, 37, 31, 10, 1,
               52, 151, 160, 75, 15, 1,
               203, 674, 856, 520, 155, 21, 1,
               877, 3263, 4802, 3556, 1400, 287, 28, 1,
               4140, 17007, 28337, 24626, 11991, 3290, 490, 36, 1,
               21147, 94828, 175896, 174805, 101031, 34671, 6972, 786, 45, 1),
    ),
    Published(
        number="A059099",
        name="partitions of a set of n with any number of blocks marked by distinct labels",
        equals="sum of T(k, n) over k",
        value=lambda T, G, n: sum(T(k, n) for k in range(n + 1)),
        offset=0,
        terms=(1, 2, 7, 33, 198, 1453, 12669, 128320, 1482721, 19260421, 277913552, 4410640919,
               76360030701),
    ),
    Published(
        number="A001710",
        name="even permutations of n letters",
        equals="T(n - 2, n - 1)",
        value=lambda T, G, n: T(n - 2, n - 1),
        offset=0,
        valid_from=2,
        terms=(1, 1, 1, 3, 12, 60, 360, 2520, 20160, 181440, 1814400, 19958400, 239500800,
               3113510400),
    ),
    Published(
        number="A000142",
        name="factorials: the permutations of n letters",
        equals="T(n, n)",
        value=lambda T, G, n: T(n, n),
        offset=0,
        terms=(1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600),
    ),
    # ---- G ----
    Published(
        number="A019538",
        name="maps of a set of n onto a set of k",
        equals="G(k, n)",
        value=lambda T, G, n, k: G(k, n),
        offset=1,
        first_column=1,
        terms=(1,
               1, 2,
               1, 6, 6,
               1, 14, 36, 24,
               1, 30, 150, 240, 120,
               1, 62, 540, 1560, 1800, 720,
               1, 126, 1806, 8400, 16800, 15120, 5040,
               1, 254, 5796, 40824, 126000, 191520, 141120, 40320,
               1, 510, 18150, 186480, 834120, 1905120, 2328480, 1451520, 362880,
               1, 1022, 55980, 818520, 5103000, 16435440, 29635200, 30240000, 16329600,
               3628800),
    ),
    Published(
        number="A000670",
        name="Fubini numbers: the ordered partitions of a set of n",
        equals="sum of G(k, n) over k",
        value=lambda T, G, n: sum(G(k, n) for k in range(n + 1)),
        offset=0,
        terms=(1, 1, 3, 13, 75, 541, 4683, 47293, 545835, 7087261, 102247563, 1622632573,
               28091567595, 526858348381),
    ),
    Published(
        number="A000629",
        name="ordered partitions of a set of n, each in two colours",
        equals="twice the sum of G(k, n) over k",
        value=lambda T, G, n: 2 * sum(G(k, n) for k in range(n + 1)),
        offset=0,
        valid_from=1,
        terms=(1, 2, 6, 26, 150, 1082, 9366, 94586, 1091670, 14174522),
    ),
    Published(
        number="A000918",
        name="2^n - 2",
        equals="G(2, n)",
        value=lambda T, G, n: G(2, n),
        offset=0,
        valid_from=1,
        terms=(-1, 0, 2, 6, 14, 30, 62, 126, 254, 510, 1022, 2046, 4094, 8190, 16382, 32766),
    ),
    Published(
        number="A001117",
        name="3^n - 3 2^n + 3",
        equals="G(3, n)",
        value=lambda T, G, n: G(3, n),
        offset=0,
        valid_from=1,
        terms=(1, 0, 0, 6, 36, 150, 540, 1806, 5796, 18150, 55980, 171006, 519156, 1569750,
               4733820),
    ),
    Published(
        number="A000919",
        name="4^n - 4 3^n + 6 2^n - 4",
        equals="G(4, n)",
        value=lambda T, G, n: G(4, n),
        offset=1,
        terms=(0, 0, 0, 24, 240, 1560, 8400, 40824, 186480, 818520, 3498000, 14676024, 60780720,
               249401880),
    ),
    Published(
        number="A001286",
        name="Lah numbers (n - 1) n! / 2",
        equals="G(n - 1, n), the first-order permutation points of a layer of n neurons",
        value=lambda T, G, n: G(n - 1, n),
        offset=2,
        terms=(1, 6, 36, 240, 1800, 15120, 141120, 1451520, 16329600, 199584000, 2634508800,
               37362124800),
    ),
    Published(
        number="A037960",
        name="n (3 n + 1) (n + 2)! / 24",
        equals="G(n, n + 2)",
        value=lambda T, G, n: G(n, n + 2),
        offset=0,
        terms=(0, 1, 14, 150, 1560, 16800, 191520, 2328480, 30240000, 419126400, 6187104000,
               97037740800),
    ),
    Published(
        number="A037961",
        name="n^2 (n + 1) (n + 3)! / 48",
        equals="G(n, n + 3)",
        value=lambda T, G, n: G(n, n + 3),
        offset=0,
        terms=(0, 1, 30, 540, 8400, 126000, 1905120, 29635200, 479001600, 8083152000,
               142702560000),
    ),
    Published(
        number="A008277",
        name="Stirling numbers of the second kind: partitions of a set of n into k blocks",
        equals="G(k, n) / k!",
        value=lambda T, G, n, k: Fraction(G(k, n), factorial(k)),
        offset=1,
        first_column=1,
        terms=(1,
               1, 1,
               1, 3, 1,
               1, 7, 6, 1,
               1, 15, 25, 10, 1,
               1, 31, 90, 65, 15, 1,
               1, 63, 301, 350, 140, 21, 1,
               1, 127, 966, 1701, 1050, 266, 28, 1,
               1, 255, 3025, 7770, 6951, 2646, 462, 36, 1,
               1, 511, 9330, 34105, 42525, 22827, 5880, 750, 45, 1),
    ),
)  # fmt: skip

PUBLISHED: dict[str, Published] = {sequence.number: sequence for sequence in _ALL}

_SIGNED = (
    Published(
        number="A007405",
        name="Dowling numbers: the flats of the Dowling geometry of the group of two elements",
        equals="T(0, n), signed, idle neurons allowed",
        value=lambda T, G, n: T(0, n, idle=True),
        offset=0,
        terms=(1, 2, 6, 24, 116, 648, 4088, 28640, 219920, 1832224),
    ),
    Published(
        number="A004211",
        name="numbers that shift one place under the second binomial transform",
        equals="T(0, n), signed",
        value=lambda T, G, n: T(0, n, idle=False),
        offset=0,
        terms=(1, 1, 3, 11, 49, 257, 1539, 10299, 75905, 609441),
    ),
    Published(
        number="A000165",
        name="double factorials 2^n n!: the signed permutations of n letters",
        equals="T(n, n) and G(n, n), signed",
        value=lambda T, G, n: (T(n, n, idle=False) + G(n, n, idle=False)) // 2,
        offset=0,
        terms=(1, 2, 8, 48, 384, 3840, 46080, 645120, 10321920, 185794560),
    ),
)

#: Of the signed counts (odd and even activations).
SIGNED: dict[str, Published] = {sequence.number: sequence for sequence in _SIGNED}
