"""One ASYCUDA World document, parsed so that nothing in it can harm: the only place that reads XML.

`defusedxml` over lxml: it is pure Python over the interpreter's own expat, in the lock already, and refuses
by name what lxml would have to be told, one switch at a time, not to do. A DTD is refused at its first word,
so that no entity is ever declared, let alone expanded or fetched. Depth and items are counted on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from features.errors import DocumentError
from features.settings import AsycudaSettings

ROOT, ITEM, CONTAINERS = "ASYCUDA", "Item", ("Container", "Containers/Container")

ENCODINGS: frozenset[str] = frozenset(
    {"utf-8", "us-ascii", *(f"iso-8859-{part}" for part in (1, 2, 5, 9, 15))}
    | {f"windows-{page}" for page in (1250, 1251, 1252, 1254)}
)
"""Encodings that are read: those in which the letters of ASCII are themselves."""

_DECLARED = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_INCLUDE = "{http://www.w3.org/2001/XInclude}"


@dataclass
class Group:
    """Texts below one element by their path in it, the first of each path; empty ones are None."""

    line: int
    texts: dict[str, str | None] = field(default_factory=dict)

    def text(self, *paths: str) -> str | None:
        """The text at the first of these paths that has one."""
        return next((text for path in paths if (text := self.texts.get(path))), None)


@dataclass
class Document:
    """What a document says: once for all, item by item, and of its containers."""

    head: Group = field(default_factory=lambda: Group(1))
    items: list[Group] = field(default_factory=list)
    containers: list[Group] = field(default_factory=list)


def parse_document(xml: bytes, paths: Collection[str], settings: AsycudaSettings) -> Document:
    """The texts of a document at these paths. Raises DocumentError, whose name is one word; never another.

    >>> xml = b"<ASYCUDA><Item><IncoTerms><Code>FOB</Code></IncoTerms></Item></ASYCUDA>"
    >>> document = parse_document(xml, {"IncoTerms/Code"}, AsycudaSettings())
    >>> document.items[0].text("IncoTerms/Code")
    'FOB'
    >>> parse_document(b"<!DOCTYPE a><ASYCUDA/>", (), AsycudaSettings())
    Traceback (most recent call last):
    features.errors.DocumentError: the document declares a DTD
    """
    if len(xml) > settings.document_bytes:
        raise too_large(settings.document_bytes)
    target = _Target(frozenset(paths), settings)
    parser = DefusedXMLParser(target=target, encoding=_encoding(xml), forbid_dtd=True)
    target.line = lambda: int(parser.parser.CurrentLineNumber)
    try:
        parser.feed(xml.removeprefix(b"\xef\xbb\xbf").lstrip())
        parser.close()
    except DTDForbidden as error:
        raise _refused("dtd", "the document declares a DTD", "leave it out") from error
    except DefusedXmlException as error:
        raise _refused("entity", "the document declares an entity", "write the text itself") from error
    except ParseError as error:
        line, column = error.position
        raise _refused(
            "malformed",
            f"the document is no well-formed XML at line {line}, column {column + 1}",
            "export it again",
        ) from error
    if not target.document.items:
        raise _refused("empty", "the document has no item", "send documents with at least one <Item>")
    return target.document


def too_large(largest: int) -> DocumentError:
    """The error for a document of more bytes than that."""
    return _refused(
        "too_large",
        f"the document is larger than {largest:,} bytes",
        "raise asycuda.document_bytes in intake.yaml",
    )


def _encoding(xml: bytes) -> str:
    if xml.startswith(_OTHER_MARKS) or b"\0" in xml:
        raise _refused("encoding", "the document is UTF-16 or UTF-32, or holds NUL", "send it in UTF-8")
    declared = _DECLARED.match(xml.removeprefix(b"\xef\xbb\xbf").lstrip())
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name not in ENCODINGS:
        raise _refused("encoding", "the document declares an encoding that is not read", "send it in UTF-8")
    return name


def _refused(name: str, message: str, remedy: str) -> DocumentError:
    return DocumentError(name, message, remedy=remedy)


class _Target:
    """Gathers texts while the parser runs, and stops it at what is refused."""

    line: Callable[[], int]

    def __init__(self, paths: frozenset[str], settings: AsycudaSettings) -> None:
        self.document = Document()
        self._paths = paths
        self._settings = settings
        self._open: list[str] = []
        self._group, self._below = self.document.head, 1
        self._text: list[str] = []

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag.startswith(_INCLUDE):
            raise _refused("xinclude", "the document includes another one", "send it whole")
        self._open.append(tag.rpartition("}")[2])
        self._text.clear()
        if len(self._open) > self._settings.depth:
            raise _refused("too_deep", f"nested deeper than {self._settings.depth}", "export it again")
        if self._open[0] != ROOT:
            raise _refused("other_root", f"the document is no <{ROOT}>", "send SAD documents")
        self._enter("/".join(self._open[1:]))

    def _enter(self, path: str) -> None:
        if path == ITEM:
            self._begin(self.document.items)
            if len(self.document.items) > self._settings.items:
                raise _refused(
                    "too_many_items",
                    f"more than {self._settings.items:,} items",
                    "raise asycuda.items in intake.yaml",
                )
        elif path in CONTAINERS:
            self._begin(self.document.containers)

    def _begin(self, groups: list[Group]) -> None:
        groups.append(Group(self.line()))
        self._group, self._below = groups[-1], len(self._open)

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        path = "/".join(self._open[self._below :])
        if path in self._paths:
            self._group.texts.setdefault(path, "".join(self._text).strip() or None)
        self._text.clear()
        self._open.pop()
        if len(self._open) < self._below:
            self._group, self._below = self.document.head, 1

    def pi(self, _: str, __: str | None = None) -> None:
        raise _refused("instruction", "the document holds a processing instruction", "leave it out")

    def close(self) -> None:
        """Nothing is left to do."""
