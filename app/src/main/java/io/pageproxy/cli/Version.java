package io.pageproxy.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, which Maven writes into {@code version.properties}. */
public final class Version implements IVersionProvider {

    /** The program name and version that is sent to peers. */
    public static String agent() {
        return "pageproxy/" + number();
    }

    @Override
    public String[] getVersion() {
        return new String[] {"pageproxy " + number()};
    }

    /** The version number, such as 1.0.0. */
    public static String number() {
        Properties properties = new Properties();
        try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
