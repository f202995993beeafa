package io.pageproxy.source.migrate.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a cgroup, in a folder of the test's. */
class CpuCgroupTest {
    private static final long PID = 7;

    @TempDir Path folder;
    private Path proc;
    private Path mount;

    @BeforeEach
    void makeFolders() throws IOException {
        proc = Files.createDirectories(folder.resolve("proc/7")).getParent();
        Files.createDirectories(proc.resolve("self"));
        mount = Files.createDirectories(folder.resolve("cgroup"));
    }

    @Test
    void unifiedLimitIsQuotaAndPeriod() throws IOException {
        CpuCgroup cgroup = unified("50000 200000");
        assertThat(cgroup.unified()).isTrue();
        assertThat(cgroup.limit()).isEqualTo("50000 200000");
        assertThat(cgroup.cpus()).isEqualTo(0.25);
        assertThat(cgroup.limitOf(0.5)).isEqualTo("100000 200000");
        cgroup.write("max 200000");
        assertThat(cgroup.cpus()).isInfinite();
    }

    @Test
    void kernelAllowsNoLessThanAMillisecond() throws IOException {
        assertThat(unified("max 100000").limitOf(0.0001)).isEqualTo("1000 100000");
    }

    @Test
    void limitOfVersion1StandsInTwoFiles() throws IOException {
        CpuCgroup cgroup = old("-1");
        assertThat(cgroup.unified()).isFalse();
        assertThat(cgroup.cpus()).isInfinite();
        assertThat(cgroup.limitOf(0.5)).isEqualTo("50000");
        cgroup.write("200000");
        assertThat(cgroup.cpus()).isEqualTo(2);
    }

    @Test
    void mountOfAPartOfTheHierarchyIsUnderstood() throws IOException {
        Files.createDirectories(mount.resolve("web"));
        Files.writeString(mount.resolve("web/cpu.max"), "max 100000\n");
        cgroups("0::/pod/web");
        mounts("/pod", "cgroup2", "rw");
        assertThat(CpuCgroup.of(PID, proc).folder()).isEqualTo(mount.resolve("web"));
    }

    @Test
    void cgroupOutsideOfWhatIsMountedIsRefused() throws IOException {
        cgroups("0::/other/web");
        mounts("/pod", "cgroup2", "rw");
        assertThatThrownBy(() -> CpuCgroup.of(PID, proc))
                .hasMessage("the cgroup /other/web cannot be seen from here");
        cgroups("0::/../web");
        mounts("/", "cgroup2", "rw");
        assertThatThrownBy(() -> CpuCgroup.of(PID, proc)).hasMessageContaining("cannot be seen");
    }

    @Test
    void cgroupWithoutCpuControllerIsRefused() throws IOException {
        cgroups("0::/web");
        mounts("/", "cgroup2", "rw");
        assertThatThrownBy(() -> CpuCgroup.of(PID, proc))
                .hasMessageStartingWith("the cgroup /web of process 7 has no cpu.max");
    }

    @Test
    void processWithoutCgroupIsRefused() throws IOException {
        cgroups("4:memory:/web");
        assertThatThrownBy(() -> CpuCgroup.of(PID, proc)).hasMessage("process 7 has no cgroup");
    }

    @Test
    void membersBelowCountToo() throws IOException {
        CpuCgroup cgroup = unified("max 100000");
        Files.writeString(cgroup.folder().resolve("cgroup.procs"), "7\n");
        Path below = Files.createDirectories(cgroup.folder().resolve("worker"));
        Files.writeString(below.resolve("cgroup.procs"), "0\n9\n");
        assertThat(cgroup.members()).containsExactlyInAnyOrder(0L, 7L, 9L);
    }

    private CpuCgroup unified(String limit) throws IOException {
        Files.createDirectories(mount.resolve("web"));
        Files.writeString(mount.resolve("web/cpu.max"), limit + "\n");
        cgroups("4:memory:/elsewhere", "0::/web");
        mounts("/", "cgroup2", "rw");
        return CpuCgroup.of(PID, proc);
    }

    private CpuCgroup old(String quota) throws IOException {
        Files.createDirectories(mount.resolve("web"));
        Files.writeString(mount.resolve("web/cpu.cfs_quota_us"), quota + "\n");
        Files.writeString(mount.resolve("web/cpu.cfs_period_us"), "100000\n");
        cgroups("3:cpu,cpuacct:/web", "0::/");
        mounts("/", "cgroup", "rw,cpu,cpuacct");
        return CpuCgroup.of(PID, proc);
    }

    private void cgroups(String... lines) throws IOException {
        Files.writeString(proc.resolve("7/cgroup"), String.join("\n", lines) + "\n");
    }

    private void mounts(String root, String type, String options) throws IOException {
        Files.writeString(
                proc.resolve("self/mountinfo"),
                "1 0 0:1 / /proc rw - proc proc rw\n"
                        + "2 0 0:2 / /memory rw - cgroup cgroup rw,memory\n"
                        + ("3 0 0:3 " + root + " " + mount + " rw shared:4 - ")
                        + (type + " cgroup " + options + "\n"));
    }
}
