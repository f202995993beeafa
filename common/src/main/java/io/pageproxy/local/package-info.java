/**
 * Who of this host may connect, and where: a port that is open until the right one has come, or a
 * path that only some users may open. Depends on the channels and on what the kernel tells of
 * processes; knows neither side.
 */
package io.pageproxy.local;
