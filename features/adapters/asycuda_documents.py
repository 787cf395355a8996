"""A file of ASYCUDA documents, one after the other, without a whole file in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = 65_536
_CUT = 256
"""A mark this near the end of what was read may not be whole yet."""

_MARK = re.compile(
    rb"<!--|<!\[CDATA\[|<\?|<!DOCTYPE"
    rb"|</(?:[\w.-]{1,40}:)?ASYCUDA\s{0,40}>|<(?:[\w.-]{1,40}:)?ASYCUDA(?=[\s>/])"
)
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_EMPTY = re.compile(rb"<[^<>]*/>")


@dataclass(frozen=True)
class Piece:
    """The bytes of one document, the line it begins in, and how far the file was read.

    A document that is cut off is given as far as it goes; one larger than it may be is given as None.
    """

    xml: bytes | None
    line: int
    done: int


def split_documents(file: BinaryIO, largest: int) -> Iterator[Piece]:
    """The documents of a file: one, several, or several within an element of any name.

    Marks inside comments, CDATA and instructions are no marks. A document that is not ended where the next
    begins is cut off there. No more than twice `largest` and a block are held.

    >>> from io import BytesIO
    >>> [piece.xml for piece in split_documents(BytesIO(b"<a><ASYCUDA/><ASYCUDA>1</ASYCUDA></a>"), 1000)]
    [b'<ASYCUDA/>', b'<ASYCUDA>1</ASYCUDA>']
    """
    return _Splitter(file, largest).pieces()


class _Splitter:
    def __init__(self, file: BinaryIO, largest: int) -> None:
        self._file = file
        self._largest = largest
        self._held = b""
        self._at = 0
        self._line = 1
        self._begin: int | None = None
        self._prolog: dict[str, bytes] = {}
        self._has_ended = False

    def pieces(self) -> Iterator[Piece]:
        while True:
            mark = self._next_mark()
            if self._begin is not None and self._at - self._begin > self._largest:
                yield self._piece(None)
            elif mark is None:
                break
            elif mark.group() in _ENDS:
                yield from self._section(mark)
            elif mark.group() == b"<!DOCTYPE":
                self._at = mark.end()
                if self._begin is None:
                    self._prolog["doctype"] = b"<!DOCTYPE ASYCUDA>"
            else:
                yield from self._tag(mark)
        if self._begin is not None:
            self._at = len(self._held)
            yield self._piece(self._held[self._begin :])

    def _tag(self, mark: re.Match[bytes]) -> Iterator[Piece]:
        """An element begins or ends."""
        ends = mark.group().startswith(b"</")
        if not ends and self._begin is not None:
            self._at = mark.start()
            yield self._piece(self._held[self._begin : mark.start()])
            return
        self._at = mark.end()
        if not ends:
            self._begin = mark.start()
            empty = _EMPTY.match(self._held, mark.start())
            if empty is None:
                return
            self._at = empty.end()
        if self._begin is not None:
            yield self._piece(self._held[self._begin : self._at])

    def _section(self, mark: re.Match[bytes]) -> Iterator[Piece]:
        """A comment, CDATA or an instruction: passed over, or, where it has no end, the document is."""
        end, self._at = _ENDS[mark.group()], mark.start()
        size = len(mark.group())
        while (found := self._held.find(end, self._at + size)) < 0 and not self._has_ended:
            if len(self._held) - self._at > self._largest:
                break
            self._more()
        begin, self._at = self._at, (self._at + size if found < 0 else found + len(end))
        if self._begin is None:
            self._remember(self._held[begin : self._at])
        elif found < 0:
            yield self._piece(self._held[self._begin : self._at])

    def _remember(self, section: bytes) -> None:
        """What stands before a document belongs to it: its encoding, and instructions, which are refused."""
        if re.match(rb"<\?xml\s", section):
            self._prolog["declaration"] = section.replace(b"\n", b" ").replace(b"\r", b" ")
        elif section.startswith(b"<?"):
            self._prolog["instruction"] = b"<?instruction?>"

    def _piece(self, xml: bytes | None) -> Piece:
        """The document that began, whose end is where reading goes on."""
        begin = self._begin or 0
        line = self._line + self._held.count(b"\n", 0, begin)
        order = ("declaration", "doctype", "instruction")
        prolog = b"".join(self._prolog[name] for name in order if name in self._prolog)
        self._prolog.pop("doctype", None)
        self._prolog.pop("instruction", None)
        self._begin = None
        return Piece(None if xml is None else prolog + xml, line, self._file.tell())

    def _next_mark(self) -> re.Match[bytes] | None:
        while True:
            mark = _MARK.search(self._held, self._at)
            if mark is not None and (self._has_ended or mark.end() < len(self._held) - _CUT):
                return mark
            if self._has_ended:
                return None
            self._at = max(self._at, len(self._held) - _CUT - 64 if mark is None else mark.start())
            if self._begin is not None and self._at - self._begin > self._largest:
                return None
            self._more()

    def _more(self) -> None:
        """Read on; what lies before the document, or before the place reached, is let go."""
        keep = self._at if self._begin is None else self._begin
        if keep >= _BLOCK:
            self._line += self._held.count(b"\n", 0, keep)
            self._held = self._held[keep:]
            self._at -= keep
            self._begin = None if self._begin is None else 0
        block = self._file.read(_BLOCK)
        self._held += block
        self._has_ended = not block
