package io.pageproxy.dest.credentials;

import static io.pageproxy.dest.credentials.CoreImage.ALIVE;
import static io.pageproxy.dest.credentials.CoreImage.ZOMBIE;
import static io.pageproxy.dest.credentials.CoreImage.credentials;
import static io.pageproxy.dest.credentials.CoreImage.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestoreUserTest {
    private static final long USER = 1000;
    private static final long GROUP = 100;

    private final RestoreUser user = new RestoreUser("app", USER, Set.of(GROUP, 27L));

    @TempDir Path images;

    @Test
    void treeOfThatUserIsAccepted() throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP)));
        write(2, task(ALIVE, credentials(USER, GROUP).number(14, 27).number(14, GROUP)));
        write(3, task(ALIVE, credentials(USER, GROUP).number(10, 0).number(12, 0xffffffffL)));

        assertThatCode(() -> user.requireAll(images)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 7})
    void oneOtherUserIsRefused(int field) throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP)));
        write(2, task(ALIVE, credentials(USER, GROUP).number(field, 0)));

        assertRefused("a task runs as user 0, 1000; here restored trees must run as user app");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 6, 8, 14})
    void oneOtherGroupIsRefused(int field) throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP).number(field, 0)));

        assertRefused("a task has the group 0;");
    }

    @Test
    void packedGroupsAreReadToo() throws IOException {
        CoreImage packed = new CoreImage().varint(27).varint(6);
        write(1, task(ALIVE, credentials(USER, GROUP).message(14, packed)));

        assertRefused("a task has the group 6;");
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 11})
    void capabilityIsRefused(int field) throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP).number(field, 0).number(field, 1)));

        assertRefused("a task has capabilities;");
    }

    @Test
    void userNamespaceIsRefused() throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP)));
        Files.createFile(images.resolve("userns-13.img"));

        assertRefused("the tree has a user namespace of its own;");
    }

    @Test
    void noTaskIsRefused() {
        assertRefused("there is no image of a task;");
    }

    @Test
    void taskWithoutCredentialsIsRefusedUnlessItHasEnded() throws IOException {
        write(1, task(ALIVE, credentials(USER, GROUP)));
        write(
                2,
                new CoreImage().number(1, 1).message(3, new CoreImage().number(1, ZOMBIE)).image());
        assertThatCode(() -> user.requireAll(images)).doesNotThrowAnyException();

        write(3, new CoreImage().number(1, 1).message(3, new CoreImage().number(1, ALIVE)).image());
        assertRefused("core-3.img: it has no credentials");
    }

    @Test
    void threadWithoutCredentialsIsRefused() throws IOException {
        write(1, new CoreImage().number(1, 1).message(5, new CoreImage().number(1, 0)).image());

        assertRefused("it has no credentials");
    }

    /** CRIU would merge them. */
    @Test
    void secondCredentialsAreRefused() throws IOException {
        CoreImage good = new CoreImage().message(10, credentials(USER, GROUP));
        CoreImage evil = new CoreImage().message(10, credentials(0, 0));
        write(1, new CoreImage().message(5, evil).message(5, good).image());
        assertRefused("the field 5 twice");

        CoreImage both = new CoreImage().message(10, credentials(0, 0));
        both.message(10, credentials(USER, GROUP));
        write(1, new CoreImage().message(5, both).image());
        assertRefused("credentials twice");
    }

    @Test
    void cutImageIsRefusedAtEveryByte() throws IOException {
        byte[] whole = task(ALIVE, credentials(USER, GROUP));
        for (int length = 0; length < whole.length; length++) {
            write(1, Arrays.copyOf(whole, length));
            assertRefused("the images cannot be read (core-1.img: ");
        }
    }

    @Test
    void groupsAreThoseOfThisHost() throws IOException {
        RestoreUser root = RestoreUser.of("root", 0);
        assertThat(root.groups()).contains(0L);
        assertThat(root.user()).isZero();
        assertThat(Posix.groups(4_000_123))
                .as("a user that nobody knows")
                .containsExactly(4_000_123);
    }

    private void write(int pid, byte[] image) throws IOException {
        Files.write(images.resolve("core-" + pid + ".img"), image);
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> user.requireAll(images))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }
}
