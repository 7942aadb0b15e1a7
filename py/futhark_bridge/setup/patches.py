"""Patches errors in the compiler's generated C before it is built.

Run as a program, it patches the named file, with the standard library only. A patch
replaces an exact text, so that output of other compiler versions is left unchanged.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

VERSION = "6"
"""Part of the cache key: changes with the patches."""

MARK = "built by futhark-bridge with a manifest"
"""Text in every module of this package, to detect that its manifest is missing."""
_MARKED = f"""
__attribute__((used)) static const char futhark_bridge_mark[] = "{MARK}";
"""

# Multicore (seen in 0.25.32): a parallel loop that fails sets the scheduler's error,
# which is never cleared. Later calls in the context then fail at random, with status 2
# and no message. The patch clears the error at the end of the outermost loop.
_STICKY_ERROR = """\
  (*timer) += task_timer;
  return scheduler->error;
"""
_CLEARED_ERROR = """\
  (*timer) += task_timer;
  int err = scheduler->error;
  if (worker->nested == 0) scheduler->error = 0;
  return err;
"""

# Multicore (seen in 0.25.32): a task that only wakes up threads may be left in the main
# thread's own queue; closing the context then waits for it forever.
_OWN_QUEUE = """\
  // And then destroy our own queue.
"""
_EMPTIED_QUEUE = """\
  // And then destroy our own queue.
  struct subtask *left;
  while (subtask_queue_dequeue(&scheduler->workers[0], &left, 0) == 0) free(left);
"""

# CPU back ends (seen in 0.25.32): the result of malloc is not checked. The patch first
# frees memory that is kept for reuse, as GPU back ends do.
_UNCHECKED = """\
    *size_out = size;
    *mem_out = malloc(size);
"""
_CHECKED = """\
    *size_out = size;
    *mem_out = malloc(size);
    if (*mem_out == NULL && size > 0) {
      free_all_in_free_list(ctx);
      *mem_out = malloc(size);
      if (*mem_out == NULL) lexical_realloc_error(ctx, size);
    }
