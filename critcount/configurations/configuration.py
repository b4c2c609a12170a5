"""The immutable element: a labelled partition of the neurons of one hidden layer.

A configuration for (r, m) partitions the neurons 0, …, m-1 into r labelled, non-empty
*replication blocks* K_0, …, K_{r-1} and any number of unlabelled, non-empty *zero-type
blocks* Z_0, Z_1, …. It is written as its canonical *word*: letter t < r for a neuron of K_t,
letter r + l for a neuron of Z_l, the zero-type blocks numbered by first appearance. It stands
for an affine subspace of the weight space of a two-layer network of width m that computes
the same function as an irreducible network of width r (Şimşek et al. 2021, arXiv 2105.12221):
the neurons of K_t copy the incoming weights of the minimal neuron t and share out its outgoing
weights, the neurons of Z_l have any incoming weights in common and outgoing weights that add up
to zero.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from critcount._support import checks
from critcount._support.types import Words, letter_dtype
from critcount.configurations import _drawing, meeting
from critcount.configurations._words import key_of, letters_of
from critcount.configurations.block_sizes import Shape

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Configuration"]

Block = tuple[int, ...]


@functools.total_ordering
class Configuration:
    """A labelled partition of m neurons: r replication blocks and some zero-type blocks.

    Made by `from_word` or `from_blocks`; immutable, hashable, picklable, and ordered by its
    word (lexicographically, a proper prefix first; equal words by r).

    Memory is one byte a neuron up to m = 256, two up to 65536, four above; blocks are worked
    out when they are asked for.

    See Also
    --------
    critcount.Expansions : all of them for (r, m).
    critcount.weights.AffineSubspace : its subspace of weights.
    critcount.IntersectionGraph : which of the subspaces meet.

    Examples
    --------
    >>> c = Configuration.from_word([0, 1, 2, 0, 3, 2], r=2)
    >>> c
    Configuration(K0={0, 3}, K1={1}, Z0={2, 5}, Z1={4})
    >>> c.word, c.r, c.m
    ((0, 1, 2, 0, 3, 2), 2, 6)
    >>> c.shape
    Shape(replication=(2, 1), zero=(1, 2))
    >>> c.dimension(d_in=5, d_out=1)
    12
    """

    __slots__ = ("_blocks", "_key", "_m", "_r", "_zeros")

    # big-endian letters, of a width that m alone decides: bytes compare like words
    _key: bytes
    _r: int
    _m: int
    _zeros: int
    _blocks: tuple[Block, ...] | None

    def __init__(self) -> None:
        raise TypeError("use Configuration.from_word or Configuration.from_blocks")

    @classmethod
    def from_word(cls, word: str | Iterable[int], r: int) -> Configuration:
        """Return the configuration with this canonical word.

        Parameters
        ----------
        word : str or iterable of int
            One letter a neuron: t < r in K_t, r + l in the l-th zero-type block, these
            numbered by first appearance. A text has commas between letters, as ``"0,1,10,2"``,
            or none where every letter has one digit, as ``"012"``.
        r : int
            Number of replication blocks, at least 0.

        Returns
        -------
        Configuration

        Raises
        ------
        TypeError
            When r or a letter is no integer.
        ValueError
            When a letter is negative, a label below r is missing, or a zero-type block is
            not numbered by first appearance.

        Examples
        --------
        >>> Configuration.from_word([1, 0, 2, 3, 2], 2)
        Configuration(K0={1}, K1={0}, Z0={2, 4}, Z1={3})
        >>> Configuration.from_word("1,0,2,3,2", 2) == Configuration.from_word("10232", 2)
        True
        >>> Configuration.from_word([1, 0, 3, 2], 2)
        Traceback (most recent call last):
            ...
        ValueError: word[2] must be at most 2, not 3: zero-type blocks are numbered by first \
