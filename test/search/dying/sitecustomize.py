"""Python runs this as it starts, where its folder is on PYTHONPATH."""

from dying import arm_worker

arm_worker()
