"""A plain learner and plain rules, to see whether a world is fit for use: neither trivial nor hopeless."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation.world import World

Floats = NDArray[np.float64]
SHARE = 0.05
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Fitness:
    """Figures on the last months: AUC and precision at 5 % by risk; revenue at 5 % in shares of the oracle's;
    `recall` of each mechanism among the tenth of the items that the model thinks riskiest.

    `revenue` ranks by expected revenue (risk × value × rate where the method knows no better), `by_risk`
    by risk.
    """

    auc: dict[str, float]
    precision: dict[str, float]
    revenue: dict[str, float]
    by_risk: dict[str, float]
    recall: dict[str, float]


def fitness(world: World, months: int = 6) -> Fitness:
    """The default LightGBM and the rules, learned before the last months, against the oracles."""
    frame = _joined(world)
    table, names = _features(frame)
    day, label = frame["day"].to_numpy(), frame["label"].to_numpy()
    cut = int(day.max()) - round(30.4 * months)
    train = (frame["known_day"].to_numpy() < cut) & (day < cut) & ~np.isnan(label)
    test = day >= cut
    data = lightgbm.Dataset(table[train], label[train], feature_name=names, categorical_feature=_CODES)
    options = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "seed": 1}
    model = lightgbm.train(options, data, 100)
    stake = (frame["cif"] * frame["tax_rate_pct"]).to_numpy()[test]
    scores = {
        "model": np.asarray(model.predict(table[test])),
        "rules": _rules(table, names)[test],
        "random": np.random.default_rng(0).random(int(test.sum())),
        "oracle": frame["oracle_risk"].to_numpy()[test],
        "observable": frame["observable_risk"].to_numpy()[test],
    }
    money = {name: score * stake for name, score in scores.items()}
    money["random"] = scores["random"]
    money["oracle"] = frame["oracle_revenue"].to_numpy()[test]
    money["observable"] = frame["observable_revenue"].to_numpy()[test]
    illicit = frame["illicit"].to_numpy()[test]
    found = (frame["additional_revenue"] * frame["found_if_inspected"]).to_numpy()[test]
    best, best_by_risk = _top(money["oracle"], found), _top(scores["oracle"], found)
    return Fitness(
        auc={name: auc(score, illicit) for name, score in scores.items()},
        precision={name: _top(score, illicit) / _size(score) for name, score in scores.items()},
        revenue={name: _top(score, found) / best for name, score in money.items()},
        by_risk={name: _top(score, found) / best_by_risk for name, score in scores.items()},
        recall=_recall(scores["model"], frame["mechanism"].to_numpy()[test]),
    )


def auc(score: Floats, label: Floats) -> float:
    """Area under the ROC curve; ties count half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    ones = label.sum()
    return float((rank[label == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(label) - ones)))


def _size(score: Floats) -> int:
    return round(SHARE * len(score))


def _top(score: Floats, worth: Floats) -> float:
    order = np.lexsort((np.random.default_rng(7).random(len(score)), -score))
    return float(worth[order[: _size(score)]].sum())


def _recall(score: Floats, mechanism: NDArray[np.object_]) -> dict[str, float]:
    top = score >= np.quantile(score, 0.9)
    return {name: float(top[mechanism == name].mean()) for name in sorted(set(mechanism)) if name != "none"}


