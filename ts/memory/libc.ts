import { ftruncateSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { mayShare } from "./may-share.ts";

/** What Node itself has not of the C library: shared memory, and to look for input without waiting. */
export interface Libc {
  /** Makes memory that has no name, and goes with its last user. @returns A file descriptor. */
  create(bytes: number): number;
  /** Maps it, for reading and writing, into this process, for good. @returns The address. */
  map(fd: number, bytes: number): bigint;
  /** An ArrayBuffer over mapped memory; of less than {@link MAX_VIEW_BYTES}. */
  view(address: bigint, bytes: number): ArrayBuffer;
  /** Lets the system back a large array's memory with large pages: far fewer faults on first use. */
  useLargePages(data: ArrayBufferView): void;
  /** Whether there is something to read, or nothing more will come. */
  hasInput(fd: number): boolean;
  /** Gives pages back to the system; what is read there later is zeros. */
  discard(address: bigint, bytes: number): void;
}

/** An ArrayBuffer over foreign memory can be no larger: Node 20 ends the process instead. */
export const MAX_VIEW_BYTES: number = 2 ** 32 - 2 ** 16;

let loaded: Libc | null | undefined;

/**
 * Loads koffi on first use, which takes longer than a small call.
 * @returns `undefined` where there is no koffi, no Linux, or no memory outside of V8's own (Electron).
 */
export function loadLibc(): Libc | undefined {
  if (loaded === undefined) loaded = tryLoad() ?? null;
  return loaded ?? undefined;
}

function tryLoad(): Libc | undefined {
  if (process.platform !== "linux" || "electron" in process.versions) return undefined;
  if (!mayShare()) return undefined;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    const libc = koffi.load(null);
    const memfdCreate = libc.func("int memfd_create(const char *name, unsigned int flags)");
    const mmap = libc.func(
      "void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)",
    );
    const poll = libc.func("int poll(void *fds, unsigned long nfds, int timeout)");
    const yieldProcessor = libc.func("int sched_yield(void)");
    const polled = new Int32Array(2);
    const madvise = libc.func("int madvise(uintptr_t addr, size_t length, int advice)");
    return {
      create: (bytes) => {
        const fd = memfdCreate("futhark-bridge", MFD_CLOEXEC) as number;
        if (fd < 0) throw systemError("memfd_create", koffi.errno());
        ftruncateSync(fd, bytes);
        return fd;
      },
      map: (fd, bytes) => {
        const address = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0) as bigint;
        if (address === MAP_FAILED) throw systemError("mmap", koffi.errno());
        if (bytes >= LARGE_BYTES) madvise(address, bytes, MADV_HUGEPAGE);
        return address;
      },
      view: (address, bytes) => koffi.view(address, bytes),
      useLargePages: (data) => {
        const start = koffi.address(data);
        // Whole pages only; a system that has no large ones says so, and nothing changes.
        const first = start + PAGE_BYTES - (start % PAGE_BYTES);
        const last = start + BigInt(data.byteLength);
        madvise(first, Number(last - (last % PAGE_BYTES) - first), MADV_HUGEPAGE);
      },
      hasInput: (fd) => {
        polled[0] = fd;
        polled[1] = POLLIN;
        if ((poll(polled, 1, 0) as number) > 0) return true;
        // Who writes it may be waiting for this very processor.
        yieldProcessor();
        return false;
      },
      discard: (address, bytes) => {
        madvise(address, bytes, MADV_REMOVE);
      },
    };
  } catch {
    // Not installed, or no binary for this system: slower ways remain.
    return undefined;
  }
}

function systemError(call: string, errno: number): Error {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
  return new Error(`${call}: ${name ?? errno}`);
}

const MFD_CLOEXEC = 1;
const POLLIN = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MADV_REMOVE = 9;
const MADV_HUGEPAGE = 14;
const PAGE_BYTES = 4096n;
const LARGE_BYTES = 2 ** 22;
const MAP_FAILED = 2n ** 64n - 1n;
