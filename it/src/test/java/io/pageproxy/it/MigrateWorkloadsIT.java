package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Realistic workloads, each migrated in one command and verified completely afterwards. */
class MigrateWorkloadsIT extends WholeMigrations {
    private static final int LARGE_MEGABYTES = 500;
    private static final int HEAP_MEGABYTES = 32;
    private static final int KEYS = 20_000;

    @Test
    void processOf500MegabytesMigrates() {
        Workload workload = lab.memory("work", LARGE_MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore", "--no-sync");
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertOneCopy(workload, dest, true);
    }

    @Test
    void javaVirtualMachineMigratesWithHeapAndThreads() {
        Workload heap = lab.javaHeap("work", HEAP_MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore");
        Command migrate = migrate(Lab.address(dest), heap);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        heap.assertGood();
    }

    /**
     * Migrates to another network namespace, where its port is free; on one host the frozen process
     * still occupies it.
     */
    @Test
    void redisMigratesAndNewClientFindsEveryKey() throws IOException {
        int port = FreePort.next();
        Command redis = redis(port);
        RedisClient before = lab.keep(connected(port));
        assertThat(before.ask(each("SET %s " + "v".repeat(100) + "%s"))).containsOnly("+OK");

        OtherHost host = lab.keep(OtherHost.create(lab.folder("logs")));
        Command dest = dest(host);
        Command migrate =
                migrate(
                        Lab.address(dest),
                        redis.pid(),
                        "--verify-name",
                        "dest",
                        "--",
                        "--tcp-close");
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        assertThatThrownBy(() -> before.ask(List.of("PING"))).isNotNull();
        try (RedisClient after = new RedisClient(host.address(), port)) {
            assertThat(after.ask(each("GET %s"))).isEqualTo(each("v".repeat(100) + "%2$s"));
            assertThat(after.ask(List.of("SET more 1", "DBSIZE")))
                    .containsExactly("+OK", ":" + (KEYS + 1));
        }
        dest.close(); // also ends Redis, which would otherwise keep the network alive
    }

    private Command redis(int port) {
        Path home = lab.folder("redis");
        return lab.start(
                "redis",
                List.of(
                        "setsid",
                        "redis-server",
                        "--port",
                        "" + port,
                        "--bind",
                        "0.0.0.0",
                        "--protected-mode",
                        "no",
                        "--save",
                        "",
                        "--dir",
                        home.toString()));
    }

    private static RedisClient connected(int port) {
        return await().atMost(Command.TIMEOUT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> new RedisClient("127.0.0.1", port), client -> true);
    }

    private static List<String> each(String format) {
        return IntStream.range(0, KEYS).mapToObj(i -> format.formatted("key-" + i, i)).toList();
    }

    /** Open connections are closed on both sides, because their peers are elsewhere. */
    private Command dest(OtherHost host) {
        return dest(
                host.in(),
                lab.images(),
                List.of(
                        "--listen",
                        host.address() + ":0",
                        "--allow-dns",
                        "source",
                        "--allow-restore",
                        "--restore-arg=--tcp-close"));
    }
}
