package io.pageproxy.hook;

/**
 * One hook.
 *
 * @param phase when it runs
 * @param command for {@code /bin/sh -c}
 */
public record Hook(HookPhase phase, String command) {

    /**
     * Reads {@code PHASE=COMMAND}.
     *
     * @throws IllegalArgumentException if it is not that; the message says why
     */
    public static Hook parse(String text) {
        int sign = text.indexOf('=');
        if (sign < 0 || text.substring(sign + 1).isBlank()) {
            throw new IllegalArgumentException("'" + text + "' is not PHASE=COMMAND");
        }
        String phase = text.substring(0, sign);
        return new Hook(
                HookPhase.ofLabel(phase)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "'"
                                                        + phase
                                                        + "' is no phase; there are "
                                                        + HookPhase.labels())),
                text.substring(sign + 1));
    }
}
