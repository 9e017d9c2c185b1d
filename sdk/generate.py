"""Makes what is generated in the SDKs: `python sdk/generate.py`, or with `--check` only says what is stale (status 1).

    sdk/openapi.json                        the service's schema, as far as the SDKs use it
    sdk/typescript/src/schema.ts            by openapi-typescript
    sdk/python/onebalancer/models.py        by datamodel-code-generator
    sdk/python/onebalancer/_sync/*.py       from _async/*.py, by `SYNC_WORDS` below

Needs the project's virtual environment, and npm for TypeScript's share.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SDK = Path(__file__).resolve().parent
ROOT = SDK.parent
PYTHON = SDK / "python" / "onebalancer"
TYPESCRIPT = SDK / "typescript"
CALLS = re.compile(r"/api/v1/(sessions|quote|version|token|receipt-keys)(/|$)")
NOBODY = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}

# How the asynchronous sources read when nothing is awaited; longer words first.
SYNC_WORDS = {
    r"async def": "def",
    r"async with": "with",
    r"async for": "for",
    r"await ": "",
    r"Awaitable\[([^\]]*)\]": r"\1",
    r"Async([A-Z])": r"\1",
    r"__aenter__": "__enter__",
    r"__aexit__": "__exit__",
    r"aclosing": "closing",
    r"aclose": "close",
    r"onebalancer\._async": "onebalancer._sync",
    r"An asynchronous": "A synchronous",
    r"The asynchronous half. The other is made from it.": "The synchronous half, made from the other.",
}
HEAD = '"""Made from {source} by sdk/generate.py: change that file instead."""\n\n'


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true", help="change nothing; say what is stale")
    options.add_argument("--only", nargs="*", choices=sorted(PARTS), default=sorted(PARTS))
    given = options.parse_args()
    stale = []
    for part in sorted(given.only, key=list(PARTS).index):
        for path, text in PARTS[part]():
            if not path.exists() or path.read_text() != text:
                stale.append(path)
                if not given.check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
    for path in stale:
        sys.stdout.write(f"{'stale' if given.check else 'made'}: {path.relative_to(ROOT)}\n")
    return 1 if given.check and stale else 0


# The schema


def _schema() -> Iterator[tuple[Path, str]]:
    whole = _run([sys.executable, "manage.py", "spectacular", "--format", "openapi-json"], ROOT, NOBODY)
    yield SDK / "openapi.json", json.dumps(_share(json.loads(whole)), indent=1, ensure_ascii=False) + "\n"


def _share(schema: dict[str, Any]) -> dict[str, Any]:
    """The documents of the calls that the SDKs make, without examples: what a document is changes seldom, how calls are
    described often."""
    paths = {path: _plain(item) for path, item in schema["paths"].items() if CALLS.match(path)}
    everything, wanted, found = schema["components"]["schemas"], {}, _references(paths) | {"Problem"}
    while found:
        name = found.pop()
        if name not in wanted:
            wanted[name] = _plain(everything[name])
            found |= _references(wanted[name])
    components = {"schemas": {name: wanted[name] for name in everything if name in wanted}}
    return {"openapi": schema["openapi"], "info": schema["info"], "paths": {}, "components": components}


def _plain(value: Any) -> Any:
    """Without examples, and without the answers that are problems, which every call has alike."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if name not in ("examples", "headers")}
    if "responses" in kept:
        kept["responses"] = {status: item for status, item in kept["responses"].items() if status < "400"}
    return {name: _plain(item) for name, item in kept.items()}


def _references(value: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(value)))


# TypeScript


def _typescript() -> Iterator[tuple[Path, str]]:
    sys.path.insert(0, str(ROOT))
    from devnet.node import node_command
    from devnet.npm import ensure_node_modules

    modules = ensure_node_modules(TYPESCRIPT)
    program = modules / "openapi-typescript" / "bin" / "cli.js"
    text = _run([*node_command(), str(program), str(SDK / "openapi.json"), "--alphabetize"], TYPESCRIPT)
    yield TYPESCRIPT / "src" / "schema.ts", text


# Python


def _models() -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "models.py"
        _run(
            [
                *(sys.executable, "-m", "datamodel_code_generator", "--input", str(SDK / "openapi.json")),
                *("--input-file-type", "openapi", "--output", str(made), "--target-python-version", "3.11"),
                *("--output-model-type", "typing.TypedDict", "--use-schema-description", "--use-union-operator"),
                *("--use-standard-collections", "--disable-timestamp", "--enum-field-as-literal", "all"),
                *("--formatters", "ruff-format", "--skip-root-model", "--disable-warnings"),
                *("--custom-file-header", HEAD.format(source="sdk/openapi.json").strip()),
            ],
            Path(folder),
        )
        yield PYTHON / "models.py", _formatted(made.read_text())


def _sync() -> Iterator[tuple[Path, str]]:
    for source in sorted((PYTHON / "_async").glob("*.py")):
        if source.name == "io.py":
            continue  # waiting, threads and tasks: each side has its own
        text = source.read_text()
        for pattern, word in SYNC_WORDS.items():
            text = re.sub(rf"(?<!\w){pattern}", word, text)
        note = f"# Made from _async/{source.name} by sdk/generate.py: change that file instead.\n"
        yield PYTHON / "_sync" / source.name, _formatted(note + text)


def _formatted(text: str) -> str:
    """By ruff, with the package's own settings."""
    settings = ["--quiet", "--config", str(SDK / "python" / "pyproject.toml"), "-"]
    for command in (["check", "--select", "I,UP,F401", "--fix-only"], ["format"]):
        text = _run([sys.executable, "-m", "ruff", *command, *settings], SDK, given=text)
    return text


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None, given: str = "") -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


PARTS = {"schema": _schema, "typescript": _typescript, "models": _models, "sync": _sync}

if __name__ == "__main__":
    raise SystemExit(main())
