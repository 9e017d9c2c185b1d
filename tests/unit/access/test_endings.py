"""What is to be done at the end is done once, in whatever way the process was made and ends."""

import subprocess
import sys

import pytest

TOLD = "import os; from access.endings import at_end; at_end(lambda: os.write(1, b'done '))\n"
FORKED = TOLD + "if os.fork() == 0: raise SystemExit\nos.wait(); os._exit(0)"
CHILD = """
import multiprocessing
def child():
    pass
def alone():
    import os; from access.endings import at_end; at_end(lambda: os.write(1, b'done '))
"""
PROCESS = "if __name__ == '__main__':\n    it = multiprocessing.get_context('fork').Process(target={}); it.start(); it.join(); os._exit(0)"


@pytest.mark.parametrize(
    "program",
    [
        TOLD,
        TOLD + "raise SystemExit(3)",
        FORKED,
        CHILD + TOLD + PROCESS.format("child"),
        CHILD + "import os\n" + PROCESS.format("alone"),
    ],
    ids=["at its end", "told to end", "forked", "a child of multiprocessing", "such a child that asked for it"],
)
def test_it_is_done_once(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("done ", "")
