/** The formats that values are written in. */
export const FORMATS = [
  "text",
  "binary",
  "json",
  "npy",
  "npz",
  "arrow",
  "stored",
  "png",
  "jpeg",
  "csv",
  "parquet",
] as const;
export type Format = (typeof FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, Format>> = {
  in: "text",
  out: "text",
  txt: "text",
  data: "binary",
  bin: "binary",
  json: "json",
  npy: "npy",
  npz: "npz",
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  arrow: "arrow",
  arrows: "arrow",
  csv: "csv",
  parquet: "parquet",
  futv: "stored",
};

/** The extensions that have a format; `.gz` may follow. */
export const KNOWN_EXTENSIONS: readonly string[] = Object.keys(EXTENSIONS);

/** Returns the format for a file name's extension, without `.gz`, if it is known. */
export function formatOf(path: string): Format | undefined {
  const extension = /\.([^./]+)$/.exec(path.replace(/\.gz$/i, ""))?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
}
