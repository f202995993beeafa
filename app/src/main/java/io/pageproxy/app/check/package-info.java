/**
 * The command {@code pageproxy check}: looks, before anything is frozen, at what a side needs. Each
 * check gives findings, a line each. It may depend on both sides; it starts no session.
 */
package io.pageproxy.app.check;
