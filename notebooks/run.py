"""Runs the code of notebooks from top to bottom, without Jupyter.

The cells are plain Python: no magics, no display beyond print. Fails where one
does, and where outputs were committed.
"""

import json
import os
import sys

os.chdir(os.path.dirname(os.path.abspath(__file__)))
for name in sorted(n for n in os.listdir(".") if n.endswith(".ipynb")):
    with open(name, encoding="utf-8") as f:
        cells = json.load(f)["cells"]
    names = {}
    for i, cell in enumerate(c for c in cells if c["cell_type"] == "code"):
        if cell["outputs"]:
            sys.exit(f"{name}: cell {i} was committed with its output")
        exec(compile("".join(cell["source"]), f"{name}, cell {i}", "exec"), names)
    print(f"{name}: ok")
