"""Losses: published numbers, NumPy references, gradients, invariances, empty masks, bad input."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

import loss_references as reference
import numpy as np
import pytest
from conftest import optional
from golden import Golden
from hypothesis import given, settings
from hypothesis import strategies as st

from stereo.types import StereoTypeError, StereoValueError

torch = optional("torch", "torch")
losses = importlib.import_module("stereo.losses")

SHAPE = (2, 6, 9)


def tensors(*arrays: Any) -> list[Any]:
    return [torch.from_numpy(np.asarray(array)) for array in arrays]


def random_maps(seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    p, t = rng.uniform(0.5, 9, (2, *SHAPE))
    return p, t, rng.random(SHAPE) > 0.3


# Every loss of two maps and a mask, with what it wants the maps to look like.
MASKED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "scale_invariant_log": losses.scale_invariant_log,
    "silog": partial(losses.scale_invariant_log, root=True),
    "zoedepth": lambda p, t, m: losses.zoedepth_silog(*(x[:, None] for x in (p, t, m))),
    "gradient_matching": losses.gradient_matching,
    "gradient_orientation": losses.gradient_orientation,
    "ssi": losses.scale_shift_invariant,
    "trimmed": losses.trimmed_scale_shift_invariant,
    "trimmed_with_gradients": partial(losses.trimmed_scale_shift_invariant, alpha=0.5),
    "smooth_l1": losses.smooth_l1,
    "pyramid": lambda p, t, m: losses.pyramid_smooth_l1([p[:, ::2, ::3], p], t, m, weights=[1, 1]),
    "sequence": lambda p, t, m: (
        losses.sequence_loss([p[:, None], 1.1 * p[:, None]], t[:, None], m[:, None]).loss
    ),
}


@pytest.mark.parametrize("name", MASKED)
def test_gradients_equal_finite_differences(name: str) -> None:
    p, t, m = tensors(*random_maps())
    assert torch.autograd.gradcheck(lambda x: MASKED[name](x, t, m), p.requires_grad_())


# The small map of a pyramid is resized across the mask: only its masked truth has no influence.
@pytest.mark.parametrize("name", [name for name in MASKED if name != "pyramid"])
def test_what_is_masked_has_no_influence(name: str) -> None:
    p, t, m = tensors(*random_maps())
    expected = MASKED[name](p, t, m)
    q, u = p.clone(), t.clone()
    q[~m], u[~m] = torch.nan, -torch.inf
    q.requires_grad_()
    found = MASKED[name](q, u, m)
    found.backward()
    assert found == expected
    assert q.grad.isfinite().all()
    assert (q.grad[~m] == 0).all()


@pytest.mark.parametrize("name", MASKED)
def test_masked_truth_has_no_influence(name: str) -> None:
    p, t, m = tensors(*random_maps())
    u = t.clone()
    u[~m] = torch.nan
    q = p.clone().requires_grad_()
    found = MASKED[name](q, u, m)
    found.backward()
    assert found == MASKED[name](p, t, m)
    assert q.grad.isfinite().all()


@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize("counted", [0, 1])
def test_few_pixels_give_numbers(name: str, counted: int) -> None:
    p, t, _ = tensors(*random_maps())
    m = torch.zeros(SHAPE, dtype=torch.bool)
    m.view(-1)[:counted] = True
    p.requires_grad_()
    loss = MASKED[name](p, t, m)
    loss.backward()
    assert loss.isfinite()
    assert p.grad.isfinite().all()
    if counted == 0:
        assert loss == 0
        assert (p.grad == 0).all()


@pytest.mark.parametrize("name", MASKED)
def test_equal_maps_cost_nothing(name: str) -> None:
    _, t, m = tensors(*random_maps())
    p = t.clone().requires_grad_()
    loss = MASKED[name](p, t, m)
    loss.backward()
    assert p.grad.isfinite().all()
    assert name in ("pyramid", "sequence") or loss < 1e-6


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_invariances(seed: int, scale: float, shift: float) -> None:
    p, t, m = tensors(*random_maps(seed))

    def unchanged(loss: Callable[..., Any], changed: Any) -> None:
        torch.testing.assert_close(loss(changed, t, m), loss(p, t, m), rtol=1e-6, atol=1e-9)

    unchanged(losses.scale_shift_invariant, scale * p + shift)
    unchanged(losses.scale_shift_invariant, -scale * p + shift)
    unchanged(losses.trimmed_scale_shift_invariant, scale * p + shift)
    unchanged(partial(losses.scale_invariant_log, weight=1.0), scale * p)
    unchanged(losses.gradient_matching, p + shift)
    unchanged(losses.gradient_orientation, p + shift)


@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
def test_numpy_references(seed: int) -> None:
    p, t, m = random_maps(seed)
    P, T, M = tensors(p, t, m)
    pairs = [
        (losses.scale_invariant_log(P, T, M), reference.scale_invariant_log(p, t, m, 0.5)),
        (MASKED["zoedepth"](P, T, M), reference.zoedepth_silog(p, t, m)),
        (losses.gradient_matching(P, T, M, scales=3), reference.gradient_matching(p, t, m, 3)),
        (losses.scale_shift_invariant(P, T, M), reference.scale_shift_invariant(p, t, m)),
        (losses.trimmed_scale_shift_invariant(P, T, M), reference.trimmed(p, t, m, 0.2)),
        (losses.smooth_l1(P, T, M), reference.smooth_l1(p, t, m)),
    ]
    sequence = losses.sequence_loss([x[:, None] for x in (P, P + 1, P * 2)], T[:, None], M[:, None])
    pairs.append((sequence.loss, reference.sequence_loss([p, p + 1, p * 2], t, m)))
    for found, expected in pairs:
        assert float(found) == pytest.approx(expected, rel=1e-9)


def test_numpy_references_of_images() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 2, 3, 7, 8))
    A, B = tensors(a, b)
    np.testing.assert_allclose(losses.ssim_error(A, B), reference.ssim_error(a, b), atol=1e-12)
    disparity = rng.random((2, 1, 7, 8))
    smooth = losses.edge_aware_smoothness(torch.from_numpy(disparity), A)
    assert float(smooth) == pytest.approx(reference.edge_aware_smoothness(disparity, a))
    mixed = 0.85 * reference.ssim_error(a, b).mean(1) + 0.15 * np.abs(a - b).mean(1)
    np.testing.assert_allclose(losses.photometric_error(A, B)[:, 0], mixed, atol=1e-12)


def test_gradients_of_image_losses() -> None:
    rng = np.random.default_rng(4)
    a, b, rest = tensors(*rng.uniform(0.1, 0.9, (3, 1, 2, 5, 6)))
    disparity = torch.from_numpy(rng.uniform(0.2, 1, (1, 1, 5, 6))).requires_grad_()
    a.requires_grad_()
    assert torch.autograd.gradcheck(losses.photometric_error, (a, b))
    assert torch.autograd.gradcheck(lambda x: losses.minimum_reprojection(b, [x], [rest]).loss, a)
    assert torch.autograd.gradcheck(losses.edge_aware_smoothness, (disparity, b))


def test_each_pixel_takes_the_best_image_and_ties_are_masked() -> None:
    target = torch.zeros(1, 3, 4, 6)
    near, far = target + 0.1, target + 0.5
    mixed = torch.cat([near[..., :3], far[..., 3:]], dim=3)
    found = losses.minimum_reprojection(target, [mixed, far], [near], ssim_weight=0.0)
    assert not found.warped.any()
    torch.testing.assert_close(found.error, torch.full((1, 1, 4, 6), 0.1))
    noise = torch.full((1, 1, 4, 6), 1e-3)
    broken = losses.minimum_reprojection(
        target, [mixed, far], [near], ssim_weight=0.0, tie_noise=noise
    )
    assert broken.warped[..., :3].all()
    assert not broken.warped[..., 3:].any()


def test_a_constant_prediction_is_only_shifted() -> None:
    target = torch.rand(1, 4, 4)
    constant = torch.full((1, 4, 4), 0.3, requires_grad=True)
    scale, shift = losses.scale_and_shift(constant, target)
    assert scale.tolist() == [0.0]
    torch.testing.assert_close(shift[0], target.mean())
    losses.scale_shift_invariant(constant, target).backward()
    assert constant.grad.isfinite().all()


def test_one_prediction_of_a_sequence_has_the_weight_1() -> None:
    target = torch.zeros(1, 1, 2, 2)
    assert float(losses.sequence_loss([target + 2], target).loss) == 2.0


def test_midas_goldens(golden: Golden) -> None:
    field = golden.weights.field
    p, t = field("midas/loss/p", (3, 24, 32), 0.2, 4), field("midas/loss/t", (3, 24, 32))
    slope, offset = np.array([0.2, 1, 3]), np.array([0.5, -1, 2])
    t = (t + 0.7 * p * slope[:, None, None] + offset[:, None, None]).astype(np.float32)
    p, t, m = tensors(p, t, field("midas/loss/m", (3, 24, 32)) > 0.3)
    p.requires_grad_()
    scale, shift = losses.scale_and_shift(p, t, m)
    total = losses.scale_shift_invariant(p, t, m)
    total.backward()
    aligned = scale[:, None, None] * p + shift[:, None, None]
    terms = [losses.gradient_matching(aligned, t, m, scales=k) for k in (1, 2, 3, 4)]
    steps = torch.stack(terms).diff(prepend=torch.zeros(1))
    data = losses.scale_shift_invariant(p, t, m, alpha=0.0)
    trimmed = [
        losses.trimmed_scale_shift_invariant(p, t, m, median=median)
        for median in ("zeros", "counted")
    ]
    stored = golden.arrays("midas/ops")["scale"]  # assert_close has a `scale` of its own
    np.testing.assert_allclose(scale.detach(), stored, atol=4.2e-5)
    golden.assert_close(
        "midas/ops",
        shift=shift.detach(),
        ssi=torch.stack([total, data, *steps]).detach(),
        ssi_grad=p.grad[:, ::2, ::2],
        ssi_l1=(aligned - t).detach().abs()[m].mean()[None],
        trimmed=torch.stack(trimmed).detach(),
    )


def test_zoedepth_goldens(golden: Golden) -> None:
    field, shape = golden.weights.field, (2, 1, 24, 32)
    p, t, m, half = tensors(
        field("zoe/silog/p", shape, 0.5, 10),
        field("zoe/silog/t", shape, 0.5, 10),
        field("zoe/silog/m", shape) > 0.3,
        field("zoe/silog/pl", (2, 1, 12, 16), 0.5, 10),
    )
    p.requires_grad_()
    silog = losses.zoedepth_silog(p, t, m)
    silog.backward()
    found = [
        silog,
        losses.zoedepth_silog(half, t, m),
        losses.zoedepth_silog(p, t),
        losses.gradient_orientation(p, t, m),
    ]
    golden.assert_close("zoedepth/ops", losses=torch.stack(found).detach(), silog_grad=p.grad)


def test_depth_anything_golden(golden: Golden) -> None:
    field, shape = golden.weights.field, (2, 24, 32)
    p, t, m = tensors(
        field("da2/silog/p", shape, 0.5, 10),
        field("da2/silog/t", shape, 0.5, 10),
        field("da2/silog/m", shape) > 0.3,
    )
    silog = losses.scale_invariant_log(p, t, m, root=True)
    golden.assert_close("depth_anything_v2/ops", silog=silog[None])


def test_disparity_goldens(golden: Golden) -> None:
    field, gauss = golden.weights.field, golden.weights.gauss
    truth = field("raft/loss/gt", (1, 1, 12, 20), -40, 0)
    truth[0, 0, 0, :3] = -800
    valid = torch.from_numpy(field("raft/loss/valid", (1, 12, 20)) > 0.3)[:, None]
    flows = tensors(*(truth + gauss(f"raft/loss/p{i}", truth.shape, 4 - i) for i in range(4)))
    found = losses.sequence_loss(flows, torch.from_numpy(truth), valid)
    golden.assert_close("raft_stereo/ops", sequence_loss=torch.stack(list(found)))

    truth = torch.from_numpy(field("aanet/loss/gt", (1, 24, 36), -10, 250))
    valid = (truth > 0) & (truth < 192)
    pyramid = tensors(
        *(
            field(f"aanet/loss/p{i}", (1, 24 // f, 36 // f), 0, 192 / f)
            for i, f in enumerate((12, 6, 3, 2, 1))
        )
    )
    weights = (1 / 3, 2 / 3, 1, 1, 1)
    terms = [
        losses.pyramid_smooth_l1([one], truth, valid, weights=[weight]) / weight
        for one, weight in zip(pyramid, weights, strict=True)
    ]
    total = losses.pyramid_smooth_l1(pyramid, truth, valid)
    golden.assert_close("aanet/ops", pyramid_loss=torch.stack([total, *terms]))


def test_monodepth2_goldens(golden: Golden) -> None:
    a = golden.weights.image("mono/ssim/a", 32, 40)
    noise = golden.weights.gauss("mono/ssim/n", (1, 3, 32, 40), 0.1)
    A, B = tensors(a, np.clip(a + noise, 0, 1))
    disparity = torch.from_numpy(golden.weights.field("mono/smooth/d", (1, 1, 32, 40)))
    smooth = [losses.edge_aware_smoothness(disparity, A, normalise=n) for n in (False, True)]
    golden.assert_close("monodepth2/ops", ssim=losses.ssim_error(A, B), smooth=torch.stack(smooth))


ONE = torch.ones(1, 4, 4)
LINE = ONE[..., :1]
IMAGE = torch.rand(1, 3, 4, 4)
trimmed, pyramid = losses.trimmed_scale_shift_invariant, losses.pyramid_smooth_l1
WRONG = [
    ("numpy", lambda: losses.smooth_l1(np.ones((4, 4)), ONE), StereoTypeError),
    ("integers", lambda: losses.smooth_l1(ONE.int(), ONE), StereoTypeError),
    ("shapes", lambda: losses.smooth_l1(ONE, ONE[:, :3]), StereoValueError),
    ("one dimension", lambda: losses.smooth_l1(ONE[0, 0], ONE[0, 0]), StereoValueError),
    ("empty", lambda: losses.smooth_l1(ONE[:, :0], ONE[:, :0]), StereoValueError),
    ("float mask", lambda: losses.smooth_l1(ONE, ONE, ONE), StereoTypeError),
    ("mask shape", lambda: losses.smooth_l1(ONE, ONE, ONE[0] > 0), StereoValueError),
    ("negative depth", lambda: losses.scale_invariant_log(-ONE, ONE), StereoValueError),
    ("NaN depth", lambda: losses.scale_invariant_log(ONE * torch.nan, ONE), StereoValueError),
    ("weight", lambda: losses.scale_invariant_log(ONE, ONE, weight=1.5), StereoValueError),
    ("zoe shapes", lambda: losses.zoedepth_silog(ONE, ONE), StereoValueError),
    ("zoe negative", lambda: losses.zoedepth_silog(-IMAGE, IMAGE), StereoValueError),
    ("no scales", lambda: losses.gradient_matching(ONE, ONE, scales=0), StereoValueError),
    ("one column", lambda: losses.gradient_orientation(LINE, LINE), StereoValueError),
    ("alpha", lambda: losses.scale_shift_invariant(ONE, ONE, alpha=-1), StereoValueError),
    ("trim", lambda: trimmed(ONE, ONE, trim=1), StereoValueError),
    ("median", lambda: trimmed(ONE, ONE, median="x"), StereoValueError),
    ("images", lambda: losses.ssim_error(ONE, ONE), StereoValueError),
    ("one row", lambda: losses.ssim_error(IMAGE[:, :, :1], IMAGE[:, :, :1]), StereoValueError),
    ("weight", lambda: losses.photometric_error(IMAGE, IMAGE, ssim_weight=2), StereoValueError),
    ("nothing warped", lambda: losses.minimum_reprojection(IMAGE, []), StereoValueError),
    (
        "noise for nothing",
        lambda: losses.minimum_reprojection(IMAGE, [IMAGE], tie_noise=IMAGE),
        StereoValueError,
    ),
    ("smooth sizes", lambda: losses.edge_aware_smoothness(IMAGE, IMAGE), StereoValueError),
    ("no predictions", lambda: losses.sequence_loss([], IMAGE), StereoValueError),
    ("gamma", lambda: losses.sequence_loss([IMAGE], IMAGE, gamma=2), StereoValueError),
    ("weights", lambda: pyramid([ONE], ONE), StereoValueError),
    ("pyramid target", lambda: pyramid([ONE], IMAGE, weights=[1]), StereoValueError),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_input_is_refused(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
