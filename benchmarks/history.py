"""The history engine: Parquet to Parquet, a day's advance, a Dask cluster, and DuckDB's windows beside it.

The lake is a simulated world of a million items, and ten copies of it with parties of their own. Each figure
is of a process of its own, its start and imports among the seconds. The million is taken before and after the
ten millions, since a machine's speed moves within the minutes that these take. The floor is what Polars takes
to read the same items and to write the same values, in a process of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from operator import truediv
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.copied_lake import copied_lake, lakes_folder
from benchmarks.measured import Measured, measured
from benchmarks.windows import by_hand, said
from features.history.backfill import read_backfill
from features.lake import Lake

BACKFILL = """
import sys
from pathlib import Path
from features.history.backfill import backfill
if __name__ == "__main__":
    backfill(Path(sys.argv[1]), Path(sys.argv[2]))
"""
_SAME_PART = """
import sys
from pathlib import Path
from benchmarks.windows import said
from features.history.backfill import backfill
backfill(Path(sys.argv[1]), Path(sys.argv[2]), names=list(said()))
"""
_FLOOR = """
import sys
from pathlib import Path
import polars as pl
from features.history.backfill import in_use
from features.history.facts import NEEDED
from features.lake import Lake
lake, values, written = map(Path, sys.argv[1:])
values = in_use(values)
source = Lake(lake)
source.outcomes().collect()
for since, until in source.months():
    source.items(since, until).select(NEEDED).collect()
for number, path in enumerate(sorted((values / "items").glob("*.parquet"))):
    frames = [pl.scan_parquet(folder / path.name) for folder in sorted(values.iterdir())]
    pl.concat(frames, how="horizontal").collect().write_parquet(written / f"{number}.parquet")
"""
_PUBLISH = """
import sys
from datetime import date
from pathlib import Path
from features.lake import Lake
from features.publication import publish_day
publish_day(Path(sys.argv[2]), Lake(Path(sys.argv[1])), date.fromisoformat(sys.argv[3]))
"""
_SPREAD = """
import sys, time
from pathlib import Path
from distributed import LocalCluster
from features.history.backfill import backfill
from features.schedule import Pool, scheduler_of
if __name__ == "__main__":
    lake, folder = Path(sys.argv[1]), Path(sys.argv[2])
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        with scheduler_of(cluster.scheduler_address) as dask:
            for time_over in range(3):
                for name, scheduler in (("pool", Pool(2)), ("dask", dask)):
                    started = time.perf_counter()
                    backfill(lake, folder / name / str(time_over), scheduler=scheduler)
                    print(time.perf_counter() - started)
