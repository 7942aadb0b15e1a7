"""Starts a Jupyter kernel and does the same for it as process.py does for itself.

Besides {"id", "code"} it takes {"id", "kernel"}, which is "kill" or "shut down".
"""

import json
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import KernelManager

folder = TemporaryDirectory(prefix="futhark-bridge-test-")
manager = KernelManager(transport="ipc", ip=f"{folder.name}/kernel")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)


def answer(request_id: int, **fields: object) -> None:
    print(json.dumps({"id": request_id, **fields}), flush=True)


def execute(request_id: int, code: str) -> None:
    message_id = client.execute(code, stop_on_error=False)
    result, error = "None", None
    while True:
        message: dict[str, Any] = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        content = message["content"]
        if message["msg_type"] == "execute_result":
            result = content["data"]["text/plain"]
        elif message["msg_type"] == "error":
            error = f"{content['ename']}: {content['evalue']}"
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            answer(request_id, **({"error": error} if error else {"result": result}))
            return


try:
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("kernel") == "kill":
            manager.signal_kernel(signal.SIGKILL)  # as the out-of-memory killer does
            answer(request["id"], result="None")
        elif request.get("kernel") == "shut down":
            manager.shutdown_kernel()
            answer(request["id"], result="None")
        else:
            execute(request["id"], request["code"])
finally:
    client.stop_channels()
    if manager.is_alive():
        manager.shutdown_kernel(now=True)
    folder.cleanup()
