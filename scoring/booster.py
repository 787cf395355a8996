"""The only reader of LightGBM models: native text in, predictions and contributions out.

LightGBM's C library is called directly. Its Python package imports scikit-learn and pandas, which costs a
service two to eight seconds and a hundred megabytes at its start and serves nothing here; the library is the
same file, and the functions used are its documented C API (LightGBM 4, `include/LightGBM/c_api.h`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.errors import BoosterError, ColumnError, ForestError
from scoring.tree_shap.predictor import Predictor

Floats = NDArray[np.float64]

_FLOAT64, _ROW_MAJOR = 1, 1
_NORMAL, _RAW, _CONTRIBUTIONS = 0, 1, 3
_PARAMETERS = b"num_threads=1 verbosity=-1"
_SIGNATURES = {
    "LGBM_BoosterLoadModelFromString": [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p],
    "LGBM_BoosterGetNumFeature": [ctypes.c_void_p, ctypes.c_void_p],
    "LGBM_BoosterFree": [ctypes.c_void_p],
    "LGBM_BoosterPredictForMat": [
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int32, ctypes.c_int32, ctypes.c_int),
        *(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p),
    ],
}
_BATCH = 65_536  # rows handed over at once, so that contributions of a million rows stay bounded


class Booster:
    """A trained model, from its native text: predicts on float64 matrices, one thread, any number of rows.

    Prediction is a function of the row alone: a row gives the same bits alone and among a million. Safe to
    share between threads. The text must come from a source that was verified: LightGBM crashes or hangs on
    damaged text (see scoring.bundle).
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._library = _library()
        self._handle = ctypes.c_void_p()
        trees = ctypes.c_int()
        self._call(
            "LGBM_BoosterLoadModelFromString", text.encode(), ctypes.byref(trees), ctypes.byref(self._handle)
        )
        self.trees = trees.value
        self.names = self._names()
        self.trees_refused = ""
        self._predictor: Predictor | None = None

    def __del__(self) -> None:
        """Free what the library holds."""
        if getattr(self, "_handle", None):
            self._library.LGBM_BoosterFree(self._handle)

    def check(self, names: Sequence[str]) -> None:
        """Raise ColumnError unless `names` are the columns of training, in their order."""
        if tuple(names) == self.names:
            return
        wrong = next((pair for pair in zip(names, self.names, strict=False) if pair[0] != pair[1]), None)
        told = f"column {wrong[0]!r} stands where {wrong[1]!r} belongs" if wrong else "their number differs"
        raise ColumnError(
            f"the matrix has {len(names)} columns, the model {len(self.names)}: {told}",
            remedy="build the matrix with the recipe of the same bundle",
        )

    def predict(self, matrix: Floats, *, raw: bool = False) -> Floats:
        """Give the prediction of each row, (n,); `raw` leaves it as the sum of the leaves."""
        if self._predictor:
            rows = self._rows(matrix)
            found = self._predictor.raw(rows)[:, 0] if raw else self._predictor.predictions(rows)
            if found is not None:
                return found
        return self._predict(matrix, _RAW if raw else _NORMAL, 1)[:, 0]

    def try_trees(self, rows: Floats) -> None:
        """Predict by compiled trees from now on, if they give LightGBM's bits on these rows, one by one too.

        `trees_refused` says why they are not taken, if so.
        """
        try:
            predictor = Predictor.of(self.text)
        except ForestError as error:
            self.trees_refused = str(error)
            return
        raw, predicted = (self._predict(rows, kind, 1)[:, 0] for kind in (_RAW, _NORMAL))
        if _agree(predictor, self._rows(rows), raw, predicted):
            self._predictor = predictor
        else:
            self.trees_refused = "compiled trees predict other bits than LightGBM"

    def contributions(self, matrix: Floats) -> Floats:
        """Give the exact TreeSHAP contributions, (n, columns + 1); the last column is the expected value.

        Source: Lundberg et al. 2020, Nature Machine Intelligence 2.
        """
        return self._predict(matrix, _CONTRIBUTIONS, len(self.names) + 1)

    def _rows(self, matrix: Floats) -> Floats:
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise ColumnError(
                f"the matrix has shape {rows.shape}, the model {len(self.names)} columns",
                remedy="build the matrix with the recipe of the same bundle",
            )
        return rows

    def _predict(self, matrix: Floats, kind: int, width: int) -> Floats:
        rows = self._rows(matrix)
        out = np.empty((rows.shape[0], width))
        for start in range(0, rows.shape[0], _BATCH):
            self._fill(rows[start : start + _BATCH], kind, out[start : start + _BATCH])
        return out

    def _fill(self, rows: Floats, kind: int, out: Floats) -> None:
        written = ctypes.c_int64()
        self._call(
            "LGBM_BoosterPredictForMat",
            self._handle,
            rows.ctypes.data,
            _FLOAT64,
            *rows.shape,
            _ROW_MAJOR,
            kind,
            0,  # from the first tree
            -1,  # to the last
            _PARAMETERS,
            ctypes.byref(written),
            out.ctypes.data,
        )
        if written.value != out.size:
            raise BoosterError(
                f"LightGBM wrote {written.value} values where {out.size} belong",
                remedy="use models of a single class only",
            )

    def _names(self) -> tuple[str, ...]:
        count = ctypes.c_int()
        self._call("LGBM_BoosterGetNumFeature", self._handle, ctypes.byref(count))
        names = _listed_names(self.text)
        if len(names) != count.value:
            raise BoosterError(
                f"the text names {len(names)} columns, LightGBM reads {count.value}",
                remedy="use the text of the model as LightGBM wrote it",
            )
        return names

    def _call(self, function: str, *arguments: object) -> None:
        if getattr(self._library, function)(*arguments):
            raise BoosterError(
                f"LightGBM: {self._library.LGBM_GetLastError().decode(errors='replace')}",
                remedy="train the model again with the version of the lock",
            )


def _agree(predictor: Predictor, rows: Floats, raw: Floats, predicted: Floats) -> bool:
    """True if the rows get these bits, all together and one by one."""
    for part in (slice(None), *(slice(row, row + 1) for row in range(len(rows)))):
        found, made = predictor.raw(rows[part])[:, 0], predictor.predictions(rows[part])
        if found.tobytes() != raw[part].tobytes():
            return False
        if made is not None and made.tobytes() != predicted[part].tobytes():
            return False
    return True


def _listed_names(text: str) -> tuple[str, ...]:
    line = next((line for line in text.split("\n", 20)[:20] if line.startswith("feature_names=")), "")
    return tuple(line.removeprefix("feature_names=").split())


@cache
def _library() -> ctypes.CDLL:
    """Load LightGBM's library from its installed package, without importing the package."""
    found = find_spec("lightgbm")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    files = [file for place in places for file in sorted(place.glob("lib/lib_lightgbm.*"))]
    if not files:
        raise BoosterError("LightGBM's library is not installed", remedy="run `make install`")
    library = ctypes.CDLL(str(files[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    for name, types in _SIGNATURES.items():
        getattr(library, name).argtypes = types
    return library
