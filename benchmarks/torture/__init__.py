"""The whole path under faults and hostile input: `make torture` says what was tried, and what was lost."""
