package io.pageproxy.dest.images;

import io.pageproxy.posix.Pipe;
import java.io.IOException;

/** Programs do not wait for these: a scripted program inherits a pipe that it never reads. */
public final class FreeImages implements HeldImages {
    private final Pipe pipe;

    public FreeImages() throws IOException {
        pipe = Pipe.open();
    }

    @Override
    public int addReader() {
        return pipe.readingEnd();
    }

    @Override
    public void release(int reader) {
        // Nothing is held.
    }

    @Override
    public void release() throws IOException {
        pipe.close();
    }

    @Override
    public void close() throws IOException {
        pipe.close();
    }
}
