"""The operator's pages name what exists: metrics and their labels in the guide, the dashboard and the alert rules, and
the tests in the threat model."""

import json
import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/operations.md"
THREATS = ROOT / "docs/threat-model.md"
DASHBOARD = ROOT / "deploy/grafana/hubwarden.json"
ALERTS = ROOT / "deploy/prometheus/alerts.yaml"

# metrics.counters("hubwarden_…", "…", {{"label", {"value", …}}}), up to the next one or the statement's end.
MADE = re.compile(r'\.(counters?|gauges?|histograms?)\(\s*"(hubwarden_\w+)"((?:(?!metrics\.)[^;])*)')
COMMENT = re.compile(r"//[^\n]*")
TEXT = re.compile(r'"([^"]*)"')
# A name with what stands in braces behind it.
USED = re.compile(r"\b(hubwarden_[a-z0-9_]*(?:_total|_seconds|_requests|_buckets|_replicas)(?:_bucket|_sum|_count)?)\b(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*(?:(?:=~|!~|!=|=)\s*"([^"]*)")?')
# Prometheus' own, of the scrape and of histograms.
LABELS_OF_PROMETHEUS = {"instance", "job", "le"}
# gate_test.KeepsEachCredentialToItsOwnRoutes
TEST = re.compile(r"`(\w+_test)\.(\w+)`")


def metrics():
    """name -> (kind, texts of its statement)"""
    found = {}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in {".h", ".cpp"} or path.stem.endswith("_test"):
            continue
        for kind, name, rest in MADE.findall(COMMENT.sub("", path.read_text(encoding="utf-8"))):
            found[name] = (kind, set(TEXT.findall(rest)))
    return found


def complaints(text, known):
    """What `text` names and no metric of `known` is."""
    wrong = []
    for name, labels in USED.findall(text):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if base not in known or (base != name and not known[base][0].startswith("histogram")):
            wrong.append(name)
            continue
        for label, value in LABEL.findall(labels or ""):
            if label in LABELS_OF_PROMETHEUS:
                continue
            # A value, or several with | between them.
            if label not in known[base][1] or (value and not set(value.split("|")) <= known[base][1]):
                wrong.append(f"{name}: {label}={value}" if value else f"{name}: {label}")
    return wrong


def expressions():
    """Every PromQL expression, with where it stands."""
    for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield f"{ALERTS.name}: {rule['alert']}", rule["expr"]
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"{DASHBOARD.name}: {panel['title']}", target["expr"]
    for variable in dashboard["templating"]["list"]:
        yield f"{DASHBOARD.name}: ${variable['name']}", variable["query"]


def tests():
    """stem -> the text of the test files that are called so"""
    found = {}
    for top in ("src", "sandbox", "tests"):
        for path in (ROOT / top).rglob("*_test.*"):
            if path.suffix in {".cpp", ".py"}:
                found[path.stem] = found.get(path.stem, "") + path.read_text(encoding="utf-8")
    return found


class Metrics(unittest.TestCase):
    def test_that_the_pages_name_exist(self):
        known = metrics()
        for path in (GUIDE, ALERTS, DASHBOARD):
            # Quotes within JSON's texts are escaped.
            text = path.read_text(encoding="utf-8").replace('\\"', '"')
            self.assertNotEqual(USED.findall(text), [], path)
            self.assertEqual(complaints(text, known), [], path)

    def test_are_all_in_the_guide(self):
        named = {name for name, _ in USED.findall(GUIDE.read_text(encoding="utf-8"))}
        self.assertEqual(sorted(set(metrics()) - named), [])

    def test_are_asked_for_by_every_expression(self):
        for where, expression in expressions():
            self.assertEqual(expression.count("("), expression.count(")"), where)
            if "$datasource" in where or 'up{job="hubwarden"}' in expression:
                continue
            self.assertRegex(expression, USED, where)


class AlertRules(unittest.TestCase):
    def test_say_what_is_wrong_and_have_a_line_in_the_guide(self):
        guide = GUIDE.read_text(encoding="utf-8")
        for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                self.assertIn("summary", rule["annotations"], rule["alert"])
                self.assertIn(rule["labels"]["severity"], {"page", "ticket"}, rule["alert"])
                self.assertIn(f"`{rule['alert']}`", guide)


class ThreatModel(unittest.TestCase):
    def test_names_tests_that_exist(self):
        known = tests()
        named = TEST.findall(THREATS.read_text(encoding="utf-8"))
        self.assertGreater(len(named), 20)
        wrong = [f"{stem}.{case}" for stem, case in named
                 if not re.search(rf"(?:def |, ){case}\b", known.get(stem, ""))]
        self.assertEqual(wrong, [])


class TheTestItself(unittest.TestCase):
    KNOWN = {"hubwarden_a_total": ("counters", {"outcome", "given"}), "hubwarden_b_seconds": ("histogram", set()),
             "hubwarden_c_requests": ("gauge", set())}

    def test_knows_the_metrics_of_the_source(self):
        known = metrics()
        self.assertEqual(known["hubwarden_mint_seconds"][0], "histogram")
        self.assertIn("rate_limited", known["hubwarden_mint_failures_total"][1])
        self.assertNotIn("kind", known["hubwarden_mints_total"][1])

    def test_complains_of_what_does_not_exist(self):
        for good in ("hubwarden_a_total", "hubwarden_a_total{outcome}", 'hubwarden_a_total{outcome="given",job="x"}',
                     'hubwarden_a_total{outcome=~"given|outcome"}', "hubwarden_c_requests",
                     "hubwarden_b_seconds_bucket"):
            self.assertEqual(complaints(good, self.KNOWN), [], good)
        for bad in ("hubwarden_c_total", "hubwarden_d_buckets", 'hubwarden_a_total{outcome=~"given|lost"}',
                    "hubwarden_a_total{kind}", 'hubwarden_a_total{outcome="lost"}',
                    "hubwarden_a_total_bucket"):
            self.assertNotEqual(complaints(bad, self.KNOWN), [], bad)


if __name__ == "__main__":
    unittest.main()
