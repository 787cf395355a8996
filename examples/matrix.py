"""Features in a notebook: one call, as of each item's own day or of a day you choose.

python examples/matrix.py WORKSPACE ITEMS [DAY]
"""

from __future__ import annotations

import sys

import features

_, workspace, items, *day = sys.argv
names = ["unit_value_gap", "importer_relative_rate", "importer_age", "importer.items_90d"]
frame = features.matrix(items, workspace=workspace, as_of=day[0] if day else None, names=names)
for name in names:
    print(f"{name}: known of {frame[name].count()} of {frame.height} items, mean {frame[name].mean()}")
