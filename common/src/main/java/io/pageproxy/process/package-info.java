/**
 * Child processes that inherit one socket as descriptor 3, which the JDK's process builder cannot
 * give them. {@link io.pageproxy.process.ChildLauncher} is the way in.
 *
 * <p>Depends on {@code posix}, and not on Netty: {@code io.pageproxy.net} turns the socket into a
 * channel.
 */
package io.pageproxy.process;
