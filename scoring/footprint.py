"""What a bundle takes: bytes, trees and leaves of its models, and the time in which they score one row."""

from __future__ import annotations

import re
from pathlib import Path

from customs.evidence import Footprint
from scoring.bundle import TIMEOUT
from scoring.bundle_check import try_models
from scoring.bundle_files import read_files
from scoring.bundle_verify import checked_texts, json_of, verified
from scoring.golden import FILE
from scoring.signature import KeyRing

_LEAVES = re.compile(r"^num_leaves=(\d+)$", re.MULTILINE)


def footprint(path: Path, key_ring: KeyRing, *, timeout: float = TIMEOUT) -> Footprint:
    """Give what the bundle in a folder takes, once it is verified; time is measured in the trial's child.

    Raises BundleRefusedError as `bundle.load` does.
    """
    contents = read_files(path)
    verified(contents, key_ring)
    texts = checked_texts(contents)
    microseconds = try_models(texts, json_of(contents, FILE), timeout=timeout)
    leaves = [int(count) for text in texts.values() for count in _LEAVES.findall(text)]
    return Footprint(sum(map(len, contents.values())), len(leaves), sum(leaves), microseconds)
