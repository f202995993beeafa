package io.pageproxy.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Our standard streams, and on a terminal a line of progress that everything else replaces. The
 * launcher tells whether standard error is a terminal, and how wide that is.
 */
final class ClientTerminal {
    private static final String COLUMNS = "pageproxy.columns";
    private static final String ERASE = "\r\033[J";

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final OutputStream err = new FileOutputStream(FileDescriptor.err);
    private final int columns = Integer.getInteger(COLUMNS, 0);
    private String progress = "";
    private boolean drawn;
    private boolean atLineStart = true;

    synchronized void out(String text) throws IOException {
        print(out, text);
    }

    synchronized void err(String text) throws IOException {
        print(err, text);
    }

    private void print(OutputStream stream, String text) throws IOException {
        if (text.isEmpty()) {
            return;
        }
        erase();
        stream.write(text.getBytes(UTF_8));
        atLineStart = text.endsWith("\n");
        draw();
    }

    /** Shows a line; an empty one removes it. */
    synchronized void progress(String text) throws IOException {
        progress = text;
        if (text.isEmpty()) {
            erase();
        } else {
            draw();
        }
    }

    private void draw() throws IOException {
        if (columns > 1 && atLineStart && !progress.isEmpty()) {
            String cut = progress.substring(0, Math.min(progress.length(), columns - 1));
            err.write("\r".concat(cut).concat("\033[J\r").getBytes(UTF_8));
            drawn = true;
        }
    }

    private void erase() throws IOException {
        if (drawn) {
            err.write(ERASE.getBytes(UTF_8));
            drawn = false;
        }
    }
}
