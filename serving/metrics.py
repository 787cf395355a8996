"""What the service counts of itself, as Prometheus reads it: nothing personal, and labels of few values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from serving.standing import Standing

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
"""The text format of Prometheus."""

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Counts decisions and refusals of one process; with a `folder`, of all processes that count there.

    That is the one that PROMETHEUS_MULTIPROC_DIR named when the library was imported.

    >>> metrics = Metrics()
    >>> metrics.decided({"lane": "red", "reason": "model", "degraded": ["old_profiles"]}, seconds=0.004)
    >>> metrics.refused("invalid-request")
    >>> told = metrics.exposition(Standing("ab12", True, 9, ())).decode()
    >>> [line for line in told.splitlines() if "_total{" in line]  # doctest: +NORMALIZE_WHITESPACE
    ['tamiz_decisions_total{lane="red",reason="model"} 1.0',
     'tamiz_degraded_total{cause="old_profiles"} 1.0',
     'tamiz_refusals_total{problem="invalid-request"} 1.0']
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = self._own = CollectorRegistry()
        self._folder = folder
        self._decisions = Counter(
            "tamiz_decisions",
            "Decisions recorded, by lane and by what selected",
            ("lane", "reason"),
            registry=own,
        )
        self._degraded = Counter(
            "tamiz_degraded", "Decisions recorded that had to do without something", ("cause",), registry=own
        )
        self._refusals = Counter(
            "tamiz_refusals", "Requests and lines refused, by problem type", ("problem",), registry=own
        )
        self._seconds = Histogram(
            "tamiz_decision_seconds",
            "From the arrival of a request to its record",
            buckets=_SECONDS,
            registry=own,
        )

    def decided(self, public: Mapping[str, Any], *, seconds: float) -> None:
        """Count a decision that was recorded, by what its record says in the open."""
        self._decisions.labels(public["lane"], public["reason"] or "none").inc()
        for cause in public["degraded"]:
            self._degraded.labels(cause).inc()
        self._seconds.observe(seconds)

    def refused(self, kind: str) -> None:
        """Count a refusal, by the kind of its problem."""
        self._refusals.labels(kind).inc()

    def exposition(self, standing: Standing) -> bytes:
        """Give what was counted, and how the service stands, in the text format."""
        counted = self._own
        if self._folder:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(self._folder))  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(_Now(standing))
        return generate_latest(counted) + generate_latest(now)


class _Now(Collector):
    """How the service stands, as gauges."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """Give the gauges; one is left out where there is nothing to tell."""
        standing = self._standing
        champion = GaugeMetricFamily("tamiz_champion_info", "The bundle at work", labels=["bundle"])
        if standing.bundle_id:
            champion.add_metric([standing.bundle_id], 1)
        yield champion
        yield GaugeMetricFamily("tamiz_ledger_writable", "1 if decisions can be recorded", standing.writable)
        if standing.profile_days is not None:
            words = "Days from the day of the profiles to today"
            yield GaugeMetricFamily("tamiz_profile_age_days", words, standing.profile_days)
        used = GaugeMetricFamily(
            "tamiz_quota_used",
            "Inspections that count today, of offices with a limit of their own",
            labels=_PLACE,
        )
        limit = GaugeMetricFamily("tamiz_quota_limit", "How many the model may select there", labels=_PLACE)
        for use in standing.quota:
            used.add_metric([use.office, use.lane.value], use.used)
            limit.add_metric([use.office, use.lane.value], use.limit)
        yield from (used, limit)


_PLACE = ("office", "lane")
