package io.pageproxy.dest.pageserver;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Page servers that are {@code criu page-server --ps-socket} children. */
public final class CriuPageServers implements PageServers {
    private final ChildLauncher launcher;
    private final CriuProbe.Facts criu;
    private final List<String> extraArguments;

    /**
     * Creates page servers of one CRIU.
     *
     * @param criu the result of its probe
     * @param extraArguments the operator's arguments, passed on unchanged
     */
    public CriuPageServers(
            ChildLauncher launcher, CriuProbe.Facts criu, List<String> extraArguments) {
        this.launcher = launcher;
        this.criu = criu;
        this.extraArguments = List.copyOf(extraArguments);
    }

    @Override
    public String version() {
        return criu.version();
    }

    @Override
    public RecordLayout layout() {
        return criu.layout();
    }

    @Override
    public ChildProcess start(ImagesFolder folder) throws IOException {
        List<String> words = new ArrayList<>(criu.pageServerCommand(folder.path()));
        folder.parentRelative()
                .ifPresent(parent -> words.addAll(List.of("--prev-images-dir", parent.toString())));
        words.addAll(extraArguments);
        return launcher.launch(
                new ChildSpec(words, ChildEnvironment.minimal(), Optional.of(folder.logFile())));
    }

    @Override
    public PageServers with(List<String> furtherArguments) {
        List<String> all = new ArrayList<>(extraArguments);
        all.addAll(furtherArguments);
        return new CriuPageServers(launcher, criu, all);
    }

    @Override
    public boolean thinOutParents() {
        return extraArguments.contains("--auto-dedup");
    }
}
