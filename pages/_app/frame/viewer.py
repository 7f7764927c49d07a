"""Who looks at a page: the session of one tab, and whether it is still there."""

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analysis.base.background.work import Job


def viewer() -> str:
    """The session's id, '' where no browser is behind the run."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def watch(job: Job) -> None:
    """Work that this session waits for goes on as long as somebody looks at it."""
    me = viewer()
    if me and runtime.exists():
        server = runtime.get_instance()
        job.watch(me, lambda: server.is_active_session(me))
