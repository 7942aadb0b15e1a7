import { ftruncateSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { requireInstalled } from "../installed.ts";
import { mayShare } from "./may-share.ts";

/** Functions of the C library that Node lacks: shared memory, polling, and waiting for a child. */
export interface Libc {
  /**
   * Creates anonymous shared memory of a fixed size, which is freed with its last user.
   * @returns A file descriptor opened by Node, which closes those of a thread that ends.
   */
  create(bytes: number): number;
  /** Maps a part of it over all pages of a buffer, for reading and writing. */
  mapOver(buffer: ArrayBuffer, fd: number, offset: number): void;
  /** Asks for large pages for a large array's memory, which reduces page faults on first use. */
  useLargePages(data: ArrayBufferView): void;
  /** Whether a read would not block: there is input, or the end. */
  hasInput(fd: number): boolean;
  /**
   * Whether the system limits committed memory (`vm.overcommit_memory = 2`). A page of a memory
   * file may then be refused on its first use, as a SIGBUS, so it is reserved before. Otherwise a
   * first use always gets its page, or the system ends a process.
   */
  readonly countsMemory: boolean;
  /**
   * Allocates the memory of a part of a file now.
   * @throws The system has none left.
   */
  reserve(fd: number, offset: number, bytes: number): void;
  /** Returns pages to the system; they read as zeros afterwards. */
  discard(fd: number, offset: number, bytes: number): void;
  /** Frees the system's entry of a child that has exited, and that Node does not wait for. */
  reap(pid: number): void;
}

let loaded: Libc | null | undefined;

/**
 * Loads koffi, on first use.
 * @returns `undefined` without koffi, and on systems other than Linux.
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
    const waitpid = libc.func("int waitpid(int pid, void *status, int options)");
    const yieldProcessor = libc.func("int sched_yield(void)");
    const polled = new Int32Array(2);
    const madvise = libc.func("int madvise(uintptr_t addr, size_t length, int advice)");
    return {
      create: (bytes) => {
        const made = memfdCreate("futhark-bridge", MFD_CLOEXEC | MFD_ALLOW_SEALING) as number;
        if (made < 0) throw systemError("memfd_create", koffi.errno());
        try {
          ftruncateSync(made, bytes);
          // Others may map it safely: if it could shrink, reading past its end would be a SIGBUS.
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
        // Whole pages only. An error means that there are no large pages, and can be ignored.
        const first = start + PAGE_BYTES - (start % PAGE_BYTES);
        const last = start + BigInt(data.byteLength);
        madvise(first, Number(last - (last % PAGE_BYTES) - first), MADV_HUGEPAGE);
      },
      hasInput: (fd) => {
        polled[0] = fd;
        polled[1] = POLLIN;
        if ((poll(polled, 1, 0) as number) > 0) return true;
        // The writer may be waiting for this processor.
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
      reap: (pid) => {
        waitpid(pid, null, WNOHANG);
      },
    };
  } catch {
    // Not installed, or no binary for this system: the pipe is used instead.
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
/** F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW. */
const SEAL_SIZE = 7;
const POLLIN = 1;
const WNOHANG = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FIXED = 16;
const PUNCH_HOLE_KEEP_SIZE = 3;
const MADV_HUGEPAGE = 14;
const PAGE_BYTES = 4096n;
const LARGE_BYTES = 2 ** 22;
