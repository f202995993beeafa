package io.pageproxy.runc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.process.ExecutablePath;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a runc use one particular CRIU, and makes that CRIU run our action script, if it has one.
 * runc starts the {@code criu} on its PATH and passes no action script on, but CRIU also reads the
 * configuration file that the variable {@code CRIU_CONFIG_FILE} names, and runs an action script
 * from it besides telling runc of each action (criu/config.c, criu/action-scripts.c). So nothing
 * below /etc and no annotation of the bundle is needed.
 *
 * <p>Both are in a private folder, which must exist until that runc has ended: a CRIU that found no
 * configuration would not wait at its action. If the barrier is closed before, the script is gone
 * and CRIU fails at it.
 */
public final class RuncCriu implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RuncCriu.class);
    private static final String CONFIG_VARIABLE = "CRIU_CONFIG_FILE";
    private static final String PATH_VARIABLE = "PATH";

    private final Path folder;

    private RuncCriu(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes the folder.
     *
     * @param criu the CRIU, a path or a name on our PATH
     * @param barrier holds it
     * @param options more of its options, as its configuration files have them
     * @throws IOException if there is no such CRIU, or the folder cannot be made
     */
    public static RuncCriu of(String criu, ActionScriptBarrier barrier, List<String> options)
            throws IOException {
        return make(criu, line(barrier.arguments()), options);
    }

    /**
     * The same for a CRIU that runs no action script, as in a pre-dump.
     *
     * @throws IOException as {@link #of}
     */
    public static RuncCriu withoutBarrier(String criu, List<String> options) throws IOException {
        return make(criu, "", options);
    }

    private static RuncCriu make(String criu, String first, List<String> options)
            throws IOException {
        Path program = Path.of(ExecutablePath.ofThisProcess().find(criu)).toAbsolutePath();
        if (!Files.isExecutable(program)) {
            throw new IOException("--criu " + criu + ": there is no such program");
        }
        RuncCriu made = new RuncCriu(Files.createTempDirectory("pageproxy-runc"));
        try {
            Files.createSymbolicLink(made.folder.resolve("criu"), program);
            StringBuilder lines = new StringBuilder(first);
            options.forEach(option -> lines.append(option).append('\n'));
            Files.writeString(made.config(), lines, UTF_8);
            return made;
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /** An option as CRIU's configuration files have it, which separate words by blanks. */
    private static String line(List<String> option) throws IOException {
        String value = option.get(1);
        if (value.matches(".*[\\s\"#].*")) {
            throw new IOException(
                    "CRIU's configuration file cannot name "
                            + value
                            + ": name another temporary folder with"
                            + " PAGEPROXY_JAVA_OPTS=-Djava.io.tmpdir=DIR");
        }
        return option.get(0).substring("--".length()) + " " + value + "\n";
    }

    private Path config() {
        return folder.resolve("criu.conf");
    }

    /** The environment of that runc. */
    public Map<String, String> environment(Map<String, String> base) {
        Map<String, String> all = new HashMap<>(base);
        all.put(CONFIG_VARIABLE, config().toString());
        all.put(
                PATH_VARIABLE,
                folder + ":" + base.getOrDefault(PATH_VARIABLE, "/usr/sbin:/usr/bin:/sbin:/bin"));
        return all;
    }

    /** Removes the folder; only once that runc has ended. */
    @Override
    public void close() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.debug("what is left of {} stays", folder, e);
        }
    }
}
