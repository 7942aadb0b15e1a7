import { ftruncateSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { requireInstalled } from "../installed.ts";
import { mayShare } from "./may-share.ts";

/** What Node itself has not of the C library: shared memory, and to look for input without waiting. */
export interface Libc {
  /**
   * Makes memory that has no name, and goes with its last user. Its size stays.
   * @returns A file descriptor that Node knows of: it closes those of a thread that ends.
   */
  create(bytes: number): number;
  /** Puts a part of it in the place of a buffer's own memory: all pages, for reading and writing. */
  mapOver(buffer: ArrayBuffer, fd: number, offset: number): void;
  /** Lets the system back a large array's memory with large pages: far fewer faults on first use. */
  useLargePages(data: ArrayBufferView): void;
  /** Whether there is something to read, or nothing more will come. */
  hasInput(fd: number): boolean;
  /**
   * Whether the system counts what processes may come to use, and refuses more than there is. Then
   * a page of a file of memory may be refused on its first use, which is a SIGBUS: it is to be
   * reserved before. Elsewhere such a use always gets its page, or the system ends a process.
   */
  readonly countsMemory: boolean;
  /**
   * Gets the memory of a part of a file now.
   * @throws There is none.
   */
  reserve(fd: number, offset: number, bytes: number): void;
  /** Gives pages back to the system; what is read there later is zeros. */
  discard(fd: number, offset: number, bytes: number): void;
}

let loaded: Libc | null | undefined;

/**
 * Loads koffi on first use, which takes longer than a small call.
 * @returns `undefined` where there is no koffi, or no Linux.
 */
export function loadLibc(): Libc | undefined {
  if (loaded === undefined) loaded = tryLoad() ?? null;
  return loaded ?? undefined;
}

function tryLoad(): Libc | undefined {
  if (process.platform !== "linux" || "electron" in process.versions) return undefined;
  if (!mayShare()) return undefined;
  try {
    const koffi = requireInstalled("koffi") as typeof import("koffi");
    const libc = koffi.load(null);
    const memfdCreate = libc.func("int memfd_create(const char *name, unsigned int flags)");
    const fcntl = libc.func("int fcntl(int fd, int cmd, int arg)");
    const mmap = libc.func(
      "uintptr_t mmap(uintptr_t addr, size_t length, int prot, int flags, int fd, int64_t offset)",
    );
    const fallocate = libc.func("int fallocate(int fd, int mode, int64_t offset, int64_t length)");
    const close = libc.func("int close(int fd)");
    const poll = libc.func("int poll(void *fds, unsigned long nfds, int timeout)");
    const yieldProcessor = libc.func("int sched_yield(void)");
    const polled = new Int32Array(2);
    const madvise = libc.func("int madvise(uintptr_t addr, size_t length, int advice)");
    return {
      create: (bytes) => {
        const made = memfdCreate("futhark-bridge", MFD_CLOEXEC | MFD_ALLOW_SEALING) as number;
        if (made < 0) throw systemError("memfd_create", koffi.errno());
        try {
          ftruncateSync(made, bytes);
          // Who maps it need not fear that it ends earlier one day: to read there is a SIGBUS.
          if (fcntl(made, F_ADD_SEALS, SEAL_SIZE) < 0) throw systemError("fcntl", koffi.errno());
          return openSync(`/proc/self/fd/${made}`, "r+");
        } finally {
          close(made);
        }
      },
      mapOver: (buffer, fd, offset) => {
        const { byteLength } = buffer;
        const address = BigInt(koffi.address(buffer));
        const flags = MAP_SHARED | MAP_FIXED;
        const mapped = mmap(address, byteLength, PROT_READ_WRITE, flags, fd, offset);
        if (BigInt(mapped) !== address) throw systemError("mmap", koffi.errno());
        if (byteLength >= LARGE_BYTES) madvise(address, byteLength, MADV_HUGEPAGE);
      },
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
      countsMemory: countsMemory(),
      reserve: (fd, offset, bytes) => {
        if (fallocate(fd, 0, offset, bytes) < 0) throw systemError("fallocate", koffi.errno());
      },
      discard: (fd, offset, bytes) => {
        fallocate(fd, PUNCH_HOLE_KEEP_SIZE, offset, bytes);
      },
    };
  } catch {
    // Not installed, or no binary for this system: slower ways remain.
    return undefined;
  }
}

function countsMemory(): boolean {
  try {
    return readFileSync("/proc/sys/vm/overcommit_memory", "latin1").trim() === "2";
  } catch {
    return false;
  }
}

function systemError(call: string, errno: number): Error {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0];
  return new Error(`${call}: ${name ?? errno}`);
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
/** No more seals, no shorter, no longer. */
const SEAL_SIZE = 7;
const POLLIN = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FIXED = 16;
const PUNCH_HOLE_KEEP_SIZE = 3;
const MADV_HUGEPAGE = 14;
const PAGE_BYTES = 4096n;
const LARGE_BYTES = 2 ** 22;
