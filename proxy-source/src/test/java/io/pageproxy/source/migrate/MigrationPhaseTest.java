package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The drawing of {@link MigrationPhase} as a table. */
class MigrationPhaseTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                //  phase         | push, done    | lazy, done      | failure      | fault
                "CONNECTING       | DUMPING       | DUMPING         | ROLLING_BACK | ROLLING_BACK",
                "DUMPING          | SENDING_FILES | SENDING_FILES   | ROLLING_BACK | ROLLING_BACK",
                "SENDING_FILES    | RESTORING     | RESTORING       | ROLLING_BACK | ROLLING_BACK",
                "RESTORING        | ENDING_TASKS  | RESUMING        | ROLLING_BACK | ROLLING_BACK",
                "RESUMING         | FETCHING_MEMORY | FETCHING_MEMORY | RECALLING  | RECALLING",
                "FETCHING_MEMORY  | ENDING_TASKS  | ENDING_TASKS    | RECALLING    | RECALLING",
                "RECALLING        | ENDING_TASKS  | ENDING_TASKS    | ROLLING_BACK | OVER",
                "ENDING_TASKS     | COMMITTING    | COMMITTING      | ROLLING_BACK | OVER",
                "COMMITTING       | OVER          | OVER            | OVER         | OVER",
                "ROLLING_BACK     | OVER          | OVER            | OVER         | OVER",
            })
    void eachResultLeadsToThePhaseOfTheDrawing(
            MigrationPhase phase,
            MigrationPhase push,
            MigrationPhase lazy,
            MigrationPhase failure,
            MigrationPhase fault) {
        assertThat(phase.afterSuccess(false)).isEqualTo(push);
        assertThat(phase.afterSuccess(true)).isEqualTo(lazy);
        assertThat(phase.afterFailure()).isEqualTo(failure);
        assertThat(phase.afterFault()).isEqualTo(fault);
    }

    @Test
    void nothingFollowsTheEnd() {
        MigrationPhase over = MigrationPhase.OVER;
        assertThatThrownBy(() -> over.afterSuccess(true)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(over::afterFailure).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(over::afterFault).isInstanceOf(IllegalStateException.class);
    }

    /** A backward transition could resume tasks that were already given up. */
    @ParameterizedTest(name = "lazy: {0}")
    @ValueSource(booleans = {false, true})
    void noPhaseIsEnteredTwice(boolean lazy) {
        for (MigrationPhase phase : MigrationPhase.values()) {
            assertThat(reachableFrom(phase, lazy)).doesNotContain(phase);
        }
    }

    private static Set<MigrationPhase> reachableFrom(MigrationPhase phase, boolean lazy) {
        Set<MigrationPhase> reachable = EnumSet.noneOf(MigrationPhase.class);
        if (phase != MigrationPhase.OVER) {
            for (MigrationPhase next :
                    List.of(phase.afterSuccess(lazy), phase.afterFailure(), phase.afterFault())) {
                reachable.add(next);
                reachable.addAll(reachableFrom(next, lazy));
            }
        }
        return reachable;
    }
}
