"""The API's description is complete, valid, and true of the code: every call, every code, every example, every table."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from access.codes import PROBLEMS
from access.scopes import SCOPES
from balancer.api_page import page
from swaps.reasons import REASONS, Reason
from tests.integration.api.described import closed, description

ROOT = Path(__file__).parents[3]
APPS = ("access", "pricing", "swaps", "balancer")
ENVELOPES = ("swaps/fusion/",)  # 1inch's own paths have 1inch's own errors, and are not in this description
OPERATORS = ("access/actions/",)  # refusals of operators' actions: pages of the console tell them
CALLS = [(method, path) for path, methods in description()["paths"].items() for method in methods]
OPERATIONS = {f"{method} {path}": description()["paths"][path][method] for method, path in CALLS}


def test_it_is_valid_and_leaves_no_doubt() -> None:
    """drf-spectacular has no warning, and the document is what OpenAPI 3.1 allows."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue().startswith("openapi: 3.1.0")


def test_it_is_served_and_browsable_from_own_files() -> None:
    client = APIClient()
    told = client.get("/api/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert told.json()["paths"].keys() == description()["paths"].keys()
    assert (
        client.get("/api/schema", HTTP_ACCEPT=told["Content-Type"], HTTP_IF_NONE_MATCH=told["ETag"]).status_code == 304
    )
    browsable = client.get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in browsable
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", browsable)
    for path in re.findall(r"""(?:src|href)=["'](/static/[^"']+)""", browsable):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_call_says_all_of_itself(name: str) -> None:
    told = OPERATIONS[name]
    assert told["summary"]
    assert told["description"]
    assert told["tags"][0] in {tag["name"] for tag in description()["tags"]}
    assert set(told["responses"]) & {"200", "201", "202", "204"}
    assert {"406", "429", "500", "503"} <= set(told["responses"])
    for parameter in told.get("parameters", []):
        assert parameter["description"], parameter["name"]
    if told.get("requestBody"):
        assert {"400", "413", "415"} <= set(told["responses"])
    if told.get("security"):
        assert {"401"} <= set(told["responses"])
        scopes = {scope for scheme in told["security"] for names in scheme.values() for scope in names}
        assert scopes <= set(SCOPES)
        assert not scopes or "403" in told["responses"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_a_shape(name: str) -> None:
    """No answer or request is `any object`."""
    told = OPERATIONS[name]
    for place, media in _media(told):
        schema = media["schema"]
        if schema.get("type") == "string":
            continue  # the event stream
        assert "$ref" in schema or "allOf" in schema or "oneOf" in schema, f"{name} {place}: {schema}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_is_what_it_shows(name: str) -> None:
    told = OPERATIONS[name]
    for place, media in _media(told):
        shown = media.get("examples") or media["schema"].get("type") == "string"
        assert shown, f"{name} {place} has no example"
        for title, example in media.get("examples", {}).items():
            schema = {**(closed() if place != "request" else description()), **media["schema"]}
            errors = [error.message for error in Draft202012Validator(schema).iter_errors(example["value"])]
            assert not errors, f"{name} {place} {title}: {errors[:3]}"


def _media(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for media in told.get("requestBody", {}).get("content", {}).values():
        yield "request", media
    for status, answer in told["responses"].items():
        for media in answer.get("content", {}).values():
            yield status, media


def test_every_component_is_used_and_none_is_missing() -> None:
    text = str({"paths": description()["paths"], **description()["components"]})
    named = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert named == set(description()["components"]["schemas"])


# Codes


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if (
                "/migrations/" not in name
                and not name.startswith((*ENVELOPES, *OPERATORS))
                and not name.endswith("/codes.py")
            ):
                yield name, ast.parse(path.read_text())


def _raised() -> Iterator[tuple[str, str, int | None]]:
    """Every code that the code can refuse with: where, which, and with what status if that stands beside it."""
    for name, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                given = {word.arg: word.value for word in node.exc.keywords if word.arg}
                yield from ((name, code, _number(given.get("status"))) for code in _texts(given.get("code")))
            elif isinstance(node, ast.ClassDef):
                yield from ((f"{name} {node.name}", code, status) for code, status in _of_class(node))


def _of_class(node: ast.ClassDef) -> Iterator[tuple[str, int | None]]:
    for line in node.body:
        if not isinstance(line, ast.Assign):
            continue
        target = line.targets[0]
        if isinstance(target, ast.Tuple) and [getattr(one, "id", "") for one in target.elts] == ["code", "status"]:
            assert isinstance(line.value, ast.Tuple)
            code, status = line.value.elts
            assert isinstance(code, ast.Constant)
            yield str(code.value), _number(status)
        elif getattr(target, "id", "") == "default_code" and isinstance(line.value, ast.Constant):
            yield str(line.value.value), None


def _texts(value: ast.expr | None) -> list[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    return [*_texts(value.body), *_texts(value.orelse)] if isinstance(value, ast.IfExp) else []


def _number(value: ast.expr | None) -> int | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, int) else None


def test_every_code_that_can_be_raised_is_in_the_table() -> None:
    raised = list(_raised())
    assert len(raised) > 30, "the walk has lost its way"
    assert {code for _, code, _ in raised} >= {
        "session_not_found",
        "secret_too_early",
        "idempotency_key_reused",
        "slippage_exceeded",
    }
    missing = sorted({(code, where) for where, code, _ in raised if code not in PROBLEMS and code not in UNSEEN})
    assert not missing


UNSEEN = {"error", "command_error"}  # the base class's own, which nothing raises


def test_the_status_of_a_code_is_the_tables() -> None:
    told = {(code, status) for _, code, status in _raised() if status is not None and code in PROBLEMS}
    assert {(code, PROBLEMS[code].status) for code, _ in told} == told


def test_every_reason_of_the_machine_is_in_the_table_and_no_other() -> None:
    tree = ast.parse((ROOT / "swaps" / "machine.py").read_text())
    given = {
        word.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "reason" and isinstance(word.value, ast.Constant)
    }
    assert given == set(Reason) == set(REASONS)
    for code in (*REASONS.values(), *PROBLEMS.values()):
        assert code.title
        assert code.happened.endswith(".")
        assert code.todo.endswith(".")


def test_the_page_is_drawn_from_the_tables() -> None:
    path = ROOT / "docs" / "api.md"
    assert path.read_text() == page(path.read_text()), "run manage.py api_page"
