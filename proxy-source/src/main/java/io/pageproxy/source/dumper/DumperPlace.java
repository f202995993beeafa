package io.pageproxy.source.dumper;

import io.netty.channel.EventLoop;

/**
 * A session that wants a dumper.
 *
 * @param loop the session's event loop
 * @param pipeline lets the session have a connection's dumper
 */
public record DumperPlace(EventLoop loop, DumperInitializer pipeline) {}
