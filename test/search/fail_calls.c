// A library that is loaded before all others (LD_PRELOAD), and makes one call of the C library
// fail: the process that loads it stands for one on a system that has run out of something.
//
// The faults are set by `fail`, or by the environment of the selected process, of which
// nothing goes on to those that it starts:
//
//   FAIL_CALL   the name of the call, or of its family: "open" is openat too
//   FAIL_ERRNO  its error; 0 makes a read or a write do less than it is asked for
//   FAIL_AT     which one of those calls fails first, from 1
//   FAIL_ALL    1: and all that follow
//   FAIL_FROM   counting starts when a file is opened whose path holds this
//   FAIL_IN     the selected process is the first whose command line holds this; up to an
//               opening brace, behind which a command line holds others
//   FAIL_COUNT  a file of 8 bytes that takes the number of such calls

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char name[32], from[128];
static int error, first, all;
static atomic_int armed;
static atomic_long own_count, *count = &own_count;

// Sets what fails: the first-th call from now on. No name: none.
void fail(const char *call, int with, int at, int forever) {
  atomic_store(&armed, 0);
  strncpy(name, call, sizeof name - 1);
  error = with;
  first = at;
  all = forever;
  atomic_store(count, 0);
  atomic_store(&armed, *call != 0);
}

// How many of those calls there were.
int fail_count(void) { return (int)atomic_load(count); }

// The pipes of this process: Node's loop wakes itself up by them, and by an event's descriptor.
static ino_t pipes[256];
static int n_pipes, spared;

static void made_pipe(int fd) {
  struct stat facts;
  // The first are the loop's, and stay; the later ones are of processes that are started.
  if (n_pipes == 256) n_pipes = 128;
  if (fstat(fd, &facts) == 0) pipes[n_pipes++] = facts.st_ino;
}

// Leaves those alone from now on.
void spare_own_pipes(void) { spared = 1; }

static int is_spared(int fd) {
  struct stat facts;
  if (!spared || fstat(fd, &facts) != 0) return 0;
  if ((facts.st_mode & S_IFMT) == 0) return 1;
  for (int i = 0; S_ISFIFO(facts.st_mode) && i < 256; i++) {
    if (pipes[i] == facts.st_ino) return 1;
  }
  return 0;
}

static int take(const char *variable) {
  const char *found = getenv(variable);
  int value = found ? atoi(found) : 0;
  unsetenv(variable);
  return value;
}

static int is_meant(const char *part) {
  static char line[4096];
  int fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY);
  long length = syscall(SYS_read, fd, line, sizeof line - 1);
  syscall(SYS_close, fd);
  for (long i = 0; i < length; i++) {
    if (line[i] == '{') length = i;
    else if (line[i] == 0) line[i] = ' ';
  }
  line[length < 0 ? 0 : length] = 0;
  return strstr(line, part) != NULL;
}

