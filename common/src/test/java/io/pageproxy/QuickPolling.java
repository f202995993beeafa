package io.pageproxy;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets every test that awaits something look every 10 ms, instead of every 100 ms as is
 * Awaitility's default: hundreds of short tests wait for an event each. JUnit finds it by its
 * service file.
 */
public final class QuickPolling implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    }
}
