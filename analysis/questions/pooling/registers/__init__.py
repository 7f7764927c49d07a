"""What the sums of a register would tell of few people, judged where its rows lie."""
