/**
 * Shared by commands that run the pair on this machine temporarily: a working folder, temporary
 * certificates, a destination in this process, running other programs, and stopping by a signal.
 * May depend on the example PKI; knows neither picocli nor the commands.
 */
package io.pageproxy.app.local;
