"""Everything that is needed to try Backstop out: a local Slack workspace, and systems that can be broken."""
