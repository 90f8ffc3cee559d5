"""Parts the tests in two that take about as long, and sums up what came of them.

usage: test_parts.py 1|2                  print the files and folders of a part
       test_parts.py sum FOLDER SECONDS   print the sum of the results in a folder

The length of a file with tests in Odoo stands for its time.  The tests without a
database are in the second part.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"
# What the tests without a database and the chaos run take, as so many bytes of tests in
# Odoo.
REST_BYTES = 355_000


def parts():
    """Return the arguments for pytest of both parts."""
    found = [[], []]
    rest = sorted(path.name for path in TESTS.iterdir() if _has_tests(path))
    rest.remove("addon")
    found[1] += [f"tests/{name}" for name in rest]
    sizes = [0, REST_BYTES]
    files = {path: path.stat().st_size for path in (TESTS / "addon").rglob("test_*.py")}
    for path in sorted(files, key=lambda path: (-files[path], path)):
        shorter = sizes.index(min(sizes))
        found[shorter].append(str(path.relative_to(ROOT)))
        sizes[shorter] += files[path]
    # In the order of a single run.
    return [sorted(part) for part in found]


def _has_tests(path):
    return path.is_dir() and any(path.rglob("test_*.py"))


def print_sum(folder, seconds):
    """Print what came of all parts; return whether all is well.

    :param Path folder: has a result of pytest for each part
    """
    came_of = dict.fromkeys(("passed", "failure", "error", "skipped"), 0)
    files = sorted(folder.glob("*.xml"))
    for file in files:
        for case in ElementTree.parse(file).getroot().iter("testcase"):
            found = [name for name in came_of if case.find(name) is not None]
            came_of[found[0] if found else "passed"] += 1
    print(
        f"==== both parts: {came_of['passed']} passed, {came_of['failure']} failed, "
        f"{came_of['error']} errors, {came_of['skipped']} skipped in {seconds}s ===="
    )
    bad = came_of["failure"] + came_of["error"]
    return len(files) == 2 and came_of["passed"] > 0 and not bad


if __name__ == "__main__":
    if sys.argv[1] == "sum":
        sys.exit(not print_sum(Path(sys.argv[2]), sys.argv[3]))
    print(*parts()[int(sys.argv[1]) - 1], sep="\n")