"""
_PATCHES = (
    (_STICKY_ERROR, _CLEARED_ERROR),
    (_OWN_QUEUE, _EMPTIED_QUEUE),
    (_UNCHECKED, _CHECKED),
)

# Arrays are filled even if their allocation failed.
_FILLED = re.compile(r"^    if \((\(size_t\) \(?dim0\b.* > 0)\)$", re.MULTILINE)
_FILLED_IF_THERE = r"    if (err == 0 && \1)"
_SENT = re.compile(r"^    (err = memcpy_host2gpu\(.* arr->mem\.mem, )", re.MULTILINE)
_SENT_IF_THERE = r"    if (err == 0) \1"

# An allocation of a negative size aborts the process.
_PANIC = re.compile(r'^ +futhark_panic\(1, "Negative allocation .*\);$', re.MULTILINE)
_REFUSAL = """\
    {
        set_error(ctx, msgprintf("Failed to allocate memory.\\nAttempted allocation of \
%lld bytes for %s\\n", (long long) size, desc));
        return FUTHARK_OUT_OF_MEMORY;
    }"""

# Products of sizes may overflow an int64_t, and the allocation would then be too small.
# The patch saturates them; the largest int64_t always fails to allocate.
_PRODUCT = re.compile(
    r"^( *int64_t ((?:bytes|binop_[xy])_\d+) = )(.+) \* (.+);$", re.MULTILINE
)
_BEFORE_PRODUCTS = "static void set_error(struct futhark_context* ctx, char *error);\n"
_PRODUCT_FUNCTION = """\
static inline int64_t size_product(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}
"""


def _with_checked_sizes(text: str) -> str:
    """Saturate the products that make up sizes in bytes."""
    if text.count(_BEFORE_PRODUCTS) != 1:
        return text
    factors = {found[2]: {found[3], found[4]} for found in _PRODUCT.finditer(text)}
    # Indices have similar names, and may be computed in inner loops.
    checked = {name for name in factors if name.startswith("bytes_")}
    while more := {f for name in checked for f in factors[name] if f in factors}:
        if more <= checked:
            break
        checked |= more

    def check(found: re.Match[str]) -> str:
        if found[2] not in checked:
            return found[0]
        return f"{found[1]}size_product({found[3]}, {found[4]});"

    text = text.replace(_BEFORE_PRODUCTS, _BEFORE_PRODUCTS + _PRODUCT_FUNCTION)
    return _PRODUCT.sub(check, text)


# Entry points report that sizes are wrong, but not which.
_SIZES = re.compile(
    r"^    if \(!\((.+)\)\) \{\n        ret = 1;\n        set_error\(ctx, "
    r'msgprintf\("(Error: entry point arguments have invalid sizes\.\\n)"\)\);$',
    re.MULTILINE,
)
_COMPARED = re.compile(
    r"(?:\(int64_t\) )?(\w+) == (in(\d+)(?:->v(\d+))?->shape\[(\d+)\])"
)


def _with_named_sizes(text: str) -> str:
    """Let entry points list the compared sizes below their message."""

    def listed(found: re.Match[str]) -> str:
        items: list[str] = []
        values: list[str] = []
        names: dict[str, None] = {}
        for size, expression, position, leaf, dimension in _COMPARED.findall(found[1]):
            where = f"in{position}" + (f".v{leaf}" if leaf else "")
            items.append(f"{size} {where}[{dimension}]=%lld")
            values.append(expression)
            names[size] = None
        if not items:
            return found[0]
        # Sizes may be parameters themselves.
        start = text.rfind("\nint futhark_entry_", 0, found.start())
        for size in names:
            given = re.search(
                rf"^    {size} = (in(\d+)(?:->v(\d+))?);$",
                text[start : found.start()],
                re.MULTILINE,
            )
            if given:
                leaf = f".v{given[3]}" if given[3] else ""
                items.append(f"{size} in{given[2]}{leaf}=%lld")
                values.append(given[1])
        said = f"{found[2]}Sizes: {'; '.join(items)}\\n"
        numbers = ", ".join(f"(long long) {value}" for value in values)
        return found[0].replace(f'"{found[2]}"', f'"{said}", {numbers}')

    return _SIZES.sub(listed, text)


# All back ends (seen in 0.25.32): two functions of f64 return f32.
_SINGLE = re.compile(
    r"\bfloat (futrts_(?:nextafter|copysign)64)\(\w+ x, \w+ y\)",
)
_DOUBLE = r"double \1(double x, double y)"

# ISPC (seen in 0.25.32): cbrt of f64 is not declared for ISPC before 1.28, and computes
# with f32 in vectors, as do nextafter and pow; pi is an f32.
_CBRT = "futhark_bridge_cbrt"
_DECLARED = f"unmasked uniform double {_CBRT}(uniform double)"
_VECTOR_CBRT = "SCALAR_FUN_ATTR double futrts_cbrt64(double x) {\n"
_SINGLE_CBRT = "uniform double futrts_cbrt64(uniform double x) {\n  return "
_POW = """\
fpow64(double a, double b) {
  float ret;
  foreach_active (i) {
      uniform float r = """
_KERNEL_PATCHES = (
    (_VECTOR_CBRT, f'extern "C" {_DECLARED};\n{_VECTOR_CBRT}'),
    ("uniform double r = cbrtf(", f"uniform double r = {_CBRT}("),
    (f"{_SINGLE_CBRT}cbrt(", f"{_SINGLE_CBRT}{_CBRT}("),
    ("nextafter(uniform float x, uniform d", "nextafter(uniform double x, uniform d"),
    (_POW, _POW.replace("float", "double")),
    ("#define M_PI 3.141592653589793\n", "#define M_PI 3.141592653589793d\n"),
)
_CBRT_FOR_KERNELS = f"\ndouble {_CBRT}(double x) {{ return cbrt(x); }}\n"


# Reductions of f16 are 0 with ISPC (seen in 0.25.32).
_WRONG_F16 = (
    "error: the compiler's ispc back end computes wrongly with f16: use multicore"
)


def _patch_kernels(kernels: Path) -> None:
    """Patch a generated ISPC file in place; refuse one that computes wrongly."""
    text = kernels.read_text(encoding="utf-8")
    _, _, program = text.partition("struct futhark_mc_")  # after the library
    if re.search(r"\bf16\b", program):
        sys.exit(_WRONG_F16)
    for wrong, right in _KERNEL_PATCHES:
        if text.count(wrong) == 1:
            text = text.replace(wrong, right)
    kernels.write_text(_SINGLE.sub(_DOUBLE, text), encoding="utf-8")


def patch(source: Path) -> None:
    """Patch a generated C file in place, and the ISPC file beside it."""
    text = source.read_text(encoding="utf-8")
    kernels = source.with_suffix(".kernels.ispc")
    if kernels.exists():
        _patch_kernels(kernels)
        text += _CBRT_FOR_KERNELS
    for wrong, right in _PATCHES:
        if text.count(wrong) == 1:
            text = text.replace(wrong, right)
    text = _SINGLE.sub(_DOUBLE, text)
    text = _FILLED.sub(_FILLED_IF_THERE, text)
    text = _SENT.sub(_SENT_IF_THERE, text)
    text = _PANIC.sub(lambda _: _REFUSAL, text)
    text = _with_checked_sizes(text)
    text = _with_named_sizes(text)
    source.write_text(text + _MARKED, encoding="utf-8")


if __name__ == "__main__":
    patch(Path(sys.argv[1]))
