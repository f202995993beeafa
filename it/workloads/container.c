/*
 * A container of one process that can tell whether it survived a migration.
 *
 *   container ROOT [--user-namespace]
 *
 * ROOT is a mount point; it becomes the container's root and must hold this program, statically linked, as "container".
 * The process has PID, mount and IPC namespaces of its own. With --user-namespace it has all of them, and its root is the
 * user 100000 outside. It holds
 *   - a System V shared memory segment, whose id is 0, since it is the first of its namespace;
 *   - fragmented memory: of a large mapping only every other page was ever written, so that each page is a run of its own.
 *
 * The files in ROOT are those of memory-check.pl: "pid" (outside), "status", which is "ready 0", "ok N ." or "corrupt N WHAT",
 * and "check", which asks for a check.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, SEGMENT_WORDS = 64 * PAGE_BYTES / 4, FRAGMENTS = 6000, WORDS_A_PAGE = PAGE_BYTES / 4 };

static const char INSIDE[] = "inside"; /* the only argument of the second start */

static void die(const char *what) {
    fprintf(stderr, "container: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_file(const char *path, int flags, const char *format, ...) {
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int file = open(path, O_WRONLY | flags, 0644);
    if (file < 0 || write(file, text, length) != length || close(file) < 0)
        die(path);
}

/* Replaces the file atomically. */
static void publish(const char *name, const char *format, int check, const char *what) {
    write_file("new", O_CREAT | O_TRUNC, format, check, what);
    if (rename("new", name) < 0)
        die(name);
}

static uint32_t word_of(uint32_t place) {
    return (place + 1) * 2654435761u;
}

/* ---- inside the container, as its first process */

static int run(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++)
        close(descriptor); /* these belong to the outer mount namespace */
    int id = shmget(IPC_PRIVATE, SEGMENT_WORDS * sizeof(uint32_t), IPC_CREAT | 0600);
    uint32_t *segment = shmat(id, NULL, 0);
    size_t bytes = 2ul * FRAGMENTS * PAGE_BYTES;
    uint32_t *fragments = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (segment == (void *)-1 || fragments == MAP_FAILED)
        return 1;
    madvise(fragments, bytes, MADV_NOHUGEPAGE);
    for (uint32_t i = 0; i < SEGMENT_WORDS; i++)
        segment[i] = word_of(i);
    for (uint32_t i = 0; i < FRAGMENTS; i++)
        fragments[2 * i * WORDS_A_PAGE] = word_of(i);
    publish("status", "ready %d%s\n", 0, "");

    for (int check = 1;;) {
        usleep(20000);
        if (unlink("check") < 0)
            continue;
        const char *wrong = "";
        struct shmid_ds ignored;
        if (id != 0 || shmctl(0, IPC_STAT, &ignored) < 0)
            wrong = "id of the segment";
        for (uint32_t i = 0; i < SEGMENT_WORDS; i++)
            if (segment[i] != word_of(i))
                wrong = "segment";
        for (uint32_t i = 0; i < FRAGMENTS; i++)
            if (fragments[2 * i * WORDS_A_PAGE] != word_of(i))
                wrong = "fragmented memory";
        if (getuid() != 0)
            wrong = "user";
        publish("status", *wrong ? "corrupt %d %s\n" : "ok %d %s.\n", check, wrong);
        check++;
    }
}

/* ---- the way into the container */

static void enter(const char *root, int with_user) {
    if (setsid() < 0)
        die("setsid");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0
        || chdir(root) < 0)
        die(root);
    /* In a user namespace only while another one can be seen. */
    if ((mkdir("proc", 0755) < 0 && errno != EEXIST) || mount("proc", "proc", "proc", 0, NULL) < 0)
        die("proc");
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        die("pivot_root");
    if (with_user && (setgroups(0, NULL) < 0 || setgid(0) < 0 || setuid(0) < 0))
        die("root of the user namespace");
    for (int descriptor = 3; descriptor < 256; descriptor++)
        close(descriptor);
    /* Memory allocated before the user namespace would not belong to it. */
    execl("/container", "container", INSIDE, (char *)NULL);
    die("/container");
}

static void map_users(pid_t process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/uid_map", process);
    write_file(path, 0, "0 100000 65536\n");
    snprintf(path, sizeof path, "/proc/%d/gid_map", process);
    write_file(path, 0, "0 100000 65536\n");
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], INSIDE) == 0)
        return run();
    if (count < 2)
        return 2;
    int with_user = count == 3 && strcmp(words[2], "--user-namespace") == 0;
    int namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    if (with_user)
        namespaces |= CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS;
    int go[2];
    if (pipe(go) < 0)
        die("pipe");
    pid_t process = syscall(SYS_clone, SIGCHLD | namespaces, NULL, NULL, NULL, NULL);
    if (process < 0)
        die("clone");
    if (process == 0) {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            return 1; /* the outer process has failed */
        enter(words[1], with_user);
    }
    if (with_user)
        map_users(process);
    char path[512];
    snprintf(path, sizeof path, "%s/pid", words[1]);
    write_file(path, O_CREAT | O_TRUNC, "%d\n", process);
    if (write(go[1], "!", 1) != 1)
        die("pipe");
    return 0;
}
