/** An operation on Python objects, and its correct result. */
export interface FaultCase {
  readonly name: string;
  /** An async function of `python`, which imports a module; `builtins` and `np` are in scope. */
  readonly code: string;
  /** What `inspect` shows of the result; or of an error, its name and message. */
  readonly right: RegExp;
}

/** The faults of plain pythonia that are known from its source and its issues. */
export const FAULTS: readonly FaultCase[] = [
  { name: "a NaN comes back", code: "return await builtins.float('nan')", right: /^NaN$/ },
  { name: "a list with an infinity", code: "return (await builtins.eval('[1.5, float(\"inf\")]')).valueOf()", right: /^\[ 1.5, Infinity \]$/ },
  { name: "a NaN goes in", code: "return await builtins.repr(NaN)", right: /^'nan'$/ },
  { name: "an integer beyond 2^53 comes back", code: "return String(await builtins.pow(3, 40))", right: /^'12157665459056928801'$/ },
  { name: "a bigint goes in", code: "return await builtins.str(2n ** 64n)", right: /^'18446744073709551616'$/ },
  { name: "bytes come back", code: "return (await builtins.bytes([1, 2])).valueOf()", right: /^Uint8Array\(2\) \[ 1, 2 \]$/ },
  { name: "a Buffer goes in", code: "return await builtins.repr(Buffer.from('hi'))", right: /^"b'hi'"$/ },
  { name: "a typed array goes in", code: "return await np.sum(Float64Array.of(1, 2.5))", right: /^3.5$/ },
  { name: "a numpy array's data", code: "const a = (await np.arange(3)).valueOf(); return Array.from((await a).data, Number)", right: /^\[ 0, 1, 2 \]$/ },
  { name: "a numpy scalar", code: "return (await np.float32(1.5)) + 1", right: /^2.5$/ },
  { name: "a method of an array in an attribute", code: "const t = await python('types'); const o = await t.SimpleNamespace$({ a: await np.arange$(3, { $proxy: true }).catch(() => np.arange(3)) }); return await o.a.sum()", right: /^3$/ },
  { name: "append to an empty list in an attribute", code: "const t = await python('types'); const o = await t.SimpleNamespace$({ l: [] }); await o.l.append(1); return await o.l.length", right: /^1$/ },
  { name: "an exception's message", code: "await builtins.int('x')", right: /^PythonError: ValueError: invalid literal for int\(\) with base 10: 'x'$/ },
  { name: "an exception in a generator", code: "const g = await builtins.eval('(1 // x for x in (1, 0))'); for await (const _ of g); return 'ended'", right: /^PythonError: ZeroDivisionError/ },
  { name: "what a callback throws", code: "const f = await builtins.eval('lambda f: f()'); try { await f(() => { throw new RangeError('boom') }) } catch (error) { return [error.message.includes('boom'), error.cause?.message] }", right: /^\[ true, 'boom' \]$/ },
  { name: "a callback's NaN", code: "const f = await builtins.eval('lambda f: repr(f())'); return await f(() => NaN)", right: /^'nan'$/ },
  { name: "a callback from a thread", code: "const f = await builtins.eval('lambda f: __import__(\"concurrent.futures\").futures.ThreadPoolExecutor(1).submit(f, 20).result()'); return await f((x) => x + 1)", right: /^21$/ },
  { name: "sys.exit()", code: "const sys = await python('sys'); await sys.exit(3)", right: /^PythonError: SystemExit: 3$/ },
  { name: "the process exits", code: "const os = await python('os'); await os._exit(3)", right: /^WorkerExitError: .* exited with status 3/ },
  { name: "the process crashes", code: "const c = await python('ctypes'); await c.string_at(0)", right: /^WorkerExitError: .* was ended by SIGSEGV/ },
  { name: "the program ends when it is done", code: "end(); return await builtins.abs(-1)", right: /^1$/ },
]; // biome-ignore format: a table
