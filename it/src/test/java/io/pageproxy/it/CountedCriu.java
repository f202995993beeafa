package io.pageproxy.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A real CRIU that counts how often it is started. */
record CountedCriu(Path program, Path calls) {

    /** Creates one in a folder. */
    static CountedCriu of(Criu criu, Path dir) throws IOException {
        Path calls = Files.createFile(dir.resolve("calls"));
        Path program = dir.resolve("criu");
        Files.writeString(
                program,
                "#!/bin/sh\necho \"$1\" >> '%s'\nexec '%s' \"$@\"\n"
                        .formatted(calls, criu.program()));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new CountedCriu(program, calls);
    }

    /** Number of starts so far. */
    int count() throws IOException {
        return Files.readAllLines(calls).size();
    }
}
