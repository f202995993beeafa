package io.pageproxy.runc;

import io.pageproxy.text.JsonReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What {@code runc state} says of a container.
 *
 * @param status such as {@code running}, {@code paused} or {@code stopped}
 * @param pid of its first process in our PID namespace; 0 if it has none
 * @param bundle the folder with its config.json
 * @param annotations of the container, as it was made
 */
public record ContainerState(
        String status, long pid, Path bundle, Map<String, Object> annotations) {
    /** Status of a container whose tasks run. */
    public static final String RUNNING = "running";

    /** Status of a container that the cgroup freezer holds. */
    public static final String PAUSED = "paused";

    /** Status of a container whose tasks are gone. */
    public static final String STOPPED = "stopped";

    /**
     * Reads the output of {@code runc state}.
     *
     * @throws IOException if it is something else
     */
    static ContainerState parse(String json) throws IOException {
        Map<String, Object> fields = JsonReader.object(json);
        if (fields.get("status") instanceof String status
                && fields.get("pid") instanceof Long pid
                && fields.get("bundle") instanceof String bundle) {
            return new ContainerState(
                    status, pid, Path.of(bundle), JsonReader.member(fields, "annotations"));
        }
        throw new IOException("runc state names no status, pid and bundle");
    }

    /** Whether it has this status. */
    public boolean is(String wanted) {
        return status.equals(wanted);
    }
}
