"""Spell counts as Prometheus and OpenMetrics have them. The library does the spelling; here is what goes into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from nuages.counting.counters import DURATIONS_S, Key, families
from nuages.counting.slots import Counted

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_BOUNDS = (*(f"{bound:g}" for bound in DURATIONS_S), "+Inf")


def spell(counted: Sequence[Counted], accept: str) -> tuple[bytes, str]:
    """Give the page, and its media type: OpenMetrics for those who ask for it.

    Shapes: counters and histograms are summed over all workers; gauges are those of the workers that live, each with
        the label `worker`.
    """
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415  # an extra

    collected = _Collected(counted)
    try:
        encode, media_type = choose_encoder(accept)
        return encode(collected), media_type
    except (TypeError, ValueError):  # what the library makes of a version or an escaping that is none
        encode, media_type = choose_encoder("")
        return encode(collected), media_type


class _Collected:
    """What the library takes for a registry."""

    def __init__(self, counted: Sequence[Counted]) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        by_name: dict[str, list[tuple[Key, tuple[float, ...]]]] = defaultdict(list)
        for key, numbers in _summed(self._counted):
            by_name[key.name].append((key, numbers))
        for name in sorted(by_name):
            yield _metric(name, by_name[name])


def _summed(counted: Iterable[Counted]) -> Iterator[tuple[Key, tuple[float, ...]]]:
    sums: dict[Key, tuple[float, ...]] = {}
    for each in counted:
        for key, numbers in each.numbers.items():
            if key.kind != "gauge":
                before = sums.get(key, (0.0,) * len(numbers))
                sums[key] = tuple(a + b for a, b in zip(before, numbers, strict=True))
            elif each.is_live:
                sums[Key(key.kind, key.name, (*key.labels, ("worker", str(each.worker))))] = numbers
    yield from sums.items()


def _metric(name: str, series: Sequence[tuple[Key, tuple[float, ...]]]) -> Metric:
    from prometheus_client import core  # noqa: PLC0415  # an extra

    family, first = families.get(name), series[0][0]
    labels = [label for label, _ in first.labels]
    classes: dict[str, Any] = {
        "counter": core.CounterMetricFamily,
        "gauge": core.GaugeMetricFamily,
        "level": core.GaugeMetricFamily,
        "histogram": core.HistogramMetricFamily,
    }
    metric = classes[first.kind](name, family.told if family is not None else name, labels=labels)
    for key, numbers in series:
        values = [value for _, value in key.labels]
        if first.kind == "histogram":
            metric.add_metric(values, list(zip(_BOUNDS, accumulate(numbers[1:]), strict=True)), numbers[0])
        else:
            metric.add_metric(values, numbers[0])
    return metric  # type: ignore[no-any-return]
