import type { Name } from "./contestant.ts";
import { type Built, openContestants } from "./contestants.ts";
import type { Budget } from "./effort.ts";
import type { PackageForm } from "./package-form.ts";
import { measureCurve } from "./parts/curve.ts";
import { measureForgotten } from "./parts/forgotten.ts";
import { measureMemory } from "./parts/memory.ts";
import { measureScale } from "./parts/scale.ts";
import { measureShapes } from "./parts/shapes.ts";
import { measureStartUp } from "./parts/start-up.ts";
import { measureStates } from "./parts/states.ts";
import type { Log, Measured, Part, Results } from "./results.ts";

/** What is measured, and with what. */
export interface Place {
  readonly form: PackageForm;
  readonly python: string;
  readonly built: Built;
  readonly backend: string;
  readonly quick: boolean;
}

/** Measures the parts one after the other. */
export async function measure(
  { form, python, built, backend, quick }: Place,
  parts: readonly Part[],
  ways: readonly Name[] | undefined,
  budget: Budget,
  log: Log,
): Promise<Omit<Results, "machine" | "backend" | "quick">> {
  const measured: Measured[] = [];
  let results: Omit<Results, "machine" | "backend" | "quick" | "measured"> = { absent: [] };
  const wants = (part: Part): boolean => {
    if (parts.includes(part)) log(`· ${part}, ${Math.round(performance.now() / 1000)} s`);
    return parts.includes(part);
  };
  const inTurns = (["curve", "forgotten", "states", "shapes"] as const).some((part) =>
    parts.includes(part),
  );
  const opened = inTurns
    ? await openContestants(form, python, built, backend, ways)
    : { contestants: [], absent: [] };
  const { contestants } = opened;
  const absent = [...opened.absent];
  try {
    if (wants("curve")) {
      const curve = await measureCurve(contestants, budget, log);
      measured.push(...curve.measured);
      absent.push(...curve.absent);
    }
    if (wants("forgotten")) {
      const { measured: turns, forgotten } = await measureForgotten(contestants, budget, log);
      measured.push(...turns);
      results = { ...results, forgotten };
    }
    if (wants("states")) measured.push(...(await measureStates(contestants, budget, log)));
    if (wants("shapes")) measured.push(...(await measureShapes(contestants, budget, quick, log)));
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
  for (const reason of absent) log(`· ${reason}`);
  if (wants("start")) {
    const startUp = await measureStartUp(form, python, built.module, quick ? 2 : 15);
    results = { ...results, startUp };
  }
  if (wants("memory")) {
    const sizes = quick ? { elements: 1e7, results: 100 } : { elements: 1e8, results: 1e4 };
    const memory = await measureMemory(form, built.module, sizes);
    if (memory !== undefined) results = { ...results, memory };
  }
  if (wants("scale")) {
    results = { ...results, scale: await measureScale(form, built.module, quick, log) };
  }
  return { ...results, measured, absent };
}
