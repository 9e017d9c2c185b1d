"""Figures from samples."""

from chains.measures import ENOUGH, KEEP, Figure, kept, measured


def test_too_few_samples_are_no_figure() -> None:
    assert measured({"lag": [100] * (ENOUGH - 1)}).lag == Figure()


def test_the_median_and_the_95th_percentile_in_seconds() -> None:
    figure = measured({"finality": [1000] * 90 + [9000] * 10}).finality
    assert figure == Figure(median=1.0, p95=9.0)
    assert measured({"finality": [1000] * 96 + [9000] * 4}).finality.p95 == 1.0


def test_the_newest_samples_are_kept_and_none_is_negative() -> None:
    samples: list[int] = []
    for sample in range(-1, KEEP + 5):
        samples = kept(samples, sample)
    assert len(samples) == KEEP
    assert samples[-1] == KEEP + 4
    assert kept([], -5) == [0]
