import type { Settings as All } from "./program.ts";

/** What a page may say: the numbers of each kind of message, from 0 to the limit named here. */
const KINDS = {
  drag: { x0: 1, y0: 1, x1: 1, y1: 1, r: 1, g: 1, b: 1 },
  settings: { viscosity: 0.002, decay: 2, swirl: 2 },
  drawn: { frame: 2 ** 32, age: 1e9, show: 1e9 }, // times in ms
  run: {},
  rest: {},
  reset: {},
} as const;

/** In the order of a row of the program's strokes. */
export type Drag = Readonly<Record<"x0" | "y0" | "x1" | "y1" | "r" | "g" | "b", number>>;
export type Settings = Omit<All, "dt">;
export type Message =
  | readonly ["drag", Drag]
  | readonly ["settings", Settings]
  | readonly ["drawn" | "run" | "rest" | "reset", object];

/**
 * Reads `["kind", { name: number, … }]`.
 * @throws {RangeError} Anything else; it came from outside, and becomes an argument.
 */
export function parseMessage(text: string): Message {
  const parsed: unknown = JSON.parse(text);
  const [kind, body] = Array.isArray(parsed) ? parsed : [];
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    throw new RangeError(`expected a message: ${Object.keys(KINDS).join(", ")}`);
  }
  const checked = Object.entries(KINDS[kind as keyof typeof KINDS]).map(([name, limit]) => {
    const x: unknown = body?.[name];
    if (typeof x === "number" && x >= 0 && x <= limit) return [name, x];
    throw new RangeError(`${kind}: expected ${name} from 0 to ${limit}, got ${String(x)}`);
  });
  return [kind, Object.fromEntries(checked)] as unknown as Message; // as KINDS says
}