"""

_BY_HAND = 20
"""Values that are counted by hand, of those that differ."""


def run(copies: int = 10) -> dict[str, object]:
    """Give seconds, the most memory, and ratios."""
    with lakes_folder() as lakes, TemporaryDirectory(prefix="tamiz-history-") as name:
        folder = Path(name)
        one, many = copied_lake(lakes, 1), copied_lake(lakes, copies)
        _warm(one, folder)
        million, floor = _to_parquet(one, folder / "one-values")
        millions, _ = _to_parquet(many, folder / "many-values")
        again, _ = _to_parquet(one, folder / "one-values-again")
        return {
            "items": _height(one),
            "million": figures(million),
            "million, after the millions": figures(again),
            "million, over what Polars takes to read and write it": round(million.seconds / floor.seconds, 2),
            "floor": figures(floor),
            f"{copies} millions": figures(millions),
            "time an item against one million, before and after": round(
                millions.seconds / _height(many) / (mean((million.seconds, again.seconds)) / _height(one)), 3
            ),
            "advance of a day": _advances(many, folder),
            "pool and Dask": _spread(one, folder),
            "DuckDB": _windows(one, folder),
        }


def _warm(lake: Lake, folder: Path) -> None:
    """Compile the loops once, if that was never done."""
    few = Lake(folder / "few")
    few.append_items(lake.items().head(1_000).collect())
    measured(["-c", BACKFILL, few.root, folder / "few-values"])


def _to_parquet(lake: Lake, values: Path) -> tuple[Measured, Measured]:
    work = measured(["-c", BACKFILL, lake.root, values])
    with TemporaryDirectory(dir=values.parent) as written:
        return work, measured(["-c", _FLOOR, lake.root, values, written])


def _advances(lake: Lake, folder: Path) -> dict[str, object]:
    """Three days, one after another, on a snapshot made anew; the last is the same made anew."""
    newest: date = lake.items().select(pl.col("customs_date").max()).collect().item()
    begin = newest - timedelta(days=4)
    anew = measured(["-c", _PUBLISH, lake.root, folder / "snapshots", begin.isoformat()])
    days = [
        measured(["-c", _PUBLISH, lake.root, folder / "snapshots", (begin + timedelta(days=day)).isoformat()])
        for day in (1, 2, 3)
    ]
    return {"made anew": figures(anew), "days": [figures(each) for each in days]}


def _spread(lake: Lake, folder: Path) -> dict[str, object]:
    script = folder / "spread.py"
    script.write_text(_SPREAD, encoding="utf-8")
    done = measured([script, lake.root, folder / "spread"])
    seconds = list(map(float, done.stdout.split()))
    pool, dask = seconds[::2], seconds[1::2]
    made = [folder / "one-values", *(folder / "spread" / name / "0" for name in ("pool", "dask"))]
    return {
        "pool of two, median seconds": round(median(pool), 2),
        "Dask, two workers, median seconds": round(median(dask), 2),
        "Dask over pool, median of three": round(median(map(truediv, dask, pool)), 3),
        "same bytes": len({_digest(values) for values in made}) == 1,
    }


def _windows(lake: Lake, folder: Path) -> dict[str, object]:
    """What range windows can say: by DuckDB, out of prepared numbers, and by the engine, out of the lake."""
    plain, prepared = Lake(folder / "plain"), folder / "prepared.parquet"
    for since, until in lake.months():
        on_time = (pl.col("version") == 1) & (pl.col("known_date") == pl.col("customs_date"))
        plain.append_items(lake.items(since, until).filter(on_time).collect())
    module = ["-m", "benchmarks.windows"]
    measured([*module, "prepare", plain.root, prepared])
    duck = measured([*module, "duckdb", prepared, folder / "windows.parquet"])
    engine = measured(["-c", _SAME_PART, plain.root, folder / "plain-values"])
    names = list(said())
    made = _by_key(read_backfill(folder / "plain-values", names), names)
    told = _by_key(pl.scan_parquet(folder / "windows.parquet"), names)
    return {
        "values": len(names),
        "engine": figures(engine),
        "duckdb": figures(duck),
        "duckdb over engine, seconds": round(duck.seconds / engine.seconds, 2),
        "duckdb over engine, cpu seconds": round(duck.cpu_seconds / engine.cpu_seconds, 2),
        **_apart(made, told, pl.read_parquet(prepared)),
    }


def _apart(made: pl.DataFrame, told: pl.DataFrame, prepared: pl.DataFrame) -> dict[str, object]:
    """How many values differ, and of a few of them how often counting by hand gives the engine's."""
    apart = [(name, row) for name in made.columns for row in (made[name] != told[name]).arg_true().to_list()]
    looked = apart[:: max(1, len(apart) // _BY_HAND)][:_BY_HAND]
    right = [made[name][row] == by_hand(prepared, name, made.row(row)[:2]) for name, row in looked]
    return {
        "values that differ": len(apart),
        "counted by hand": len(looked),
        "the engine's right": sum(right),
    }


def _by_key(frame: pl.LazyFrame, names: list[str]) -> pl.DataFrame:
    key = ["declaration_id", "item_no"]
    return frame.select(*key, pl.col(names).cast(pl.Int64)).sort(key).collect()


def figures(of: Measured) -> dict[str, float]:
    return {"seconds": of.seconds, "cpu seconds": of.cpu_seconds, "peak MiB": of.peak_mib}


def _height(lake: Lake) -> int:
    return int(lake.items().select(pl.len()).collect().item())


def _digest(folder: Path) -> str:
    whole = sha256()
    for path in sorted(folder.rglob("*.parquet")):
        whole.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()
