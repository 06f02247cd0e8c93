"""Checks an evidence pack without the program that made it: python verify.py PACK.zip (or a folder it was unpacked to).

Every file against the manifest, and every line of the trail against its own hash. Needs nothing but Python.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any


def read(place: str | Path) -> dict[str, bytes]:
    """{name: content} of a pack."""
    place = Path(place)
    if place.is_dir():
        found = (each for each in place.rglob("*") if each.is_file())
        return {each.relative_to(place).as_posix(): each.read_bytes() for each in found}
    with zipfile.ZipFile(place) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def line_hash(line: dict[str, Any]) -> str:
    """SHA-256 over one line of the trail and the hash before it, fields separated by 0x1F."""
    parts = [
        line["previous"],
        line["seq"],
        line["at"],
        line["actor"],
        line["action"],
        line["subject"],
        line["detail"],
    ]
    return hashlib.sha256("\x1f".join(str(each) for each in parts).encode()).hexdigest()


def faults(files: dict[str, bytes]) -> list[str]:
    """What is wrong with a pack, a sentence each; nothing = it is whole."""
    manifest = json.loads(files["manifest.json"])
    told = []
    for name, digest in manifest["files"].items():
        if name not in files:
            told.append(f"{name}: missing")
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            told.append(f"{name}: changed")
    told += [
        f"{name}: not in the manifest"
        for name in files
        if name != "manifest.json" and name not in manifest["files"]
    ]
    proof = json.loads(files["trail.json"])
    known = {int(seq): digest for seq, digest in proof["anchors"]}
    for line in proof["lines"]:
        if not line["masked"] and line_hash(line) != line["hash"]:
            told.append(f"trail line {line['seq']}: changed")
        if known.get(line["seq"], line["hash"]) != line["hash"]:
            told.append(f"trail line {line['seq']}: does not fit the chain")
        if known.get(line["seq"] - 1, line["previous"]) != line["previous"]:
            told.append(f"trail line {line['seq']}: does not follow the line before")
    if not manifest["trail_whole"]:
        told.append(f"the chain was broken at line {manifest['trail_broken_at']} when this was made")
    return told


def main(place: str | Path) -> int:
    """Says what is wrong; 1 where something is."""
    files = read(place)
    found = faults(files)
    for each in found:
        print("WRONG  " + each)
    head = json.loads(files["trail.json"])["anchors"][-1:]
    print(f"manifest sha256 {hashlib.sha256(files['manifest.json']).hexdigest()}")
    print(f"end of the chain {head}")
    print("NOT WHOLE" if found else f"WHOLE  {len(files)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
