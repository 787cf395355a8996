"""Numbers that carry a check digit: containers, and tax numbers by administration."""

from __future__ import annotations

from stdnum import iso6346
from stdnum.pe import ruc

RUC_DIGITS = 11


def is_container(text: str) -> bool:
    """True for a container number of ISO 6346 whose check digit is right.

    >>> is_container("CSQU3054383"), is_container("CSQU3054384")
    (True, False)
    """
    return bool(iso6346.is_valid(text))


def is_false_tax_number(text: str, administration: str) -> bool:
    """True for what has the form of the administration's tax number, with a wrong check digit.

    A pseudonym does not have the form and is left alone. Known: `PE`, the RUC of 11 digits.

    >>> is_false_tax_number("20512333797", "PE"), is_false_tax_number("20512333798", "PE")
    (False, True)
    >>> is_false_tax_number("QLRUBN9", "PE")
    False
    """
    if administration != "PE" or len(text) != RUC_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return not ruc.is_valid(text)
