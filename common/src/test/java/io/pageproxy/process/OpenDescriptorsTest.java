package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.posix.LibC;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Simulates a process started with closed standard streams: the system returns 2 and 3 for sockets.
 */
class OpenDescriptorsTest {
    private final List<Integer> closed = new ArrayList<>();

    @Test
    void reservedDescriptorNumbersAreAvoidedAndAllAreClosed() throws Exception {
        LibC libc =
                (LibC)
                        Proxy.newProxyInstance(
                                LibC.class.getClassLoader(),
                                new Class<?>[] {LibC.class},
                                (proxy, method, arguments) -> answer(method.getName(), arguments));

        try (OpenDescriptors open = new OpenDescriptors(libc)) {
            assertThat(open.socketPair(4096)).containsExactly(12, 13);
            assertThat(closed).containsExactly(2, 3);
            open.release(12);
        }

        assertThat(closed).containsExactly(2, 3, 13);
    }

    private Object answer(String function, Object[] arguments) {
        switch (function) {
            case "socketpair" -> {
                int[] pair = (int[]) arguments[3];
                pair[0] = 2;
                pair[1] = 3;
            }
            case "fcntl" -> {
                boolean move = arguments[1].equals(LibC.F_DUPFD_CLOEXEC);
                return move ? 10 + (int) arguments[0] : 0;
            }
            case "close" -> closed.add((int) arguments[0]);
            default -> {}
        }
        return 0;
    }
}
