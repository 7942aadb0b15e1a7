import { execFileSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("fail_calls.c", import.meta.url));

/** Builds the library that makes calls fail; returns its path. */
export function buildFaults(folder: string): string {
  const library = join(folder, "fail_calls.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source]);
  return library;
}

/** A call of the C library, or a family of them, and how it fails. */
export interface Fault {
  readonly call: string;
  /** `short`: it moves one byte only. */
  readonly error: string;
  /** It may fail repeatedly, as interrupted calls are always retried. */
  readonly always: boolean;
}

const ERRORS: Record<string, readonly string[]> = {
  open: ["EMFILE", "EACCES", "ENOENT"],
  pipe: ["EMFILE"],
  socketpair: ["EMFILE"],
  socket: ["EMFILE"],
  bind: ["EACCES", "ENOSPC"],
  listen: ["ENOMEM"],
  accept: ["EMFILE", "EAGAIN"],
  connect: ["EACCES", "ECONNREFUSED", "EAGAIN"],
  epoll_create: ["EMFILE"],
  mmap: ["ENOMEM"],
  malloc: ["ENOMEM"],
  memfd_create: ["EMFILE"],
  ftruncate: ["ENOSPC"],
  fallocate: ["ENOSPC"],
  fcntl: ["EPERM"],
  fsync: ["EIO"],
  poll: ["EINTR", "ENOMEM"],
  fork: ["EAGAIN"],
  exec: ["ENOMEM"],
  dup: ["EMFILE"],
  mkdir: ["ENOSPC", "EACCES"],
  mkfifo: ["ENOSPC"],
  rename: ["ENOSPC", "EACCES"],
  unlink: ["EACCES"],
  rmdir: ["EACCES"],
  pthread_create: ["EAGAIN"],
  read: ["EIO", "EINTR", "short"],
  write: ["EIO", "EPIPE", "EAGAIN", "short"],
  pread: ["EIO", "short"],
  pwrite: ["ENOSPC", "short"],
};

export const FAULTS: readonly Fault[] = Object.entries(ERRORS).flatMap(([call, errors]) =>
  errors.map((error) => ({ call, error, always: !["EINTR", "EAGAIN"].includes(error) })),
);

export function errno(error: string): number {
  return error === "short" ? 0 : ((constants.errno as Record<string, number>)[error] as number);
}
