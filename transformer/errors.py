"""The one error that is meant for a person: it says what is wrong and what would do."""


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is kept apart from its values, so that a page can show it in another language:
    `translate(error.message).format(**error.values)`.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        """`message` is a literal with `{names}`; `values` fill them in."""
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling and copying with the values, which plain exceptions lose."""
        return _rebuild, (self.message, self.values)


def _rebuild(message: str, values: dict[str, object]) -> InputError:
    return InputError(message, **values)
