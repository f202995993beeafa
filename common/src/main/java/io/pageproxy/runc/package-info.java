/**
 * What both sides need of runc: its command line, the state and the bundle of a container, and how
 * its {@code criu} is the one that we choose, held by our action script.
 *
 * <p>Depends on {@code criu}, {@code process} and {@code text}.
 */
package io.pageproxy.runc;
