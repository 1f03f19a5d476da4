"""The Slack side: the door that people come in by, the cards that are drawn, and the messages that carry them.

Only this package imports Slack libraries. `link.connect_to_slack` joins its parts.
"""