def _joined(world: World) -> pl.DataFrame:
    items = world.items.filter(pl.col("version") == 1)
    day = ((pl.col("accepted_at").cast(pl.Int64) - 5 * 3_600_000_000) // _DAY).alias("day")
    labels = world.outcomes.select(
        "declaration_id",
        "item_no",
        pl.col("illicit").alias("label"),
        (pl.col("known_at").cast(pl.Int64) // _DAY + 1).alias("known_day"),
    )
    keys = ["declaration_id", "item_no"]
    frame = items.with_columns(day, pl.col("hs_code").str.slice(0, 6)).join(labels, on=keys, how="left")
    return frame.join(world.truth, on=keys, how="left").sort("day").with_columns(
        pl.col("label").fill_null(np.nan), pl.col("known_day").fill_null(10**6)
    )  # fmt: skip


_CODES = ["hs_code", "origin_country", "departure_country", "office_id", "brand"]


def _features(frame: pl.DataFrame) -> tuple[Floats, list[str]]:
    table: dict[str, Floats] = {}
    day = frame["day"].to_numpy()
    label, known = frame["label"].to_numpy(), frame["known_day"].to_numpy()
    keys = {
        "importer": ["importer_id"], "seller": ["seller_id"], "declarant": ["declarant_id"],
        "relation": ["declarant_id", "seller_id"], "heading": ["hs_code"],
    }  # fmt: skip
    for name, columns in keys.items():
        code = _codes(frame, columns)
        table[f"{name}_items"] = _before(code, day, np.ones(len(day)), code, day)
        table[f"{name}_labels"] = _before(code, known, (~np.isnan(label)).astype(float), code, day)
        hits = _before(code, known, np.nan_to_num(label), code, day)
        table[f"{name}_hits"], table[f"{name}_rate"] = hits, (hits + 0.7) / (table[f"{name}_labels"] + 10)
    importer = _codes(frame, ["importer_id"])
    first = np.full(importer.max() + 1, 10**6)
    np.minimum.at(first, importer, day)
    table["age"] = (day - first[importer]).astype(float)
    value = np.log((frame["cif"] / frame["net_kg"]).to_numpy())
    for name, columns in {
        "z_origin": ["hs_code", "origin_country"],
        "z": ["hs_code"],
        "z_seller": ["hs_code", "seller_id"],
    }.items():
        code = _codes(frame, columns)
        n, total = (_before(code, day, weight, code, day) for weight in (np.ones(len(day)), value))
        table[name] = np.where(n > 2, value - total / np.maximum(n, 1), np.nan)
    ratio = {
        "net_gross": ("net_kg", "gross_kg"),
        "freight_kg": ("freight", "gross_kg"),
        "freight_fob": ("freight", "fob"),
        "package": ("net_kg", "packages"),
        "piece": ("net_kg", "quantity"),
    }
    for name, (top, bottom) in ratio.items():
        table[name] = (frame[top] / frame[bottom]).cast(pl.Float64).fill_null(np.nan).to_numpy()
    for name in ("tax_rate_pct", "importer_aeo", "transport_mode", "cif", "net_kg"):
        table[name] = frame[name].to_numpy()
    table["preference"] = frame["preference_code"].is_not_null().cast(pl.Float64).to_numpy()
    table["detour"] = (
        (frame["departure_country"] != frame["origin_country"]).cast(pl.Float64).fill_null(np.nan).to_numpy()
    )
    for name in _CODES:
        table[name] = _codes(frame, [name]).astype(float)
    return np.stack(list(table.values()), axis=1), list(table)


def _codes(frame: pl.DataFrame, columns: list[str]) -> NDArray[np.int64]:
    text = frame.select(pl.concat_str([pl.col(c).fill_null("") for c in columns], separator="|")).to_series()
    return text.rank("dense").cast(pl.Int64).to_numpy() - 1


def _before(code: NDArray, day: NDArray, weight: Floats, asked: NDArray, when: NDArray) -> Floats:
    """Sum of the weights of the same code on days strictly before."""
    big = 10**7
    order = np.argsort(code * big + day, kind="stable")
    place = (code * big + day)[order]
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    return total[np.searchsorted(place, asked * big + when)] - total[np.searchsorted(place, asked * big)]


def _rules(table: Floats, names: list[str]) -> Floats:
    column = {name: table[:, at] for at, name in enumerate(names)}
    low = (np.nan_to_num(column["z"]) < -np.log(2)) & (column["tax_rate_pct"] > 35)
    return (column["importer_hits"] > 0) * 1.0 + low * 1.0 + (column["age"] < 90) * 0.5
