package io.pageproxy.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.frame.Remark;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ImagesDirCheckTest {
    /** Nobody can create a file in /proc, not even root. */
    @Test
    void unwritableFolderIsReportedWithReason() {
        Finding finding = ImagesDirCheck.run(Path.of("/proc"));

        assertThat(finding.verdict()).isEqualTo(Remark.Verdict.FAILED);
        assertThat(finding.text())
                .startsWith("--images-dir /proc cannot be written by user ")
                .containsPattern(
                        "\\((there is no|permission denied for|it cannot be used:) /proc/");
    }
}
