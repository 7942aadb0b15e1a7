/** How values are written. */
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

/** The format that a file's name says, if it does. */
export function formatOf(path: string): Format | undefined {
  return EXTENSIONS[/\.([^./]+)$/.exec(path)?.[1] ?? ""];
}
