"""Extract the field numbers of Kubernetes' protobuf encoding from the PyPI package k8s-proto.

    pip install protobuf && pip download --no-deps k8s-proto && tar xf k8s-proto-*.tar.gz
    python tools/extract_wire.py k8s-proto-*/

It writes src/kubeproof/sandbox/api/wire.json: ``{type: {number: field}}`` for the types of
schema.json. Where Go embeds a struct, the number leads to the fields of that struct instead. The
package is of 2019; what came later is in wire_numbers.
"""

import argparse
import ast
import json
import re
from pathlib import Path
from typing import Any

import wire_numbers
from google.protobuf import descriptor_pb2  # pyright: ignore[reportMissingModuleSource] # this script installs it

API = Path(__file__).parent.parent / "src/kubeproof/sandbox/api"
_DESCRIPTOR = re.compile(r"serialized_pb=_b\((.*?)\)\n", re.DOTALL)

Message = dict[str, tuple[int, str]]
"""Number and message type of each field; the type is empty for others."""


def short(name: str) -> str:
    """``core.Service`` for ``.k8s.io.api.core.v1.Service``."""
    parts = name.strip(".").split(".")
    return f"{parts[-3]}.{parts[-1]}"


def messages(source: Path) -> dict[str, Message]:
    """Every message which the package describes."""
    found: dict[str, Message] = {}
    for path in sorted(source.rglob("generated_pb2.py")):
        literal = _DESCRIPTOR.search(path.read_text(encoding="utf-8"))
        assert literal is not None, path
        text: str = ast.literal_eval(literal.group(1).strip())
        file = descriptor_pb2.FileDescriptorProto.FromString(text.encode("latin-1"))
        for message in file.message_type:
            found[short(f"{file.package}.{message.name}")] = {
                field.name: (field.number, field.type_name) for field in message.field
            }
    return found


def numbers(name: str, fields: dict[str, Any], known: dict[str, Message]) -> dict[str, Any]:
    """The numbers of one type; ``fields`` are those of its JSON form."""
    found: dict[str, Any] = {}
    for field, (number, type_name) in known.get(name, {}).items():
        if field in fields:
            found[str(number)] = field
        elif field in wire_numbers.EMBEDDED:
            found[str(number)] = numbers(short(type_name), fields, known)
    newer = wire_numbers.NEWER.get(name, {})
    return found | {str(number): field for field, number in newer.items()}


def main() -> None:
    """Write wire.json."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("source", type=Path, help="the unpacked source of k8s-proto")
    known = messages(parser.parse_args().source)
    types: dict[str, Any] = json.loads((API / "schema.json").read_text(encoding="utf-8"))
    wire = {name: numbers(name, shape["f"], known) for name, shape in types.items()}
    wire = {name: found for name, found in wire.items() if found}
    text = json.dumps(wire, separators=(",", ":"), sort_keys=True)
    (API / "wire.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
