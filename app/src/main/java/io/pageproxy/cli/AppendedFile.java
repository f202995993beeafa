package io.pageproxy.cli;

import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that an option names, to which we append; any thread, one at a time.
 *
 * @param option the option, for people
 */
public record AppendedFile(String option, Path path) {

    /**
     * Appends a text, and makes the file where it is missing; an empty text shows that it can.
     *
     * @throws IOException that names the option and the file
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
