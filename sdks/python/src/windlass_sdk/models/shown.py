"""What all answers have in common: a later server may add fields, which are kept."""

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """An answer of the server, or a part of one."""

    model_config = ConfigDict(extra="allow", frozen=True)
