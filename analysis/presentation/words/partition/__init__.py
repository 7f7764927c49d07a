"""What explains outcome, in words: phrases, cautions, sentences, and what is told of true means."""
