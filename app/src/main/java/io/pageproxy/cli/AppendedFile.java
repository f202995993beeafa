package io.pageproxy.cli;

import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file named by an option, to which text is appended. Callable on any thread, but not
 * concurrently.
 *
 * @param option the option, for messages
 */
public record AppendedFile(String option, Path path) {

    /**
     * Appends a text and creates the file if missing; an empty text checks that it is writable.
     *
     * @throws IOException if that fails; the message names the option and the file
     */
    public void append(String text) throws IOException {
        try {
            Files.writeString(
                    path,
                    text,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException(
                    option + " " + path + " cannot be written: " + FailureText.of(e), e);
        }
    }
}
