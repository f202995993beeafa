/**
 * Text that comes from a peer, a file or a child process, made fit to be shown; and limits on how
 * much of it is logged. Depends on nothing of this project.
 */
package io.pageproxy.text;
