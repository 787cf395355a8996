"""What range windows can say of the past of each item, by DuckDB; the engine says the same, and more.

`python -m benchmarks.windows prepare|duckdb FROM FILE`. Prepared are the parts of the keys and the whole
numbers that are summed, so that DuckDB has nothing to do but its windows. Left to the engine alone: outcomes,
amendments, comparables, meetings, words, and what is made of these.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import polars as pl

from features.history.entities import ENTITIES, EVER, Aggregate, Entity, Kind, Known
from features.history.facts import NEEDED, facts_of
from features.history.measures import NUMBERS, OWN, number_and_power
from features.lake import Lake

_WITHOUT = {"young"}


def said() -> dict[str, tuple[Entity, Aggregate]]:
    """Give what both say, by its name in the history."""
    return {
        f"{entity.name}.{each.name}": (entity, each)
        for entity in ENTITIES
        for each in entity.aggregates
        if each.known in {Known.ITEM, Known.SEEN}
        and each.kind is not Kind.PARTIES
        and each.of not in _WITHOUT
    }


def prepare(lake: Path, file: Path) -> None:
    """Write of each item its day, the digests of the parts of its keys and its numbers."""
    frames = []
    for since, until in Lake(lake).months():
        items = Lake(lake).items(since, until).select(NEEDED).collect()
        facts = facts_of(items)
        parts = [pl.Series(name, codes) for name, codes in facts.parts.items()]
        numbers = [pl.Series(name, line) for name, line in zip(OWN, facts.numbers, strict=True)]
        frame = items.select("declaration_id", "item_no", pl.col("customs_date").to_physical().alias("day"))
        frames.append(frame.with_columns(*parts, *numbers))
    nothing = -(2**31)
    empty = [pl.col(name).replace(nothing, None) for name in OWN] + [
        pl.col(name).replace(0, None) for name in facts.parts
    ]
    pl.concat(frames).with_columns(empty).write_parquet(file)


def by_duckdb(prepared: Path, file: Path) -> None:
    """Write what windows say."""
    values = ", ".join(f'{_window(entity, each)} AS "{name}"' for name, (entity, each) in said().items())
    duckdb.execute(
        f"COPY (SELECT declaration_id, item_no, {values} FROM read_parquet('{prepared}')) "
        f"TO '{file}' (FORMAT parquet)"
    )


def by_hand(prepared: pl.DataFrame, name: str, item: tuple[str, int]) -> int:
    """Give one value of one item (declaration_id, item_no), slowly and obviously."""
    entity, aggregate = said()[name]
    own = prepared.row(
        by_predicate=(pl.col("declaration_id") == item[0]) & (pl.col("item_no") == item[1]), named=True
    )
    if any(own[part] is None for part in entity.parts):
        return aggregate.unseen
    past = prepared.filter(pl.col("day") < own["day"], *(pl.col(part) == own[part] for part in entity.parts))
    if aggregate.kind is not Kind.SUM:
        found = past["day"].min() if aggregate.kind is Kind.FIRST_DAY else past["day"].max()
        return aggregate.unseen if found is None else int(found)
    number, power = number_and_power(aggregate.of)
    total = 0
    for days, weight in aggregate.weights.items():
        within = past if days == EVER else past.filter(pl.col("day") >= own["day"] - days)
        values = [1] * within.height if number < 0 else within[NUMBERS[number]].drop_nulls().to_list()
        total += weight * sum(value**power for value in values)
    return total


def _window(entity: Entity, aggregate: Aggregate) -> str:
    key = f"PARTITION BY {', '.join(entity.parts)} " if entity.parts else ""
    missing = " OR ".join(f"{part} IS NULL" for part in entity.parts) or "FALSE"
    total = " + ".join(
        f"{weight} * coalesce({_summed(aggregate)} OVER ({key}ORDER BY day RANGE BETWEEN "
        f"{'UNBOUNDED' if days == EVER else days} PRECEDING AND 1 PRECEDING), {aggregate.unseen})"
        for days, weight in aggregate.weights.items()
    )
    return f"CASE WHEN {missing} THEN {aggregate.unseen} ELSE {total} END"


def _summed(aggregate: Aggregate) -> str:
    if aggregate.kind is not Kind.SUM:
        return "min(day)" if aggregate.kind is Kind.FIRST_DAY else "max(day)"
    number, power = number_and_power(aggregate.of)
    if number < 0:
        return "count(*)"
    name = NUMBERS[number]
    return {0: f"count({name})", 1: f"sum({name}::BIGINT)", 2: f"sum({name}::BIGINT * {name})"}[power]


if __name__ == "__main__":
    ways = {"prepare": prepare, "duckdb": by_duckdb}
    ways[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
