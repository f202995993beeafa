/**
 * The rehearsal of a process that will carry sessions: it moves small trees that are none to a
 * destination in this process until the code is compiled. May use both sides, the simulator and
 * temporary certificates; knows neither picocli nor the commands.
 */
package io.pageproxy.cli.rehearsal;
