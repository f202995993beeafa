package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Determines once, before any peer can connect, whether {@code --criu} is a CRIU and which record
 * layout its page server uses. No option of CRIU reports the layout, so the probe starts a page
 * server and sends a PARENT record of 32 bytes. A page server with the older layout reads only the
 * first 24 bytes, as a record with a dst_id of 0, and refuses it. The page server is started with
 * {@code --unprivileged}, and again without if it does not know that option (before CRIU 3.18).
 */
public final class CriuProbe {
    private static final Pattern VERSION = Pattern.compile("(?m)^Version:\\s*(\\S+)");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long PROBE_PROCESS = 1;
    private static final int MAX_SHOWN_CHARS = 300;
    private static final int MAX_VERSION_CHARS = 60;

    private static final String MISSING_CAPABILITY =
            "needs CAP_CHECKPOINT_RESTORE, which this user does not have. Start dest with"
                    + " 'setpriv --reuid USER --regid GROUP --clear-groups"
                    + " --bounding-set=-all,+checkpoint_restore"
                    + " --inh-caps=-all,+checkpoint_restore"
                    + " --ambient-caps=-all,+checkpoint_restore --no-new-privs"
                    + " pageproxy dest ...' as root, or with a systemd unit with User=USER,"
                    + " AmbientCapabilities=CAP_CHECKPOINT_RESTORE,"
                    + " CapabilityBoundingSet=CAP_CHECKPOINT_RESTORE, NoNewPrivileges=yes";

    private final ChildLauncher launcher;
    private final EventLoop loop;
    private final String program;

    /**
     * The result of the probe.
     *
     * @param program the path or name of the program
     * @param version such as {@code CRIU 4.2.1}
     * @param layout the record layout of its page server
     * @param unprivileged whether it has the option {@code --unprivileged}, with which its page
     *     server needs only CAP_CHECKPOINT_RESTORE
     */
    public record Facts(String program, String version, RecordLayout layout, boolean unprivileged) {

        /**
         * The command of a page server on the inherited socket, without the operator's arguments.
         */
        List<String> pageServerCommand(Path imagesFolder) {
            List<String> words = new ArrayList<>(List.of(program, "page-server"));
            if (unprivileged) {
                words.add("--unprivileged");
            }
            words.addAll(
                    List.of(
                            "--ps-socket",
                            Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR),
                            "--images-dir",
                            imagesFolder.toString()));
            return words;
        }
    }

    /**
     * Creates a probe of one program.
     *
     * @param loop an event loop for the probe's socket
     */
    public CriuProbe(ChildLauncher launcher, EventLoop loop, String program) {
        this.launcher = launcher;
        this.loop = loop;
        this.program = program;
    }

    /**
     * Runs the probe; blocks, so it must not be called on an event loop.
     *
     * @throws IOException if the program is not a usable CRIU; the message names {@code --criu},
     *     the problem and its remedy
     */
    public Facts ask() throws IOException {
        Path folder = Files.createTempDirectory("pageproxy-probe");
        Path log = folder.resolve("probe.log");
        try {
            String version = version(log);
            Optional<Facts> facts = ask(version, true, folder, log);
            if (facts.isEmpty() && output(log).contains("unrecognized option")) {
                facts = ask(version, false, folder, log);
            }
            if (facts.isEmpty()) {
                throw noAnswer(version, output(log));
            }
            return facts.get();
        } finally {
            Files.deleteIfExists(log);
            Files.deleteIfExists(folder);
        }
    }

    private Optional<Facts> ask(String version, boolean unprivileged, Path folder, Path log)
            throws IOException {
        for (RecordLayout layout : List.of(RecordLayout.BYTES_32, RecordLayout.BYTES_24)) {
            Facts facts = new Facts(program, "CRIU " + version, layout, unprivileged);
            if (answers(facts, folder, log)) {
                return Optional.of(facts);
            }
        }
        return Optional.empty();
    }

    private IOException noAnswer(String version, String output) {
        String fault = "--criu " + program + " (version " + version + "): its page server ";
        return new IOException(
                output.contains("CAP_CHECKPOINT_RESTORE")
                        ? fault + MISSING_CAPABILITY
                        : fault + "does not answer; it output: " + output);
    }

    private String version(Path log) throws IOException {
        run(List.of(program, "--version"), log);
        Matcher matcher = VERSION.matcher(readText(log));
        if (!matcher.find()) {
            throw new IOException(
                    "--criu "
                            + program
                            + " is not CRIU: asked for its --version it output: "
                            + output(log)
                            + "; name the criu program");
        }
        Files.delete(log);
        return SafeText.abridged(matcher.group(1), MAX_VERSION_CHARS);
    }

    private void run(List<String> words, Path log) throws IOException {
        ChildProcess child = launch(words, log);
        Channel socket =
                AdoptedSockets.adopt(child.takeSocket(), loop, new ChannelInboundHandlerAdapter())
                        .channel();
        waitFor(child);
        socket.close();
    }

    private boolean answers(Facts facts, Path folder, Path log) throws IOException {
        ChildProcess child = launch(facts.pageServerCommand(folder), log);
        CompletableFuture<Boolean> answered = new CompletableFuture<>();
        Channel socket =
                AdoptedSockets.adopt(
                                child.takeSocket(),
                                loop,
                                new AnswerHandler(facts.layout(), answered))
                        .channel();
        try {
            return answered.completeOnTimeout(false, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } finally {
            socket.close().awaitUninterruptibly();
            child.terminate(Duration.ofSeconds(1)).join();
        }
    }

    private ChildProcess launch(List<String> words, Path log) throws IOException {
        try {
            return launcher.launch(
                    new ChildSpec(words, ChildEnvironment.minimal(), Optional.of(log)));
        } catch (IOException e) {
            throw new IOException(
                    "--criu: " + e.getMessage() + "; install CRIU, or name its program", e);
        }
    }

    private static void waitFor(ChildProcess child) {
        child.exit().completeOnTimeout(null, TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).join();
        child.terminate(Duration.ofSeconds(1)).join();
    }

    private static String readText(Path log) throws IOException {
        return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    }

    private static String output(Path log) throws IOException {
        String text = Files.exists(log) ? readText(log) : "";
        String shown = SafeText.abridged(text.strip(), MAX_SHOWN_CHARS);
        return shown.isEmpty() ? "nothing" : shown;
    }

    /** Sends one PARENT record and waits for its reply of four bytes. */
    private static final class AnswerHandler extends ChannelInboundHandlerAdapter {
        private final RecordLayout layout;
        private final CompletableFuture<Boolean> answered;
        private int answerBytes;

        AnswerHandler(RecordLayout layout, CompletableFuture<Boolean> answered) {
            this.layout = layout;
            this.answered = answered;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ByteBuf out = Unpooled.buffer(RecordLayout.MAX_BYTES);
            layout.write(
                    PageRecord.of(
                            PageCommand.PARENT, new ImageId(ImageId.Kind.PROCESS, PROBE_PROCESS)),
                    out);
            ctx.writeAndFlush(out);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            answerBytes += in.readableBytes();
            in.release();
            if (answerBytes >= PageCommand.PARENT.answerBytes()) {
                answered.complete(true);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answered.complete(false);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
