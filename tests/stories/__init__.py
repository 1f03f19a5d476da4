"""Whole conversations with the bot, over the real Socket Mode wire."""
