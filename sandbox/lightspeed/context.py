"""One authenticated request, as the routes see it."""

from dataclasses import dataclass
from typing import Any

from .orders import OrderDesk
from .render import Renderer
from .shop import Credential, Shop
from .world import World


@dataclass
class Context:
    """What a route needs; `ids` are the numbers in the path, in order."""

    world: World
    shop: Shop
    credential: Credential
    render: Renderer
    environ: dict[str, Any]
    ids: tuple[int, ...]
    query: dict[str, str]

    @property
    def desk(self) -> OrderDesk:
        return OrderDesk(self.world, self.shop)


@dataclass
class Literal:
    """An answer sent as it stands (corrupted orders)."""

    text: str
    content_type: str
