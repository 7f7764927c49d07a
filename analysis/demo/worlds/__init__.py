"""Further synthetic datasets, each with a truth that the first demo has not: docs/demo.md."""
