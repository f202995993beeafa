package io.pageproxy.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of jars and native libraries that this process runs from.
 *
 * <p>A proxy loads classes and resources for as long as it runs. All jars are opened at the start
 * and stay open, so that the folder may be removed or replaced by another. Only a file that is
 * overwritten in place cannot be helped: what is open has the new content as well, and anything may
 * fail.
 */
public final class Installation {
    private static final Logger LOG = LoggerFactory.getLogger(Installation.class);

    /** Set by bin/pageproxy; without it there is no installation, as in a test. */
    private static final String HOME_PROPERTY = "pageproxy.home";

    private static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime";
    private static final long WATCH_PERIOD_MILLIS = 5_000;

    private final Map<Path, Map<String, Object>> files = new TreeMap<>();

    private Installation() {}

    /**
     * Opens every jar for good. If a file is overwritten later, the log says so.
     *
     * @throws IOException if a file cannot be read
     */
    public static Installation hold() throws IOException {
        String home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            return new Installation();
        }
        Installation installation = of(Path.of(home, "lib").toRealPath());
        Thread watch = new Thread(installation::watch, "installation");
        watch.setDaemon(true);
        watch.start();
        return installation;
    }

    /** Opens every jar of a folder for good. */
    static Installation of(Path folder) throws IOException {
        Installation installation = new Installation();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                installation.files.put(file, Files.readAttributes(file, ATTRIBUTES));
                if (file.toString().endsWith(".jar")) {
                    keepOpen(file);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        // The class loader opens a jar when it first looks into it, and for this name into each.
        ClassLoader.getSystemResource("io/pageproxy/none");
        return installation;
    }

    /**
     * Opens a jar for reading resources; the JDK keeps it in a cache, besides the class loader's.
     */
    private static void keepOpen(Path jar) throws IOException {
        ((JarURLConnection) URI.create("jar:" + jar.toUri() + "!/").toURL().openConnection())
                .getJarFile();
    }

    /**
     * Describes a file that was overwritten in place since the start, and what to do; empty if
     * there is none. Removed and replaced files do no harm.
     */
    public Optional<String> fault() {
        return files.keySet().stream()
                .filter(this::isOverwritten)
                .findFirst()
                .map(
                        file ->
                                file
                                        + " was overwritten while this process runs from it, so that"
                                        + " anything may fail: restart it, and put other versions"
                                        + " into folders of their own (docs/how-to/upgrade.md)");
    }

    private boolean isOverwritten(Path file) {
        Map<String, Object> before = files.get(file);
        try {
            Map<String, Object> now = Files.readAttributes(file, ATTRIBUTES);
            boolean sameFile =
                    now.get("ino").equals(before.get("ino"))
                            && now.get("dev").equals(before.get("dev"));
            return sameFile && !now.equals(before);
        } catch (IOException e) {
            return false; // It is gone, and still open here.
        }
    }

    private void watch() {
        try {
            Optional<String> fault = fault();
            while (fault.isEmpty()) {
                Thread.sleep(WATCH_PERIOD_MILLIS);
                fault = fault();
            }
            LOG.error("{}", fault.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
