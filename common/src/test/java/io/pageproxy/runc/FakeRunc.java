package io.pageproxy.runc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program that answers like runc about one container, whose state is a file, and notes its calls.
 */
public final class FakeRunc {
    private final Path folder;

    /** Writes it into a folder. */
    public FakeRunc(Path folder) {
        this(folder, "exit 1");
    }

    /**
     * Writes it.
     *
     * @param otherwise what it does at {@code checkpoint} and {@code restore}; a shell script whose
     *     arguments are those behind the action
     */
    public FakeRunc(Path folder, String otherwise) {
        this.folder = folder;
        write(
                "runc",
                """
                #!/bin/sh
                cd %s || exit 1
                while :; do
                    case $1 in
                        --root | --log) shift 2 ;;
                        *) break ;;
                    esac
                done
                echo "$*" >>calls
                action=$1
                shift
                case $action in
                    state)
                        [ ! -e broken ] || { echo 'no permission' >&2; exit 1; }
                        [ -e state ] || { echo 'level=error msg="container does not exist"' >&2; exit 1; }
                        cat state ;;
                    resume) sed 's/paused/running/' state >new && mv new state ;;
                    delete) rm state; rm -r "root/$1" ;;
                    *) %s ;;
                esac
                """
                        .formatted(folder, otherwise));
        if (!folder.resolve("runc").toFile().setExecutable(true)) {
            throw new IllegalStateException("the folder takes no programs");
        }
    }

    /** How it is called. */
    public RuncProgram program() {
        return new RuncProgram(
                folder.resolve("runc").toString(), Optional.of(folder.resolve("root")));
    }

    /** Says that there is a container with this status. */
    public void hasContainer(String status) {
        if (!folder.resolve("root/web").toFile().mkdirs() && !hasFolder()) {
            throw new IllegalStateException("the folder takes no folders");
        }
        write(
                "state",
                """
                {"ociVersion": "1.0.2-dev", "id": "web", "pid": %d, "status": "%s",\t"bundle": "%s",
                 "rootfs": "/b/rootfs", "created": "2026-01-01T00:00:00Z",
                 "annotations": {"org.criu.config": "/etc/x"}, "owner": ""}
                """
                        .formatted(ProcessHandle.current().pid(), status, folder));
    }

    /** Says that there is none. */
    public void hasNone() {
        try {
            Files.deleteIfExists(folder.resolve("state"));
            Files.deleteIfExists(folder.resolve("root/web"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether its folder of state is there. */
    public boolean hasFolder() {
        return Files.isDirectory(folder.resolve("root/web"));
    }

    /** Makes it fail at each question. */
    public void breaks() {
        write("broken", "");
    }

    /** What it was called with, without its global options. */
    public List<String> calls() {
        try {
            return Files.exists(folder.resolve("calls"))
                    ? Files.readAllLines(folder.resolve("calls"))
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
