"""A bundle: the models as a signed folder that loads only if nothing in it changed and it answers as it did.

    recipe.json        how a matrix is made of declarations and their history
    risk.txt, value_05.txt, value_50.txt, value_95.txt, anomaly.txt      the boosters, LightGBM's native text
    kind_value.txt and the like     boosters of the kinds of finding, where they were learnt
    calibration.json   calibration, known unit values, offsets, anomaly reference, revenue model, thresholds,
                       kinds
    golden.json        made-up rows with the answers they must get
    card.json, card.md the model card
    manifest.json      SHA-256 and size of each of these
    signature.json     the trainer's Ed25519 signature over the bytes of manifest.json

There is no pickle, no path and no party in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.reason import Reason
from features.columns import Columns, Values
from features.recipe import Recipe
from features.reference.source import NO_SOURCES, Sources
from scoring.bundle_check import try_models
from scoring.bundle_files import read_files, write_files
from scoring.bundle_parts import calibration_json, read_scorer
from scoring.bundle_verify import body, checked_texts, file_of, json_of, signature_bytes, verified
from scoring.contributions import ExplainerName
from scoring.errors import BundleRefusedError, ScoringError
from scoring.golden import FILE as GOLDEN
from scoring.golden import check_golden, golden_json, kept_rows
from scoring.headings import Corrections
from scoring.manifest import MANIFEST, SIGNATURE, Manifest
from scoring.scorer import Scorer, Scores
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from scoring.thresholds import Thresholds

Floats = NDArray[np.float64]

TIMEOUT = 20.0
"""Seconds that the trial of a bundle's models may take."""


@dataclass(frozen=True)
class BundleParts:
    """What a bundle is made of: models, model card (data and prose), golden rows of `golden.golden_rows`."""

    scorer: Scorer
    card: Mapping[str, Any]
    card_text: str
    golden: Floats


@dataclass(frozen=True)
class BundleRef:
    """Where a bundle lies; its folder has the name of its id."""

    id: str
    path: Path


@dataclass(frozen=True)
class Bundle:
    """A bundle that was verified, tried and read.

    `id` is 16 hex digits of the digest of its content, `trainer` the registered key that signed it, `card`
    the data of the model card.
    """

    id: str
    path: Path
    created_at: str
    trainer: RegisteredKey
    card: Mapping[str, Any]
    scorer: Scorer

    @property
    def recipe(self) -> Recipe:
        """How a matrix is made of declarations and their history."""
        return self.scorer.recipe

    @property
    def thresholds(self) -> Thresholds | None:
        """Scores of declarations by share of the recent population."""
        return self.scorer.thresholds

    @property
    def explainer(self) -> ExplainerName:
        """Who works out the contributions to the risk."""
        return self.scorer.risk.explained_by.name if self.scorer.risk else "lightgbm"

    def with_explainer(self, explainer: ExplainerName) -> Bundle:
        """Give the bundle with its risk explained as it was elsewhere, as far as it can be here.

        Where no tables could be made here LightGBM goes on explaining it: `explainer` tells.
        """
        risk = self.scorer.risk
        if risk is None or explainer != "lightgbm":
            return self
        return replace(self, scorer=replace(self.scorer, risk=risk.explained_by_lightgbm()))

    @property
    def by_lightgbm(self) -> str | None:
        """What LightGBM itself does, slower, and why; None where compiled code does all."""
        refused = {file: booster.trees_refused for file, booster, _ in self.scorer.boosters()}
        for name, model in (("", self.scorer.risk), (" of the anomaly", self.scorer.anomaly)):
            if model and model.contributor:
                refused[f"contributions{name}"] = model.contributor.refused
        return "; ".join(f"{of}: {why}" for of, why in refused.items() if why) or None

    def score(self, columns: Columns, history: Values, *, contributions: bool = False) -> Scores:
        """Give the scores of whole declarations (see Scorer.score)."""
        return self.scorer.score(columns, history, contributions=contributions)

    def explain(
        self,
        scores: Scores,
        columns: Columns,
        history: Values,
        row: int,
        *,
        top: int = 5,
        sources: Sources = NO_SOURCES,
    ) -> tuple[Reason, ...]:
        """Give the reasons of one row's risk (see Scorer.explain)."""
        return self.scorer.explain(scores, columns, history, row, top=top, sources=sources)


