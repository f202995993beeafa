/**
 * Local listening sockets and their access control: a port that accepts one client, a socket file
 * with permissions, and the check of the connecting user. Depends on channels and on what the
 * kernel reports about processes; knows neither side's sessions.
 */
package io.pageproxy.local;
