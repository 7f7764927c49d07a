"""A table in which clusters stand as often as their weights say."""

import pandas as pd


def repeated(frame: pd.DataFrame, cluster: str, weights: dict) -> pd.DataFrame:
    """Each cluster as often as its weight says; copies have new names from the cluster inwards."""
    order = ["c", "th", "p", "row"]
    inner = order[order.index(cluster) :]
    pieces = []
    for name, own in frame.groupby(cluster):
        for copy in range(weights[name]):
            pieces.append(own.assign(**{k: own[k] + f"#{copy}" for k in inner}))
    return pd.concat(pieces, ignore_index=True)
