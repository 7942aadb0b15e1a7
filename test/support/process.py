"""A Python process that executes code on request, like a notebook's kernel.

Each line of stdin is JSON: {"id", "code"}. The answer on stdout has the same id and the
repr of the last expression, as "result", or the exception as "error".
"""

import ast
import json
import sys

namespace: dict[str, object] = {"__name__": "__main__"}


def run(code: str) -> object:
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    if last is None:
        return None
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"result": repr(run(request["code"]))}
    except Exception as error:  # noqa: BLE001 - every failure is reported
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
