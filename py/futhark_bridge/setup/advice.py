"""Advice on what to install if the C compiler does not find a part of a back end."""

from __future__ import annotations

import re

_MISSING = re.compile(
    r"fatal error: '?(?P<header>[\w./]+)'?(?:: No such file|\s+file not found)"
    r"|cannot find -l(?P<library>\w+)|library not found for -l(?P<other>\w+)"
)

_OPENCL = (
    "OpenCL's headers, the ICD loader and a driver "
    "(Debian, Ubuntu: apt install opencl-headers ocl-icd-opencl-dev)"
)
_CUDA = (
    "the CUDA toolkit; if it is in /usr/local/cuda, set CPATH=/usr/local/cuda/include "
    "and LIBRARY_PATH=/usr/local/cuda/lib64:/usr/local/cuda/lib64/stubs"
)
_HIP = (
    "ROCm; if it is in /opt/rocm, set CPATH=/opt/rocm/include "
    "and LIBRARY_PATH=/opt/rocm/lib"
)
_PARTS = {
    "Python.h": "Python's headers (Debian, Ubuntu: apt install python3-dev)",
    **dict.fromkeys(("CL/cl.h", "OpenCL/cl.h", "OpenCL"), _OPENCL),
    **dict.fromkeys(("cuda.h", "nvrtc.h", "cuda_runtime.h"), _CUDA),
    **dict.fromkeys(("cuda", "cudart", "nvrtc"), _CUDA),
    **dict.fromkeys(("hip/hip_runtime.h", "hip/hiprtc.h"), _HIP),
    **dict.fromkeys(("amdhip64", "hiprtc"), _HIP),
}


def missing_part(output: str) -> str | None:
    """Return what to install, if the C compiler reports a known missing part."""
    found = _MISSING.search(output)
    if found is None:
        return None
    header, *libraries = found.groups()
    library = next((name for name in libraries if name), None)
    advice = _PARTS.get(header or library or "")
    if advice is None:
        return None
    what = header or f"the library {library}"
    return f"the C compiler does not find {what}: install {advice}"
