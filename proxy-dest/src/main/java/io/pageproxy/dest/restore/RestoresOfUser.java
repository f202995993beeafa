package io.pageproxy.dest.restore;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.LazyPages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Restores only trees that run as one user; what is restored must not change meanwhile.
 *
 * @param programs runs CRIU
 * @param user the only one
 */
public record RestoresOfUser(RestorePrograms programs, RestoreUser user)
        implements RestorePrograms {
    @Override
    public boolean tellsFiles() {
        return false;
    }

    @Override
    public HeldImages hold(Path folder) throws IOException {
        return new HeldOfUser(programs.hold(folder), folder, user);
    }

    @Override
    public Restores.Paused start(Path folder, boolean lazy, int reader) throws IOException {
        return programs.start(folder, lazy, reader);
    }

    @Override
    public LazyPages lazyPages() {
        return programs.lazyPages();
    }

    @Override
    public Restores.Watchdog watch(Task root, OptionalInt kept) throws IOException {
        return programs.watch(root, kept);
    }

    /** As whom the tasks run is known when the images are there: the restore is released last. */
    private record HeldOfUser(HeldImages images, Path folder, RestoreUser user)
            implements HeldImages {
        @Override
        public int addReader() throws IOException {
            return images.addReader();
        }

        /** Of a daemon, which restores nothing. */
        @Override
        public void release(int reader) throws IOException {
            images.release(reader);
        }

        @Override
        public void release() throws IOException {
            user.requireAll(folder);
            images.release();
        }

        @Override
        public void close() throws IOException {
            images.close();
        }
    }
}
