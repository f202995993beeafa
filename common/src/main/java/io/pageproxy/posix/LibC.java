package io.pageproxy.posix;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import java.nio.Buffer;

/**
 * The libc functions that are used here, and Linux's constants for them (the same on x86-64 and
 * arm64). Unless stated otherwise a function returns -1 on failure and sets {@code
 * Native.getLastError()}.
 *
 * <p>JNA resolves a function at its first call and throws {@link UnsatisfiedLinkError} if libc does
 * not have it.
 */
public interface LibC extends Library {
    int EINTR = 4;
    int ENOENT = 2;
    int E2BIG = 7;
    int EAGAIN = 11;
    int ENOEXEC = 8;
    int EACCES = 13;
    int ECONNREFUSED = 111;

    int O_RDONLY = 0x0;
    int O_WRONLY = 0x1;
    int O_RDWR = 0x2;
    int O_CREAT = 0x40;
    int O_NOCTTY = 0x100;
    int O_APPEND = 0x400;
    int O_NONBLOCK = 0x800;
    int O_CLOEXEC = 0x80000;

    int MNT_DETACH = 2;

    /** A {@code syscall} number that is the same on all architectures, like all since 2019. */
    long SYS_OPENAT2 = 437;

    int RESOLVE_NO_MAGICLINKS = 0x02;
    int RESOLVE_NO_SYMLINKS = 0x04;
    int RESOLVE_BENEATH = 0x08;

    int AT_FDCWD = -100;
    int AT_SYMLINK_FOLLOW = 0x400;

    int F_GETFL = 3;
    int F_SETFL = 4;
    int F_DUPFD_CLOEXEC = 1030;

    /** Fills a {@code struct winsize} of four shorts; the second is the number of columns. */
    long TIOCGWINSZ = 0x5413;

    /** Takes such a struct. */
    long TIOCSWINSZ = 0x5414;

    int WINSIZE_SHORTS = 4;
    int WINSIZE_COLUMNS = 1;

    /** Fill and take the kernel's {@code struct termios}; c_oflag is its second u32. */
    long TCGETS = 0x5401;

    long TCSETS = 0x5402;
    int TERMIOS_INTS = 16;
    int TERMIOS_OUTPUT_FLAGS = 1;
    int OPOST = 1;

    /** Fills an int: the number of a pseudo terminal, see ioctl_tty(2). */
    long TIOCGPTN = 0x80045430L;

    /** Takes an int: 0 lets the other side of a pseudo terminal be opened. */
    long TIOCSPTLCK = 0x40045431L;

    int AF_UNIX = 1;
    int AF_INET = 2;
    int AF_INET6 = 10;
    short AF_NETLINK = 16;
    int NETLINK_SOCK_DIAG = 4;
    int SOCKADDR_NL_BYTES = 12;
    int SOCK_STREAM = 1;
    int SOCK_DGRAM = 2;
    int SOCK_SEQPACKET = 5;
    int SOCK_CLOEXEC = 0x80000;
    int SOL_SOCKET = 1;
    int SCM_RIGHTS = 1;
    int SO_SNDBUF = 7;
    int SO_SNDTIMEO = 21;
    int SO_SNDBUFFORCE = 32;
    int SHUT_RDWR = 2;
    int MSG_CTRUNC = 0x8;
    int MSG_TRUNC = 0x20;
    int MSG_DONTWAIT = 0x40;
    int MSG_NOSIGNAL = 0x4000;
    int MSG_CMSG_CLOEXEC = 0x40000000;

    short POSIX_SPAWN_SETSIGDEF = 0x04;
    short POSIX_SPAWN_SETSIGMASK = 0x08;
    short POSIX_SPAWN_SETSID = 0x80;

    int RLIMIT_CORE = 4;
    int PR_SET_DUMPABLE = 4;
    int PR_SET_NO_NEW_PRIVS = 38;

    int PR_GET_CHILD_SUBREAPER = 37;

    int P_ALL = 0;
    int P_PID = 1;
    int WNOHANG = 0x1;
    int WEXITED = 0x4;
    int WALL = 0x40000000;
    int WNOWAIT = 0x1000000;

    Pointer SIG_DFL = Pointer.NULL;

    int open(String path, int flags, Object... mode);

    int close(int descriptor);

    int fstatfs(int descriptor, Pointer facts);

    int mkfifo(String path, int mode);

    int umount2(String path, int flags);

    int pipe2(int[] ends, int flags);

    int linkat(int fromFolder, String from, int toFolder, String to, int flags);

    /** Any system call. */
    long syscall(long number, Object... arguments);

    long read(int descriptor, Buffer bytes, long maxBytes);

    long write(int descriptor, Buffer bytes, long lengthBytes);

    int shutdown(int socket, int how);

    int isatty(int descriptor);

    int fcntl(int descriptor, int command, Object... argument);

    int ioctl(int descriptor, long request, Object... argument);

    int socket(int domain, int type, int protocol);

    int connect(int socket, Buffer address, int addressBytes);

    long sendto(
            int socket,
            Buffer bytes,
            long lengthBytes,
            int flags,
            Buffer address,
            int addressBytes);

    long sendmsg(int socket, Pointer message, int flags);

    long recvmsg(int socket, Pointer message, int flags);

    int socketpair(int domain, int type, int protocol, int[] descriptors);

    int setsockopt(int descriptor, int level, int option, int[] value, int valueBytes);

    /** Returns an error number, or 0 for success, like all functions of the posix_spawn family. */
    int posix_spawn(
            int[] pid,
            String path,
            Pointer fileActions,
            Pointer attributes,
            StringArray arguments,
            StringArray environment);

    int posix_spawn_file_actions_init(Pointer fileActions);

    int posix_spawn_file_actions_destroy(Pointer fileActions);

    int posix_spawn_file_actions_addopen(
            Pointer fileActions, int descriptor, String path, int flags, int mode);

    int posix_spawn_file_actions_adddup2(Pointer fileActions, int from, int to);

    /** Since glibc 2.29. */
    int posix_spawn_file_actions_addchdir_np(Pointer fileActions, String path);

    /** Since glibc 2.34. */
    int posix_spawn_file_actions_addclosefrom_np(Pointer fileActions, int from);

    int posix_spawnattr_init(Pointer attributes);

    int posix_spawnattr_destroy(Pointer attributes);

    int posix_spawnattr_setflags(Pointer attributes, short flags);

    int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

    int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);

    int waitid(int idType, int id, Pointer info, int options);

    int waitpid(int pid, int[] status, int options);

    int kill(int pid, int signal);

    Pointer signal(int signal, Pointer handler);

    int umask(int mask);

    int syncfs(int descriptor);

    int setrlimit(int resource, long[] softAndHard);

    int prctl(int option, Object... arguments);

    int capget(Pointer header, Pointer sets);

    /** Affects only the calling thread. */
    int capset(Pointer header, Pointer sets);

    int geteuid();

    /** Returns a struct passwd owned by libc; null if there is no such user. */
    Pointer getpwnam(String name);

    /** Like {@link #getpwnam}. */
    Pointer getpwuid(int user);

    /** Returns -1 if there is no room, and always sets the number. */
    int getgrouplist(String user, int group, int[] groups, int[] number);

    String strerror(int errorNumber);

    /** glibc only. */
    String gnu_get_libc_version();

    int getpagesize();
}
