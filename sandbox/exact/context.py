"""What a call on the API carries along: who, where, when."""

from dataclasses import dataclass
from datetime import datetime

from ..core import Clock
from .division import Division
from .edm import local_time, today
from .state import App, Chain, State, User


@dataclass
class Context:
    """One call.

    :param base: scheme and host of the request, without a slash at the end
    """

    state: State
    clock: Clock
    app: App
    user: User
    chain: Chain
    division: Division
    base: str
    full_answer: bool = False

    @property
    def language(self) -> str:
        """Return the language of texts: the user's, unless a test set another."""
        return self.state.options["language"] or self.user.language

    @property
    def now(self) -> datetime:
        """Return the local time, naive (for `Created`, `Modified`)."""
        return local_time(self.clock)

    @property
    def today(self) -> datetime:
        return today(self.clock)
