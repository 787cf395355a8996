"""Numbers with true check digits: tax numbers (RUC) and containers (ISO 6346)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RUC_WEIGHTS = np.array([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
_OWNERS: tuple[str, ...] = ("TZAU", "TZBU", "NVRU", "OCLU", "PCFU", "KOSU")
_LETTER = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [
    10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38,
], strict=True))  # fmt: skip


def tax_numbers(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct RUC numbers with right check digits, in a range (209...) that is not issued to real firms.

    >>> tax_numbers(2, np.random.default_rng(0))
    ['20985062413', '20963696168']
    """
    body = 209_0000000 + rng.choice(10_000_000, size=count, replace=False)
    digits = body[:, None] // 10 ** np.arange(9, -1, -1) % 10
    check = (11 - (digits * _RUC_WEIGHTS).sum(axis=1) % 11) % 10
    return [f"{one}{digit}" for one, digit in zip(body.tolist(), check.tolist(), strict=True)]


def containers(count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    """Container numbers with right check digits, owners made up; the check digit 10 is never used.

    >>> containers(2, np.random.default_rng(0)).tolist()
    ['KOSU5111366', 'OCLU2697860']
    """
    owner = rng.integers(len(_OWNERS), size=count)
    serial = rng.integers(1_000_000, size=count)
    check = _check(owner, serial)
    serial = np.where(check == 10, (serial + 1) % 1_000_000, serial)
    check = _check(owner, serial)
    head = np.array(_OWNERS)[owner]
    tail = np.char.zfill((serial * 10 + check % 10).astype(str), 7)
    return np.char.add(head, tail)


def _check(owner: NDArray[np.int64], serial: NDArray[np.int64]) -> NDArray[np.int64]:
    head = np.array(
        [sum(_LETTER[letter] * 2**place for place, letter in enumerate(code)) for code in _OWNERS]
    )
    digits = serial[:, None] // 10 ** np.arange(5, -1, -1) % 10
    total: NDArray[np.int64] = head[owner] + (digits * 2 ** np.arange(4, 10)).sum(axis=1)
    return total % 11
