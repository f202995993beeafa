package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CloseReasonTest {
    @ParameterizedTest
    @CsvSource({
        "COMPLETED, 0",
        "PAGES_COMPLETE, 0",
        "STOPPED_IDLE, 0",
        "PROBED, 0",
        "LOCAL_FAILURE, 1",
        "SHUTDOWN, 1",
        "PEER_NOT_TRUSTED, 3",
        "REFUSED_BY_PEER, 3",
        "LIMIT_EXCEEDED, 3",
        "SESSION_NOT_ALLOWED, 3",
        "DUMPER_PROTOCOL, 4",
        "DUMPER_LOST, 4",
        "DUMP_FAILED, 4",
        "TUNNEL_PROTOCOL, 4",
        "CHECKSUM_MISMATCH, 4",
        "INCOMPATIBLE_HOSTS, 4",
        "SESSION_INVALID, 4",
        "IMAGES_DIR_REFUSED, 5",
        "PAGE_SERVER_FAILED, 5",
        "IMAGES_NOT_WHOLE, 5",
        "NO_SPACE, 5",
        "RESTORE_NOT_ALLOWED, 3",
        "RESTORE_FAILED, 5",
        "NOT_CONVERGED, 7",
        "UNREACHABLE, 6",
        "PEER_LOST, 6",
        "PEER_SILENT, 6",
        "SESSION_TIMEOUT, 6"
    })
    void exitCodesMatchContract(CloseReason reason, int exitCode) {
        assertThat(reason.exitCode()).isEqualTo(exitCode);
    }

    @Test
    void onlyCompletionIsGoodAndOnlyNonSessionsAreNoFailure() {
        assertThat(CloseReason.values())
                .filteredOn(reason -> reason.exitCode() == 0)
                .containsExactly(
                        CloseReason.COMPLETED,
                        CloseReason.PAGES_COMPLETE,
                        CloseReason.PROBED,
                        CloseReason.STOPPED_IDLE);
        assertThat(CloseReason.values())
                .filteredOn(reason -> Outcome.failed(Side.SOURCE, reason, "").good())
                .containsExactly(CloseReason.COMPLETED, CloseReason.PAGES_COMPLETE);
    }

    @Test
    void labelsAreUniqueMetricLabels() {
        assertThat(Stream.of(CloseReason.values()).map(CloseReason::label))
                .doesNotHaveDuplicates()
                .allMatch(label -> label.matches("[a-z]+(_[a-z]+)*"));
    }

    @ParameterizedTest
    @EnumSource
    void labelRoundTripsToItsReason(CloseReason reason) {
        assertThat(CloseReason.ofLabel(reason.label())).isEqualTo(reason);
        assertThat(reason.meaning()).isNotBlank();
    }

    @Test
    void unknownLabelIsNeverGood() {
        assertThat(CloseReason.ofLabel("COMPLETED")).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
    }
}
