package io.pageproxy.dest.pageserver;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.util.List;

/** Starts page servers, one per session. */
public interface PageServers {
    /** The program and its version, for display. */
    String version();

    /** The record layout of its page servers. */
    RecordLayout layout();

    /**
     * Starts a page server that reads the stream from its socket and writes images to the folder;
     * blocks until it has started.
     *
     * @throws IOException if it cannot be started; the message says why
     */
    ChildProcess start(ImagesFolder folder) throws IOException;

    /** Returns page servers with further arguments, if they are programs that accept arguments. */
    default PageServers with(List<String> furtherArguments) {
        return this;
    }

    /** Whether they remove pages from the parent's images that a newer image contains. */
    default boolean thinOutParents() {
        return false;
    }
}
