"""What is fast, measured: each file measures one part, and gives back plain numbers."""
