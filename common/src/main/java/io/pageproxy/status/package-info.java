/**
 * The status of a proxy served at {@code --status} over HTTP, read-only: metrics, health and
 * sessions; and what a service manager such as systemd is told. Sessions publish snapshots and
 * never wait for readers. Depends on the types of sessions, certificates and local sockets; knows
 * neither side.
 */
package io.pageproxy.status;
