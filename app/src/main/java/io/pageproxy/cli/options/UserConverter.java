package io.pageproxy.cli.options;

import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts a user, given by number or name. */
public final class UserConverter implements ITypeConverter<Integer> {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,10}");

    /** The largest user ID; the next number means no user. */
    private static final long LAST_USER = 0xFFFF_FFFEL;

    @Override
    public Integer convert(String value) throws IOException {
        if (!NUMBER.matcher(value).matches()) {
            return Posix.userByName(value)
                    .orElseThrow(
                            () ->
                                    new TypeConversionException(
                                            "this host has no user '" + value + "'"));
        }
        long user = Long.parseLong(value);
        if (user > LAST_USER) {
            throw new TypeConversionException("'" + value + "' is not the number of a user");
        }
        return (int) user;
    }
}
