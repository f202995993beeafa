package io.pageproxy.process;

import java.util.Map;

/** The environment of children that serve a peer, which inherits nothing else from ours. */
public final class ChildEnvironment {
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ChildEnvironment() {}

    /** Our PATH, and a locale with English messages. */
    public static Map<String, String> minimal() {
        String path = System.getenv("PATH");
        return Map.of("PATH", path == null ? DEFAULT_PATH : path, "LC_ALL", "C");
    }
}
