/**
 * Who of this host may connect in plain text, and where: a port that is open until the right one
 * has come. Depends on the channels and on what the kernel tells of processes; knows neither side.
 */
package io.pageproxy.local;