def write(parent: Path, parts: BundleParts, signer: SigningKey, *, created_at: datetime) -> BundleRef:
    """Write and sign a bundle into `parent`, in a folder named by its id, whole or not at all.

    The same content again is left as it lies there. `created_at` needs a zone.
    """
    if created_at.tzinfo is None:
        raise ScoringError("created_at has no time zone", remedy="hand an instant with its offset")
    contents = _contents(parts)
    manifest = Manifest.of(contents, created_at.isoformat())
    path = parent / manifest.id
    if path.exists():
        _same(path, manifest)
        return BundleRef(manifest.id, path)
    signed = manifest.to_bytes()
    write_files(path, contents | {MANIFEST: signed, SIGNATURE: signature_bytes(signer.sign(signed))})
    return BundleRef(manifest.id, path)


def load(path: Path, key_ring: KeyRing, *, timeout: float = TIMEOUT) -> Bundle:
    """Give the bundle in a folder, or raise BundleRefusedError (`file` names the file at fault).

    In this order, each on the bytes that were read at first: plain files only; signature of a registered
    trainer's key that is not revoked; digest and size of every file; models whole as text; golden answers in
    a child process, which LightGBM's reader may crash or hang; only then are the models read here. Last, they
    are compiled, and what agrees with LightGBM on the golden rows takes its place. A folder of another name
    than its bundle's id is refused too: it would stand in for the one that was approved.
    """
    contents = read_files(path)
    manifest, trainer = verified(contents, key_ring)
    texts = checked_texts(contents)
    golden = json_of(contents, GOLDEN)
    try_models(texts, golden, timeout=timeout)
    scorer = read_scorer(json_of(contents, "recipe.json"), json_of(contents, "calibration.json"), texts)
    check_golden(scorer, golden)
    scorer = _compiled(scorer, golden)
    _check_name(path, manifest)
    return Bundle(manifest.id, path, manifest.created_at, trainer, json_of(contents, "card.json"), scorer)


@dataclass(frozen=True)
class SignedCard:
    """The card of a bundle, data and prose, and the registered key that signed it."""

    id: str
    trainer: RegisteredKey
    card: Mapping[str, Any]
    text: str


def read_card(path: Path, key_ring: KeyRing) -> SignedCard:
    """Give the card of a bundle once signature and files are verified, or raise BundleRefusedError.

    No model is read, so that the card of one that was made by another recipe can be shown, too.
    """
    contents = read_files(path)
    manifest, trainer = verified(contents, key_ring)
    text = file_of(contents, "card.md").decode()
    return SignedCard(manifest.id, trainer, json_of(contents, "card.json"), text)


def read_corrections(path: Path, key_ring: KeyRing) -> Corrections | None:
    """Give the past corrections of headings in a bundle once signature and files are verified.

    No model is read. None for a bundle from before they were kept; BundleRefusedError as for `load`.
    """
    contents = read_files(path)
    verified(contents, key_ring)
    corrections: Corrections | None = json_of(contents, "calibration.json").get("corrections")
    return corrections


def read_manifest(path: Path) -> Manifest:
    """Give the manifest of a bundle's folder: nothing is verified, no model is read."""
    return Manifest.read(file_of(read_files(path), MANIFEST))


def _compiled(scorer: Scorer, golden: Mapping[str, Any]) -> Scorer:
    """Give the scorer with compiled trees and tables for contributions, where these agree on golden rows."""
    rows = {name: kept_rows(golden, name) for name in ("matrix", "value_inputs")}
    for _, booster, names in scorer.boosters():
        booster.try_trees(rows["matrix" if names == scorer.recipe.names else "value_inputs"])
    risk, anomaly = scorer.risk, scorer.anomaly
    return replace(
        scorer,
        risk=risk.with_tables(rows["matrix"]) if risk else None,
        anomaly=anomaly.with_tables(rows["matrix"]) if anomaly else None,
    )


def _check_name(path: Path, manifest: Manifest) -> None:
    if path.resolve().name != manifest.id:
        raise BundleRefusedError(
            f"the folder of {path.name} holds the bundle {manifest.id}",
            remedy="put each bundle into the folder that has its id for a name",
        )


def _contents(parts: BundleParts) -> dict[str, bytes]:
    scorer = parts.scorer
    texts = {file: booster.text.encode() for file, booster, _ in scorer.boosters()}
    return texts | {
        "recipe.json": _json_bytes(scorer.recipe.to_json()),
        "calibration.json": _json_bytes(calibration_json(scorer)),
        GOLDEN: _json_bytes(golden_json(scorer, parts.golden)),
        "card.json": _json_bytes(parts.card),
        "card.md": parts.card_text.encode(),
    }


def _json_bytes(data: object) -> bytes:
    return (json.dumps(data, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _same(path: Path, manifest: Manifest) -> None:
    """Check that what lies there already has this content."""
    contents = read_files(path)
    Manifest.read(file_of(contents, MANIFEST)).check(body(contents))
    manifest.check(body(contents))
