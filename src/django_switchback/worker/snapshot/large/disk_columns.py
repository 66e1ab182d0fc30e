"""Numbers and texts of any count, kept in files without a name and read a portion at a time."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from mmap import MADV_DONTNEED, mmap
from tempfile import TemporaryFile
from typing import Generic, TypeAlias, TypeVar, overload
from weakref import WeakValueDictionary

CHUNK_ITEMS = 8192
"""Items that are read and written at a time."""
SLOT_BYTES = 8 * CHUNK_ITEMS
"""Bytes of a file that are given away at a time: what a portion of numbers takes."""
MIN_FILE_SLOTS, MAX_FILE_SLOTS = 16, 4096
"""Slots of a file: few take a megabyte, and never so many files are open that there is none left to open."""

T = TypeVar("T")


Slot: TypeAlias = tuple[mmap, int]
"""A file, and where in it the slot begins."""


class _Block:
    """Bytes in a file. Their slots are given to others when nobody refers to the block any more."""

    __slots__ = ("__weakref__", "_free", "size", "slots")

    def __init__(self, slots: Sequence[Slot], size: int, free: list[Slot]) -> None:
        self.slots = slots
        self.size = size
        self._free = free

    def __del__(self) -> None:
        self._free += self.slots


class _BlockStore:
    """Files of this process, which go with it however that ends. Equal bytes are in them once.

    They are mapped: a migration that closes every descriptor takes nothing away. What was touched is let go
    at once, so that it does not count as memory of this process.
    """

    def __init__(self) -> None:
        self._free: list[Slot] = []
        self._slots = 0
        self._blocks_by_digest: WeakValueDictionary[bytes, _Block] = WeakValueDictionary()

    def put(self, content: bytes) -> _Block:
        """Return the block that has ``content``, a new one if there is none."""
        digest = blake2b(content, digest_size=16).digest()
        block = self._blocks_by_digest.get(digest)
        if block is None:
            places = range(0, len(content), SLOT_BYTES)
            block = self._blocks_by_digest[digest] = _Block(
                [self._slot() for _ in places], len(content), self._free
            )
            for place, (file, offset) in zip(places, block.slots, strict=True):
                part = content[place : place + SLOT_BYTES]
                file[offset : offset + len(part)] = part
                file.madvise(MADV_DONTNEED, offset, SLOT_BYTES)
        return block

    @staticmethod
    def read(block: _Block) -> bytes:
        """Return what ``block`` has."""
        parts: list[bytes] = []
        for file, offset in block.slots:
            parts.append(file[offset : offset + min(SLOT_BYTES, block.size - SLOT_BYTES * len(parts))])
            file.madvise(MADV_DONTNEED, offset, SLOT_BYTES)
        return b"".join(parts)

    def _slot(self) -> Slot:
        if not self._free:
            self._free += self._new_slots()
        return self._free.pop()

    def _new_slots(self) -> list[Slot]:
        """Return as many new slots as there are. A full disk is met here, and not as a signal later."""
        count = min(max(self._slots, MIN_FILE_SLOTS), MAX_FILE_SLOTS)
        with TemporaryFile() as file:
            for _ in range(count):
                file.write(bytes(SLOT_BYTES))
            file.flush()
            mapped = mmap(file.fileno(), count * SLOT_BYTES)
        self._slots += count
        return [(mapped, offset * SLOT_BYTES) for offset in reversed(range(count))]


_STORE = _BlockStore()


class DiskColumn(Sequence[T], Generic[T]):
    """A sequence of which no more than a few portions are in memory. Comparing two reads neither."""

    def __init__(self, blocks: Sequence[_Block] = (), size: int = 0) -> None:
        self._blocks = tuple(blocks)
        self._size = size

    @classmethod
    def of(cls, chunks: Iterable[MutableSequence[T]]) -> DiskColumn[T]:
        """Return the items of ``portions``, each of whatever length."""
        writer = ColumnWriter(cls)
        for chunk in chunks:
            writer.add(chunk)
        return writer.done()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> MutableSequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | MutableSequence[T]:
        if isinstance(at, int):
            number, place = divmod(range(self._size)[at], CHUNK_ITEMS)
            return self.chunk(number)[place]
        start, stop, _ = at.indices(self._size)
        if start >= stop:
            return self.decoded(b"")
        first, last = start // CHUNK_ITEMS, (stop - 1) // CHUNK_ITEMS
        found = self.chunk(first)[start - first * CHUNK_ITEMS : stop - first * CHUNK_ITEMS]
        for number in range(first + 1, last + 1):
            found += self.chunk(number)[: stop - number * CHUNK_ITEMS]
        return found

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._blocks)):
            yield from self.chunk(number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._blocks == other._blocks

    __hash__ = None  # type: ignore[assignment] # as of every list

    def count(self, value: object) -> int:
        """Return how many items are ``value``."""
        return sum(self.chunk(number).count(value) for number in range(len(self._blocks)))

    def chunk(self, number: int) -> MutableSequence[T]:
        """Return the items from ``number * PORTION`` on, not to be changed."""
        return _read(type(self), self._blocks[number])

    @cached_property
    def firsts(self) -> Sequence[T]:
        """The first item of each portion."""
        return [self.chunk(number)[0] for number in range(len(self._blocks))]

    @staticmethod
    @abstractmethod
    def encoded(items: MutableSequence[T]) -> bytes:
        """Return a portion as bytes."""

    @staticmethod
    @abstractmethod
    def decoded(content: bytes) -> MutableSequence[T]:
        """Return the portion that ``content`` is of."""


class NumberColumn(DiskColumn[int]):
    """Whole numbers of eight bytes; portions are arrays."""

    @staticmethod
    def encoded(items: MutableSequence[int]) -> bytes:
        """Return eight bytes each."""
        return array("q", items).tobytes()

    @staticmethod
    def decoded(content: bytes) -> MutableSequence[int]:
        """Return an array."""
        return array("q", content)


class TextColumn(DiskColumn[str]):
    """Texts without a line feed, none of them empty; portions are lists."""

    @staticmethod
    def encoded(items: MutableSequence[str]) -> bytes:
        """Return a line each."""
        return "\n".join(items).encode("utf-8", "surrogatepass")

    @staticmethod
    def decoded(content: bytes) -> MutableSequence[str]:
        """Return a list."""
        return content.decode("utf-8", "surrogatepass").split("\n") if content else []


class ColumnWriter(Generic[T]):
    """Takes items and puts them into a file, a portion at a time."""

    def __init__(self, kind: type[DiskColumn[T]]) -> None:
        self._kind = kind
        self._blocks: list[_Block] = []
        self._buffer = kind.decoded(b"")
        self._size = 0

    def add(self, items: MutableSequence[T]) -> None:
        """Take ``items``."""
        self._buffer += items
        self._size += len(items)
        while len(self._buffer) >= CHUNK_ITEMS:
            self._put(self._buffer[:CHUNK_ITEMS])
            del self._buffer[:CHUNK_ITEMS]

    def done(self) -> DiskColumn[T]:
        """Return all that was added."""
        if self._buffer:
            self._put(self._buffer)
        return self._kind(self._blocks, self._size)

    def _put(self, items: MutableSequence[T]) -> None:
        self._blocks.append(_STORE.put(self._kind.encoded(items)))


@lru_cache(maxsize=4)
def _read(kind: type[DiskColumn[T]], block: _Block) -> MutableSequence[T]:
    return kind.decoded(_STORE.read(block))