appearance
        >>> Configuration.from_word([1, 1], 2)
        Traceback (most recent call last):
            ...
        ValueError: word must contain every label below r = 2, and 0 is missing
        """
        r = checks.integer("r", r, minimum=0)
        letters = letters_of(word)
        missing = set(range(r)) if r <= len(letters) else None
        if missing is None:
            raise ValueError(
                f"word must contain every label below r = {checks.show(r)}, "
                f"and it has {len(letters)} letters"
            )
        fresh = r
        for i, letter in enumerate(letters):
            if letter < r:
                missing.discard(letter)
            elif letter == fresh:
                fresh += 1
            elif letter > fresh:
                raise ValueError(
                    f"word[{i}] must be at most {fresh}, not {checks.show(letter)}: "
                    "zero-type blocks are numbered by first appearance"
                )
        if missing:
            raise ValueError(
                f"word must contain every label below r = {checks.show(r)}, and "
                f"{min(missing)} is missing"
            )
        return cls._trusted(key_of(letters), r, len(letters), fresh - r)

    @classmethod
    def from_blocks(
        cls,
        replication_blocks: Iterable[Iterable[int]],
        zero_blocks: Iterable[Iterable[int]] = (),
    ) -> Configuration:
        """Return the configuration with these blocks.

        Parameters
        ----------
        replication_blocks : iterable of iterables of int
            K_0, K_1, …: the neurons that copy minimal neuron 0, 1, ….
        zero_blocks : iterable of iterables of int, optional
            The zero-type blocks, in any order.

        Returns
        -------
        Configuration

        Raises
        ------
        TypeError
            When a neuron is no integer.
        ValueError
            When a block is empty, or the blocks together are not the neurons 0, …, m-1, each
            once.

        Examples
        --------
        >>> Configuration.from_blocks([[1], [0]], [[3], [2, 4]]).word
        (1, 0, 2, 3, 2)
        """
        named = [
            *(("replication_blocks", i, b) for i, b in enumerate(replication_blocks)),
            *(("zero_blocks", i, b) for i, b in enumerate(zero_blocks)),
        ]
        r = sum(kind == "replication_blocks" for kind, _, _ in named)
        blocks = [checks.integers(f"{kind}[{i}]", b, minimum=0) for kind, i, b in named]
        m = sum(map(len, blocks))
        letters = [-1] * m
        for t, ((kind, i, _), block) in enumerate(zip(named, blocks, strict=True)):
            if not block:
                raise ValueError(f"{kind}[{i}] must not be empty")
            for neuron in block:
                if neuron >= m or letters[neuron] >= 0:
                    raise ValueError(
                        f"the blocks must hold each of the neurons 0, …, {m - 1} once: "
                        f"{kind}[{i}] holds {checks.show(neuron)}"
                        + (" again" if neuron < m else "")
                    )
                letters[neuron] = t
        return cls._canonical(letters, r)

    @classmethod
    def _trusted(cls, key: bytes, r: int, m: int, zeros: int) -> Configuration:
        """Return the configuration of a word that is known to be canonical."""
        self = object.__new__(cls)
        set_slot = object.__setattr__
        set_slot(self, "_key", key)
        set_slot(self, "_r", r)
        set_slot(self, "_m", m)
        set_slot(self, "_zeros", zeros)
        set_slot(self, "_blocks", None)
        return self

    @classmethod
    def _canonical(cls, letters: Iterable[int], r: int) -> Configuration:
        """Return the configuration of a word whose zero-type letters come in any order."""
        number: dict[int, int] = {}
        word = [c if c < r else number.setdefault(c, r + len(number)) for c in letters]
        return cls._trusted(key_of(word), r, len(word), len(number))

    @classmethod
    def _from_rows(cls, rows: Words, r: int) -> Iterator[Configuration]:
        """Yield the configurations of a block of canonical words, one a row."""
        count, m = rows.shape
        if not count:
            return
        zeros = (rows.max(axis=1).astype(np.int64) + 1 - r).clip(0).tolist() if m else [0] * count
        dtype = letter_dtype(m).newbyteorder(">")
        data = rows.astype(dtype).tobytes()
        width = m * dtype.itemsize
        trusted = cls._trusted
        for i, j in enumerate(zeros):
            yield trusted(data[i * width : (i + 1) * width], r, m, j)

    @property
    def word(self) -> tuple[int, ...]:
        """The canonical word, a tuple of m letters."""
        return tuple(self.letters.tolist())

    @property
    def letters(self) -> Words:
        """The canonical word as a read-only array of m unsigned integers.

        uint8 for m ≤ 256, uint16 for m ≤ 65536, uint32 above.
        """
        dtype = letter_dtype(self._m)
        array = np.frombuffer(self._key, dtype.newbyteorder(">")).astype(dtype, copy=False)
        array.flags.writeable = False
        return array

    @property
    def r(self) -> int:
        """Number of replication blocks: the minimal width."""
        return self._r

    @property
    def m(self) -> int:
        """Number of neurons."""
        return self._m

    @property
    def replication_blocks(self) -> tuple[Block, ...]:
        """K_0, …, K_{r-1}: ascending tuples of neurons, by label."""
        return self._all_blocks()[: self._r]

    @property
    def zero_blocks(self) -> tuple[Block, ...]:
        """Z_0, Z_1, …: ascending tuples of neurons, by smallest neuron."""
        return self._all_blocks()[self._r :]

    @property
    def shape(self) -> Shape:
        """The sizes of the replication blocks by label, and the sorted zero-type sizes."""
        sizes = np.bincount(self.letters, minlength=self._r).tolist()
        return Shape(tuple(sizes[: self._r]), tuple(sorted(sizes[self._r :])))

    def dimension(self, d_in: int, d_out: int) -> int:
        """Return the dimension of the affine subspace: (m - r - j)·d_out + j·d_in.

        j is the number of zero-type blocks. A block of n neurons leaves n - 1 free outgoing
        vectors, and each zero-type block one free incoming vector.

        Parameters
        ----------
        d_in : int
            Incoming weights of a neuron, at least 1; a bias counts as one.
        d_out : int
            Outgoing weights of a neuron, at least 1.

        Returns
        -------
        int

        Examples
        --------
        >>> Configuration.from_word([0, 1, 2, 2], 2).dimension(3, 1)
        4
        """
        d_in = checks.integer("d_in", d_in, minimum=1)
        d_out = checks.integer("d_out", d_out, minimum=1)
        return (self._m - self._r - self._zeros) * d_out + self._zeros * d_in

    def permute(self, p: Iterable[int]) -> Configuration:
        """Return the configuration after the neurons have changed places.

        Parameters
        ----------
        p : iterable of int
            A permutation of 0, …, m-1: neuron i moves to place p[i].

        Returns
        -------
        Configuration

        Raises
        ------
        ValueError
            When p is no permutation of the neurons.

        Examples
        --------
        >>> Configuration.from_word([0, 1, 2, 3], 2).permute([3, 2, 1, 0]).word
        (2, 3, 1, 0)
        """
        places = checks.integers("p", p, minimum=0)
        if sorted(places) != list(range(self._m)):
            raise ValueError(
                f"p must be a permutation of the neurons 0, …, {self._m - 1}, "
                f"not {checks.show(places)}"
            )
        letters = [0] * self._m
        for place, letter in zip(places, self.letters.tolist(), strict=True):
            letters[place] = letter
        return self._canonical(letters, self._r)

    def merge(self, zero_block: int, into: int) -> Configuration:
        """Return the configuration with a zero-type block merged into another block.

        The subspace of the result meets this one: the two are neighbours in the refinement
        graph.

        Parameters
        ----------
        zero_block : int
            Number l of the zero-type block Z_l.
        into : int
            Letter of the block that receives it, as in the word: t for K_t, r + l' for
            another zero-type block Z_l'.

        Returns
        -------
        Configuration

        Raises
        ------
        ValueError
            When there is no such block, or the two are the same.

        Examples
        --------
        >>> c = Configuration.from_word([0, 1, 2, 3], 2)
        >>> c.merge(0, 1).word, c.merge(1, 2).word
        ((0, 1, 1, 2), (0, 1, 2, 2))
        """
        zero_block = checks.integer("zero_block", zero_block, minimum=0)
        if zero_block >= self._zeros:
            raise ValueError(
                f"zero_block must be below the number of zero-type blocks, {self._zeros}, "
                f"not {checks.show(zero_block)}"
            )
        source = self._r + zero_block
        into = checks.integer("into", into, minimum=0, maximum=self._r + self._zeros - 1)
        if source == into:
            raise ValueError(f"into must be another block than Z_{zero_block}, not {into}")
        letters = (into if c == source else c for c in self.letters.tolist())
        return self._canonical(letters, self._r)

    def join(self, other: Configuration) -> tuple[Block, ...]:
        """Return the blocks of the join of the two partitions: the finest that both refine.

        Examples
        --------
        >>> a, b = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([0, 1, 1], 2)
        >>> a.join(b)
        ((0,), (1, 2))
        """
        self._same_widths(other)
        blocks: dict[int, list[int]] = {}
        for i, block in enumerate(meeting.join(self.letters, other.letters)):
            blocks.setdefault(block, []).append(i)
        return tuple(map(tuple, blocks.values()))

    def meets(self, other: Configuration) -> bool:
        """Tell whether the two subspaces have a point in common; see `configurations.meeting`.

        Raises
        ------
        TypeError, ValueError
            When `other` is no configuration, or one for another (r, m).

        Examples
        --------
        >>> a, b = Configuration.from_word([0, 1, 1], 2), Configuration.from_word([0, 1, 0], 2)
        >>> a.meets(b), a.meets(Configuration.from_word([0, 1, 2], 2))
        (False, True)
        """
        self._same_widths(other)
        return meeting.meet(self.letters, other.letters, self._r)

    def intersection_dimension(self, other: Configuration, d_in: int, d_out: int) -> int | None:
        """Return the dimension of the intersection of the subspaces, None where it is empty.

        Parameters
        ----------
        other : Configuration
            For the same (r, m).
        d_in, d_out : int
            Incoming and outgoing weights of a neuron, as in `dimension`.

        Examples
        --------
        >>> a, b = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([0, 1, 1], 2)
        >>> a.dimension(3, 1), b.dimension(3, 1), a.intersection_dimension(b, 3, 1)
        (3, 1, 0)
        """
        self._same_widths(other)
        d_in = checks.integer("d_in", d_in, minimum=1)
        d_out = checks.integer("d_out", d_out, minimum=1)
        return meeting.intersection(self.letters, other.letters, self._r, d_in, d_out)

    def _same_widths(self, other: object) -> None:
        if not isinstance(other, Configuration):
            raise TypeError(f"other must be a Configuration, not {checks.show(other)}")
        if (other._r, other._m) != (self._r, self._m):
            raise ValueError(
                f"other must be a configuration for (r, m) = ({self._r}, {self._m}), "
                f"not ({other._r}, {other._m})"
            )

    def to_graph(self) -> nx.Graph[int]:
        """Return the graph on the neurons in which neurons of one block are joined.

        Its connected components are the blocks. Every node has the attributes ``kind``
        ("replication" or "zero") and ``label`` (t in K_t, l in Z_l). A block of n neurons
        has n(n-1)/2 edges.

        Returns
        -------
        networkx.Graph

        Examples
        --------
        >>> graph = Configuration.from_word([0, 1, 2, 0], 2).to_graph()
        >>> sorted(graph.edges), graph.nodes[2]
        ([(0, 3)], {'kind': 'zero', 'label': 0})
        """
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        for i, letter in enumerate(self.letters.tolist()):
            if letter < self._r:
                graph.add_node(i, kind="replication", label=letter)
            else:
                graph.add_node(i, kind="zero", label=letter - self._r)
        for block in self._all_blocks():
            graph.add_edges_from(
                (i, k) for place, i in enumerate(block) for k in block[place + 1 :]
            )
        return graph

    def latex(self) -> str:
        r"""Return the blocks in LaTeX mathematics, without dollar signs.

        Examples
        --------
        >>> print(Configuration.from_word([0, 1, 0], 1).latex())
        K_{0} = \{0, 2\},\; Z_{0} = \{1\}
        """
        return r",\; ".join(
            rf"{kind}_{{{number}}} = \{{{', '.join(map(str, block))}\}}"
            for kind, number, block in self._named_blocks()
        )

    def _repr_latex_(self) -> str | None:
        return f"${self.latex()}$" if self._m <= _drawing.MOST_CIRCLES else None

    def _repr_svg_(self) -> str | None:
        return _drawing.drawing([self.word], self._r) if self._m <= _drawing.MOST_CIRCLES else None

    # JupyterLab prefers LaTeX to SVG and HTML to both; the LaTeX is for papers made of notebooks
    _repr_html_ = _repr_svg_

    def __repr__(self) -> str:
        if self._m > 40:
            return f"<Configuration r={self._r} m={self._m} zero-type blocks={self._zeros}>"
        blocks = ", ".join(
            f"{kind}{number}={{{', '.join(map(str, block))}}}"
            for kind, number, block in self._named_blocks()
        )
        return f"Configuration({blocks})"

    def __str__(self) -> str:
        """Return the word as the command line writes it, for instance ``0,1,10,2``."""
        return ",".join(map(str, self.letters.tolist()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Configuration):
            return NotImplemented
        return self._m == other._m and self._r == other._r and self._key == other._key

    def __lt__(self, other: Configuration) -> bool:
        if not isinstance(other, Configuration):
            return NotImplemented
        if self._m == other._m:
            return (self._key, self._r) < (other._key, other._r)
        return self.word < other.word

    def __hash__(self) -> int:
        return hash((self._key, self._r))

    def __reduce__(self) -> tuple[object, ...]:
        return Configuration._trusted, (self._key, self._r, self._m, self._zeros)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Configuration is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Configuration is immutable: {name} cannot be deleted")

    def _all_blocks(self) -> tuple[Block, ...]:
        blocks = self._blocks
        if blocks is None:
            neurons: list[list[int]] = [[] for _ in range(self._r + self._zeros)]
            for i, letter in enumerate(self.letters.tolist()):
                neurons[letter].append(i)
            blocks = tuple(map(tuple, neurons))
            object.__setattr__(self, "_blocks", blocks)
        return blocks

    def _named_blocks(self) -> Iterator[tuple[str, int, Block]]:
        for number, block in enumerate(self.replication_blocks):
            yield "K", number, block
        for number, block in enumerate(self.zero_blocks):
            yield "Z", number, block
