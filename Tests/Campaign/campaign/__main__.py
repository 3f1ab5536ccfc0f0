"""The commands: python -m campaign COMMAND …; README.md says what each does."""

import argparse
import json
import sys
import time
from pathlib import Path

from . import compare, designs, ends, fixtures, generate, known, reference, runner, starts
from . import small, table


def folders(arguments):
    for seed in range(arguments.seeds[0], arguments.seeds[1]):
        for name in arguments.designs or designs.NAMES:
            yield name, seed, Path(arguments.folder) / f"{name}-{seed:02}"


def done(path):
    if not Path(path).exists():
        return {}
    rows = map(json.loads, Path(path).read_text().splitlines())
    return {(row["design"], row["seed"]): row for row in rows}


def append(path, row):
    with open(path, "a") as file:
        file.write(json.dumps(row) + "\n")


def find_reference(folder):
    begin = time.time()
    r = reference.compute(folder)
    print(
        f"{folder.name}: {r['minus_two_log_likelihood']:.5f} ± {r['error']:.1e} "
        f"from {r['from_start']}, "
        f"decrement {r['newton_decrement']:.1e}, {time.time() - begin:.0f} s",
        flush=True,
    )


def run_one(arguments, folder):
    result = runner.fit(arguments.binary, folder, arguments.work)
    row = compare.judge(folder, result)
    row["maxima_warnings"] = result.get("maxima_warnings")
    append(arguments.results, row)
    if row.get("said") is None:
        print(
            f"{folder.name}: {row['status']} {row.get('reason')} {row.get('message')}", flush=True
        )
        return
    print(
        f"{folder.name}: {row['status']} said {row['said']:.5f} ± {row['claimed'] or 0:.1e}, "
        f"is {row['independent']:.5f} "
        f"({(row['ratio'] or 0):+.2f} claimed), {row['above_best']:+.4f} above the best, "
        f"{row['distance_left']:.1e} left, "
        f"{row['seconds']} s",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(prog="campaign")
    parser.add_argument(
        "command",
        choices=[
            "generate", "reference", "collect", "run", "ends", "starts", "small", "table", "fixtures",
        ],
    )
    parser.add_argument("folder", help="of the data sets")
    parser.add_argument("--designs", nargs="*", choices=designs.NAMES)
    parser.add_argument("--seeds", nargs=2, type=int, default=[0, 20], metavar=("FIRST", "END"))
    parser.add_argument("--binary", help="popmix")
    parser.add_argument(
        "--results", help="a line of JSON for each data set; those that are there are left out"
    )
    parser.add_argument("--work", default="/tmp/popmix-campaign-work")
    parser.add_argument("--count", type=int, default=50, help="of starts")
    parser.add_argument("--starts-results")
    parser.add_argument("--out", help="folder of the table or of the fixtures")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--sets", nargs="*", help="names of those that become fixtures")
    arguments = parser.parse_args()
    if arguments.command == "table":
        print(
            table.write(
                arguments.folder, arguments.results, arguments.out, arguments.commit
            ).read_text()
        )
        return
    if arguments.command == "fixtures":
        fixtures.write(arguments.folder, arguments.sets, arguments.out)
        return
    if arguments.command == "collect":
        print(known.collect([folder for _, _, folder in folders(arguments)]), "references")
        return
    if arguments.command == "ends":
        rows = [
            ends.end(arguments.binary, folder, arguments.work)
            for _, _, folder in folders(arguments)
            if (folder / "reference.json").exists()
        ]
        print(ends.write(rows, arguments.out, arguments.commit).read_text())
        return
    if arguments.command == "small":
        rows = []
        for _, _, folder in folders(arguments):
            for row in small.run(arguments.binary, folder, arguments.work):
                rows.append(row)
                if row["regular"] and not row["best"]:
                    print(row, flush=True)
        print(small.summary(rows))
        return
    fitted = done(arguments.results) if arguments.results else {}
    started = done(arguments.starts_results) if arguments.starts_results else {}
    references = known.read()
    for name, seed, folder in folders(arguments):
        try:
            if arguments.command == "generate":
                generate.write(folder, name, seed)
                known.restore(folder, references)
            elif arguments.command == "reference" and not (folder / "reference.json").exists():
                find_reference(folder)
            elif (
                arguments.command == "run"
                and (name, seed) not in fitted
                and (folder / "reference.json").exists()
            ):
                run_one(arguments, folder)
            elif (
                arguments.command == "starts"
                and (name, seed) in fitted
                and (name, seed) not in started
            ):
                row = starts.run(
                    arguments.binary, folder, arguments.work, arguments.count, fitted[name, seed]
                )
                append(arguments.starts_results, row)
                print(row, flush=True)
        except Exception as error:
            print(f"{folder.name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


main()
