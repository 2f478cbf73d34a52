"""The declared operator: as whom the owner's scripts call AWS, how that role is entered, and what it may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ziggie_harness.model.errors import Problem
from ziggie_harness.model.values import STRICT, Name, spelled

Action = Annotated[str, spelled(r"[a-z0-9-]+:[A-Za-z*]+", "an IAM action such as rds:PromoteReadReplica")]
"""Source: IAM user guide, "IAM JSON policy elements: Action"."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Operator:
    """An IAM role, and where its credentials come from when a script needs them.

    regional: from the STS of the region that a script calls, anew for each script. global: from sts.amazonaws.com,
    which us-east-1 answers for everybody (botocore's setting `sts_regional_endpoints = legacy`). token: they were
    fetched from the STS of the primary region when the design came to life, and nobody renews them.
    """

    role: Name
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    """What the role's policy allows, on every resource."""
    sign_in: Literal["regional", "global", "token"] = "regional"
    place: Literal["outside", "primary", "secondary", "witness"] = "outside"
    """Where the scripts are and run: on a machine outside every region, or on a host of one of them."""
    tells: Name | None = None
    """The topic by which the scripts tell what they have done; None: nobody is told."""

    def contradictions(self, topics: Mapping[str, object]) -> Iterator[Problem]:
        """Yield what names nothing."""
        if self.tells is not None and self.tells not in topics:
            known = ", ".join(topics) or "none"
            yield Problem("operator.tells", repr(self.tells), f"a declared topic ({known})", "see `alerts.topics`")
