"""Rapport without a screen: what explains the success of psychotherapy in your own data."""

import os

# Before numpy loads its BLAS. Matrices are small here, or long and thin: two threads wait for each
# other longer than they help. Whoever sets the variable is heard.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
