package io.pageproxy.cli.source;

import io.pageproxy.source.migrate.dump.RoundsChoice;

/** Converts {@code --rounds}. */
final class RoundsConverter extends NumberOrAuto<RoundsChoice> {
    RoundsConverter() {
        super(RoundsChoice.MOST, RoundsChoice.AUTO, RoundsChoice::exactly);
    }
}
