"""What the bot can look at: one read-only look per file, declared by `bot.registry.probe`."""
