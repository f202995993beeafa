package io.pageproxy.dest.restore;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.pageserver.CriuProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Restores of a destination that allows them.
 *
 * @param programs runs CRIU
 * @param facts what is known of that CRIU
 * @param containers restores containers of runc, if that is allowed
 * @param withConnections whether the programs restore TCP connections too
 */
public record AllowedRestores(
        RestorePrograms programs,
        CriuProbe.Facts facts,
        Optional<RuncRestores> containers,
        boolean withConnections)
        implements Restores {
    /** Restores without containers and connections. */
    public AllowedRestores(RestorePrograms programs, CriuProbe.Facts facts) {
        this(programs, facts, Optional.empty(), false);
    }

    @Override
    public Restores container(String id) {
        return containers.isPresent()
                ? ContainerRestores.of(containers.get(), id, this)
                : Restores.super.container(id);
    }

    @Override
    public boolean allowed() {
        return true;
    }

    @Override
    public Optional<String> criu() {
        return Optional.of(facts.program());
    }

    @Override
    public boolean tellsFiles() {
        return programs.tellsFiles();
    }

    @Override
    public HeldImages hold(Path folder) throws IOException {
        return programs.hold(folder);
    }

    @Override
    public Paused start(Path folder, boolean lazy, int reader) throws IOException {
        return programs.start(folder, lazy, reader);
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        return new AttachedDaemons(programs.lazyPages(), facts.version(), facts.layout());
    }

    @Override
    public Watchdog watch(Task root, OptionalInt kept) throws IOException {
        return programs.watch(root, kept);
    }
}
