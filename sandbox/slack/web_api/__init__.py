"""Slack's Web API: one file per family of methods, and the door they are called through."""
