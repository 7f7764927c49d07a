"""What a score means: variables, instruments, change."""
