/** A time in the unit that suits it. */
export function time(us: number): string {
  if (Number.isNaN(us)) return "not measured";
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1e6 ? [us / 1000, "ms"] : [us / 1e6, "s"];
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** A number of elements: 1, 10, 10^3, 3·10^3. */
export function elements(size: number): string {
  const power = Math.floor(Math.log10(size) + 1e-9);
  const factor = size / 10 ** power;
  if (power < 3 || !Number.isInteger(factor)) return String(size);
  return factor === 1 ? `10^${power}` : `${factor}·10^${power}`;
}

/** A number of bytes in MB. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
