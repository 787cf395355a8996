"""Numbers that carry a check digit: containers, and tax numbers by administration."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import mul

from stdnum import iso6346
from stdnum.pe import ruc

RUC_DIGITS = 11

_CONTAINER = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")
_WORTH = {letter: number for number, letter in enumerate("0123456789A BCDEFGHIJK LMNOPQRSTU VWXYZ")}
_WEIGHTS = tuple(2**place for place in range(10))


def is_container(text: str) -> bool:
    """True for a container number of ISO 6346 whose check digit is right.

    >>> is_container("CSQU3054383"), is_container("CSQU3054384")
    (True, False)
    """
    if not _CONTAINER.fullmatch(text):
        return bool(iso6346.is_valid(text))
    # As usually written: without the search for separators, which takes nearly all of the library's time.
    total = sum(map(mul, map(_WORTH.__getitem__, text), _WEIGHTS))
    return bool(int(text[-1]) == total % 11 % 10)


@lru_cache(maxsize=65_536)
def is_false_tax_number(text: str, administration: str) -> bool:
    """True for what has the form of the administration's tax number, with a wrong check digit.

    A pseudonym does not have the form and is left alone. Known: `PE`, the RUC of 11 digits. Importers come
    again in every chunk of a file, so answers are kept.

    >>> is_false_tax_number("20512333797", "PE"), is_false_tax_number("20512333798", "PE")
    (False, True)
    >>> is_false_tax_number("QLRUBN9", "PE")
    False
    """
    if administration != "PE" or len(text) != RUC_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return not ruc.is_valid(text)
