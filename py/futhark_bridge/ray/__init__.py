"""Programs on a Ray cluster, for Python: a pool of actors, and Ray Data.

Not part of ``import futhark_bridge``; needs ``pip install futhark-bridge[ray]``.

>>> from futhark_bridge.ray import Pool
>>> with Pool("dct.fut", actors=4) as pool:  # doctest: +SKIP
...     blocks = pool.map("dct2d", images)
"""

from .batches import Batches
from .pool import Pool, Shared

__all__ = ["Batches", "Pool", "Shared"]
