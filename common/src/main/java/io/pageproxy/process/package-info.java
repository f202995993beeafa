/**
 * Child processes that inherit a socket as descriptor 3, which the JDK's process builder does not
 * support, and process-wide settings that require libc.
 *
 * <p>{@link io.pageproxy.process.ChildLauncher} is the entry point; only its implementation {@link
 * io.pageproxy.process.PosixChildLauncher} uses JNA. Depends on the JDK and JNA, on nothing else of
 * pageproxy and not on Netty: {@code io.pageproxy.net} turns the socket into a channel.
 */
package io.pageproxy.process;
