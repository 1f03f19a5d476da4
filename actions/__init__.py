"""What the bot can change: one action per file, with a preview and, where it can, an undo."""
