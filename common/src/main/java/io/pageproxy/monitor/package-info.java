/**
 * Privilege separation, as both sides use it: a process that speaks to the network has an ordinary
 * user's rights, and its parent, the monitor, has root's and does for it what needs them. Here are
 * the start of that process, its user, the form of the packets between the two, and what they tell.
 * Depends on {@code process} and {@code posix} only, so that a monitor needs neither Netty nor TLS.
 */
package io.pageproxy.monitor;
