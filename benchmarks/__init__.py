"""What is fast, measured against something in the same run: `make bench`. Nothing here is part of the test suite."""
