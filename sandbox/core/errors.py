"""The error every control command may raise."""


class ControlError(ValueError):
    """A control command was refused; the control server answers 400."""
