"""Why a register cannot be read, in words. None holds a word of the engine's own message: that may
name the host, the account or a patient's value."""

from analysis.base.errors import ModelError, RapportError, RequestError, StoreError, did_you_mean
from analysis.store.register_address import Address


def no_driver(engine: str, package: str) -> RequestError:
    return RequestError(
        f"What speaks to {engine} is not installed",
        where=f"the package {package}",
        next_step="start the command by 'python dashboard.py', which installs "
        "requirements-registers.txt where a register is asked for",
    )


def unreachable(address: Address, why: str, next_step: str) -> StoreError:
    return StoreError(
        f"The database cannot be reached: {why}", where=address.label, next_step=next_step
    )


def absent(address: Address, others: list[str]) -> StoreError:
    """others: the tables that the account may read."""
    close = did_you_mean(".".join(address.path), others)
    listed = ", ".join(others[:20]) + (" …" if len(others) > 20 else "")
    return StoreError(
        "There is no such table, or the account may not see it" + (f"; {close}" if close else ""),
        where=address.label,
        allowed=listed or "none: the account may read no table here",
        next_step="correct the name, its schema included",
    )


def forbidden(address: Address, column: str = "") -> StoreError:
    what = f"column '{column}'" if column else "this table"
    return StoreError(
        f"The account may not read {what}",
        where=address.label,
        next_step=f"ask who keeps the database to GRANT SELECT on {what}, or leave it out",
    )


def broken_off(address: Address) -> StoreError:
    return StoreError(
        "The connection to the database broke off before all sums were there; nothing was kept",
        where=address.label,
        next_step="run it again; where it happens each time, ask who keeps the database",
    )


def stopped(address: Address) -> StoreError:
    return StoreError(
        "The database stopped the query; nothing was kept",
        where=address.label,
        allowed="a query within its time limit",
        next_step="ask for a longer statement_timeout, or leave out terms of the formula",
    )


def overloaded(address: Address) -> StoreError:
    return StoreError(
        "The database ran out of memory, disk or connections; nothing was kept",
        where=address.label,
        next_step="run it again later, or leave out terms of the formula",
    )


def too_large(address: Address) -> ModelError:
    return ModelError(
        "A number, or a product of two, is too large or too small for the database",
        where=address.label,
        allowed="sizes between 1e-150 and 1e150",
        next_step="look for mistyped values, or measure in another unit",
    )


def too_wide(address: Address) -> ModelError:
    return ModelError(
        "The model needs more sums than the database can give in one answer",
        where=address.label,
        next_step="leave out terms of the formula",
    )


def failed(address: Address, code: str) -> RapportError:
    """code: the engine's own, such as an SQLSTATE."""
    return StoreError(
        "The database could not compute the sums; nothing was kept" + (f" ({code})" * bool(code)),
        where=address.label,
        next_step="tell who keeps the database, with the code; its own log has the details",
    )
