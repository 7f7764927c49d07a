"""What a server loads before anybody asks, so that no one waits for an import."""


def first_page() -> None:
    """In the server, while the browser starts."""
    import pandas  # noqa: F401

    import analysis.presentation.charts.partition
    import analysis.questions.datasets  # noqa: F401


def heavy_work() -> None:
    """In each worker process, at its start."""
    import pandas  # noqa: F401

    import analysis.questions.lab.effects
    import analysis.questions.partition.answer  # noqa: F401
