"""An entry point as a callable for ``map_batches`` of Ray Data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Batches:
    """Calls an entry point on columns of a batch, and adds its results as columns.

    Ray Data makes one per actor, which keeps the program loaded:

    >>> dataset.map_batches(  # doctest: +SKIP
    ...     Batches,
    ...     fn_constructor_args=("dct.fut", "dct8", ["rows"], ["coefficients"]),
    ...     concurrency=2,
    ... )

    Parameters
    ----------
    module, **options
        As for `futhark_bridge.load`; the nodes must find the module.
    entry : str
        Name of the entry point.
    inputs, outputs : sequence of str
        The columns that are its arguments, and those that its results become.
    """

    def __init__(
        self,
        module: str,
        entry: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **options: Any,
    ) -> None:
        from futhark_bridge.module.module import load  # noqa: PLC0415 - in the actor

        self._module = load(module, **options)
        self._call = self._module.entry[entry]
        self._inputs, self._outputs = list(inputs), list(outputs)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the batch with the results."""
        results = self._call(*(batch[name] for name in self._inputs))
        if not isinstance(results, tuple):
            results = (results,)
        copies = [self._module.from_futhark(each) for each in results]
        return {**batch, **dict(zip(self._outputs, copies, strict=True))}
