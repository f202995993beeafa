/**
 * What makes CRIU wait, and what ends a tree of tasks whose owner is gone: the action script that
 * blocks CRIU at a stage, and the watchdog that kills, stops or resumes a tree. Also what CRIU
 * needs of the kernel for that.
 *
 * <p>Depends on {@code process} and {@code posix}.
 */
package io.pageproxy.criu;
