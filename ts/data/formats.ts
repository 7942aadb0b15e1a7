/** The formats that values are written in. */
export const FORMATS = ["text", "binary", "json", "npy", "arrow", "stored"] as const;
export type Format = (typeof FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, Format>> = {
  in: "text",
  out: "text",
  txt: "text",
  data: "binary",
  bin: "binary",
  json: "json",
  npy: "npy",
  arrow: "arrow",
  arrows: "arrow",
  futv: "stored",
};

/** Returns the format for a file name's extension, if it is known. */
export function formatOf(path: string): Format | undefined {
  return EXTENSIONS[/\.([^./]+)$/.exec(path)?.[1] ?? ""];
}
