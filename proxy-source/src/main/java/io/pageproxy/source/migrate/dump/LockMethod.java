package io.pageproxy.source.migrate.dump;

import io.pageproxy.process.ChildLaunchException;
import io.pageproxy.process.ExecutablePath;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How CRIU keeps packets away from connections that it dumps ({@code --network-lock}). */
public enum LockMethod {
    /** By rules of iptables and ip6tables. */
    IPTABLES("iptables"),
    /** By a table of nftables. */
    NFTABLES("nft");

    private final String program;

    LockMethod(String program) {
        this.program = program;
    }

    /** As CRIU's option has it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The first whose program is on the path; empty if there is none. */
    public static Optional<LockMethod> available(ExecutablePath path) {
        return Arrays.stream(values()).filter(method -> method.isOn(path)).findFirst();
    }

    private boolean isOn(ExecutablePath path) {
        try {
            path.find(program);
            return true;
        } catch (ChildLaunchException notThere) {
            return false;
        }
    }
}
