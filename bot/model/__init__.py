"""What Backstop speaks about: values only, no input or output, and the time is always an argument."""
