import subprocess
import sys

IMPORT_ALL = """
import importlib, pkgutil, sys
import chains.codec, chains.events, chains.errors
for module in pkgutil.iter_modules(chains.codec.__path__):
    importlib.import_module(f"chains.codec.{module.name}")
print(sorted({"django", "httpx", "requests", "web3", "aiohttp", "py_near"} & set(sys.modules)))
"""


def test_the_codecs_import_no_framework_and_no_network() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
