"""What can be said at a terminal: one module per word, with a Typer app `cli` in it. `bot/__main__` lists them."""
