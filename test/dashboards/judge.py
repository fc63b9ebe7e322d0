"""Judges announcements with the engines that Home Assistant uses: a JSON schema, and Jinja for the templates.

Reads {"schema", "payloads": [...], "templates": [[template, state], ...]} and writes {"errors": [[...]], "rendered": [...]}.
A template that names something missing without a default is an error, as it would fill Home Assistant's log.
"""

import json
import sys

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jsonschema import Draft202012Validator

asked = json.load(sys.stdin)
validator = Draft202012Validator(asked["schema"])
validator.check_schema(asked["schema"])
jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


def complaints(payload):
    return [f"{error.json_path}: {error.message[:500]}" for error in validator.iter_errors(payload)]


def render(template, state):
    try:
        return jinja.from_string(template).render(value_json=state).strip()
    except Exception as error:  # whatever it is, the test shows it
        return f"ERROR {error!r}"


json.dump(
    {
        "errors": [complaints(payload) for payload in asked["payloads"]],
        "rendered": [render(template, state) for template, state in asked["templates"]],
    },
    sys.stdout,
)
