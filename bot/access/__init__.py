"""How a supported system is reached: readers for probes, writers for actions, each with credentials of their own."""
