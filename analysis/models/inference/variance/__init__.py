"""Where the outcome's variance lies: R2 by source and level, part R2, with intervals."""
