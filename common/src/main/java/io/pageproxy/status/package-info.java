/**
 * What a proxy tells of itself at {@code --status}: metrics, health, sessions, over HTTP, to be
 * read and nothing else. Sessions publish, this reads; no session waits for it. Depends on what
 * sessions, certificates and local sockets are; knows neither side.
 */
package io.pageproxy.status;
