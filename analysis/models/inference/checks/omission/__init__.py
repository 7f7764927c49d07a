"""What the model leaves out: bends, slopes that differ, rows that follow each other."""
