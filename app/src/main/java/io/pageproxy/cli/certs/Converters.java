package io.pageproxy.cli.certs;

import static io.pageproxy.cli.options.Converters.parse;

import io.pageproxy.certs.Lifetime;
import io.pageproxy.certs.Names;
import io.pageproxy.certs.Role;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts and validates option values; picocli prefixes each message with the flag. */
final class Converters {
    private Converters() {}

    static final class CertificateName implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            return parse(text, Names::certificate);
        }
    }

    static final class Dns implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            return parse(text, Names::dns);
        }
    }

    static final class Ip implements ITypeConverter<InetAddress> {
        @Override
        public InetAddress convert(String text) {
            return parse(text, Names::ip);
        }
    }

    static final class Uri implements ITypeConverter<URI> {
        @Override
        public URI convert(String text) {
            return parse(text, Names::uri);
        }
    }

    static final class Days implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return parse(text, Days::number);
        }

        private static int number(String text) {
            try {
                return Lifetime.checkDays(Integer.parseInt(text));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "'" + text + "': give a number of days from 1 to " + Lifetime.MAX_DAYS, e);
            }
        }
    }

    static final class Side implements ITypeConverter<Role> {
        @Override
        public Role convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "source" -> Role.SOURCE;
                case "dest" -> Role.DEST;
                case "both" -> Role.BOTH;
                default ->
                        throw new TypeConversionException(
                                "'" + text + "': give source, dest or both");
            };
        }
    }

    /**
     * Rejects an empty value, as an unset shell variable produces it, because it would mean the
     * working directory.
     */
    static final class Folder implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            if (text.isBlank()) {
                throw new TypeConversionException("'" + text + "': give a folder, . for this one");
            }
            return parse(text, Path::of);
        }
    }
}
