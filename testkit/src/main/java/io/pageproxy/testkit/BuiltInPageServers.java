package io.pageproxy.testkit;

import io.pageproxy.dest.egress.PageServers;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.SocketPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Page servers that are threads of this process, for machines without CRIU. They write images as
 * CRIU does, so all that checks CRIU's checks theirs.
 */
public final class BuiltInPageServers implements PageServers {
    private static final int SOCKET_BYTES = 1 << 20;

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final PageServerScript script;

    /**
     * Page servers of one kind.
     *
     * @param layout the record layout that they speak
     * @param script how they behave
     */
    public BuiltInPageServers(RecordLayout layout, int pageSizeBytes, PageServerScript script) {
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
        this.script = script;
    }

    @Override
    public String version() {
        return "built-in page server";
    }

    @Override
    public RecordLayout layout() {
        return layout;
    }

    @Override
    public ChildProcess start(ImagesFolder folder) throws IOException {
        if (folder.parentRelative().isPresent()) {
            Path link = folder.path().resolve(ImageWriter.PARENT_LINK);
            Files.createSymbolicLink(link, folder.parentRelative().get());
        }
        SocketPair sockets = SocketPair.open(SOCKET_BYTES);
        PageServerThread server =
                new PageServerThread(sockets, folder, pageSizeBytes, layout, script);
        server.start();
        return server;
    }
}
