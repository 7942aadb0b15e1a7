/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Of a suite that ran nothing. */
export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Reads the closing lines of node's TAP reporter; cancelled tests have failed. */
export function countTap(tap: string): Counts | undefined {
  const number = (name: string) => {
    const matches = [...tap.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))];
    return Number(matches.at(-1)?.[1]);
  };
  const [passed, failed] = [number("pass"), number("fail") + number("cancelled")];
  const skipped = number("skipped") + number("todo");
  return Number.isNaN(passed + failed + skipped) ? undefined : { passed, failed, skipped };
}

/** Reads the totals of a JUnit file as pytest writes it. */
export function countJunit(xml: string): Counts | undefined {
  const suite = /<testsuite\s[^>]*>/.exec(xml)?.[0];
  if (suite === undefined) return undefined;
  const number = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1]);
  const [failed, skipped] = [number("failures") + number("errors"), number("skipped")];
  const passed = number("tests") - failed - skipped;
  return Number.isNaN(passed) ? undefined : { passed: Math.max(0, passed), failed, skipped };
}

/** Adds up the suites. */
export function addCounts(all: readonly Counts[]): Counts {
  return all.reduce((sum, counts) => ({
    passed: sum.passed + counts.passed,
    failed: sum.failed + counts.failed,
    skipped: sum.skipped + counts.skipped,
  }));
}

/** The last line of a test run. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

/** 0 only when tests ran and none failed. */
export function exitStatus({ passed, failed }: Counts): number {
  return passed > 0 && failed === 0 ? 0 : 1;
}
