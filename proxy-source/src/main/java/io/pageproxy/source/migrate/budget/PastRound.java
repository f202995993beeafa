package io.pageproxy.source.migrate.budget;

import java.util.OptionalDouble;

/**
 * What a round that is over tells about the last freeze.
 *
 * @param pageBytes bytes of the pages that it sent
 * @param startSeconds when it began
 * @param seconds how long it took, CRIU's start and the connection included
 * @param frozenSeconds how long CRIU held the tasks; empty if that is not known
 * @param startupSeconds what it took outside its page stream, mostly the starts of programs, if the
 *     restore starts them while the tree is frozen, too; otherwise 0
 */
public record PastRound(
        long pageBytes,
        double startSeconds,
        double seconds,
        OptionalDouble frozenSeconds,
        double startupSeconds) {}
