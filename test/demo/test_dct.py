"""The DCT programs against scipy's, and the demo's picture steps against numpy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dct_reference as reference
import numpy as np
import pytest
import scipy.fft
from numpy.typing import NDArray

import futhark_bridge

PROGRAM = Path(__file__).parents[1] / "programs" / "dct.fut"
SHAPES = [(8, 8), (16, 24), (1, 1), (9, 7), (21, 13), (8, 17)]

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module", params=["c", "multicore"])
def dct(request: pytest.FixtureRequest) -> Iterator[Any]:
    with futhark_bridge.load(str(PROGRAM), backend=request.param) as module:
        yield module.entry


def photo_of(shape: tuple[int, int]) -> Pixels:
    generator = np.random.default_rng(sum(shape))
    return generator.integers(0, 256, size=(*shape, 3), dtype=np.uint8)


def rows_of(dtype: type) -> Floats:
    return np.random.default_rng(8).normal(size=(100, 8)).astype(dtype)


def blocks_of(planes: int, rows: int, columns: int) -> Floats:
    size = (planes, rows, columns, 8, 8)
    return np.random.default_rng(64).uniform(-128, 127, size).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "dtype", "tolerance"),
    [("dct8", np.float32, 3e-6), ("dct8_f64", np.float64, 1e-14)],
)
def test_dct_of_rows_is_scipys(
    dct: Any, name: str, dtype: type, tolerance: float
) -> None:
    rows = rows_of(dtype)
    ours = dct[name](rows).to_numpy()
    theirs = scipy.fft.dct(rows.astype(np.float64), norm="ortho")
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)
    assert ours.dtype == dtype


@pytest.mark.parametrize(
    ("name", "dtype", "tolerance"),
    [("idct8", np.float32, 3e-6), ("idct8_f64", np.float64, 1e-14)],
)
def test_inverse_dct_of_rows_is_scipys(
    dct: Any, name: str, dtype: type, tolerance: float
) -> None:
    rows = rows_of(dtype)
    theirs = scipy.fft.idct(rows.astype(np.float64), norm="ortho")
    np.testing.assert_allclose(
        dct[name](rows).to_numpy(), theirs, rtol=0, atol=tolerance
    )


def test_the_transform_of_each_basis_vector_is_a_column_of_the_dct_matrix(
    dct: Any,
) -> None:
    n, k = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    matrix = np.cos((2 * n + 1) * k * np.pi / 16) / 2
    matrix[:, 0] /= np.sqrt(2)
    ours = dct["dct8_f64"](np.eye(8)).to_numpy()
    np.testing.assert_allclose(ours, matrix, rtol=0, atol=1e-15)


@pytest.mark.parametrize("count", [(3, 2, 5), (1, 1, 1), (2, 0, 4)])
def test_dct_of_blocks_is_scipys_dctn(dct: Any, count: tuple[int, int, int]) -> None:
    blocks = blocks_of(*count)
    ours = dct["dct_blocks"](blocks).to_numpy()
    theirs = reference.forward(blocks.astype(np.float64))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-4)
    assert ours.shape == blocks.shape


def test_inverse_dct_of_blocks_is_scipys_idctn(dct: Any) -> None:
    blocks = blocks_of(3, 2, 5)
    ours = dct["idct_blocks"](blocks).to_numpy()
    theirs = reference.inverse(blocks.astype(np.float64))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_blocks_are_centred_and_padded_with_the_edge(
    dct: Any, shape: tuple[int, int]
) -> None:
    photo = photo_of(shape)
    ours = dct["to_blocks"](photo).to_numpy()
    np.testing.assert_array_equal(ours, reference.to_blocks(photo))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_photo_is_unchanged_by_both_transforms(
    dct: Any, shape: tuple[int, int]
) -> None:
    photo = photo_of(shape)
    coefficients = dct["dct_blocks"](dct["to_blocks"](photo))
    back = dct["to_photo"](*shape, dct["idct_blocks"](coefficients))
    np.testing.assert_array_equal(back.to_numpy(), photo)


def test_pixels_are_rounded_to_the_nearest_and_clamped(dct: Any) -> None:
    values = [-1e9, -128.6, -128.4, -127.4, 0.4, 0.6, 1.5, 126.4, 127.4, 127.6, 1e9]
    blocks = np.zeros((3, 1, 2, 8, 8), np.float32)
    blocks.reshape(3, -1)[:, : len(values)] = values
    ours = dct["to_photo"](8, 16, blocks).to_numpy()
    np.testing.assert_array_equal(
        ours, reference.to_photo(8, 16, blocks.astype(np.float64))
    )
    assert set(ours.ravel()) == {0, 1, 128, 129, 130, 254, 255}


@pytest.mark.parametrize("keep", [0, 1, 6, 63, 64])
def test_exactly_the_largest_coefficients_stay(dct: Any, keep: int) -> None:
    blocks = blocks_of(3, 2, 5)
    ours = dct["keep_largest"](keep, blocks).to_numpy()
    np.testing.assert_array_equal(
        ours, reference.keep_largest(keep, blocks.astype(np.float64))
    )
    assert (np.count_nonzero(ours, axis=(-2, -1)) == keep).all()


def test_of_equally_large_coefficients_the_first_stays(dct: Any) -> None:
    block = np.full((1, 1, 1, 8, 8), 2, np.float32)
    block[..., ::2] = -2
    block[0, 0, 0, 3, 4] = 5
    kept = dct["keep_largest"](4, block).to_numpy()[0, 0, 0]
    assert np.argwhere(kept).tolist() == [[0, 0], [0, 1], [0, 2], [3, 4]]
    assert kept[0].tolist() == [-2, 2, -2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("shape", SHAPES)
def test_psnr_is_numpys(dct: Any, shape: tuple[int, int]) -> None:
    a, b = photo_of(shape), photo_of(shape)[::-1, ::-1].copy()
    b[0, 0, 0] ^= 1
    assert dct["psnr"](a, b) == pytest.approx(reference.psnr(a, b), rel=1e-12)
    assert dct["psnr"](a, a) == np.inf


@pytest.mark.parametrize("gain", [1, 4, -3])
def test_difference_is_enlarged_around_mid_grey(dct: Any, gain: int) -> None:
    a, b = photo_of((9, 7)), photo_of((9, 7))[::-1]
    expected = np.clip(128 + gain * (b.astype(int) - a.astype(int)), 0, 255)
    np.testing.assert_array_equal(dct["difference"](gain, a, b).to_numpy(), expected)
