"""Sparsification curves on cases small enough to work out on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stereo import metrics

NAN = math.nan


def test_sparsification_on_paper() -> None:
    error = np.array([[4.0, 1.0, NAN], [0.0, 3.0, 2.0]])
    confidence = np.array([[0.1, 0.9, NAN], [0.8, 0.2, 0.3]])
    curve = metrics.sparsification(error, confidence, steps=5)
    # Surest first: 1 0 2 3 4, running means 1 0.5 1 1.5 2; smallest first: 0 0.5 1 1.5 2.
    assert curve.densities == (20, 40, 60, 80, 100)
    assert curve.errors == (1, 0.5, 1, 1.5, 2)
    assert curve.oracle == (0, 0.5, 1, 1.5, 2)
    assert (curve.auc, curve.auc_oracle, curve.overall) == pytest.approx((1.2, 1.0, 2.0))
    assert curve.ause == pytest.approx(0.2)
    assert metrics.sparsification(error, confidence, steps=2).errors == (1, 2)  # 3 of 5, 5 of 5


def test_sparsification_of_bad_pixels() -> None:
    error = np.array([[0.0, 5.0, 1.0, 6.0]])
    curve = metrics.sparsification(error, -error, threshold=1, steps=4)
    assert curve.errors == curve.oracle == pytest.approx((0, 0, 100 / 3, 50))
    assert curve.ause == 0


def test_sparsification_without_any_order_is_flat() -> None:
    curve = metrics.sparsification(np.array([[9.0, 0.0, 3.0]]), np.zeros((1, 3)), steps=3)
    assert curve.errors == pytest.approx((4, 4, 4))
    assert curve.auc == pytest.approx(curve.overall)


def test_sparsification_takes_ties_together() -> None:
    # Surest are one bad and one good pixel: 1/2 and 1/2, then good ones: 1/3, 1/4.
    curve = metrics.sparsification(
        np.array([[0.0, 2.0, 0.0, 0.0]]), np.array([[2.0, 2.0, 1.0, 1.0]]), threshold=1, steps=4
    )
    assert curve.errors == pytest.approx((50, 50, 100 / 3, 25))
    assert curve.auc == pytest.approx(100 * (1 / 2 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
