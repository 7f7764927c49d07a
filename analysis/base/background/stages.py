"""How far work of several stages is, told to whoever listens: a page, a terminal, or nobody."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

Listener = Callable[[float, str], None]
_listener: ContextVar[Listener | None] = ContextVar("who hears how far it is", default=None)


@contextlib.contextmanager
def heard_by(listener: Listener | None) -> Iterator[None]:
    """Within the block `listener(share done, sentence)` is called at each stage."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(share: float, sentence: str) -> None:
    """share: of the work that is done, 0 to 1."""
    listener = _listener.get()
    if listener is not None:
        listener(share, sentence)
