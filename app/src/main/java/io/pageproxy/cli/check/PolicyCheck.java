package io.pageproxy.cli.check;

import io.pageproxy.dest.policy.PolicyException;
import io.pageproxy.dest.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Checks {@code --policy} as the destination does. */
final class PolicyCheck {
    private static final String SUBJECT = "policy";

    private PolicyCheck() {}

    static Finding run(Path file) {
        try {
            List<String> names = PolicyFile.read(file).names();
            return Finding.ok(
                    SUBJECT,
                    names.size()
                            + (names.size() == 1 ? " entry: " : " entries: ")
                            + String.join(", ", names));
        } catch (PolicyException e) {
            return Finding.misused(SUBJECT, e.getMessage());
        } catch (IOException e) {
            return Finding.failed(SUBJECT, e.getMessage());
        }
    }
}
