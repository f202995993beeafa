/**
 * Child processes that inherit one socket as descriptor 3, which the JDK's own process builder
 * cannot give them, and the few process-wide settings that only libc has.
 *
 * <p>{@link io.pageproxy.process.ChildLauncher} is the way in; behind it {@link
 * io.pageproxy.process.PosixChildLauncher} is the only one that knows JNA. Depends on the JDK and
 * JNA, on nothing else of pageproxy and not on Netty: who turns the socket into a channel is {@code
 * io.pageproxy.net}.
 */
package io.pageproxy.process;
