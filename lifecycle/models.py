"""The models of a workspace: what there is, who is champion, and what each says of itself."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from customs.errors import InputError
from customs.evidence import Promotion
from lifecycle.keys import key_ring
from lifecycle.output import check_output
from lifecycle.workspace import Workspace
from scoring.bundle import Bundle, SignedCard, load, read_card, read_manifest
from scoring.errors import BundleRefusedError, ScoringError
from training.promotion import read_champion, read_promotions


class NoModelError(InputError):
    """The model that was asked for is not in the workspace."""


@dataclass(frozen=True)
class Listed:
    """A bundle in the workspace; `state` is champion, former, refused, candidate or damaged."""

    id: str
    created_at: str
    state: str


def listed(workspace: Workspace) -> tuple[Listed, ...]:
    """Every bundle of the workspace, newest first."""
    champion = read_champion(workspace.bundles)
    promotions = read_promotions(workspace.bundles)
    found = []
    for folder in sorted(workspace.bundles.glob("[0-9a-f]*")):
        if not folder.is_dir():
            continue
        try:
            created_at = read_manifest(folder).created_at
        except ScoringError:
            found.append(Listed(folder.name, "", "damaged"))
            continue
        found.append(Listed(folder.name, created_at, _state(folder.name, champion, promotions)))
    return tuple(sorted(found, key=lambda one: one.created_at, reverse=True))


def champion(workspace: Workspace) -> Promotion | None:
    """The promotion that made today's champion; None where there is none."""
    return read_champion(workspace.bundles)


def loaded(workspace: Workspace, bundle_id: str | None = None, *, revoked: bool = False) -> Bundle:
    """A verified bundle by its id, or by the first letters of it; without an id the champion.

    With `revoked` also one whose trainer's key was revoked since: to look back, never to decide.
    """
    if bundle_id is None:
        champion = read_champion(workspace.bundles)
        if champion is None:
            raise NoModelError(
                "there is no champion yet", remedy="train a model, then `tamiz models promote ID --key NAME`"
            )
        bundle_id = champion.bundle_id
    ring = key_ring(workspace)
    return load(_folder(workspace, bundle_id), ring.before_revocations() if revoked else ring)


def card(workspace: Workspace, bundle_id: str) -> SignedCard:
    """The card of a model, verified, by its id or the first letters of it; of any release's model."""
    return read_card(_folder(workspace, bundle_id), key_ring(workspace))


def card_text(card: SignedCard, language: str | None) -> str:
    """The card in words: in one language, where it has it, or in all that it was written in."""
    return str(card.card.get("text", {}).get(language, card.text))


def comparable(workspace: Workspace) -> tuple[Bundle | None, str | None]:
    """The champion; where it cannot be read any more, in its place only its id.

    It was made by another recipe than today's, or its files are gone or not what was signed. What needs no
    model, or makes one, goes on without it and says so: else nothing could take its place.
    """
    promoted = champion(workspace)
    if promoted is None:
        return None, None
    try:
        return loaded(workspace, promoted.bundle_id, revoked=True), None
    except (NoModelError, BundleRefusedError):
        return None, promoted.bundle_id


def export(workspace: Workspace, bundle_id: str, output: Path) -> Path:
    """Copy a verified bundle to `output`, a folder that is not there yet."""
    check_output(output, workspace)
    bundle = loaded(workspace, bundle_id)
    if output.exists():
        raise InputError(f"{output} is there already", remedy="name a folder that is not there yet")
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(bundle.path, partial)
        partial.replace(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return output


def _folder(workspace: Workspace, bundle_id: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{1,16}", bundle_id):
        raise NoModelError("a model's id has up to 16 hexadecimal digits", remedy="see `tamiz models list`")
    found = sorted(workspace.bundles.glob(f"{bundle_id}*"))
    if len(found) != 1:
        count = "several models begin" if found else "no model begins"
        raise NoModelError(f"{count} with {bundle_id}", remedy="see `tamiz models list`")
    return found[0]


def _state(bundle_id: str, champion: Promotion | None, promotions: tuple[Promotion, ...]) -> str:
    if champion and champion.bundle_id == bundle_id:
        return "champion"
    decided = [promotion for promotion in promotions if promotion.bundle_id == bundle_id]
    if not decided:
        return "candidate"
    return "former" if any(promotion.accepted for promotion in decided) else "refused"
