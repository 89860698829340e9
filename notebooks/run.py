"""Runs the code of notebooks from top to bottom, without Jupyter.

The cells are plain Python: no magics, no display beyond print and pictures,
which are kept below ../.demo/notebooks. Fails where a cell does, where outputs
were committed, and where a notebook that draws made no picture.
"""

import json
import os
import sys
import time
from pathlib import Path

os.chdir(Path(__file__).resolve().parent)
os.environ["MPLBACKEND"] = "Agg"  # pictures need no screen

import matplotlib.pyplot as plt

PICTURES = Path("../.demo/notebooks")
PICTURES.mkdir(parents=True, exist_ok=True)


def run(path):
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    drawn = 0

    def keep():
        nonlocal drawn
        for number in plt.get_fignums():
            drawn += 1
            plt.figure(number).savefig(PICTURES / f"{path.stem}-{drawn}.png", dpi=80)
        plt.close("all")

    names = {}
    for i, cell in enumerate(cells):
        if cell["outputs"]:
            sys.exit(f"{path}: cell {i} was committed with its output")
        exec(compile("".join(cell["source"]), f"{path}, cell {i}", "exec"), names)
        keep()
    if any("plt.show()" in "".join(c["source"]) for c in cells) and not drawn:
        sys.exit(f"{path}: no picture was drawn")
    return drawn


for path in sorted(Path(".").glob("*.ipynb")):
    start = time.monotonic()
    drawn = run(path)
    print(f"{path}: ok, {drawn} pictures, {time.monotonic() - start:.1f} s")
