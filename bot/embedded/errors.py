"""What may go wrong with a server that Backstop starts itself."""

from bot.errors import ConfigurationError


class EmbeddedError(ConfigurationError):
    """A server could not be started, or stopped by itself."""
