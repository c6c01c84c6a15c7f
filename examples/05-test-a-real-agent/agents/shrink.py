#!/usr/bin/env python3
"""Takes as many bytes of movable memory offline as are asked for, the highest blocks first."""
import errno
import pathlib
import sys

MEMORY = pathlib.Path("/sys/devices/system/memory")


def number(block):
    return int(block.name.removeprefix("memory"))


def main(wanted):
    block_bytes = int((MEMORY / "block_size_bytes").read_text(), 16)
    taken = 0
    for block in sorted(MEMORY.glob("memory[0-9]*"), key=number, reverse=True):
        if taken >= wanted:
            break
        if (block / "state").read_text() != "online\n":
            continue
        if (block / "valid_zones").read_text().split() != ["Movable"]:
            continue
        try:
            (block / "state").write_text("offline")
        except OSError as error:
            print(f"{block.name}: {errno.errorcode[error.errno]}")
        else:
            taken += block_bytes
            print(f"{block.name}: offline")
    return 0 if taken >= wanted else 1


sys.exit(main(int(sys.argv[1])))
