import assert from "node:assert/strict";
import { test } from "node:test";
import { isFutharkError, open } from "../../ts/index.ts";
import { backendsToTest, openOptions } from "../support/backends.ts";
import { programPath } from "../support/programs.ts";

const program = programPath("types");
const { skip } = backendsToTest.find(({ backend }) => backend === "opencl") ?? { skip: "left out" };

test("options reach the compiler of device code", { skip }, async () => {
  const options = { ...openOptions("opencl"), backend: "opencl" } as const;
  await using fut = await open(program, { ...options, buildOptions: ["-cl-std=CL1.2"] });
  assert.deepEqual(await (await fut.entry.fresh(3)).toNested(), [0, 1, 2]);
  const wrong = { ...options, buildOptions: ["-cl-std=CL1.2", "-no-such-option"] };
  await assert.rejects(open(program, wrong), (error) => {
    assert.ok(isFutharkError(error));
    assert.match(error.message, /Invalid build options/);
    return true;
  });
});

test("options are refused where no device code is compiled, and unless they are a list of strings", async () => {
  const wrong: [unknown, RegExp][] = [
    [["-cl-std=CL1.2"], /^build_options: the c back end compiles no device code$/],
    ["-cl-std=CL1.2", /^open: expected option buildOptions to be an array, got -cl-std=CL1.2$/],
    [[1], /^build_options: expected a list of str: \[1\]$/],
    [["-a\0b"], /^build_options: expected a list of str: /],
  ];
  for (const [buildOptions, message] of wrong) {
    const options = { backend: "c", buildOptions } as never;
    await assert.rejects(open(program, options), { code: "bad-argument", message });
  }
});
