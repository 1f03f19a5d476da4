"""One file for each thing that is drawn: pure functions from a value of the model to blocks."""
