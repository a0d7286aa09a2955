"""The contract, api/openapi.yaml, as data."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACT = ROOT / "api" / "openapi.yaml"
METHODS = {"get", "put", "post", "patch", "delete"}


def read_contract():
    return yaml.load(CONTRACT.read_text(encoding="utf-8"), yaml.CSafeLoader)


def read_operations():
    """Each operationId, with who may call it."""
    return {operation["operationId"]: set(operation["x-callers"]) for path in read_contract()["paths"].values()
            for method, operation in path.items() if method in METHODS}
