"""Two models of a workspace on the same items, which neither has learnt from."""

from __future__ import annotations

from pathlib import Path

from customs.errors import InputError
from customs.evidence import Comparison
from features.lake import Lake
from lifecycle.console import Report
from lifecycle.models import loaded
from lifecycle.output import check_output
from lifecycle.present import labelled_since, learnt_until
from lifecycle.recall import day_after, recalled
from lifecycle.session import Session
from lifecycle.workspace import replace_text
from training.comparison import compared


def compare(
    session: Session, one: str, other: str, *, html: Path | None, language: str, progress: Report
) -> Comparison:
    """Give the paired differences of two models, by the outcomes that came after both had learnt.

    `html` is where its page in `language` goes. Raises NoModelError, BundleRefusedError, NotEnoughDataError.
    """
    if html:
        check_output(html, session.workspace)
    models = [loaded(session.workspace, name) for name in (one, other)]
    if models[0].id == models[1].id:
        raise InputError("both names are of one model", remedy="name two: see `tamiz models list`")
    lake = Lake(session.workspace.lake)
    since, until = max(map(learnt_until, models)), day_after(lake)
    items = labelled_since(lake, recalled(session, lake, progress), since, until)
    comparison, part = compared(
        {model.id: model.scorer for model in models},
        items,
        session.training,
        since=since.isoformat(),
        until=until.isoformat(),
    )
    if html:
        from training.comparison_page import comparison_to_html
        from training.pictures import draw_comparison

        replace_text(html, comparison_to_html(comparison, draw_comparison(part, comparison), language))
    return comparison
