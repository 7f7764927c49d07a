"""`python -m analysis <command>` inside the environment."""

import os
import sys

# Before numpy loads: the products are narrow, so threads inside BLAS only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from analysis.application.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
