package io.pageproxy.runc;

import io.pageproxy.text.SafeText;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which names a container of runc may have: a folder of that name is below its root. */
public final class ContainerId {
    /** As runc checks it (libcontainer/factory_linux.go), and not an option to its command line. */
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_+,.][A-Za-z0-9_+,.-]{0,254}");

    private ContainerId() {}

    /** Explains why a text is no container's id; empty if it may be one. */
    public static Optional<String> fault(String id) {
        return VALID.matcher(id).matches() && !id.equals(".") && !id.equals("..")
                ? Optional.empty()
                : Optional.of(
                        "'"
                                + SafeText.line(id)
                                + "' is not the id of a container: 1 to 255 letters, digits and"
                                + " _ + , . - (not first), and not a folder's . or ..");
    }
}
