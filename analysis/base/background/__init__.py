"""Work beside the page or the command: jobs, their queue, the processes that do them, locks."""
