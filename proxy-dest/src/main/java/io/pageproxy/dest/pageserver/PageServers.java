package io.pageproxy.dest.pageserver;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.util.List;

/** Starts page servers, one a session. */
public interface PageServers {
    /** The program and its version, for people. */
    String version();

    /** The record layout that its page servers speak. */
    RecordLayout layout();

    /**
     * Starts one that reads its session's stream from its socket and writes images to the folder;
     * blocks for the start.
     *
     * @throws IOException that says why it could not be started
     */
    ChildProcess start(ImagesFolder folder) throws IOException;

    /** The same with further arguments, where they are programs that take any. */
    default PageServers with(List<String> furtherArguments) {
        return this;
    }

    /** Whether they take pages out of the parent's images that a newer image has. */
    default boolean thinOutParents() {
        return false;
    }
}
