"""Each cell judged by what it may mean, each row by whose it is, then landed as tables."""
