import ast
from pathlib import Path

from odoo.addons.lightspeed_exact_connector.accounting import holds
from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS, PROBLEMS

PACKAGE = Path(holds.__file__).parent


def calls(name):
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called == name:
                    yield f"{path.name}:{node.lineno}", node


def test_every_hold_is_listed_with_exactly_its_params():
    used = set()
    for where, call in calls("Hold"):
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant), where
        code = call.args[0].value
        assert code in HOLDS, where
        params = [keyword.arg for keyword in call.keywords]
        assert sorted(params) == sorted(HOLDS[code]), where
        used.add(code)
    assert used == set(HOLDS)


def test_every_problem_is_listed():
    used = {call.args[1].value for _, call in calls("unreadable")}
    assert used == set(PROBLEMS)
