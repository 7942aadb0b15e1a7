// A cluster of two nodes on this machine, for tests: see two_nodes.py.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PoolOptions } from "../../ts/index.ts";
import { findPython } from "../../ts/setup/python-env.ts";

/** A Python with Ray: TEST_RAY_PYTHON, or that of this checkout. */
export const RAY_PYTHON: string = process.env.TEST_RAY_PYTHON ?? findPython();

/** Why the tests of a cluster are skipped: Ray is no part of the default install. */
export const NO_RAY: string | false =
  spawnSync(RAY_PYTHON, [
    "-c",
    "import importlib.util, sys; sys.exit(not importlib.util.find_spec('ray'))",
  ]).status === 0
    ? false
    : "Ray is not installed: npm run test:ray";

/** Options of a pool with two actors. */
export const onRay: PoolOptions & { readonly on: "ray" } = {
  on: "ray",
  backend: "c",
  actors: 2,
  python: RAY_PYTHON,
  output: "ignore",
};

/** The processes whose environment has a mark, such as those of a cluster. */
export function processesWith(mark: string): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && hasMark(pid, mark));
}

/** The drivers of this process that have the value of TEST_MARK. */
export function driversOf(mark: string): number[] {
  return processesWith(`TEST_MARK=${mark}`)
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes("futhark_bridge.ray.driver"))
    .map(Number);
}

function isActor(pid: string): boolean {
  return read(`/proc/${pid}/cmdline`).startsWith("ray::Bootstrap");
}

function hasMark(pid: string, mark: string): boolean {
  return read(`/proc/${pid}/environ`).split("\0").includes(mark);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended, or belongs to another user
  }
}

export type Order = "kill-actor" | "kill-node" | "add-node" | "freeze-node";

/** Two nodes of one processor each, and a head of none. */
export interface TwoNodes {
  readonly address: string;
  /** The variables by which a driver is let in. */
  readonly env: Readonly<Record<string, string>>;
  order(order: Order): Promise<void>;
  /** The number of actors on the nodes. */
  actors(): number;
  /** The number of tasks that were started. */
  executions(): number;
  /** The copies of large arrays, as `task_log.py` notes them. */
  copies(): string[];
  /** The variables by which a driver notes its copies, too. */
  readonly logged: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

/** @param paths Folders where the nodes find Python packages; by default they have none of ours. */
export async function startTwoNodes(paths: readonly string[] = []): Promise<TwoNodes> {
  const folder = mkdtempSync(join(tmpdir(), "fb-ray-test-"));
  const log = join(folder, "tasks");
  const script = fileURLToPath(new URL("two_nodes.py", import.meta.url));
  const hooks = join(folder, "hooks");
  mkdirSync(hooks);
  copyFileSync(new URL("task_log.py", import.meta.url), join(hooks, "sitecustomize.py"));
  const token = join(folder, "token");
  writeFileSync(token, randomBytes(32).toString("hex"), { mode: 0o600 });
  const secret = { RAY_AUTH_MODE: "token", RAY_AUTH_TOKEN_PATH: token };
  const env = {
    ...process.env,
    ...secret,
    PYTHONPATH: [hooks, ...paths].join(":"),
    TEST_TASK_LOG: log,
  };
  const child = spawn(RAY_PYTHON, [script], { env, stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the cluster has ended");
    return JSON.parse(value) as T;
  };
  const noted = (): string[] => read(log).split("\n");
  const { address } = await answer<{ address: string }>();
  return {
    address,
    env: secret,
    order: async (order) => {
      child.stdin.write(`${order}\n`);
      await answer();
    },
    actors: () => processesWith(`TEST_TASK_LOG=${log}`).filter(isActor).length,
    executions: () => noted().filter((line) => line === "task").length,
    copies: () => noted().filter((line) => line.startsWith("copy ")),
    logged: { TEST_TASK_LOG: log, PYTHONPATH: hooks },
    end: async () => {
      child.stdin.end();
      await new Promise((resolve) => child.once("exit", resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
