package io.pageproxy.simulator;

import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.SocketPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Page servers that run as threads of this process, for hosts without CRIU. They write images in
 * CRIU's format, so all checks of CRIU's images apply to them.
 */
public final class BuiltInPageServers implements PageServers {
    private static final int SOCKET_BYTES = 1 << 20;

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final PageServerScript script;

    /**
     * Creates a factory of page servers.
     *
     * @param layout the record layout that they use
     * @param script their behaviour
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
