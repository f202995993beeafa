/*
 * Preloaded into a process, logs each successful fsync and unlink with its path to the file that SYNC_LOG names.
 * A power failure cannot be staged in a test; which calls came before which can.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void report(const char *call, const char *path)
{
	const char *log = getenv("SYNC_LOG");
	char line[PATH_MAX + 16];
	int file = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (file < 0)
		return;
	snprintf(line, sizeof(line), "%s %s\n", call, path);
	if (write(file, line, strlen(line)) < 0)
		abort();
	close(file);
}

static int synced(const char *call, int file)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
	char link[64], path[PATH_MAX];
	int result = real(file);
	ssize_t bytes;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	bytes = readlink(link, path, sizeof(path) - 1);
	if (result == 0 && bytes > 0) {
		path[bytes] = 0;
		report("sync", path);
	}
	return result;
}

int fsync(int file)
{
	return synced("fsync", file);
}

int fdatasync(int file)
{
	return synced("fdatasync", file);
}

int unlink(const char *path)
{
	int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
	int result = real(path);

	if (result == 0)
		report("unlink", path);
	return result;
}
