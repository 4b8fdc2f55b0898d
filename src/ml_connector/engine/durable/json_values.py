"""What DBOS writes of ours, as JSON: texts, whole numbers, lists and objects of them. Never pickle, which would run
what stands in the database."""

from __future__ import annotations

import json
from typing import Any

from dbos import Serializer


class JsonValues(Serializer):
    """JSON both ways; of an exception its kind alone, since its words could carry a foreign text."""

    def serialize(self, data: Any) -> str:
        """The value as JSON; TypeError for what JSON cannot hold."""
        if isinstance(data, BaseException):
            data = {"error": type(data).__name__}
        return json.dumps(data, allow_nan=False)

    def deserialize(cls, serialized_data: str) -> Any:
        """The value that stands there."""
        return json.loads(serialized_data)

    def name(self) -> str:
        """How rows written by this are known."""
        return "ml-connector-json"
