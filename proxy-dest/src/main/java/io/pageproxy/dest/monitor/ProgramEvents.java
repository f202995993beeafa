package io.pageproxy.dest.monitor;

/** What the monitor tells about a program that waits for images. */
interface ProgramEvents extends MonitorEvents {
    MonitoredProgram program();

    @Override
    default boolean isOver() {
        return program().isOver();
    }
}
