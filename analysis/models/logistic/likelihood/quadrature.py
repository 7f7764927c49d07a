"""-2 log-likelihood by adaptive Gauss-Hermite quadrature for one random term, with its gradient.

Each group's integral over its effect u ~ N(0, 1) is a weighted sum at nodes x_k around the mode,
u_k = mode + x_k / sqrt(A): with K = 1 it is Laplace's approximation.
Source: Pinheiro & Bates 1995, doi:10.1080/10618600.1995.10474663. The gradient counts that modes
and widths move with the parameters, so that it is that of the sum itself.
"""

import numpy as np
from scipy import special

from analysis.models.logistic.likelihood.frame import Frame, Response
from analysis.models.logistic.likelihood.laplace import Point
from analysis.models.logistic.likelihood.modes import Modes


def quadrature(frame: Frame, theta: np.ndarray, found: Modes, points: int) -> Point:
    """At theta (1,) and its modes, as `laplace`; points: K nodes, one level with one term."""
    size = float(theta[0])
    variance = found.factor.inverses[0][0, 0]
    nodes = _Nodes.at(frame, found, size, np.sqrt(variance), points)
    value = found.deviance + found.factor.log_det - 2 * nodes.logs.sum()
    return Point(
        float(value),
        _gradient(frame, found, size, variance, nodes),
        found,
        found.factor.covariances(),
    )


class _Nodes:
    """The nodes' sums: logs (J,) of each group's integral over Laplace's; what the gradient needs
    of them, weighted by each node's share of the integral."""

    def __init__(self, groups: int, cells: int):
        self.logs = np.zeros(groups)
        self.pull = np.zeros(groups)  # of the derivative of D by u
        self.widening = np.zeros(groups)  # of that times the node
        self.left = np.zeros(cells)
        self.left_u = np.zeros(cells)

    @classmethod
    def at(cls, frame: Frame, found, size: float, sd: np.ndarray, points: int) -> "_Nodes":
        cells, code = frame.cells, frame.cells.codes[0][frame.cells.unit]
        x, weights = special.roots_hermitenorm(points)
        weights = weights / weights.sum()
        out = cls(len(sd), len(cells.size))
        mode, z = found.effects[0][0], cells.z[0]
        at_mode = 2 * found.response.loss

        def response(node: float) -> Response:
            return Response.at(cells, found.eta + size * z * (node * sd)[code])

        logs = np.empty((points, len(sd)))
        for k, node in enumerate(x):
            change = np.bincount(code, 2 * response(node).loss - at_mode, minlength=len(sd))
            change += (mode + node * sd) ** 2 - mode**2
            logs[k] = np.log(weights[k]) - (change - node**2) / 2
        out.logs = special.logsumexp(logs, axis=0)
        shares = np.exp(logs - out.logs)
        for node, share in zip(x, shares, strict=True):
            u, left = mode + node * sd, response(node).left
            slope = 2 * u - 2 * size * np.bincount(code, z * left, minlength=len(sd))
            out.pull += share * slope
            out.widening += share * slope * node
            out.left += share[code] * left
            out.left_u += (share * u)[code] * left
        return out


def _gradient(frame: Frame, found, size: float, variance, nodes: _Nodes) -> np.ndarray:
    """With a = sum of shares of D', b = 1 - sd/2 times sum of shares of D' x: d = -2 sum of
    shares of r d eta(u_k) + a du + b d log A, du and d log A as in Laplace's."""
    cells = frame.cells
    code, z, mode = cells.codes[0][cells.unit], cells.z[0], found.effects[0][0]
    response, groups = found.response, len(variance)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(code, values, minlength=groups)

    b = 1 - np.sqrt(variance) / 2 * nodes.widening
    bend = b[code] * response.slope * size**2 * z**2 * variance[code]
    adjoint = variance * (nodes.pull + size * summed(bend * z))
    by_mode = bend - response.weight * z * size * adjoint[code]
    by_size = (z * (by_mode * mode[code] - 2 * nodes.left_u)).sum()
    by_size += (adjoint * summed(z * response.left)).sum()
    by_size += (2 * size * b * variance * summed(response.weight * z**2)).sum()
    return np.append(by_size, cells.x @ (by_mode - 2 * nodes.left))
