"""Stores columns of numbers and texts in unnamed temporary files, in chunks of 8,192 items."""

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
"""Bytes allocated in a file at a time: the size of a chunk of numbers."""
MIN_FILE_SLOTS, MAX_FILE_SLOTS = 16, 4096
"""Slots per file: small files take a megabyte, and the number of open files stays low."""

T = TypeVar("T")


Slot: TypeAlias = tuple[mmap, int]
"""A mapped file, and the offset of the slot in it."""


class _Block:
    """Bytes in a file; its slots are reused once the block is garbage collected."""

    __slots__ = ("__weakref__", "_free", "size", "slots")

    def __init__(self, slots: Sequence[Slot], size: int, free: list[Slot]) -> None:
        self.slots = slots
        self.size = size
        self._free = free

    def __del__(self) -> None:
        self._free += self.slots


class _BlockStore:
    """A content-addressed store of blocks in unnamed files, which end with the process.

    The files are memory-mapped, so that a migration that closes every descriptor does not lose them. Pages
    are released after each access, so that they do not count as memory of this process.
    """

    def __init__(self) -> None:
        self._free: list[Slot] = []
        self._slots = 0
        self._blocks_by_digest: WeakValueDictionary[bytes, _Block] = WeakValueDictionary()

    def put(self, content: bytes) -> _Block:
        """Return the block with ``content``, stored once for equal bytes."""
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
        """Return the bytes of ``block``."""
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
        """Return new slots, doubling the store; a full disk raises here, not as SIGBUS on a later access."""
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
    """A sequence with at most a few chunks in memory; comparison compares blocks without reading."""

    def __init__(self, blocks: Sequence[_Block] = (), size: int = 0) -> None:
        self._blocks = tuple(blocks)
        self._size = size

    @classmethod
    def of(cls, chunks: Iterable[MutableSequence[T]]) -> DiskColumn[T]:
        """Return a column with the items of ``chunks``, which may be of any length."""
        writer = ColumnWriter(cls)
        for chunk in chunks:
            writer.add(chunk)
        return writer.done()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | MutableSequence[T]:
        if isinstance(index, int):
            number, place = divmod(range(self._size)[index], CHUNK_ITEMS)
            return self.chunk(number)[place]
        start, stop, _ = index.indices(self._size)
        if start >= stop:
            return self.decoded(b"")
        first, last = start // CHUNK_ITEMS, (stop - 1) // CHUNK_ITEMS
        items = self.chunk(first)[start - first * CHUNK_ITEMS : stop - first * CHUNK_ITEMS]
        for number in range(first + 1, last + 1):
            items += self.chunk(number)[: stop - number * CHUNK_ITEMS]
        return items

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._blocks)):
            yield from self.chunk(number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._blocks == other._blocks

    def count(self, value: object) -> int:
        """Return the number of items equal to ``value``."""
        return sum(self.chunk(number).count(value) for number in range(len(self._blocks)))

    def chunk(self, number: int) -> MutableSequence[T]:
        """Return the items from ``number * CHUNK_ITEMS`` on; must not be changed."""
        return _read(type(self), self._blocks[number])

    @cached_property
    def firsts(self) -> Sequence[T]:
        """The first item of each chunk."""
        return [self.chunk(number)[0] for number in range(len(self._blocks))]

    @staticmethod
    @abstractmethod
    def encoded(items: MutableSequence[T]) -> bytes:
        """Return a chunk as bytes."""

    @staticmethod
    @abstractmethod
    def decoded(content: bytes) -> MutableSequence[T]:
        """Return the chunk encoded as ``content``."""


class NumberColumn(DiskColumn[int]):
    """A column of integers of eight bytes; chunks are arrays."""

    @staticmethod
    def encoded(items: MutableSequence[int]) -> bytes:
        """Return the items as eight bytes each."""
        return array("q", items).tobytes()

    @staticmethod
    def decoded(content: bytes) -> MutableSequence[int]:
        """Return the items as an array."""
        return array("q", content)


class TextColumn(DiskColumn[str]):
    """A column of texts that are not empty and have no line feed; chunks are lists."""

    @staticmethod
    def encoded(items: MutableSequence[str]) -> bytes:
        """Return the items as lines."""
        return "\n".join(items).encode("utf-8", "surrogatepass")

    @staticmethod
    def decoded(content: bytes) -> MutableSequence[str]:
        """Return the items as a list."""
        return content.decode("utf-8", "surrogatepass").split("\n") if content else []


class ColumnWriter(Generic[T]):
    """Collects items and stores them chunk by chunk."""

    def __init__(self, kind: type[DiskColumn[T]]) -> None:
        self._kind = kind
        self._blocks: list[_Block] = []
        self._buffer = kind.decoded(b"")
        self._size = 0

    def add(self, items: MutableSequence[T]) -> None:
        """Append ``items``."""
        self._buffer += items
        self._size += len(items)
        while len(self._buffer) >= CHUNK_ITEMS:
            self._put(self._buffer[:CHUNK_ITEMS])
            del self._buffer[:CHUNK_ITEMS]

    def done(self) -> DiskColumn[T]:
        """Return the column of all items."""
        if self._buffer:
            self._put(self._buffer)
        return self._kind(self._blocks, self._size)

    def _put(self, items: MutableSequence[T]) -> None:
        self._blocks.append(_STORE.put(self._kind.encoded(items)))


@lru_cache(maxsize=4)
def _read(kind: type[DiskColumn[T]], block: _Block) -> MutableSequence[T]:
    return kind.decoded(_STORE.read(block))
