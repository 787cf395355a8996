"""The first shipment waits for nothing that could have been loaded before it came."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_FIRST = """
import sys
from pathlib import Path
from features.codes.countries import countries
from features.codes.currencies import currencies
from features.codes.hs import subheadings_2022
from features.history import kernels
from tests.serving.places import request
from tests.serving.house import House

def loaded():
    lists = [each.cache_info().misses for each in (countries, currencies, subheadings_2022)]
    asked = ("describe_first", "fit_of", "grams_of")
    loops = {name: len(getattr(kernels, name).entries) for name in asked}
    return set(sys.modules), lists, loops

house = House(Path(sys.argv[1]))
before = loaded()
answer = house.decide(request())
after = loaded()
house.engine.close()
assert answer["items"][0]["risk"] is not None, answer
assert min(before[2].values()) == 1, before[2]
assert before[1:] == after[1:], (before[1:], after[1:])
assert not {name for name in after[0] - before[0] if not name.startswith("encodings.")}
"""


def test_the_first_decision_loads_no_module_no_code_list_and_no_compiled_loop(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FIRST, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
