"""The world failing, as opposed to a refusal (a return value) or a bug (any other exception)."""


class ProviderError(Exception):
    """A provider did not do what we asked.

    `retryable` says whether the same request may be tried again; `code` is the provider's own.
    """

    def __init__(self, message: str, *, retryable: bool, code: str = "") -> None:
        super().__init__(message)
        self.retryable = retryable
        self.code = code


class ConfigurationError(Exception):
    """The server cannot start as configured; the message names the setting and what to put there."""