__attribute__((constructor)) static void start(void) {
  char *call = getenv("FAIL_CALL"), *path = getenv("FAIL_COUNT"), *when = getenv("FAIL_FROM");
  char *part = getenv("FAIL_IN");
  if (call == NULL || (part && !is_meant(part))) return;
  if (when) strncpy(from, when, sizeof from - 1);
  if (path) {
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
    void *place = (void *)syscall(SYS_mmap, 0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (place != MAP_FAILED) count = place;
  }
  int with = take("FAIL_ERRNO"), at = take("FAIL_AT"), forever = take("FAIL_ALL");
  fail(call, with, at, forever);
  unsetenv("FAIL_CALL");
  unsetenv("FAIL_COUNT");
  unsetenv("FAIL_FROM");
  unsetenv("FAIL_IN");
  unsetenv("LD_PRELOAD");
  if (*from) atomic_store(&armed, 0);
}

static int fails(const char *call) {
  if (!atomic_load(&armed) || strcmp(call, name) != 0) return 0;
  long now = atomic_fetch_add(count, 1) + 1;
  if (first == 0 || (all ? now < first : now != first)) return 0;
  errno = error;
  return 1;
}

static void opened(const char *path) {
  if (*from && path && strstr(path, from)) {
    *from = 0;
    atomic_store(&armed, 1);
  }
}

#define NEXT(result, function, ...)                                   \
  static result (*next)(__VA_ARGS__);                                 \
  if (next == NULL) next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #function);

#define OPEN(function)                                                \
  int function(const char *path, int flags, ...) {                    \
    NEXT(int, function, const char *, int, ...)                       \
    va_list rest;                                                     \
    va_start(rest, flags);                                            \
    int mode = va_arg(rest, int);                                     \
    va_end(rest);                                                     \
    opened(path);                                                     \
    return fails("open") ? -1 : next(path, flags, mode);              \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(function)                                              \
  int function(int at, const char *path, int flags, ...) {            \
    NEXT(int, function, int, const char *, int, ...)                  \
    va_list rest;                                                     \
    va_start(rest, flags);                                            \
    int mode = va_arg(rest, int);                                     \
    va_end(rest);                                                     \
    opened(path);                                                     \
    return fails("open") ? -1 : next(at, path, flags, mode);          \
  }
OPENAT(openat)
OPENAT(openat64)

// A call that returns -1.
#define CALL(call, function, arguments, ...)                          \
  int function(__VA_ARGS__) {                                         \
    NEXT(int, function, __VA_ARGS__)                                  \
    return fails(call) ? -1 : next arguments;                         \
  }
#define PIPE(function, arguments, ...)                                \
  int function(__VA_ARGS__) {                                         \
    NEXT(int, function, __VA_ARGS__)                                  \
    if (fails("pipe") || next arguments != 0) return -1;              \
    made_pipe(fds[0]);                                                \
    return 0;                                                         \
  }
PIPE(pipe, (fds), int fds[2])
PIPE(pipe2, (fds, flags), int fds[2], int flags)
CALL("socketpair", socketpair, (a, b, c, fds), int a, int b, int c, int fds[2])
CALL("socket", socket, (a, b, c), int a, int b, int c)
CALL("bind", bind, (fd, a, n), int fd, const struct sockaddr *a, socklen_t n)
CALL("listen", listen, (fd, n), int fd, int n)
CALL("accept", accept4, (fd, a, n, flags), int fd, struct sockaddr *a, socklen_t *n, int flags)
CALL("connect", connect, (fd, a, n), int fd, const struct sockaddr *a, socklen_t n)
CALL("memfd_create", memfd_create, (n, flags), const char *n, unsigned flags)
CALL("ftruncate", ftruncate, (fd, size), int fd, off_t size)
CALL("ftruncate", ftruncate64, (fd, size), int fd, off64_t size)
CALL("fallocate", fallocate, (fd, a, b, c), int fd, int a, off_t b, off_t c)
CALL("poll", poll, (fds, n, ms), struct pollfd *fds, nfds_t n, int ms)
CALL("fork", fork, (), void)
CALL("exec", execvp, (path, args), const char *path, char *const args[])
CALL("exec", execve, (path, args, env), const char *path, char *const args[], char *const env[])
CALL("dup", dup, (fd), int fd)
CALL("dup", dup2, (fd, to), int fd, int to)
CALL("mkdir", mkdir, (path, mode), const char *path, mode_t mode)
CALL("mkfifo", mkfifo, (path, mode), const char *path, mode_t mode)
CALL("rename", rename, (path, to), const char *path, const char *to)
CALL("rename", renameat, (a, path, b, to), int a, const char *path, int b, const char *to)
CALL("unlink", unlink, (path), const char *path)
CALL("unlink", unlinkat, (fd, path, flags), int fd, const char *path, int flags)
CALL("rmdir", rmdir, (path), const char *path)
CALL("fsync", fsync, (fd), int fd)
CALL("epoll_create", epoll_create1, (flags), int flags)

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with) {
  NEXT(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
  return fails("pthread_create") ? error : next(thread, how, run, with);
}

#define FCNTL(function)                                               \
  int function(int fd, int command, ...) {                            \
    NEXT(int, function, int, int, ...)                                \
    va_list rest;                                                     \
    va_start(rest, command);                                          \
    long value = va_arg(rest, long);                                  \
    va_end(rest);                                                     \
    return fails("fcntl") ? -1 : next(fd, command, value);            \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

// Private memory is the runtimes' own, which end without it.
#define MMAP(function, offset_t)                                                                 \
  void *function(void *place, size_t size, int protection, int flags, int fd, offset_t offset) { \
    NEXT(void *, function, void *, size_t, int, int, int, offset_t)                              \
    if ((flags & MAP_SHARED) && fails("mmap")) return MAP_FAILED;                                \
    return next(place, size, protection, flags, fd, offset);                                     \
  }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

// A call that moves bytes: without an error it moves but one.
#define MOVE(call, function, data_t)                                  \
  ssize_t function(int fd, data_t data, size_t size) {                \
    NEXT(ssize_t, function, int, data_t, size_t)                      \
    if (size == 0 || fd <= 2 || is_spared(fd) || !fails(call)) return next(fd, data, size); \
    return error ? -1 : next(fd, data, 1);                            \
  }
MOVE("read", read, void *)
MOVE("write", write, const void *)

#define MOVE_SOCKET(call, function, data_t)                           \
  ssize_t function(int fd, data_t data, size_t size, int flags) {     \
    NEXT(ssize_t, function, int, data_t, size_t, int)                 \
    if (size == 0 || !fails(call)) return next(fd, data, size, flags); \
    return error ? -1 : next(fd, data, 1, flags);                     \
  }
MOVE_SOCKET("read", recv, void *)
MOVE_SOCKET("write", send, const void *)

#define MOVE_MANY(call, function)                                     \
  ssize_t function(int fd, const struct iovec *parts, int n) {        \
    NEXT(ssize_t, function, int, const struct iovec *, int)           \
    if (n == 0 || parts->iov_len == 0 || !fails(call)) return next(fd, parts, n); \
    struct iovec one = {parts->iov_base, 1};                          \
    return error ? -1 : next(fd, &one, 1);                            \
  }
MOVE_MANY("read", readv)
MOVE_MANY("write", writev)

#define MOVE_AT(call, function, data_t)                               \
  ssize_t function(int fd, data_t data, size_t size, off64_t at) {    \
    NEXT(ssize_t, function, int, data_t, size_t, off64_t)             \
    if (size == 0 || !fails(call)) return next(fd, data, size, at);   \
    return error ? -1 : next(fd, data, 1, at);                        \
  }
MOVE_AT("pread", pread, void *)
MOVE_AT("pread", pread64, void *)
MOVE_AT("pwrite", pwrite, const void *)
MOVE_AT("pwrite", pwrite64, const void *)

// Large blocks only: without small ones no program goes on.
#define LARGE (1 << 18)
extern void *__libc_malloc(size_t), *__libc_realloc(void *, size_t), *__libc_calloc(size_t, size_t);
void *malloc(size_t size) {
  return size >= LARGE && fails("malloc") ? NULL : __libc_malloc(size);
}
void *realloc(void *block, size_t size) {
  return size >= LARGE && fails("malloc") ? NULL : __libc_realloc(block, size);
}
void *calloc(size_t n, size_t size) {
  return n * size >= LARGE && fails("malloc") ? NULL : __libc_calloc(n, size);
}
