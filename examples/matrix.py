"""Features in a notebook: one call, as of each item's own day or of a day you choose."""

from __future__ import annotations

import argparse

import features

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("workspace", help="folder of a workspace that was advanced")
parser.add_argument("items", help="CSV file of declaration items")
parser.add_argument("day", nargs="?", help="a day, 2026-01-31; without it, each item's own")
given = parser.parse_args()
names = ["unit_value_gap", "importer_relative_rate", "importer_age", "importer.items_90d"]
frame = features.matrix(given.items, workspace=given.workspace, as_of=given.day, names=names)
for name in names:
    print(f"{name}: known of {frame[name].count()} of {frame.height} items, mean {frame[name].mean()}")
