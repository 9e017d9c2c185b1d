"""docs/runbook.md has a page for each alert, and Prometheus' rules lead to such pages."""

import re
from pathlib import Path

import pytest
import yaml

from balancer.settings.alerts import RULES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "runbook.md").read_text()
PAGES = dict(zip(*[iter(re.split(r"^## (\w+)$", TEXT, flags=re.MULTILINE)[1:])] * 2, strict=True))
PARTS = ("What it means", "What you see", "What to do", "What never to do", "When it ends")


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    assert set(PAGES) == set(RULES)
    assert list(PAGES) == list(RULES), "in the order of the table"


@pytest.mark.parametrize("name", RULES)
def test_a_page_says_what_it_means_what_to_do_and_when_it_ends(name: str) -> None:
    said = dict(re.findall(r"^\*\*(.+?)\.\*\* (.+)$", PAGES[name], flags=re.MULTILINE))
    assert tuple(said) == PARTS
    assert all(len(text) > 15 for text in said.values()), said


def test_pages_name_metrics_and_alerts_that_there_are() -> None:
    known = {
        word for file in (ROOT / "balancer" / "metrics").glob("*.py") for word in re.findall(r"\w+", file.read_text())
    }
    known |= {
        word
        for name in ("pricing/metrics.py", "balancer/measuring.py")
        for word in re.findall(r"\w+", (ROOT / name).read_text())
    }
    for metric in set(re.findall(r"`(orchestrator_\w+|django_\w+)", TEXT)):
        assert metric in known or metric.removeprefix("orchestrator_") in known, metric
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"procrastinate", "migrate"}
    for command in set(re.findall(r"`manage\.py (\w+)", TEXT)):
        assert command in commands, command


def test_prometheus_rules_lead_to_pages() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    names = [rule["alert"] for rule in rules]
    assert len(names) == len(set(names)) >= 20
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning"), rule
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook_url"].partition("#")[2] in PAGES, rule["alert"]
