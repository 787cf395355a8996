"""Catalogues of words: gettext's text files (.po), compiled in memory."""

from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def read_catalogue(folder: Path, language: str, domain: str) -> gettext.GNUTranslations:
    """Give the words of `folder`/LANGUAGE/LC_MESSAGES/DOMAIN.po; FileNotFoundError where there are none."""
    compiled = BytesIO()
    with (folder / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
