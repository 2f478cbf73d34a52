"""How a network is laid: a namespace for each site, and the router that joins them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol, Self

from ziggie_harness.lab.namespaces import Namespace
from ziggie_harness.lab.router import Router
from ziggie_harness.lab.sites import SITES, Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ziggie_harness.lab.cuts import Direction


class Joint(Protocol):
    """What joins the sites, and lets packets pass or vanish; ``Router`` tells what each means."""

    def cut(self, directions: tuple[Direction, ...]) -> None: ...
    def heal(self, directions: tuple[Direction, ...]) -> None: ...
    def bar(self, source: str, site: Site) -> None: ...
    def admit(self, source: str, site: Site) -> None: ...
    def lose(self, name: str, direction: Direction, share: float) -> None: ...
    def keep(self, name: str) -> None: ...


class Layout(Protocol):
    """A network that stands for the time of a block."""

    @property
    def sites(self) -> Mapping[str, int]:
        """The descriptor of each site's network namespace, by the site's name."""
        ...

    @property
    def router(self) -> Joint:
        """What joins them."""
        ...

    def __enter__(self) -> Self:
        """Lay it; LabError when this machine cannot."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take it up again."""
        ...


class Bare:
    """Namespaces that nothing but this process holds, joined by virtual cables."""

    def __init__(self) -> None:
        """Prepare; nothing is made yet."""
        self._stack = ExitStack()
        self.sites: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Make the namespaces and join them; LabError when this machine cannot."""
        with ExitStack() as stack:
            centre = stack.enter_context(Namespace())
            for site in SITES:
                self.sites[site.name] = stack.enter_context(Namespace()).descriptor
            self.router = Router(centre.descriptor)
            stack.callback(self.router.close)
            self.router.join(self.sites)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of all of it."""
        self._stack.close()
