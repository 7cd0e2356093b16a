/* A wall clock of its own for a process: as many seconds off as a file says, read anew at each look.
 *
 * Loaded before the C library (LD_PRELOAD). Clocks that only run on, by which programs wait, stay true.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int *off;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SAFEHAND_OTHER_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0)
    return;
  void *found = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (found != MAP_FAILED)
    off = found;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int failed = (int)syscall(SYS_clock_gettime, clock, at);
  if (!failed && off && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    at->tv_sec += *off;
  return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  int failed = clock_gettime(CLOCK_REALTIME, &exact);
  if (!failed) {
    at->tv_sec = exact.tv_sec;
    at->tv_usec = exact.tv_nsec / 1000;
  }
  return failed;
}

time_t time(time_t *told) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (told)
    *told = exact.tv_sec;
  return exact.tv_sec;
}
