export type Message = readonly [kind: string, body: Readonly<Record<string, number>>];

/** What a page may say: the numbers of each kind of message, from 0 to the limit named here. */
const KINDS: Readonly<Record<string, Message[1]>> = {
  drag: { x0: 1, y0: 1, x1: 1, y1: 1, r: 1, g: 1, b: 1 }, // in the order of a row of strokes
  settings: { viscosity: 0.002, decay: 2, swirl: 2 },
  drawn: { frame: 2 ** 32, age: 1e9, show: 1e9 }, // times in ms
  ...{ run: {}, rest: {}, reset: {} },
};

/** Reads `["kind", { name: number, … }]`, and refuses all else: it came from outside. */
export function parseMessage(text: string): Message {
  const parsed: unknown = JSON.parse(text);
  const [kind, body] = Array.isArray(parsed) ? parsed : [];
  const known = typeof kind === "string" && Object.hasOwn(KINDS, kind);
  if (!known) throw new RangeError(`expected one of ${Object.keys(KINDS).join(", ")}`);
  const checked = Object.entries(KINDS[kind] ?? {}).map(([name, limit]) => {
    const x: unknown = body?.[name];
    if (typeof x === "number" && x >= 0 && x <= limit) return [name, x];
    throw new RangeError(`${kind}: expected ${name} from 0 to ${limit}, got ${String(x)}`);
  });
  return [kind, Object.fromEntries(checked)];
}
