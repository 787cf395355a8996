"""The pages of the guide that are made from the code tell the truth of the code."""

from __future__ import annotations

import pytest

from tests.house.reference import GUIDE, pages


@pytest.mark.parametrize("name", pages())
def test_a_page_made_from_the_code_is_that_of_the_code(name: str) -> None:
    assert (GUIDE / name).read_text(encoding="utf-8") == pages()[name], "make reference"
