"""Entry of every make target: find a fit Python, make the venv, go on inside it.

    python3 tools/run.py test [arguments]

This file must stay readable for old Pythons, so that they can say what is wrong.
"""

import os
import shutil
import sys

# The pins of requirements.txt have ready wheels for these and no others.
FIT = ((3, 11), (3, 12), (3, 10))


def main():
    if sys.version_info[:2] not in FIT:
        names = [f"python{major}.{minor}" for major, minor in FIT]
        found = [path for path in map(shutil.which, names) if path]
        if not found:
            version = sys.version.split()[0]
            sys.exit(
                f"Python {version} cannot run this: 3.10, 3.11 or 3.12 is needed. "
                "Install one of them, or name it: make demo PYTHON=/path/to/python3.11"
            )
        os.execv(found[0], [found[0], *sys.argv])
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from tools.command import start

    start(sys.argv[1:])


if __name__ == "__main__":
    main()
