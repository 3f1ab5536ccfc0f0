"""References that were computed before, kept with the tool: a line of JSON for each set in
references.jsonl, good for a data set with the digest that it names."""

import hashlib
import json
from pathlib import Path

FILE = Path(__file__).parent.parent / "references.jsonl"


def digest(folder):
    parts = [(Path(folder) / name).read_bytes() for name in ("data.csv", "model.json")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def read():
    if not FILE.exists():
        return {}
    rows = map(json.loads, FILE.read_text().splitlines())
    return {row["set"]: row for row in rows}


def restore(folder, known):
    """Writes the reference of a set where there is none yet and one is known."""
    row = known.get(Path(folder).name)
    path = Path(folder) / "reference.json"
    if row and not path.exists() and row["data"] == digest(folder):
        path.write_text(json.dumps({k: row[k] for k in row if k not in ("set", "data")}, indent=1))


def collect(folders):
    """Adds the references of these sets; the lower of two of the same data stays."""
    known = read()
    for folder in folders:
        path = Path(folder) / "reference.json"
        if not path.exists():
            continue
        row = {"set": Path(folder).name, "data": digest(folder)}
        row |= {k: v for k, v in json.loads(path.read_text()).items() if k != "ends"}
        old = known.get(row["set"])
        value = "minus_two_log_likelihood"
        if old is None or old["data"] != row["data"] or row[value] < old[value]:
            known[row["set"]] = row
    lines = [json.dumps(known[name]) for name in sorted(known)]
    FILE.write_text("\n".join(lines) + "\n")
    return len(known)
