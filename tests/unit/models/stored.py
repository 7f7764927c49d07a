"""R's stored answers, and the same models as plain arrays (columns built by patsy, not by us)."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import patsy

from tests.unit.models.oracle import Block, Model

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "tests" / "reference"
SHARED = ROOT.parent / "shared" / "data"
# An empty field is missing; the text "None" or "NA" is a category like any other.
AS_RAPPORT = {"keep_default_na": False, "na_values": [""]}


@cache
def stored_fits(file: str = "lme4.json") -> dict[str, dict]:
    """The stored fits by id, e.g. 'sleepstudy: Reaction ~ Days + (1 | Subject) REML'."""
    fits = json.loads((REFERENCE / file).read_text())["fits"]
    return {fit["id"]: fit for fit in fits}


def data_path(fit: dict) -> Path:
    return REFERENCE / "data" / fit["data"]


def frame_of(fit: dict) -> pd.DataFrame:
    """The rows that the fit used; grouping factors as text."""
    groups = {name for label in fit["groups"] for name in label.split(":")}
    frame = pd.read_csv(data_path(fit), dtype=dict.fromkeys(groups, str), **AS_RAPPORT)
    used = [
        c for c in frame.columns if re.search(rf"(?<![\w.]){re.escape(c)}(?![\w.])", fit["formula"])
    ]
    return frame.dropna(subset=used)


def dense_model(fit: dict) -> Model:
    """The oracle's arrays for a stored fit; the columns are in the order of fit['terms']."""
    frame = frame_of(fit)
    response, right = fit["formula"].split("~", 1)
    fixed = re.sub(r"\([^()|]*(?:\([^()]*\)[^()|]*)*\|[^)]*\)", "", right)
    fixed = re.sub(r"(\+\s*)+$", "", re.sub(r"(\+\s*){2,}", "+ ", fixed.strip()).strip())
    x = patsy.dmatrix(fixed, frame, env_of_functions())
    blocks = tuple(_block(block, frame) for block in fit["random"])
    y = _column(response.strip(), frame)
    order = _order(x.design_info.column_names, fit["terms"])
    return Model(y, np.asarray(x)[:, order], blocks, fit["method"] == "REML")


def theta_of(fit: dict) -> np.ndarray:
    return np.concatenate([block["theta"] for block in fit["random"]])


def env_of_functions() -> patsy.EvalEnvironment:
    return patsy.EvalEnvironment([{"log": np.log, "sqrt": np.sqrt}])


def _block(block: dict, frame: pd.DataFrame) -> Block:
    ids = frame[block["group"].split(":")].agg("|".join, axis=1).to_numpy()
    return Block(np.column_stack([_column(term, frame) for term in block["terms"]]), ids)


def _column(term: str, frame: pd.DataFrame) -> np.ndarray:
    if term == "(Intercept)":
        return np.ones(len(frame))
    if term in frame:
        return frame[term].to_numpy(dtype=float)
    if level := re.fullmatch(r"(\w+)\[(.+)\]", term):
        return (frame[level[1]] == level[2]).to_numpy(dtype=float)
    return np.asarray(patsy.dmatrix(f"0 + {term}", frame, env_of_functions()))[:, 0]


def _order(columns: list[str], terms: list[str]) -> list[int]:
    def plain(name: str) -> str:
        pieces = re.sub(r"\[T\.", "[", name).replace(" ", "").split(":")
        return ":".join(sorted(pieces)).replace("Intercept", "(Intercept)")

    ours = [plain(c) for c in columns]
    return [ours.index(plain(t.replace("(Intercept)", "Intercept"))) for t in terms]
